"""The gains that keep the signal, or the gradient, for any activation; and an initialiser that uses one."""

import numpy as np

z = np.linspace(-12, 12, 24_001)
density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()  # of N(0, 1), on a grid


def gains(phi, q=1.0):
    """sd * sqrt(fan-in) that keeps the mean square q of z, and the one that keeps the gradient's norm."""
    u = np.sqrt(q) * z
    slope = np.gradient(phi(u), u)
    keep_signal = np.sqrt(q / (density @ phi(u) ** 2))
    keep_gradient = 1 / np.sqrt(density @ slope**2)
    return keep_signal, keep_gradient


def draw(rng, n_in, n_out, gain):
    """Weights (n_in, n_out) for z = h @ W: the fan-in counts, in both directions."""
    return gain / np.sqrt(n_in) * rng.standard_normal((n_in, n_out))


CASES = {
    "identity": lambda u: u,
    "relu": lambda u: np.maximum(u, 0),
    "leaky relu": lambda u: np.maximum(u, 0.01 * u),
    "tanh": np.tanh,
    "softsign": lambda u: u / (1 + np.abs(u)),
}

if __name__ == "__main__":
    rng = np.random.default_rng(1)
    for name, phi in CASES.items():
        signal, gradient = gains(phi)
        h = rng.standard_normal((64, 1000))
        for _ in range(10):  # does it keep the signal?
            pre = h @ draw(rng, 1000, 1000, signal)
            h = phi(pre)
        print(f"{name:10s} gain for the signal {signal:.3f}, for the gradient {gradient:.3f};", end=" ")
        print(f"mean square in layer 10: {(pre**2).mean():.2f}")
