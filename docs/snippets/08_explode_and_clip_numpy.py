"""Clip gradients by their global norm, and log how often the limit bites.

`grads` is a dict or list of arrays; all of them share one factor, so the direction of the whole gradient is kept.
"""

import numpy as np


def clip(grads, limit):
    """Scale all arrays in place by min(1, limit / norm); return the norm before."""
    arrays = [g for g in (grads.values() if isinstance(grads, dict) else grads) if g is not None]
    if not limit > 0 or not all(isinstance(g, np.ndarray) and g.dtype.kind == "f" for g in arrays):
        raise TypeError("clip changes arrays in place: give arrays of floating-point numbers, and a limit above 0")
    top = max((float(np.abs(g).max()) for g in arrays if g.size), default=0.0)
    if not np.isfinite(top):
        raise FloatingPointError("a gradient is NaN or infinite: clipping cannot repair that; leave this step out")
    if top == 0:
        return 0.0
    norm = top * sum(float(np.square(g.astype(float) / top).sum()) for g in arrays) ** 0.5  # without overflow
    for g in arrays:
        g *= min(1.0, limit / norm)
    return norm


def report(norms, limit):
    """One line for the log. Near 100 % the limit is a learning rate; a rising share is a symptom."""
    norms = np.asarray(norms)
    share = 100 * (norms > limit).mean()
    return f"limit {limit:g} bites in {share:.0f} %, median {np.median(norms):.2g}, largest {norms.max():.2g}"


if __name__ == "__main__":  # a line fitted to batches, one in twenty of which is a hundred times too large
    rng, w, norms = np.random.default_rng(1), {"w": np.zeros(5)}, []
    for step in range(1, 401):
        x = rng.standard_normal((16, 5)) * (100 if step % 20 == 0 else 1)
        grads = {"w": x.T @ (x @ (w["w"] - 1)) / 16}  # the answer is w = 1
        norms.append(clip(grads, limit=1.0))
        w["w"] -= 0.1 * grads["w"]
        if step % 100 == 0:
            print(step, report(norms[-100:], limit=1.0), "| error", f"{np.linalg.norm(w['w'] - 1):.2g}")
