"""The edge of chaos for any activation: the sigma_w at which chi = 1, where the length of the signal settles.

Weights N(0, sw2 / fan_in), biases N(0, sb2). Below the edge gradients vanish with depth, above it they explode.
"""

import numpy as np

Z = np.linspace(-10, 10, 20_000)  # an even number of points: none falls on a kink at 0
P = np.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def chi(phi, slope, sw2, sb2, q=1.0, layers=300):
    """Factor per layer on the squared gradient norm, after the mean square q has settled."""
    for _ in range(layers):
        q = sw2 * (P @ phi(np.sqrt(q) * Z) ** 2) + sb2
    return sw2 * (P @ slope(np.sqrt(q) * Z) ** 2)


def critical(phi, slope, sb2, low=0.01, high=50.0, halvings=40):
    """The sw2 at which chi passes 1, by bisection; the caller sees to it that it lies between low and high."""
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if chi(phi, slope, middle, sb2) < 1 else (low, middle)
    return (low + high) / 2


CASES = {
    "tanh": (np.tanh, lambda z: np.cosh(z) ** -2),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        for sb2 in (0.05, 0.3):
            sw2 = critical(*case, sb2)
            sides = ", ".join(f"{chi(*case, f * sw2, sb2):.3f}" for f in (0.8, 1.0, 1.25))
            print(f"{name:9s} sb2 = {sb2:<5g} critical sw2 = {sw2:.4f}; chi at 0.8, 1, 1.25 times: {sides}")
