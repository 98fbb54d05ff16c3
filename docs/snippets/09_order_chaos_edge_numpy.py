"""The edge of chaos for any activation: the weight variance at which gradients neither vanish nor explode.

Weights N(0, sw2 / fan_in), biases N(0, sb2) with sb2 > 0. Below the edge gradients vanish with depth, above it they
explode. Choose the mean square q of the signal: chi = 1 gives sw2, and "q stays" gives sb2.
"""

import numpy as np

Z = np.linspace(-10, 10, 20_000)  # an even number of points: none falls on a kink at 0
P = np.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def edge(phi, slope, q):
    """sw2 and sb2 with chi = 1 at the mean square q, and the factor per layer on an error of q (stable up to 1)."""
    z = np.sqrt(q) * Z
    sw2 = 1 / (P @ slope(z) ** 2)
    return sw2, q - sw2 * (P @ phi(z) ** 2), sw2 * (P @ (phi(z) * slope(z) * z)) / q


def critical(phi, slope, sb2):
    """The critical sw2 at this sb2, by bisection in q. Refuses where the activation has no stable edge."""
    low = high = sb2  # q is larger than sb2
    while edge(phi, slope, high)[1] < sb2 and high < 1e6 * sb2:
        high *= 2
    while high > low * (1 + 1e-12):
        q = np.sqrt(low * high)
        low, high = (q, high) if edge(phi, slope, q)[1] < sb2 else (low, q)
    sw2, found, error = edge(phi, slope, high)
    if abs(found / sb2 - 1) > 1e-6 or error > 1 + 1e-6:
        raise ValueError(f"no edge at sb2 = {sb2:g}: the length ceases to settle before chi is 1")
    return sw2


CASES = {"tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)}
CASES["softsign"] = (lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2)

if __name__ == "__main__":
    for name, case in CASES.items():
        print(name, *(f"critical sw2 = {critical(*case, sb2):.4f} at sb2 = {sb2:g};" for sb2 in (0.05, 0.3)))
