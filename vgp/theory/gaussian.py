"""Gaussian averages of a function of one or two variables, by quadrature and, where there is one, in closed form.

Gauss-Legendre quadrature on fixed panels, split where the function or its slope jumps. `error=True` also returns an
estimate of the error: the distance to the same rule with twice as many panels. Of smooth functions, averages over two
variables come from Hermite polynomials where these reach full accuracy, which takes a hundredth of the time.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import activations
from .._errors import need_bool, need_call, need_kind, need_number
from ..activations import LEAK, Activation

Function = Callable[[np.ndarray], np.ndarray]


# Panels are short near 0, where a steep f(sqrt(q) z) turns; beyond |z| = 12 the Gaussian is below 1e-31.
_HALF = np.array([0.0, 0.03, 0.12, 0.4, 1.0, 2.0, 3.5, 5.5, 8.0, 12.0])


EDGES = np.concatenate([-_HALF[:0:-1], _HALF])
_HALVED = np.sort(np.concatenate([EDGES, (EDGES[1:] + EDGES[:-1]) / 2]))


_X, _W = np.polynomial.legendre.leggauss(20)


def _nodes(cuts: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and Gaussian weights on panels that end at `edges` and at `cuts` (..., k), one rule for each row."""
    fixed = np.broadcast_to(edges, (*cuts.shape[:-1], len(edges)))
    ends = np.sort(np.concatenate([fixed, np.clip(cuts, -12.0, 12.0)], axis=-1), axis=-1)
    half = np.diff(ends)[..., None] / 2
    z = ends[..., :-1, None] + half * (1 + _X)
    w = half * _W * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return z.reshape(*cuts.shape[:-1], -1), w.reshape(*cuts.shape[:-1], -1)


def _kinks(kinks: Any) -> tuple[float, ...]:
    return tuple(need_number("kinks", k) for k in need_kind("kinks", kinks, (tuple, list), "a tuple of numbers"))


def _twice(rule: Callable[[np.ndarray], float], error: bool) -> Any:
    """The value, or with `error` the pair (value on finer panels, distance to the value on the usual ones)."""
    value = rule(EDGES)
    if not need_bool("error", error):
        return value
    finer = rule(_HALVED)
    return finer, abs(finer - value)


def expect(f: Function, q: float = 1.0, kinks: tuple[float, ...] = (), *, error: bool = False) -> Any:
    """E f(z) for z ~ N(0, q); with `error`, (value, estimate of its error).

    >>> f"{expect(np.square, 4.0):.12f}", expect(np.tanh, 1.0, error=True)[1] < 1e-15
    ('4.000000000000', True)
    """
    root = np.sqrt(need_number("q", q, 0.0))
    cuts = np.array([k / root if root > 0 else 0.0 for k in _kinks(kinks)])
    need_call("f", f)

    def rule(edges: np.ndarray) -> float:
        z, w = _nodes(cuts, edges)
        return float((w * f(root * z)).sum())

    return _twice(rule, error)


_TERMS = 200


@functools.cache
def _hermite() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes z, Gaussian weights, and the normalised Hermite polynomials He_k(z) / sqrt(k!) times the weights, by rows.

    Averages stop at |z| = 12, where the weights have fallen by e^-72 and high polynomials have grown by e^36.
    """
    z, w = _nodes(np.zeros(0), _HALVED)
    rows = np.empty((_TERMS, len(z)))
    rows[0], rows[1] = w, z * w
    for k in range(1, _TERMS - 1):
        rows[k + 1] = (z * rows[k] - np.sqrt(k) * rows[k - 1]) / np.sqrt(k + 1)
    return z, w, rows


def _mehler(f: Function, root: float, c: float) -> float:
    """E f(u1) f(u2) as the sum of a_k^2 c^k, a_k the Hermite coefficients of f(root z); NaN where too much is left.

    What is left out is at most |c|^K times the rest of the sum of a_k^2, and that sum is E f(root z)^2.
    """
    z, w, rows = _hermite()
    y = f(root * z)
    with np.errstate(over="ignore", invalid="ignore"):  # of the squares alone; then this is not the way
        squares, whole = np.square(rows @ y), float(w @ np.square(y))
        left = max(whole - float(squares.sum()), 0.0) * abs(c) ** _TERMS
    return float(squares @ c ** np.arange(_TERMS)) if left <= 2e-15 * whole < np.inf else np.nan


def expect_pair(f: Function, q: float, c: float, kinks: tuple[float, ...] = (), *, error: bool = False) -> Any:
    """E f(u1) f(u2) for Gaussian u1, u2 of mean 0, variance q and correlation c; with `error` as in `expect`.

    >>> f"{expect_pair(lambda z: z, 4.0, 0.25):.10f}"
    '1.0000000000'
    """
    root, c = np.sqrt(need_number("q", q, 0.0)), need_number("c", c, -1.0, 1.0)
    kinks = _kinks(kinks)
    need_call("f", f)
    if abs(c) == 1 or root == 0:  # the second variable is the first, or its negative
        return expect(lambda z: f(z) * f(c * z if root > 0 else z), q, (*kinks, *(-k for k in kinks)), error=error)
    if not (kinks or need_bool("error", error)) and not np.isnan(series := _mehler(f, root, c)):
        return series
    s = np.sqrt((1 - c) * (1 + c))
    cuts = np.array([k / root for k in kinks])

    def rule(edges: np.ndarray) -> float:
        z1, w1 = _nodes(cuts, edges)
        z2, w2 = _nodes((cuts - c * z1[:, None]) / s, edges)  # kinks of the second factor move with z1
        inner = (w2 * f(root * (c * z1[:, None] + s * z2))).sum(axis=-1)
        return float((w1 * f(root * z1) * inner).sum())

    return _twice(rule, error)


def relu_kernel(c: float) -> tuple[float, float]:
    """The arc-cosine kernels of ReLU at sigma_w^2 = 2: J(c), the next correlation, and its slope J'(c).

    Cho and Saul (2009): J(c) = (sqrt(1 - c^2) + (pi - arccos c) c) / pi, J'(c) = 1 - arccos(c) / pi.

    >>> [round(v, 6) for v in relu_kernel(0.0)]
    [0.31831, 0.5]
    """
    c = need_number("c", c, -1.0, 1.0)
    angle = np.arccos(c)
    return float((np.sqrt((1 - c) * (1 + c)) + (np.pi - angle) * c) / np.pi), float(1 - angle / np.pi)


@dataclass(frozen=True)
class Closed:
    """For z ~ N(0, q), and u1, u2 of variance q and correlation c: four averages of phi and its slope.

    square(q) = E phi(z)^2, slopes(q) = E phi'(z)^2, pair(q, c) = E phi(u1) phi(u2), and slope_pair(q, c), that of
    phi'(u1) phi'(u2).

    >>> closed_form(activations.get("relu")).square(3.0)
    1.5
    """

    square: Callable[[float], float]
    slopes: Callable[[float], float]
    pair: Callable[[float, float], float]
    slope_pair: Callable[[float, float], float]


def _leaky(a: float) -> Closed:
    """For z where z > 0, a z elsewhere; a = 0 is ReLU, a = 1 the identity."""
    return Closed(
        square=lambda q: q * (1 + a * a) / 2,
        slopes=lambda q: (1 + a * a) / 2,
        pair=lambda q, c: q * (a * c + (1 - a) ** 2 * relu_kernel(c)[0] / 2),
        slope_pair=lambda q, c: a + (1 - a) ** 2 * relu_kernel(c)[1] / 2,
    )


def _erf() -> Closed:
    return Closed(
        square=lambda q: 2 / math.pi * math.asin(2 * q / (1 + 2 * q)),
        slopes=lambda q: 4 / math.pi / math.sqrt(1 + 4 * q),
        pair=lambda q, c: 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q)),
        slope_pair=lambda q, c: 4 / math.pi / math.sqrt((1 + 2 * q * (1 - c)) * (1 + 2 * q * (1 + c))),
    )


_TABLE: dict[str, Callable[[], Closed]] = {
    "identity": lambda: _leaky(1.0),
    "relu": lambda: _leaky(0.0),
    "leaky_relu": lambda: _leaky(LEAK),
    "erf": _erf,
}


def closed_form(activation: Activation) -> Closed | None:
    """The closed forms of this activation, or None; an activation of your own has none, whatever its name.

    >>> closed_form(activations.get("tanh")) is None
    True
    """
    need_kind("activation", activation, Activation, "an Activation")
    if activation.name not in _TABLE or activations.ACTIVATIONS[activation.name] is not activation:
        return None
    return _TABLE[activation.name]()
