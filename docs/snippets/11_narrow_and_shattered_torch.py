"""How much will the gradient's norm differ from one draw of the weights to the next? PyTorch has the functions.

Fully connected ReLU layers, Gaussian weights of variance 2 / fan_in, no biases; `widths` are the hidden layers.
"""

import itertools
import math

import torch


def log_layer(n):
    """Mean and variance of ln of the factor (2/n) chi^2_B, B ~ Bin(n, 1/2), B >= 1: one ReLU layer of n units."""
    k = torch.arange(1, n + 1, dtype=torch.float64)
    p = torch.softmax(-torch.lgamma(k + 1) - torch.lgamma(n - k + 1), dim=0)  # C(n, k), normalised without k = 0
    mean = torch.digamma(k / 2) + math.log(2)
    var = torch.polygamma(1, k / 2)
    middle = p @ mean
    return math.log(2 / n) + float(middle), float(p @ (var + (mean - middle) ** 2))


def spread(widths):
    """beta, and mean and variance of ln of the squared norm, from one end of the hidden layers to the other."""
    means, variances = zip(*[log_layer(n) for n in widths], strict=True)
    return sum(1 / n for n in widths), sum(means), sum(variances)


def hidden_widths(model):
    """Widths of the hidden layers of a stack of Linear layers, nested or not: all outputs but the last."""
    layers = [m for m in model.modules() if next(m.parameters(recurse=False), None) is not None]
    if other := [type(m).__name__ for m in layers if not isinstance(m, torch.nn.Linear)]:
        raise ValueError(f"the law is for Linear layers and ReLU alone; here is {other[0]}")
    return [m.out_features for m in layers][:-1]


if __name__ == "__main__":
    shapes = {"512-256": [784, 512, 256, 10], "50 x 50": [50] * 52, "20 wide, 100 deep": [20] * 102}
    for name, sizes in shapes.items():
        layers = [m for a, b in itertools.pairwise(sizes) for m in (torch.nn.Linear(a, b), torch.nn.ReLU())][:-1]
        beta, mean, var = spread(hidden_widths(torch.nn.Sequential(*layers)))
        low, mid, high = (math.exp((mean + s * var**0.5) / 2) for s in (-1.645, 0, 1.645))
        print(f"{name:18s} beta {beta:6.4f}   norm x {mid:.3g}, 5 to 95 % of nets {low:.2g} to {high:.2g}")
