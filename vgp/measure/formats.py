"""What a number format can hold of a gradient."""

import numpy as np

from .._errors import need_choice, need_kind
from .trace import Trace

PRECISIONS = ("float16", "float32", "float64")


def underflow(t: Trace, dtype: str) -> np.ndarray:
    """Share of the entries of dL/dz, other than 0, that are 0 or subnormal in `dtype`, by layer: (layers, ...).

    `dtype` is "float16", "float32" or "float64". An underflow is not a zero gradient: the number exists, this format
    cannot hold it to its precision.

    >>> from vgp import mlp, softmax_cross_entropy, trace
    >>> rng = np.random.default_rng(0)
    >>> x, labels = rng.standard_normal((8, 4)), np.arange(8) % 2
    >>> t = trace(mlp(4, 30, 2, depth=12, rng=rng), x, labels, softmax_cross_entropy)
    >>> bool(underflow(t, "float16")[0] == 1), bool(underflow(t, "float64").max() == 0)
    (True, True)
    """
    need_kind("t", t, Trace, "a Trace")
    tiny = float(np.finfo(need_choice("dtype", dtype, PRECISIONS)).tiny)
    shares = []
    for dz in t.dz:
        size = np.abs(dz)
        there = (size > 0).sum(axis=(-1, -2))
        shares.append(((size > 0) & (size < tiny)).sum(axis=(-1, -2)) / np.maximum(there, 1))
    return np.stack(shares)
