"""Closed forms of the Gaussian averages that mean-field theory needs, for the four activations that have them all.

Cho and Saul (2009) for ReLU, from which leaky ReLU follows since it is a z + (1 - a) relu(z); Williams (1998) for erf.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from . import activations
from ._errors import need_kind
from .activations import LEAK, Activation
from .gaussian import relu_kernel


@dataclass(frozen=True)
class Closed:
    """For z ~ N(0, q), and u1, u2 of variance q and correlation c: four averages of phi and its slope.

    square(q) = E phi(z)^2, slopes(q) = E phi'(z)^2, pair(q, c) = E phi(u1) phi(u2), and slope_pair(q, c), that of
    phi'(u1) phi'(u2).

    >>> find(activations.get("relu")).square(3.0)
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


def find(activation: Activation) -> Closed | None:
    """The closed forms of this activation, or None; an activation of your own has none, whatever its name.

    >>> find(activations.get("tanh")) is None
    True
    """
    need_kind("activation", activation, Activation, "an Activation")
    if activation.name not in _TABLE or activations.ACTIVATIONS[activation.name] is not activation:
        return None
    return _TABLE[activation.name]()
