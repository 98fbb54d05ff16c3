"""Rewrite a tanh net as a sigmoid net, or the reverse. A net: a list of (W, b or None), the last without curve."""

from itertools import pairwise

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logits(layers, x, curve):
    *hidden, (V, c) = layers
    for W, b in hidden:
        x = curve(x @ W + (0 if b is None else b))
    return x @ V + (0 if c is None else c)


def rewrite(layers, to):
    """tanh a = 2 sigma(2a) - 1, and sigma(z) = tanh(z/2)/2 + 1/2: both are k * curve(k * z) + shift."""
    k, shift = {"sigmoid": (2.0, -1.0), "tanh": (0.5, 0.5)}[to]
    twin = []
    for i, (W, b) in enumerate(layers):
        b = np.zeros(W.shape[1]) if b is None else b
        if i > 0:  # what comes in is k h + shift
            W, b = k * W, b + shift * W.sum(axis=0)
        if i < len(layers) - 1:  # the new curve wants k z
            W, b = k * W, k * b
        twin.append((W, b))
    return twin


if __name__ == "__main__":
    rng = np.random.default_rng(1)
    sizes = [64] + 10 * [30] + [10]
    net = [(rng.normal(0, n**-0.5, (n, m)), np.zeros(m)) for n, m in pairwise(sizes)]
    x, twin = rng.standard_normal((5, 64)), rewrite(net, "sigmoid")
    print("logits differ by", abs(logits(twin, x, sigmoid) - logits(net, x, np.tanh)).max())
    W, b = rewrite(net, "tanh")[5]  # if the net had been one of sigmoids: its tanh twin
    print(f"as a sigmoid net it is tanh with weight gain {30 * W.var():.3f}, bias variance {b.var():.3f}")
