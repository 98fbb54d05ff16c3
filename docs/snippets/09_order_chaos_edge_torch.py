"""The edge of chaos for any activation of PyTorch: slopes come from autograd, and a layer is drawn there.

Weights N(0, sw2 / fan_in), biases N(0, sb2). Below the edge gradients vanish with depth, above it they explode.
"""

import torch
from torch import nn

Z = torch.linspace(-10, 10, 20_000, dtype=torch.float64)  # an even number of points: none falls on a kink at 0
P = torch.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def chi(phi, sw2, sb2, q=1.0, layers=300):
    """Factor per layer on the squared gradient norm, after the mean square q has settled."""
    for _ in range(layers):
        q = float(sw2 * (P @ phi(q**0.5 * Z) ** 2) + sb2)
    z = (q**0.5 * Z).requires_grad_()
    (slope,) = torch.autograd.grad(phi(z).sum(), z)
    return float(sw2 * (P @ slope**2))


def critical(phi, sb2, low=0.01, high=50.0, halvings=40):
    """The sw2 at which chi passes 1, by bisection; the caller sees to it that it lies between low and high."""
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if chi(phi, middle, sb2) < 1 else (low, middle)
    return (low + high) / 2


CASES = {"tanh": (torch.tanh,), "softsign": (nn.functional.softsign,)}

if __name__ == "__main__":
    for name, case in CASES.items():
        for sb2 in (0.05, 0.3):
            sw2 = critical(*case, sb2)
            layer = nn.Linear(100, 100)
            nn.init.normal_(layer.weight, std=(sw2 / 100) ** 0.5)
            nn.init.normal_(layer.bias, std=sb2**0.5)
            print(f"{name:9s} sb2 = {sb2:<5g} critical sw2 = {sw2:.4f}; weight sd of a layer {layer.weight.std():.4f}")
