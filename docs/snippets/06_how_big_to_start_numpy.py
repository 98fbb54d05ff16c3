"""The start for an activation: weight gain, bias variance, mean square of z in layer 1; and a net drawn with it."""

import numpy as np

z = np.linspace(-10, 10, 20_002)  # without 0, where ReLU has its kink
density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()  # of N(0, 1)


def keep(phi, q):
    """Gain and bias variance that keep gradient and signal at q = E z^2; whether there are such, and q stays."""
    u = np.sqrt(q) * z
    h, slope = phi(u), (phi(u + 1e-6) - phi(u - 1e-6)) / 2e-6
    gain = float(1 / (density @ slope**2))
    bias, factor = q - gain * (density @ h**2), gain * (density @ (h * slope * z)) / np.sqrt(q)
    return gain, max(float(bias), 0.0), bias > -1e-7 * q and factor < 1 + 1e-7


def start(phi):
    """(gain, bias variance, q_1) at the smallest q that stays; any q does for ReLU, a small one for tanh."""
    if np.allclose(phi(2 * z), 2 * phi(z)):  # straight on each side of 0
        return keep(phi, 1.0)[0], 0.0, 1.0
    q = next((q for q in np.geomspace(1e-3, 1e3, 61) if keep(phi, q)[2]), None)
    if q is None:
        raise ValueError("no E z^2 from 0.001 to 1000 keeps both: another activation, or normalise")
    below = q if q == 1e-3 else q / 1.3
    for _ in range(30):
        below, q = (below, (below + q) / 2) if keep(phi, (below + q) / 2)[2] else ((below + q) / 2, q)
    return *keep(phi, q)[:2], float(q)


def draw(rng, sizes, phi, x):
    """(W, b) of every layer, W (n_in, n_out) for z = h @ W + b; x is a batch of inputs, for layer 1."""
    gain, bias, q = start(phi)
    gains = [(q - bias) / np.mean(x**2)] + [gain] * (len(sizes) - 2)
    pairs = zip(gains, sizes, sizes[1:], strict=False)
    return [(rng.normal(0, (g / n) ** 0.5, (n, m)), rng.normal(0, bias**0.5, m)) for g, n, m in pairs]


if __name__ == "__main__":
    print("SiLU: gain {:.4f}, bias variance {:.4f}, mean square {:.4g}".format(*start(lambda u: u / (1 + np.exp(-u)))))
