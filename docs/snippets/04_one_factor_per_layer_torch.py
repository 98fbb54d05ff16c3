"""chi for any activation of PyTorch: the slopes come from autograd, so there is no derivative to type.

Weights N(0, sw2 / fan_in), biases N(0, sb2). chi is a factor on the squared norm; the norm changes by its root.
"""

import torch

Z = torch.linspace(-10, 10, 20_000, dtype=torch.float64)  # an even number of points: none falls on a kink at 0
P = torch.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def chi(phi, sw2, sb2=0.0, q=1.0, layers=100):
    """Send the mean square q through many layers; return where it ends and chi there."""
    for _ in range(layers):
        q = float(sw2 * (P @ phi(q**0.5 * Z).detach() ** 2) + sb2)
    z = (q**0.5 * Z).requires_grad_()
    (slope,) = torch.autograd.grad(phi(z.clone()).sum(), z)  # a copy, for inplace=True
    return q, float(sw2 * (P @ slope**2))


CASES = {
    "sigmoid, sd 1/sqrt(n), biases of sd 1": (torch.sigmoid, 1.0, 1.0),
    "sigmoid, sd 1 at width 30": (torch.sigmoid, 30.0, 1.0),
    "tanh, sw2 = 2.25, sb2 = 0.09": (torch.tanh, 2.25, 0.09),
    "ReLU, variance 1/n": (torch.relu, 1.0, 0.0),
    "ReLU, variance 2/n": (torch.relu, 2.0, 0.0),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        q, factor = chi(*case)
        print(f"{name:38s} q {q:8.3g}   norm per layer x {factor**0.5:.3f}   over 20 layers x {factor**10:.2g}")
