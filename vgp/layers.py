"""What a layer is: a pair of functions that share a cache; and a net: a list of layers.

    y, cache = layer.forward(x)            never writes to the layer; the cache holds what backward needs
    dx, grads = layer.backward(dy, cache)  linear in dy; grads has the keys and shapes of layer.params
    J = layer.jacobian(cache, y)           dy/dx for each example, (..., B, n_out, n_in)

Examples are rows: x (..., B, n_in), W (..., n_in, n_out), b (..., 1, n_out). So W is the transpose of the W in the
book's formulas, where z = W h + b is a column. Leading axes are seeds: independent nets in one pass.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import as_floats, as_rows, bad, built_anew, need_array, need_dtype, need_int, need_kind, type_name
from ._trees import Params


class Parametric:
    """What owns arrays: `params`, by their dotted keys, and which of them are weights and which biases.

    What is made of such parts names them in `parts` and keeps its own arrays in `own`; its `params` are flat, with keys
    such as "2.W" or "branch.0.b". The arrays are the owners', not copies: what changes them changes the net. A class
    says in `own_weights` and `own_biases` which of its own arrays are which; a scale, such as a norm's, is neither.

    >>> net = mlp(2, 3, 1, depth=1, rng=np.random.default_rng(0))
    >>> list(net.params), list(net.weights), list(net.biases)
    (['0.W', '0.b', '2.W', '2.b'], ['0.W', '2.W'], ['0.b', '2.b'])
    """

    # empty and read-only: what has parts or arrays sets a dict of its own
    parts: "Mapping[str, Parametric]" = MappingProxyType({})
    own: dict[str, np.ndarray] = MappingProxyType({})  # type: ignore[assignment]
    own_weights: tuple[str, ...] = ()
    own_biases: tuple[str, ...] = ()

    @property
    def params(self) -> Params:
        """Every parameter by its dotted key; `params.weights` has the keys of the weights."""
        found = Params({name: part.own[key] for name, (part, key) in self._places.items()})
        found.weights = self._weights
        return found

    @functools.cached_property
    def weights(self) -> tuple[str, ...]:
        """The keys of those parameters that are weights, which multiply the signal."""
        return tuple(name for name, (part, key) in self._places.items() if key in part.own_weights)

    @functools.cached_property
    def biases(self) -> tuple[str, ...]:
        """The keys of those parameters that are biases, which are added to weighted sums."""
        return tuple(name for name, (part, key) in self._places.items() if key in part.own_biases)

    @functools.cached_property
    def _weights(self) -> frozenset[str]:
        return frozenset(self.weights)

    @functools.cached_property
    def _places(self) -> "dict[str, tuple[Parametric, str]]":
        """Where each parameter lives, by its dotted key; once, since a step of training asks for all of them."""
        places: dict[str, tuple[Parametric, str]] = {key: (self, key) for key in self.own}
        for name, part in self.parts.items():
            places |= {f"{name}.{key}": place for key, place in part._places.items()}
        return places


class Layer(Parametric):
    """What every layer has besides its `params` (possibly none): `forward`, `backward` and `jacobian`.

    >>> class Double(Layer):
    ...     def forward(self, x):
    ...         return 2 * x, None
    ...     def backward(self, dy, cache):
    ...         return 2 * dy, {}
    >>> y, cache = Double().forward(np.ones((1, 2)))
    >>> y.tolist(), Double().params
    ([[2.0, 2.0]], {})
    """

    parts: "Mapping[str, Layer]" = MappingProxyType({})

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the output and the cache."""
        raise bad("layer", type(self).__name__, "a subclass that defines forward")

    def backward(self, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
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
        if isinstance(x, np.ndarray):
            raise bad("x", f"dtype {x.dtype}", "an array of floats" + as_floats("x", x.dtype))
        raise bad("x", type_name(x), "an array of floats; write np.asarray(x, dtype=np.float64)")
    if x.ndim < 2 or x.shape[-1] != n or x.size == 0:
        raise bad("x", f"shape {x.shape}", f"(..., batch, {n}), not empty" + as_rows("x", x.shape, n))
    return x


def _same_seeds(x: np.ndarray, W: np.ndarray) -> bool:
    """Whether the leading axes agree, as far as both have them."""
    return all(n == m or 1 in (n, m) for n, m in zip(x.shape[-3::-1], W.shape[-3::-1]))


class Dense(Layer):
    """Affine map y = x W + b, with W (..., n_in, n_out) and b (..., 1, n_out); chapter 2 derives `backward`.

    Raises ValueError for a W, b or x of the wrong shape or with entries that are not finite floats.

    >>> layer = Dense(np.array([[1.0, 2.0]]), np.array([[0.5, 0.5]]))
    >>> y, cache = layer.forward(np.array([[3.0]]))
    >>> dx, grads = layer.backward(np.array([[1.0, 10.0]]), cache)
    >>> y.tolist(), dx.tolist(), grads["W"].tolist()
    ([[3.5, 6.5]], [[21.0]], [[3.0, 30.0]])
    """

    own_weights, own_biases = ("W",), ("b",)

    def __init__(self, W: np.ndarray, b: np.ndarray):
        W = need_array("W", W)
        self.own = {"W": W, "b": need_array("b", b, n_last=W.shape[-1])}
        if self.own["b"].shape != (*W.shape[:-2], 1, W.shape[-1]):
            raise bad(
                "b",
                f"shape {self.own['b'].shape}",
                f"(..., 1, n_out) to go with W {W.shape}: {(*W.shape[:-2], 1, W.shape[-1])}",
            )

    def forward(self, x):
        W, b = self.own["W"], self.own["b"]
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
            need_rows(x, W.shape[-2])  # says what to do
        if x.ndim < 2 or x.shape[-1] != W.shape[-2] or (W.ndim > 2 and not _same_seeds(x, W)):
            allowed = f"(..., batch, {W.shape[-2]}), to go with W {W.shape}"
            raise bad("x", f"shape {x.shape}", allowed + as_rows("x", x.shape, W.shape[-2]))
        return _plus(x @ W, b), x  # (..., B, n_out)

    def backward(self, dy, cache):
        return dy @ self.own["W"].mT, self.param_grads(dy, cache)

    def param_grads(self, dy: np.ndarray, cache: np.ndarray) -> dict[str, np.ndarray]:
        """The part of `backward` that the first layer of a net needs; its dL/dx would be thrown away."""
        dW = cache.mT @ dy  # (..., n_in, n_out), summed over the batch
        db = np.add.reduce(dy, axis=-2, keepdims=True)
        return {"W": _match(dW, self.own["W"].shape), "b": _match(db, self.own["b"].shape)}

    def jacobian(self, cache, y):
        Wt = np.swapaxes(self.own["W"], -1, -2)[..., None, :, :]  # (..., 1, n_out, n_in): the same for each example
        return np.broadcast_to(Wt, (*y.shape, Wt.shape[-1]))

    def times_jacobian(self, left, cache, y):
        rows = left.reshape(*left.shape[:-3], -1, left.shape[-1]) @ self.own["W"].mT  # all examples in one product
        return rows.reshape(*rows.shape[:-2], *left.shape[-3:-1], rows.shape[-1])


class Elementwise(Layer):
    """y = phi(z), with phi a name from `vgp.activations` or an `Activation`; the cache is z.

    >>> layer = Elementwise("tanh")
    >>> y, z = layer.forward(np.array([[0.0, 20.0]]))
    >>> dz, _ = layer.backward(np.ones((1, 2)), z)
    >>> [f"{v:.2g}" for v in dz[0]]
    ['1', '1.7e-17']
    """

    def __init__(self, activation: "str | activations.Activation"):
        self.activation = activations.get(activation)

    def forward(self, x):
        return self.activation.f(x), x

    def backward(self, dy, cache):
        return dy * self.activation.df(cache), {}

    def jacobian(self, cache, y):
        return self.activation.df(cache)[..., None] * np.eye(cache.shape[-1], dtype=cache.dtype)

    def times_jacobian(self, left, cache, y):
        return left * self.activation.df(cache)[..., None, :]


class Sequential(Layer):
    """Layers one after another. `params` and `grads` are flat: "2.W" is the W of the third layer.

    The cache is a list of (output, cache) for each layer. A layer may appear twice: its parameters stand under the
    key of the first use, and their gradients are summed over the uses. Raises ValueError for an empty list.

    >>> rng = np.random.default_rng(0)
    >>> net = mlp(3, 5, 2, depth=2, activation="tanh", rng=rng)
    >>> list(net.params)
    ['0.W', '0.b', '2.W', '2.b', '4.W', '4.b']
    >>> y, cache = net.forward(rng.standard_normal((7, 3)))
    >>> dx, grads = net.backward(np.ones_like(y), cache)
    >>> dx.shape, net.jacobian(cache, y).shape
    ((7, 3), (7, 2, 3))
    """

    def __init__(self, layers: Sequence[Layer]):
        self.layers = list(need_kind("layers", layers, (list, tuple), "a non-empty list of layers"))
        if not self.layers or not all(isinstance(layer, Layer) for layer in self.layers):
            allowed = "a non-empty list of layers" + built_anew("layers", *self.layers)
            raise bad("layers", repr([type_name(layer) for layer in self.layers]), allowed)
        self.parts = {str(i): layer for i, layer in enumerate(self.layers)}
        # For each layer, its keys and their names in the net. An array that is used twice has the name of its first
        # use, so that the optimiser steps once on it.
        first: dict[int, str] = {}
        self._names = [
            {key: first.setdefault(id(p), f"{i}.{key}") for key, p in layer.params.items()}
            for i, layer in enumerate(self.layers)
        ]

    @functools.cached_property
    def _places(self):
        places: dict[str, tuple[Parametric, str]] = {}
        for layer, names in zip(self.layers, self._names, strict=True):
            for key, name in names.items():
                places.setdefault(name, layer._places[key])
        return places

    def forward(self, x):
        cache = []
        for layer in self.layers:
            x, kept = layer.forward(x)
            cache.append((x, kept))
        return x, cache

    def backward(self, dy, cache, *, to_input=True):
        """As for every layer; with `to_input=False`, dL/dx is None and the first layer is spared its product."""
        grads: dict[str, np.ndarray] = {}
        for i in range(len(self.layers) - 1, -1, -1):
            layer, (_, kept) = self.layers[i], cache[i]
            if i == 0 and not to_input and isinstance(layer, Dense):
                dy, own = None, layer.param_grads(dy, kept)
            else:
                dy, own = layer.backward(dy, kept)
            names = self._names[i]
            for key, g in own.items():
                name = names[key]
                grads[name] = grads[name] + g if name in grads else g
        return dy, {name: grads[name] for name in self._places}

    def jacobian(self, cache, y):
        """The product of the layers' Jacobians, taken from the output side: the book's central object."""
        product = self.layers[-1].jacobian(cache[-1][1], y)
        for layer, (out, kept) in zip(self.layers[-2::-1], cache[-2::-1], strict=True):
            product = layer.times_jacobian(product, kept, out)  # product @ layer.jacobian(kept, out)
        return product


def mlp(
    n_in: int,
    width: int | Sequence[int],
    n_out: int,
    *,
    depth: int,
    rng: np.random.Generator,
    activation: "str | activations.Activation" = "sigmoid",
    init: "str | inits.WeightInit" = "lecun",
    bias: "str | inits.BiasInit" = "zeros",
    seeds: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Sequential:
    """A plain net: `depth` hidden layers (Dense, Elementwise), then a Dense output layer without activation.

    Parameters
    ----------
    n_in, n_out : sizes of input and output
    width : units in every hidden layer, or a sequence of `depth` widths
    depth : number of hidden layers, at least 1
    rng : the generator that draws all parameters, layer by layer, weights before biases
    activation, init, bias : names or objects from `vgp.activations` and `vgp.init`
    seeds : S for S independent nets on a leading axis of every parameter; None for one net without that axis
    dtype : of all parameters

    Raises
    ------
    ValueError, TypeError
        Naming the argument, what came, and what is allowed.

    >>> net = mlp(784, 30, 10, depth=3, rng=np.random.default_rng(0), seeds=200)
    >>> [p.shape for key, p in net.params.items() if key.endswith("W")]
    [(200, 784, 30), (200, 30, 30), (200, 30, 30), (200, 30, 10)]
    """
    depth = need_int("depth", depth)
    widths = list(width) if isinstance(width, Iterable) and np.ndim(width) else [width] * depth
    if len(widths) != depth:
        raise bad("width", f"{len(widths)} widths", f"one integer, or a sequence of depth = {depth} integers")
    dtype = need_dtype(dtype)
    draw_W, draw_b = inits.get(init), inits.get_bias(bias)
    sizes = [need_int("n_in", n_in), *(need_int("width", w) for w in widths), need_int("n_out", n_out)]
    layers: list[Layer] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        W = draw_W(fan_in, fan_out, rng=rng, seeds=seeds, dtype=dtype)
        b = draw_b(fan_in, fan_out, rng=rng, seeds=seeds, dtype=dtype)
        layers += [Dense(W, b), Elementwise(activation)]
    return Sequential(layers[:-1])
