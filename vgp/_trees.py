"""Dicts of arrays, such as parameters and gradients, and the one norm of the library, which does not underflow."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ._errors import bad, need_kind


class Params(dict[str, np.ndarray]):
    """Arrays by their dotted keys, and which of them are weights: what `layer.params` is.

    `weights` are the keys of those that multiply signals. Weight decay acts on them alone, and a layer's norm and speed
    are theirs. A plain dict says nothing of that; where it matters, an error asks for it.

    >>> params = Params({"0.W": np.ones((2, 2)), "0.b": np.zeros((1, 2))}, weights=["0.W"])
    >>> sorted(params), sorted(params.weights)
    (['0.W', '0.b'], ['0.W'])
    """

    def __init__(self, arrays: Mapping[str, np.ndarray] | Iterable[tuple[str, np.ndarray]] = (), *, weights: Any = ()):
        super().__init__(arrays)
        self.weights: frozenset[str] = frozenset(
            need_kind("weights", weights, (list, tuple, set, frozenset), "a list of keys")
        )
        if unknown := sorted(map(str, self.weights - self.keys())):
            raise bad("weights", f"{unknown}", f"keys of the arrays, {sorted(self)}")


@functools.cache
def _safe(dtype: np.dtype) -> tuple[float, float]:
    """Between these a sum of squares has lost nothing to underflow or overflow."""
    info = np.finfo(dtype)
    return float(info.tiny / info.eps), float(info.max)


def norm(a: np.ndarray) -> np.ndarray:
    """Norm over the last two axes, one for each seed; right for entries of 1e-200, whose squares underflow.

    >>> f"{norm(np.full((2, 2), 1e-200)):.1e}"
    '2.0e-200'
    """
    if not isinstance(a, np.ndarray) or a.dtype.kind != "f" or a.ndim < 2 or a.size == 0:
        raise bad("a", repr(np.shape(a)), "a non-empty array of floats with at least 2 axes")
    low, high = _safe(a.dtype)
    if a.ndim == 2:
        square = np.vdot(a, a)
        if low < square < high:
            return np.sqrt(square)
    else:
        squares = np.einsum("...ij,...ij->...", a, a)
        if ((squares > low) & (squares < high)).all():
            return np.sqrt(squares)
    return _scaled([a]).astype(np.result_type(a, np.float32))  # the root of a sum of float16 may end above 65504


def _scaled(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """The norm of all arrays together, in float64, with the largest entry of each seed taken out before squaring."""
    arrays = list(arrays)
    tops = [np.abs(a).max(axis=(-1, -2), keepdims=True) for a in arrays]
    top = np.max(np.broadcast_arrays(*tops), axis=0).astype(np.float64)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    with np.errstate(over="ignore"):  # beside an infinite entry: the norm is infinite anyway
        squares = [np.square(a / scale).sum(axis=(-1, -2)) for a in arrays]
    return scale[..., 0, 0] * np.sqrt(np.sum(np.broadcast_arrays(*squares), axis=0))


def global_norm(grads: Mapping[str, np.ndarray]) -> np.ndarray:
    """Norm of all entries of all arrays together, one for each seed: the leading shape, () without seed axis.

    Scaled by the largest entry first, so that squaring neither overflows nor underflows.

    >>> f"{global_norm({'W': np.array([[3e200]]), 'b': np.array([[4e200]])}):.3g}"
    '5e+200'
    """
    if not need_kind("grads", grads, dict, "a dict of arrays"):
        raise bad("grads", "an empty dict", "at least one array")
    for key, g in grads.items():
        if g.ndim < 2:
            raise bad(f"grads[{key!r}]", f"shape {g.shape}", "an array with at least 2 axes")
    return _scaled(grads.values())
