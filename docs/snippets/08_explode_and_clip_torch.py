"""Clip gradients by their global norm in PyTorch, and log how often the limit bites."""

import math

import torch
from torch.nn.utils import clip_grad_norm_


def clip(parameters, limit, scaler=None, optimiser=None):
    """Scale all .grad in place by min(1, limit / norm); return the norm before. Call after backward, before step.

    Under mixed precision give the GradScaler and the optimiser: the gradients are unscaled first. A gradient whose norm
    is infinite or NaN is dropped (.grad = None), so that the step leaves it out, and the norm goes to the log.
    """
    parameters = list(parameters)
    if scaler is not None:
        scaler.unscale_(optimiser)
    norm = float(clip_grad_norm_(parameters, limit))
    if not math.isfinite(norm):
        for p in parameters:
            p.grad = None
    return norm


def report(norms, limit):
    """One line for the log. Near 100 % the limit is a learning rate; a rising share is a symptom."""
    norms = torch.tensor(norms)
    share, fine = 100 * (norms > limit).float().mean(), norms[norms.isfinite()]
    lost = f", {len(norms) - len(fine)} steps left out" if len(fine) < len(norms) else ""
    most = f"median {fine.median():.2g}, largest {fine.max():.2g}" if len(fine) else "no finite gradient"
    return f"limit {limit:g} bites in {share:.0f} %, {most}{lost}"


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
