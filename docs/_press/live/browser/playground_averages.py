"""Gaussian averages of an activation, as the playground needs them: exact, or quick while a slider moves.

The averages of one Gaussian are those of `vgp.theory.meanfield`. The average of two, which the correlation needs, is
exact for ReLU and its like; for the others a power series in c takes its place, a hundred times quicker and good to
about three digits (tests/press/test_playground_theory.py compares the two).
"""

import math
from functools import lru_cache

import numpy as np

from vgp import activations
from vgp.theory import gaussian, meanfield

TERMS = 96  # of the power series in c
STEPS = 30  # a decade
Q = 10 ** (np.arange(11 * STEPS + 1) / STEPS - 6)  # lengths at which an activation is tabulated


def _hermite():
    """Orthonormal Hermite polynomials times the Gaussian weight, on a grid: a product gives the coefficients."""
    z = np.linspace(-9, 9, 901)
    rows = [np.ones_like(z), z]
    for k in range(1, TERMS - 1):
        rows.append((z * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return z, np.array(rows) * np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)


_Z, _HERMITE = _hermite()


@lru_cache(maxsize=4096)
def square(name, q):
    """E phi(z)^2 for z ~ N(0, q)."""
    return meanfield.q_map(q, name, sigma_w=1.0)


@lru_cache(maxsize=4096)
def slope(name, q):
    """E phi'(z)^2 for z ~ N(0, q)."""
    return meanfield.chi(q, name, sigma_w=1.0)


@lru_cache(maxsize=512)
def powers(name, q):
    """Squared Hermite coefficients of phi(sqrt(q) z): E phi(u1) phi(u2) is the power series in c with these."""
    return np.square(_HERMITE @ activations.get(name).f(math.sqrt(q) * _Z))


def pair(name, q, c):
    """E phi(u1) phi(u2) for variance q and correlation c."""
    exact = gaussian.closed_form(activations.get(name))
    if exact:
        return float(exact.pair(q, c))
    a = powers(name, q)
    rest = max(0.0, square(name, q) - float(a.sum()))  # of all higher powers; they count as the next one
    return float(a @ c ** np.arange(TERMS)) + rest * c**TERMS


@lru_cache(maxsize=14)
def table(name):
    """E phi^2 and E phi'^2 at the lengths `Q`."""
    return np.array([square(name, q) for q in Q]), np.array([slope(name, q) for q in Q])


class Exact:
    """The averages themselves; used when the reader lets go."""

    square, slope, pair = staticmethod(square), staticmethod(slope), staticmethod(pair)


class Quick:
    """The same by interpolation of the table's logarithms: right to a few per cent of what a plot shows, and quick."""

    def __init__(self, name):
        with np.errstate(divide="ignore"):
            self.logs = [np.log(np.maximum(part, 1e-300)).tolist() for part in table(name)]

    @staticmethod
    def at(logs, q):
        u = (math.log10(max(q, 1e-300)) - math.log10(Q[0])) * STEPS
        i = min(max(int(u), 0), len(logs) - 2)
        return math.exp(logs[i] + (logs[i + 1] - logs[i]) * (u - i))  # beyond the ends: as at the ends

    def square(self, name, q):
        return self.at(self.logs[0], q)

    def slope(self, name, q):
        return self.at(self.logs[1], q)

    def pair(self, name, q, c):
        near = float(Q[min(max(round((math.log10(max(q, 1e-300)) - math.log10(Q[0])) * STEPS), 0), len(Q) - 1)])
        return pair(name, near, c) / square(name, near) * self.square(name, q)


@lru_cache(maxsize=14)
def averages(name, exact):
    """What gives the averages: exact where asked for, or where that costs nothing."""
    return Exact() if exact or gaussian.closed_form(activations.get(name)) else Quick(name)
