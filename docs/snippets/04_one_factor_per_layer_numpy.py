"""chi for any activation: how much a wide random net changes the gradient in each layer, before it is built.

Weights N(0, sw2 / fan_in), biases N(0, sb2). chi is a factor on the squared norm; the norm changes by its root.
"""

import numpy as np

Z = np.linspace(-10, 10, 20_000)  # an even number of points: none falls on a kink at 0
P = np.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def chi(phi, slope, sw2, sb2=0.0, q=1.0, layers=100):
    """Send the mean square q through many layers; return where it ends and chi there."""
    for _ in range(layers):
        q = sw2 * (P @ phi(np.sqrt(q) * Z) ** 2) + sb2
    return q, sw2 * (P @ slope(np.sqrt(q) * Z) ** 2)


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2  # without an overflow where z is large


CASES = {
    "sigmoid, sd 1/sqrt(n), biases of sd 1": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z), 1.0, 1.0),
    "sigmoid, sd 1 at width 30": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z), 30.0, 1.0),
    "tanh, sw2 = 2.25, sb2 = 0.09": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, 2.25, 0.09),
    "ReLU, variance 1/n": (lambda z: z * (z > 0), lambda z: z > 0, 1.0, 0.0),
    "ReLU, variance 2/n": (lambda z: z * (z > 0), lambda z: z > 0, 2.0, 0.0),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        q, factor = chi(*case)
        print(f"{name:38s} q {q:8.3g}   norm per layer x {factor**0.5:.3f}   over 20 layers x {factor**10:.2g}")
