"""The same function with the other curve: rewrite an nn.Sequential with Tanh as one with Sigmoid, or the reverse."""

import copy
from itertools import pairwise

import torch
from torch import nn


@torch.no_grad()
def rewrite(net, to):
    """tanh a = 2 sigma(2a) - 1, and sigma(z) = tanh(z/2)/2 + 1/2: both are k * curve(k * z) + shift."""
    k, shift, curve = {"sigmoid": (2.0, -1.0, nn.Sigmoid), "tanh": (0.5, 0.5, nn.Tanh)}[to]
    twin = nn.Sequential(*(copy.deepcopy(m) if isinstance(m, nn.Linear) else curve() for m in net))
    linear = [m for m in twin if isinstance(m, nn.Linear)]
    for i, layer in enumerate(linear):
        if i > 0:  # what comes in is k h + shift; torch keeps one row of W for each output
            layer.bias += shift * layer.weight.sum(dim=1)
            layer.weight *= k
        if i < len(linear) - 1:  # the new curve wants k z
            layer.weight *= k
            layer.bias *= k
    return twin


if __name__ == "__main__":
    torch.manual_seed(1)
    sizes = [64] + 10 * [30] + [10]
    layers = [m for n, k in pairwise(sizes) for m in (nn.Linear(n, k), nn.Tanh())]
    net = nn.Sequential(*layers[:-1]).double()
    for m in net[::2]:
        nn.init.normal_(m.weight, std=m.in_features**-0.5)
        nn.init.zeros_(m.bias)
    x = torch.randn(5, 64, dtype=torch.float64)
    print("logits differ by", float((rewrite(net, "sigmoid")(x) - net(x)).detach().abs().max()))
    layer = rewrite(net, "tanh")[10]  # had these weights belonged to a sigmoid net: its tanh twin
    gain, spread = 30 * float(layer.weight.detach().var()), float(layer.bias.detach().var())
    print(f"as a sigmoid net it is tanh with weight gain {gain:.3f}, bias variance {spread:.3f}")
