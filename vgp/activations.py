"""The activation functions, each beside its derivative.

Both are written so that no finite input overflows and no derivative is lost to cancellation: 1 - tanh(z)**2 is
exactly 0 from |z| = 19 on, while the slope is 1e-16; here slopes come from exp(-|z|) and stay right.
`f` also takes complex arrays, so that `vgp.check` can use the complex step; `df` is for real arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ._erf import erf, log1p, normal_cdf
from ._errors import bad, need_choice

Function = Callable[[np.ndarray], np.ndarray]

SELU_ALPHA = 1.6732632423543772  # Klambauer et al. (2017), fixed point at mean 0, variance 1
SELU_SCALE = 1.0507009873554805
LEAK = 0.01  # Maas et al. (2013)
LECUN_A, LECUN_B = 1.7159, 2 / 3  # LeCun et al. (1998), section 4.4


@dataclass(frozen=True)
class Activation:
    """An activation function `f`, its slope `df`, and the points `kinks` at which the slope or its own slope jumps.

    `f` and `df` map arrays of any shape to arrays of the same shape and dtype (dimensionless).

    >>> sigmoid = get("sigmoid")
    >>> z = np.array([-800.0, 0.0, 40.0])
    >>> [f"{v:.3g}" for v in sigmoid.f(z)], [f"{v:.3g}" for v in sigmoid.df(z)]
    (['0', '0.5', '1'], ['0', '0.25', '4.25e-18'])
    """

    name: str
    f: Function
    df: Function
    kinks: tuple[float, ...] = ()


def _decay(z):
    """exp(-|z|), never above 1; for complex z, |z| by the sign of the real part: abs would drop the complex step."""
    return np.exp(np.where(z.real < 0, z, -z) if z.dtype.kind == "c" else -np.abs(z))


# In the next two the zeros are an array since NumPy's maximum is four times slower with a number.
def _above(z):
    """z where it is positive, 0 elsewhere."""
    return z * (z.real > 0) if z.dtype.kind == "c" else np.maximum(z, np.zeros(z.shape, z.dtype))


def _below(z):
    """z where it is negative, 0 elsewhere: keeps exp and expm1 from overflowing."""
    return z * (z.real < 0) if z.dtype.kind == "c" else np.minimum(z, np.zeros(z.shape, z.dtype))


def _choose(where: np.ndarray | bool, yes: float, no: float, like: np.ndarray) -> np.ndarray:
    """`yes` or `no`, element by element, in the dtype of `like`."""
    return np.where(where, like.dtype.type(yes), like.dtype.type(no))


def _one_on_the_right(e, z):
    """1 where z >= 0, else e, which is below 1 there; `maximum` is fast, but at z = 0 it orders complex e by sign."""
    return np.where(z.real >= 0, 1, e) if e.dtype.kind == "c" else np.maximum(e, z >= 0)


def _sigmoid(z):
    e = _decay(z)
    return _one_on_the_right(e, z) / (1 + e)  # e^z / (1 + e^z) on the left, 1 / (1 + e^-z) on the right


def _dsigmoid(z):
    e = _decay(z)
    return e / np.square(1 + e)


def sigmoid_and_slope(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value and slope of the sigmoid from one exponential: with e = exp(-|z|) and r = 1 / (1 + e), the slope is e r r.

    >>> [float(v[0]) for v in sigmoid_and_slope(np.zeros(1))]
    [0.5, 0.25]
    """
    if not isinstance(z, (np.ndarray, np.generic)) or z.dtype.kind not in "fc":
        raise bad("z", type(z).__name__, "an array of floats")
    e = _decay(z)
    r = 1 / (1 + e)
    value = _one_on_the_right(e, z) * r
    e *= r
    e *= r
    return value, e


def _dtanh(z):
    e2 = np.square(_decay(z))
    return 4 * (e2 / np.square(1 + e2))


def _elu(z):
    return _above(z) + np.expm1(_below(z))


def _delu(z):
    return np.exp(_below(z))


def _selu(z):
    return SELU_SCALE * _above(z) + (SELU_SCALE * SELU_ALPHA) * np.expm1(_below(z))


def _dselu(z):
    left = (SELU_SCALE * SELU_ALPHA) * np.exp(_below(z))  # scale * alpha on the right side of 0
    return left - SELU_SCALE * (SELU_ALPHA - 1) * (z > 0).astype(z.dtype)


def _gaussian(z: np.ndarray, limit: float) -> np.ndarray:
    """exp(-z^2), with |z| cut at `limit`, past which the value is 0 in any dtype."""
    return np.exp(-(np.minimum(np.abs(z), limit) ** 2))


def _dgelu(z):
    return normal_cdf(z) + z * (_gaussian(z / np.sqrt(2.0).astype(z.dtype), 28.0) / np.sqrt(2 * np.pi).astype(z.dtype))


def _softplus(z):
    return z * (z.real >= 0) + log1p(_decay(z))  # at 0 the side on which _decay is, or the complex step is wrong


def _softsign(z):
    if z.dtype.kind != "c":
        return z / (1 + np.abs(z))
    size = np.where(z.real < 0, -z, z)
    # Far out the slope of the quotient is the difference of two nearly equal terms; that of 1 - 1 / (1 + |z|) is one.
    return np.where(size.real < 1, z / (1 + size), np.sign(z.real) * (1 - 1 / (1 + size)))


def _dsoftsign(z):
    r = 1 / (1 + np.abs(z))
    return r * r


_TABLE = [
    Activation("identity", lambda z: z.copy(), np.ones_like),
    Activation("sigmoid", _sigmoid, _dsigmoid),
    Activation("tanh", np.tanh, _dtanh),
    Activation(
        "hard_tanh",
        lambda z: np.where(np.abs(z.real) < 1, z, np.sign(z.real)),
        lambda z: _choose(np.abs(z) < 1, 1, 0, z),
        (-1.0, 1.0),
    ),
    Activation("relu", _above, lambda z: (z > 0).astype(z.dtype), (0.0,)),
    Activation("leaky_relu", lambda z: np.where(z.real > 0, z, LEAK * z), lambda z: _choose(z > 0, 1, LEAK, z), (0.0,)),
    Activation("elu", _elu, _delu, (0.0,)),  # C^1, but its second derivative jumps: split quadrature there too
    Activation("selu", _selu, _dselu, (0.0,)),
    Activation("gelu", lambda z: z * normal_cdf(z), _dgelu),
    Activation("silu", lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) + z * _dsigmoid(z)),
    Activation("softplus", _softplus, _sigmoid),
    Activation("softsign", _softsign, _dsoftsign, (0.0,)),
    Activation("erf", erf, lambda z: np.asarray(2 / np.sqrt(np.pi), z.dtype) * _gaussian(z, 28.0)),
    Activation(
        "lecun_tanh", lambda z: LECUN_A * np.tanh(LECUN_B * z), lambda z: LECUN_A * LECUN_B * _dtanh(LECUN_B * z)
    ),
]

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _TABLE}


def get(activation: "str | Activation") -> Activation:
    """Return the activation of that name; an `Activation` (yours, perhaps) passes through.

    >>> get("relu").f(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    >>> get("rely")
    Traceback (most recent call last):
        ...
    ValueError: activation: got 'rely'; allowed: one of ...; do you mean 'relu'?
    """
    if isinstance(activation, Activation):
        return activation
    return ACTIVATIONS[need_choice("activation", activation, ACTIVATIONS)]
