"""Who is silent, and does the layer still see its input? One line for each layer of a ReLU net, over a whole data set.

`layers` is a list of (W, b), W (n_in, n_out), b (n_out,); every layer but the last is followed by a ReLU.
"""

from itertools import pairwise

import numpy as np


def look(layers, x):
    """Rows of (rms of z, share of silent units, share of z that depends on the input), first hidden layer first."""
    rows, h = [], x
    for W, b in layers[:-1]:
        z = h @ W + b
        own = z - z.mean(axis=0)  # what differs from example to example
        silent = (z <= 0).all(axis=0).mean()
        rows.append((np.sqrt((z**2).mean()), silent, (own**2).mean() / (z**2).mean()))
        h = np.maximum(z, 0)
    return rows


def net(sizes, sd_w, sd_b, rng):
    return [
        (sd_w / n**0.5 * rng.standard_normal((n, m)), sd_b / n**0.5 * rng.standard_normal(m))
        for n, m in pairwise(sizes)
    ]


if __name__ == "__main__":  # a framework's default for linear layers has variance 1/(3n), of weights and of biases
    for name, sd_w, sd_b in (("default", 3**-0.5, 3**-0.5), ("He, no biases", 2**0.5, 0.0)):
        rng = np.random.default_rng(1)
        print(f"{name}\nlayer   rms of z   silent   depends on input")
        rows = look(net([64] + 10 * [128] + [10], sd_w, sd_b, rng), rng.standard_normal((1000, 64)))
        for layer, (size, silent, share) in enumerate(rows, 1):
            print(f"{layer:5d}   {size:8.1e}   {silent:6.0%}   {share:8.1e}")
