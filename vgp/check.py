"""Whether a gradient is right: random directions, an exact reference, and relative error only.

An absolute tolerance calls a vanished gradient correct whatever it is. Central differences lose it in rounding. The
complex step, Im f(x + ihv) / h, subtracts nothing, so it is right to rounding down to gradients of 1e-300
(Squire and Trapp 1998). It needs code that keeps complex numbers; all of `vgp` does.
"""

import copy
from collections.abc import Callable
from functools import partial

import numpy as np

from ._errors import bad, need_array, need_call, need_int, need_kind, need_number, need_rng
from .layers import Layer

STEP = 1e-40


class GradientError(AssertionError):
    """A backward pass that disagrees with the complex step.

    >>> issubclass(GradientError, AssertionError)
    True
    """


def relative_error(got: np.ndarray, want: np.ndarray) -> float:
    """Norm of the difference over the larger of the two norms (dimensionless): 0 is equal, 1 is unrelated.

    Arrays are scaled first, so that entries of 1e-200 are compared as well as entries of 1. Raises ValueError if
    the shapes differ. NaN or infinite entries give infinity.

    >>> f"{relative_error(np.array([1.001e-200]), np.array([1e-200])):.4f}"
    '0.0010'
    """
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        raise bad("got", f"shape {got.shape}", f"the shape of want, {want.shape}")
    if not (np.isfinite(got).all() and np.isfinite(want).all()):
        return float("inf")
    top = max(np.abs(got).max(initial=0), np.abs(want).max(initial=0))
    if top == 0:
        return 0.0
    got, want = got / top, want / top
    return float(np.linalg.norm(got - want) / max(np.linalg.norm(got), np.linalg.norm(want)))


def _along(x: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, v = need_array("x", x, ndim=0), need_array("v", v, ndim=0)
    pairs = list(zip(v.shape[::-1], x.shape[::-1]))
    if v.ndim < x.ndim or any(n != m and 1 not in (n, m) for n, m in pairs) or v.shape[-1:] != x.shape[-1:]:
        raise bad("v", f"shape {v.shape}", f"the shape of x, {x.shape}, or several of them on leading axes")
    return x, v


def complex_step(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, v: np.ndarray, *, step: float = STEP
) -> np.ndarray:
    """Directional derivative of f at x along v: Im f(x + i step v) / step, with no subtraction.

    `f` must be analytic in code: no abs, no comparison of complex numbers, no cast to real.

    >>> complex_step(np.exp, np.array([0.0]), np.array([2.0])).tolist()
    [2.0]
    """
    need_call("f", f)
    x, v = _along(x, v)
    return np.imag(f(x + 1j * need_number("step", step, 0.0, 1.0, open_low=True) * v)) / step


def central_difference(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, v: np.ndarray, *, step: float = 1e-5
) -> np.ndarray:
    """(f(x + step v) - f(x - step v)) / (2 step): the usual check, whose error never falls below about 1e-11.

    >>> f"{central_difference(np.exp, np.array([0.0]), np.array([2.0])).item():.6f}"
    '2.000000'
    """
    need_call("f", f)
    x, v = _along(x, v)
    step = need_number("step", step, 0.0, open_low=True)
    return (f(x + step * v) - f(x - step * v)) / (2 * step)


def directional(
    f: Callable[[np.ndarray], np.ndarray],
    pullback: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    *,
    rng: np.random.Generator,
    draws: int = 3,
) -> tuple[float, float, float]:
    """Compare <u, Jv>, by the complex step, with <J^T u, v>, by `pullback`, for random v and random covectors u.

    Never ones: an all-ones covector hides a wrong softmax or LayerNorm, whose rows sum to zero.

    Returns
    -------
    forward, backward, error
        The two numbers of the worst draw and their difference, relative to the size |J^T u| |v| / sqrt(n) that
        such a product has for random v, n the number of entries of x. All dimensionless but the first two.

    >>> f, pullback = np.exp, lambda u: u * np.exp(0.5)
    >>> directional(f, pullback, np.full((1, 1), 0.5), rng=np.random.default_rng(0))[2] < 1e-14
    True
    """
    x, rng = need_array("x", x, ndim=0), need_rng(rng)
    need_call("f", f), need_call("pullback", pullback)
    worst = (0.0, 0.0, -1.0)
    for _ in range(need_int("draws", draws)):
        v = rng.standard_normal(x.shape)
        slope = complex_step(f, x, v)
        u = rng.standard_normal(slope.shape)
        g = np.asarray(pullback(u), dtype=np.float64)
        if g.shape != x.shape:
            raise GradientError(f"the pullback returned shape {g.shape} for an input of shape {x.shape}")
        top = np.abs(g).max(initial=0) or np.abs(slope).max(initial=0) or 1.0
        forward, backward = (u * (slope / top)).sum(), ((g / top) * v).sum()
        size = max(np.linalg.norm(g / top) * np.linalg.norm(v) / np.sqrt(x.size), abs(forward), 1e-300)
        error = abs(forward - backward) / size
        if not error <= worst[2]:  # NaN counts as worst
            worst = (float(forward * top), float(backward * top), float(error))
    return worst


def _owner(layer: Layer, key: str) -> tuple[Layer, str]:
    """The layer that holds the parameter with this dotted key, and the last part of the key."""
    *path, leaf = key.split(".")
    for part in path:
        layer = layer.parts[part]
    if leaf not in layer.own:
        raise bad("layer", f"{type(layer).__name__} with a parameter {key!r} that is not in `own`", "params from `own`")
    return layer, leaf


def check_layer(
    layer: Layer, x: np.ndarray, *, rng: np.random.Generator, tolerance: float = 1e-10, draws: int = 3
) -> dict[str, float]:
    """Check `backward` of a layer or net for its input and every parameter; return the relative errors.

    Parameters
    ----------
    layer : any layer or net in float64
    x : (..., B, n_in), with the seed axis of the layer, if it has one
    rng : draws the directions
    tolerance : largest relative error allowed (dimensionless)

    Raises
    ------
    GradientError
        Naming the layer, the parameter, both values and the relative error.

    >>> from vgp import mlp
    >>> rng = np.random.default_rng(0)
    >>> errors = check_layer(mlp(3, 4, 2, depth=20, rng=rng), rng.standard_normal((5, 3)), rng=rng)
    >>> sorted(errors)[:2], max(errors.values()) < 1e-10
    (['0.W', '0.b'], True)
    """
    x, tolerance = need_array("x", x), need_number("tolerance", tolerance, 0.0)
    _, cache = need_kind("layer", layer, Layer, "a layer").forward(x)

    def shifted(key: str) -> Callable[[np.ndarray], np.ndarray]:
        twin = copy.deepcopy(layer)
        owner, leaf = _owner(twin, key)

        def f(p):
            owner.own[leaf] = p
            return twin.forward(x)[0]

        return f

    cases: dict[str, tuple[Callable, np.ndarray, Callable]] = {
        "x": (lambda a: layer.forward(a)[0], x, lambda u: layer.backward(u, cache)[0])
    }
    for key, p in layer.params.items():
        cases[key] = (shifted(key), p, partial(lambda key, u: layer.backward(u, cache)[1][key], key))
    errors = {}
    for key, (f, at, pullback) in cases.items():
        forward, backward, error = directional(f, pullback, at, rng=rng, draws=draws)
        if not error <= tolerance:
            raise GradientError(
                f"{type(layer).__name__}, gradient for {key}: complex step {forward:.15g}, backward {backward:.15g}, "
                f"relative error {error:.2e}, allowed {tolerance:.0e}"
            )
        errors[key] = error
    return errors
