"""Singular values of layers and of long products of layers, and the rates at which directions grow.

The singular values of a long product cannot be read off the product: the small ones drown in the rounding of the
large ones. `product_log_singular_values` never forms it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._errors import bad, need_array, need_int, need_kind, need_number
from ..layers import Sequential


def _scaled_rows(logs: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a @ diag(exp(logs)) with the largest entry of each taken out: its ln, and the rest, at most 1."""
    with np.errstate(divide="ignore"):
        size = np.log(np.abs(a)) + logs[..., None, :]
    top = size.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    return top, np.sign(a) * np.exp(size - safe[..., None])


def product_log_singular_values(
    factors: Sequence[np.ndarray], *, sweeps: int = 500, tolerance: float = 1e-10
) -> np.ndarray:
    """ln of the singular values of factors[-1] @ ... @ factors[0], largest first, without forming the product.

    Parameters
    ----------
    factors : matrices (..., n_{l+1}, n_l), the first applied first; leading axes are examples or seeds
    sweeps, tolerance : at most so many QR sweeps; stop when no ln moves by more than `tolerance` (dimensionless)

    Returns
    -------
    (..., k) with k the smallest width on the way; -inf where the product is singular

    Notes
    -----
    A QR pass turns the product into one triangular matrix, kept as rows times e^logs, so nothing overflows or
    underflows. QR factorisations of its transpose then make it diagonal. Near-equal singular values converge slowly;
    where all lie within six decades an ordinary SVD finishes the work.

    >>> logs = product_log_singular_values([np.diag([1e-9, 1.0])] * 50)
    >>> (logs / np.log(10)).round(6).tolist()
    [-0.0, -450.0]
    """
    factors = [need_array("factors", f) for f in need_kind("factors", factors, (list, tuple), "a list of matrices")]
    if not factors:
        raise bad("factors", "an empty list", "at least one matrix")
    for inner, outer in itertools.pairwise(factors):
        if outer.shape[-1] != inner.shape[-2]:
            raise bad("factors", f"{outer.shape} after {inner.shape}", "matrices that can be multiplied")
    # A fixed turn of the input, which changes no singular value, lets the pass sort directions by growth.
    n = factors[0].shape[-1]
    q = np.linalg.qr(np.sin(np.arange(1.0, n * n + 1).reshape(n, n) ** 2))[0]
    logs, rows = np.zeros(n), np.eye(n)
    for factor in factors:
        q, r = np.linalg.qr(factor @ q)
        logs, share = _scaled_rows(logs, r)
        rows = share @ rows
    with np.errstate(divide="ignore", invalid="ignore"):  # a singular product has ln 0
        for _ in range(need_int("sweeps", sweeps)):
            before = logs
            logs, rows = _scaled_rows(logs, np.linalg.qr(np.swapaxes(rows, -1, -2))[1])
            if np.ptp(logs, axis=-1).max() < np.log(1e6):
                top = logs.max(axis=-1, keepdims=True)
                return np.log(np.linalg.svd(np.exp(logs - top)[..., None] * rows, compute_uv=False)) + top
            if not (np.abs(logs - before) > need_number("tolerance", tolerance, 0.0)).any():
                break
        return -np.sort(-(logs + np.log(np.abs(np.diagonal(rows, axis1=-2, axis2=-1)))), axis=-1)


def lyapunov(factors: Sequence[np.ndarray]) -> np.ndarray:
    """Growth rates per factor of orthogonal directions: mean of ln |diag R| along one QR pass, in order of the pass.

    For i.i.d. factors these tend to the Lyapunov exponents, largest first, as their number grows (Benettin et al.
    1980). In ln of the norm, per factor.

    >>> rng = np.random.default_rng(0)
    >>> rates = lyapunov([rng.standard_normal((4, 4)) / 2 for _ in range(2000)])
    >>> rates.shape, bool((np.diff(rates) < 0).all())
    ((4,), True)
    """
    factors = [need_array("factors", f) for f in need_kind("factors", factors, (list, tuple), "a list of matrices")]
    if not factors:
        raise bad("factors", "an empty list", "at least one matrix")
    q, total = np.eye(factors[0].shape[-1]), np.zeros(factors[0].shape[-1])
    for factor in factors:
        q, r = np.linalg.qr(factor @ q)
        with np.errstate(divide="ignore"):
            total = total[..., : r.shape[-2]] + np.log(np.abs(np.diagonal(r, axis1=-2, axis2=-1)))
    return total / len(factors)


@dataclass(frozen=True)
class Spectrum:
    """Singular values of the Jacobians of one net, for each example.

    `layers[l]`: (..., B, k) for layer l; `product`: ln of those of the whole, (..., B, k). Largest first.

    >>> from vgp import Dense
    >>> net = Sequential([Dense(np.diag([2.0, 0.5]), np.zeros((1, 2)))])
    >>> jacobian_spectrum(net, np.ones((1, 2))).condition().round(6).tolist()
    [0.60206]
    """

    layers: list[np.ndarray]
    product: np.ndarray

    def condition(self) -> np.ndarray:
        """log10 of largest over smallest singular value of the whole, (..., B)."""
        return (self.product[..., 0] - self.product[..., -1]) / np.log(10)


def jacobian_spectrum(net: Sequential, x: np.ndarray) -> Spectrum:
    """Singular values of every layer's Jacobian and of the whole net's, at the examples x (..., B, n_in).

    A layer here is one entry of `net.layers`. Raises ValueError where a layer couples its examples.

    >>> from vgp import mlp
    >>> rng = np.random.default_rng(0)
    >>> net = mlp(10, 10, 10, depth=50, activation="identity", init="orthogonal", rng=rng)
    >>> s = jacobian_spectrum(net, rng.standard_normal((2, 10)))
    >>> bool(abs(s.product).max() < 1e-12)
    True
    """
    _, cache = need_kind("net", net, Sequential, "a Sequential").forward(need_array("x", x))
    factors = [layer.jacobian(kept, out) for layer, (out, kept) in zip(net.layers, cache, strict=True)]
    return Spectrum([np.linalg.svd(f, compute_uv=False) for f in factors], product_log_singular_values(factors))
