"""Clipping: what can be done about a gradient that is too large; it does nothing for one that is too small (ch. 8)."""

import numpy as np

from ._errors import bad, need_kind, need_number

Params = dict[str, np.ndarray]


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


def clip_by_norm(grads: Params, limit: float) -> np.ndarray:
    """Scale the gradients of each seed in place by min(1, limit / norm); return the norms before.

    Pascanu, Mikolov and Bengio (2013). The direction is kept; a norm of 0 is left alone. Raises
    ValueError where the norm is NaN or infinite: no scale factor repairs that.

    >>> g = {"b": np.array([[3.0, 4.0]])}
    >>> float(clip_by_norm(g, 1.0)), g["b"].round(2).tolist()
    (5.0, [[0.6, 0.8]])
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    norm = global_norm(grads)
    if not np.isfinite(norm).all():
        raise bad("grads", f"norms {norm}", "finite gradients")
    factor = limit / np.maximum(norm, limit)
    for g in grads.values():
        g *= factor[..., None, None].astype(g.dtype)
    return norm


def clip_by_value(grads: Params, limit: float) -> None:
    """Cut every entry to [-limit, limit] in place. This turns the direction; see chapter 8.

    >>> g = {"b": np.array([[3.0, -0.5]])}
    >>> clip_by_value(g, 1.0); g["b"].tolist()
    [[1.0, -0.5]]
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    for key, g in need_kind("grads", grads, dict, "a dict of arrays").items():
        if np.isnan(g).any():
            raise bad(f"grads[{key!r}]", "NaN", "finite gradients")
        np.clip(g, -limit, limit, out=g)
