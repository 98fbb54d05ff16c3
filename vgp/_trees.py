"""Dicts of arrays, such as parameters and gradients, and the one norm of the library, which does not underflow."""

import functools

import numpy as np

from ._errors import bad, need_kind

Params = dict[str, np.ndarray]


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
    top = np.abs(a).max(axis=(-1, -2), keepdims=True)
    safe = np.where((top > 0) & np.isfinite(top), top, 1).astype(a.dtype)
    wide = np.result_type(a, np.float32)  # a sum of float16 ends at 65504
    return safe[..., 0, 0] * np.sqrt(np.square(a / safe).sum(axis=(-1, -2), dtype=wide))


def global_norm(grads: Params) -> np.ndarray:
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
    tops = [np.abs(g).max(axis=(-1, -2), keepdims=True) for g in grads.values()]
    top = np.max(np.broadcast_arrays(*tops), axis=0).astype(np.float64)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    with np.errstate(over="ignore"):  # beside an infinite entry: the norm is infinite anyway
        squares = [np.square(g / scale).sum(axis=(-1, -2)) for g in grads.values()]
    return scale[..., 0, 0] * np.sqrt(np.sum(np.broadcast_arrays(*squares), axis=0))
