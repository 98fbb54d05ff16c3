"""How evenly does a net pass gradients on? Mean and spread of the squared singular values of its Jacobian J.

For random u of variance one, |J^T u|^2 has the mean trace(J J^T), and |J J^T u|^2 the mean trace((J J^T)^2).
"""

import numpy as np


def evenness(weights, slopes, probes=400, seed=0):
    """Mean squared singular value, and the variance of the squares in units of their squared mean (0 is perfect)."""
    u = np.random.default_rng(seed).standard_normal((probes, len(weights[-1])))
    for W, slope in zip(weights[::-1], slopes[::-1]):  # J^T u; vectors are rows, W is (out, in)
        u = (u * slope) @ W
    v = u
    for W, slope in zip(weights, slopes):  # J (J^T u)
        v = (v @ W.T) * slope
    mean, second = (np.square(a).sum(1).mean() / len(weights[-1]) for a in (u, v))
    return mean, second / mean**2 - 1


def build(draw, phi, slope, n=200, depth=20, seed=1):
    rng = np.random.default_rng(seed)
    weights, h, slopes = [draw(rng, n) for _ in range(depth)], 0.16 * rng.normal(size=n), []
    for W in weights:
        slopes.append(slope(W @ h))
        h = phi(W @ h)
    return weights, slopes


TANH = np.tanh, lambda z: np.cosh(z) ** -2
CASES = {
    "ReLU, Gaussian": (lambda rng, n: rng.normal(0, (2 / n) ** 0.5, (n, n)), lambda z: z * (z > 0), lambda z: z > 0),
    "tanh, Gaussian": (lambda rng, n: rng.normal(0, (1.05 / n) ** 0.5, (n, n)), *TANH),
    "tanh, orthogonal": (lambda rng, n: 1.05**0.5 * np.linalg.qr(rng.normal(size=(n, n)))[0], *TANH),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        print("{:18s} mean square {:.3f}   relative variance {:.2f}".format(name, *evenness(*build(*case))))
