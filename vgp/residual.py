"""Skip connections: the `1 +` in the product of Jacobians, written out.

    y = x + scale * F(x)          dy/dx = I + scale * J_F

A branch F is any layer whose output has the width of its input. The scale decides everything at depth L: 1 doubles
the squared norm at each block of a variance-preserving branch, 1/sqrt(L) keeps it within a factor e, 0 makes the
net the identity (chapter 12).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_bool, need_call, need_choice, need_int, need_kind, need_number
from .layers import Dense, Elementwise, Layer, Sequential


class Residual(Layer):
    """y = x + scale * F(x) (He et al. 2016).

    With `learned=True` the scale is a parameter "scale" of shape (..., 1, 1): started at 0 this is ReZero (Bachlechner
    et al. 2020) or SkipInit (De and Smith 2020). Raises ValueError where F changes the shape.

    >>> branch = Dense(np.array([[2.0]]), np.zeros((1, 1)))
    >>> layer = Residual(branch, scale=0.5)
    >>> y, cache = layer.forward(np.array([[3.0]]))
    >>> y.item(), layer.backward(np.ones((1, 1)), cache)[0].item()
    (6.0, 2.0)
    """

    def __init__(self, branch: Layer, *, scale: float = 1.0, learned: bool = False):
        need_kind("branch", branch, Layer, "a layer")
        self.parts = {"branch": branch}
        self.scale, learned = need_number("scale", scale), need_bool("learned", learned)
        some = next(iter(branch.params.values()), np.zeros((1, 1)))
        self.own = {"scale": np.full((*some.shape[:-2], 1, 1), scale, some.dtype)} if learned else {}

    def _scaled(self, a: np.ndarray) -> np.ndarray:
        return a if self.scale == 1 and not self.own else self.own.get("scale", self.scale) * a

    def forward(self, x):
        f, kept = self.parts["branch"].forward(x)
        if f.shape[-1] != x.shape[-1]:
            raise bad("branch", f"a map from {x.shape[-1]} to {f.shape[-1]} features", "one that keeps the width")
        return x + self._scaled(f), (kept, f)

    def backward(self, dy, cache):
        kept, f = cache
        through, inner = self.parts["branch"].backward(self._scaled(dy), kept)
        grads = {f"branch.{key}": g for key, g in inner.items()}
        if self.own:
            total = (dy * f).sum(axis=(-1, -2), keepdims=True)
            grads = {"scale": total.sum(axis=tuple(range(total.ndim - self.own["scale"].ndim))), **grads}
        return dy + through, grads  # the skip path: the gradient arrives whole, whatever the branch does

    def jacobian(self, cache, y):
        kept, f = cache
        scale = self.own["scale"][..., None] if self.own else self.scale
        return np.eye(y.shape[-1], dtype=y.dtype) + scale * self.parts["branch"].jacobian(kept, f)


class Highway(Layer):
    """y = t * H(x) + (1 - t) * x, with gate t = sigmoid(x W_t + b_t) (Srivastava, Greff and Schmidhuber 2015).

    A negative gate bias starts the layer near the identity.

    >>> rng = np.random.default_rng(0)
    >>> layer = highway(4, rng=rng, gate_bias=-30.0)
    >>> x = rng.standard_normal((2, 4))
    >>> np.allclose(layer.forward(x)[0], x)
    True
    """

    def __init__(self, transform: Layer, gate: Layer):
        for name, layer in (("transform", transform), ("gate", gate)):
            need_kind(name, layer, Layer, "a layer")
        self.parts = {"transform": transform, "gate": gate}

    def forward(self, x):
        h, kept_h = self.parts["transform"].forward(x)
        t, kept_t = self.parts["gate"].forward(x)
        if not h.shape[-1] == t.shape[-1] == x.shape[-1]:
            got = f"maps from {x.shape[-1]} to {h.shape[-1]} and {t.shape[-1]} features"
            raise bad("transform, gate", got, "maps that keep the width")
        return x + t * (h - x), (x, h, kept_h, t, kept_t)

    def backward(self, dy, cache):
        x, h, kept_h, t, kept_t = cache
        dx_h, grads_h = self.parts["transform"].backward(dy * t, kept_h)
        dx_t, grads_t = self.parts["gate"].backward(dy * (h - x), kept_t)
        grads = {f"transform.{key}": g for key, g in grads_h.items()} | {f"gate.{key}": g for key, g in grads_t.items()}
        return dy * (1 - t) + dx_h + dx_t, grads

    def jacobian(self, cache, y):
        x, h, kept_h, t, kept_t = cache
        carry = (1 - t)[..., None] * np.eye(x.shape[-1], dtype=x.dtype)
        through = t[..., None] * self.parts["transform"].jacobian(kept_h, h)
        return carry + through + (h - x)[..., None] * self.parts["gate"].jacobian(kept_t, t)


def _dense(
    n_in: int,
    n_out: int,
    init: "str | inits.WeightInit",
    rng: np.random.Generator,
    seeds: int | None,
    dtype: DTypeLike,
    bias: float = 0.0,
) -> Dense:
    """A Dense layer from its ingredients, all biases alike."""
    W = inits.get(init)(n_in, n_out, rng=rng, seeds=seeds, dtype=dtype)
    return Dense(W, np.full((*W.shape[:-2], 1, n_out), bias, dtype))


def highway(
    width: int,
    *,
    rng: np.random.Generator,
    activation: "str | activations.Activation" = "relu",
    init: "str | inits.WeightInit" = "he",
    gate_bias: float = -2.0,
    seeds: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Highway:
    """One highway layer of `width` units; the gate starts at sigmoid(gate_bias).

    >>> list(highway(4, rng=np.random.default_rng(0)).params)
    ['transform.0.W', 'transform.0.b', 'gate.0.W', 'gate.0.b']
    """
    gate_bias = need_number("gate_bias", gate_bias)
    width = need_int("width", width)
    transform = Sequential([_dense(width, width, init, rng, seeds, dtype), Elementwise(activation)])
    gate = _dense(width, width, "lecun", rng, seeds, dtype, gate_bias)
    return Highway(transform, Sequential([gate, Elementwise("sigmoid")]))


SCALES: dict[str, Callable[[int], float]] = {
    "one": lambda blocks: 1.0,
    "depth": lambda blocks: 1 / math.sqrt(blocks),
    "zero": lambda blocks: 0.0,
    "rezero": lambda blocks: 0.0,  # as "zero", but learned
    "fixup": lambda blocks: 1.0,  # the branch is scaled instead
}


def residual_mlp(
    n_in: int,
    width: int,
    n_out: int,
    *,
    blocks: int,
    rng: np.random.Generator,
    activation: "str | activations.Activation" = "relu",
    init: "str | inits.WeightInit" = "he",
    scale: str | float = "one",
    order: str = "pre",
    normalise: Callable[..., Layer] | None = None,
    seeds: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Sequential:
    """Dense, then `blocks` residual blocks of two Dense layers each, then Dense.

    Parameters
    ----------
    scale : a number, or "one", "depth" (1/sqrt(blocks)), "zero", "rezero" (0, learned), "fixup": first Dense of each
        branch times blocks^(-1/2), the second 0 (Zhang, Dauphin and Ma 2019, for branches of m = 2 layers)
    order : "pre", x + s W2 phi(W1 phi(x)), with nothing on the skip path (He et al. 2016b), or "post",
        phi(x + s W2 phi(W1 x)), with an activation after each sum (He et al. 2016a)
    normalise : e.g. `LayerNorm`; called as normalise(width, seeds=seeds, dtype=dtype), first in each branch
    other arguments : as for `vgp.mlp`

    Notes
    -----
    With ReLU, He weights and scale 1, a branch of "pre" has the mean square of its x, so that the stream's doubles at
    each block, and so does the squared norm of the gradient. A branch of "post", whose x is what ReLU has left, has
    twice that of x; of the sum ReLU leaves 2.4 times that of x per block in wide nets, and the squared norm of the
    gradient grows by about 2.1.

    >>> net = residual_mlp(4, 8, 2, blocks=3, rng=np.random.default_rng(0), scale="rezero")
    >>> net.params["1.scale"].item(), net.forward(np.zeros((5, 4)))[0].shape
    (0.0, (5, 2))
    """
    blocks, width = need_int("blocks", blocks), need_int("width", width)
    need_choice("order", order, ("pre", "post"))
    if normalise is not None:
        need_call("normalise", normalise)
    size = (
        need_number("scale", scale)
        if not isinstance(scale, str)
        else SCALES[need_choice("scale", scale, SCALES)](blocks)
    )

    def dense(fan_in: int, fan_out: int) -> Dense:
        return _dense(fan_in, fan_out, init, rng, seeds, dtype)

    layers: list[Layer] = [dense(need_int("n_in", n_in), width)]
    for _ in range(blocks):
        first, second = dense(width, width), dense(width, width)
        if scale == "fixup":
            first.params["W"] *= 1 / math.sqrt(blocks)
            second.params["W"] *= 0
        branch: list[Layer] = [normalise(width, seeds=seeds, dtype=dtype)] if normalise is not None else []
        pre = [Elementwise(activation)] if order == "pre" else []
        branch += [*pre, first, Elementwise(activation), second]
        layers.append(Residual(Sequential(branch), scale=size, learned=scale == "rezero"))
        if order == "post":
            layers.append(Elementwise(activation))
    layers.append(dense(width, need_int("n_out", n_out)))
    return Sequential(layers)
