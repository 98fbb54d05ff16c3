"""One line for each layer of any net: norms of gradients, weights and updates.

`params` and `grads` are dicts with the same keys, "<layer>.W" and "<layer>.b", grads of the mean loss of a batch.
"""

from itertools import pairwise

import numpy as np


def layer_table(params, grads, rate):
    """Rows of (layer, |db|, |dW|, |W|, rate |dW| / |W|), first layer first; print it with `report`."""
    rows = []
    for layer in dict.fromkeys(key.rpartition(".")[0] for key in params):
        db, dW, W = grads[layer + ".b"], grads[layer + ".W"], params[layer + ".W"]
        speed, dw, w = (float(np.linalg.norm(a)) for a in (db, dW, W))
        rows.append((layer, speed, dw, w, rate * dw / w if w else float("nan")))
    return rows


def report(rows):
    print("layer   |bias grad|  |weight grad|  |weights|  update/weights")
    for layer, speed, dw, w, ratio in rows:
        print(f"{layer:>5}   {speed:11.1e}  {dw:13.1e}  {w:9.1e}  {ratio:14.1e}")


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
