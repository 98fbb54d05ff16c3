"""Clip gradients by their global norm in PyTorch, and log how often the limit bites.

`clip_grad_norm_` returns the norm before clipping. By default it lets NaN and infinity pass: ask for the error.
"""

import torch
from torch.nn.utils import clip_grad_norm_


def clip(parameters, limit):
    """Scale all .grad in place by min(1, limit / norm); return the norm before. Call after backward, before step."""
    return float(clip_grad_norm_(parameters, limit, error_if_nonfinite=True))


def report(norms, limit):
    """One line for the log. Near 100 % the limit is a learning rate; a rising share is a symptom."""
    norms = torch.tensor(norms)
    share = 100 * (norms > limit).float().mean()
    return f"limit {limit:g} bites in {share:.0f} %, median {norms.median():.2g}, largest {norms.max():.2g}"


if __name__ == "__main__":  # a line fitted to batches, one in twenty of which is a hundred times too large
    torch.manual_seed(1)
    w = torch.zeros(5, requires_grad=True)
    optimiser, norms = torch.optim.SGD([w], lr=0.1), []
    for step in range(1, 401):
        x = torch.randn(16, 5) * (100 if step % 20 == 0 else 1)
        optimiser.zero_grad()
        ((x @ (w - 1)).square().mean() / 2).backward()  # the answer is w = 1
        norms.append(clip([w], limit=1.0))
        optimiser.step()
        if step % 100 == 0:
            print(step, report(norms[-100:], limit=1.0), "| error", f"{(w - 1).norm():.2g}")
