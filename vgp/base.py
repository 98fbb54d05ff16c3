"""What a layer is: three methods, its parameters by name, and how shared parameters meet the seed axis."""

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ._errors import bad

Params = dict[str, np.ndarray]


class Layer:
    """What every layer has: `params` (possibly empty), `forward`, `backward` and `jacobian`.

    A layer made of layers names them in `parts` and keeps its own arrays in `own`; its `params` are flat, with keys
    such as "2.W" or "branch.0.b". The arrays are the layers' own, not copies: what changes them changes the net.

    >>> class Double(Layer):
    ...     def forward(self, x):
    ...         return 2 * x, None
    ...     def backward(self, dy, cache):
    ...         return 2 * dy, {}
    >>> y, cache = Double().forward(np.ones((1, 2)))
    >>> y.tolist(), Double().params
    ([[2.0, 2.0]], {})
    """

    # empty and read-only: a layer with parts or arrays sets a dict of its own
    parts: "Mapping[str, Layer]" = MappingProxyType({})
    own: Params = MappingProxyType({})  # type: ignore[assignment]

    @property
    def params(self) -> Params:
        """Every parameter by its dotted key."""
        return {name: layer.own[key] for name, (layer, key) in self._places.items()}

    @functools.cached_property
    def _places(self) -> "dict[str, tuple[Layer, str]]":
        """Where each parameter lives, by its dotted key; once, since a step of training asks for all of them."""
        places: dict[str, tuple[Layer, str]] = {key: (self, key) for key in self.own}
        for name, part in self.parts.items():
            places |= {f"{name}.{key}": place for key, place in part._places.items()}
        return places

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the output and the cache."""
        raise bad("layer", type(self).__name__, "a subclass that defines forward")

    def backward(self, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, Params]:
        """Return dL/dx and dL/dparams from dL/dy."""
        raise bad("layer", type(self).__name__, "a subclass that defines backward")

    def jacobian(self, cache: Any, y: np.ndarray) -> np.ndarray:
        """Return dy/dx for each example, (..., B, n_out, n_in)."""
        raise bad("layer", type(self).__name__, "a layer whose examples are independent")

    def times_jacobian(self, left: np.ndarray, cache: Any, y: np.ndarray) -> np.ndarray:
        """`left` @ dy/dx for each example, left (..., B, k, n_out); layers that know a shorter way override it."""
        return left @ self.jacobian(cache, y)


def _plus(own: np.ndarray, b: np.ndarray) -> np.ndarray:
    """own + b, in place where the dtypes agree: for an array that the caller has just made. Saves an allocation."""
    return np.add(own, b, out=own if own.dtype == b.dtype else None)


def _match(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum over the leading axes that the data have and the parameter has not: there it was shared."""
    return g if g.ndim == len(shape) else g.sum(axis=tuple(range(g.ndim - len(shape))))


def need_rows(x: np.ndarray, n: int) -> np.ndarray:
    """Accept an x of shape (..., B, n) that is not empty; complex entries are welcome, for the complex step.

    >>> need_rows(np.ones((2, 3)), 4)
    Traceback (most recent call last):
        ...
    ValueError: x: got shape (2, 3); allowed: (..., batch, 4), not empty
    """
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        raise bad("x", f"dtype {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__, "an array of floats")
    if x.ndim < 2 or x.shape[-1] != n or x.size == 0:
        raise bad("x", f"shape {x.shape}", f"(..., batch, {n}), not empty")
    return x


def _same_seeds(x: np.ndarray, W: np.ndarray) -> bool:
    """Whether the leading axes agree, as far as both have them."""
    return all(n == m or 1 in (n, m) for n, m in zip(x.shape[-3::-1], W.shape[-3::-1]))
