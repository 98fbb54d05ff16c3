"""One line for each array of weights of a net: norms of gradients, weights and updates.

`params` and `grads` (of the mean loss of a batch) are dicts with the same keys, first layer first: "<layer>.b" for
biases and "<layer>.W", "<layer>.Wx", ... for weights.
"""

from itertools import pairwise

import numpy as np


def layer_table(params, grads, rate):
    """Rows of (name, |db|, |dW|, |W|, rate |dW| / |W|) in the order of `params`; print it with `report`."""
    rows = []
    for key in (key for key in params if key.rpartition(".")[2].startswith("W")):  # not biases, nor gains of norms
        speed = np.linalg.norm(grads.get(key.rpartition(".")[0] + ".b", np.nan))  # nan: no biases
        dw, w = np.linalg.norm(grads[key]), np.linalg.norm(params[key])
        rows.append((key.removesuffix(".W"), float(speed), float(dw), float(w), rate * dw / w if w else np.nan))
    return rows


def report(rows):
    print("  weights   |bias grad|  |weight grad|  |weights|  update/weights")
    for name, speed, dw, w, ratio in rows:
        print(f"{name:>9}   {speed:11.1e}  {dw:13.1e}  {w:9.1e}  {ratio:14.1e}")


if __name__ == "__main__":  # example: four hidden layers of 30 sigmoid units, random data
    rng = np.random.default_rng(1)
    sizes, x, t = [64, 30, 30, 30, 30, 10], rng.standard_normal((100, 64)), np.eye(10)[np.arange(100) % 10]
    params, h = {}, [x]  # examples in rows, W is (n_in, n_out)
    for i, (n, m) in enumerate(pairwise(sizes)):
        params[f"{i}.W"], params[f"{i}.b"] = rng.standard_normal((n, m)) / np.sqrt(n), rng.standard_normal(m)
        h.append(1 / (1 + np.exp(-(h[-1] @ params[f"{i}.W"] + params[f"{i}.b"]))))
    grads, delta = {}, (h[-1] - t) / len(x)  # sigmoid outputs with cross-entropy, mean over the batch
    for i in reversed(range(len(sizes) - 1)):
        grads[f"{i}.W"], grads[f"{i}.b"] = h[i].T @ delta, delta.sum(axis=0)
        delta = delta @ params[f"{i}.W"].T * h[i] * (1 - h[i])
    report(layer_table(params, grads, rate=0.1))
