"""Self-attention and the transformer block, small enough to see where the norm stands.

Rows are tokens: x (..., B * T, n) holds B sequences of T tokens, one after another, so that Dense and LayerNorm work
on them as they are, and leading axes are seeds as everywhere. Only attention looks across the rows of a sequence.
"""

import math

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_bool, need_choice, need_int
from .layers import Elementwise, Layer, Sequential, _match, _plus
from .normalise import LayerNorm
from .residual import Residual, _dense


class SelfAttention(Layer):
    """Multi-head self-attention (Vaswani et al. 2017): softmax(Q K^T / sqrt(d)) V, heads side by side, then W_o.

    Parameters
    ----------
    width, heads : features of a token, and heads that share them; `heads` divides `width`
    tokens : T, the length of every sequence; the number of rows of x is a multiple of it
    causal : a token sees itself and what stands before it
    other arguments : as for `vgp.mlp`

    `params`: Wqkv (..., n, 3n), bqkv (..., 1, 3n), Wo (..., n, n), bo (..., 1, n).

    >>> rng = np.random.default_rng(0)
    >>> layer = SelfAttention(8, heads=2, tokens=5, causal=True, rng=rng)
    >>> x = rng.standard_normal((10, 8))  # two sequences
    >>> y, _ = layer.forward(x)
    >>> x[4] += 1  # the last token of the first sequence
    >>> np.flatnonzero(abs(layer.forward(x)[0] - y).max(axis=1) > 0).tolist()
    [4]
    """

    own_weights, own_biases = ("Wqkv", "Wo"), ("bqkv", "bo")

    def __init__(
        self,
        width: int,
        *,
        heads: int,
        tokens: int,
        rng: np.random.Generator,
        causal: bool = False,
        init: "str | inits.WeightInit" = "glorot",
        seeds: int | None = None,
        dtype: DTypeLike = np.float64,
    ):
        self.width, self.heads, self.tokens = (
            need_int("width", width),
            need_int("heads", heads),
            need_int("tokens", tokens),
        )
        if self.width % self.heads:
            raise bad("heads", heads, f"a divisor of width = {width}")
        draw, causal = inits.get(init), need_bool("causal", causal)
        W = [draw(width, width, rng=rng, seeds=seeds, dtype=dtype) for _ in range(4)]  # each with its own fan-out
        lead = W[0].shape[:-2]
        self.own = {
            "Wqkv": np.concatenate(W[:3], axis=-1),
            "bqkv": np.zeros((*lead, 1, 3 * width), dtype),
            "Wo": W[3],
            "bo": np.zeros((*lead, 1, width), dtype),
        }
        self.hidden = np.triu(np.ones((tokens, tokens), bool), 1) if causal else np.zeros((tokens, tokens), bool)

    def _heads(self, a: np.ndarray) -> np.ndarray:
        """(..., B * T, n) to (..., B, heads, T, n / heads)."""
        shape = (*a.shape[:-2], a.shape[-2] // self.tokens, self.tokens, self.heads, self.width // self.heads)
        return np.swapaxes(a.reshape(shape), -2, -3)

    def _rows(self, a: np.ndarray) -> np.ndarray:
        """The way back."""
        a = np.swapaxes(a, -2, -3)
        return a.reshape(*a.shape[:-4], a.shape[-4] * self.tokens, self.width)

    def forward(self, x):
        if x.ndim < 2 or x.shape[-1] != self.width or x.shape[-2] % self.tokens:
            raise bad("x", f"shape {x.shape}", f"(..., B * {self.tokens}, {self.width}): whole sequences of tokens")
        n = self.width
        qkv = _plus(x @ self.own["Wqkv"], self.own["bqkv"])
        q, k, v = (self._heads(qkv[..., i * n : (i + 1) * n]) for i in range(3))
        p = q @ k.mT  # (..., B, heads, T, T): first the scores, then in place their softmax
        p /= math.sqrt(n // self.heads)
        if self.hidden.any():
            p[..., self.hidden] = -np.inf
        p -= np.maximum.reduce(p.real, axis=-1, keepdims=True)
        p = np.exp(p)
        p /= np.add.reduce(p, axis=-1, keepdims=True)
        mixed = self._rows(p @ v)
        return _plus(mixed @ self.own["Wo"], self.own["bo"]), (x, q, k, v, p, mixed)

    def backward(self, dy, cache):
        x, q, k, v, p, mixed = cache
        dmixed = self._heads(dy @ self.own["Wo"].mT)
        ds = dmixed @ v.mT  # first dL/dp, then in place dL/dscores
        ds -= np.add.reduce(ds * p, axis=-1, keepdims=True)
        ds *= p
        ds /= math.sqrt(self.width // self.heads)
        parts = (ds @ k, ds.mT @ q, p.mT @ dmixed)
        dqkv = np.concatenate([self._rows(part) for part in parts], axis=-1)
        sums = {
            "Wqkv": x.mT @ dqkv,
            "bqkv": np.add.reduce(dqkv, axis=-2, keepdims=True),
            "Wo": mixed.mT @ dy,
            "bo": np.add.reduce(dy, axis=-2, keepdims=True),
        }
        grads = {key: _match(g, self.own[key].shape) for key, g in sums.items()}
        return dqkv @ self.own["Wqkv"].mT, grads

    def jacobian(self, cache, y):
        raise bad("layer", type(self).__name__, "a layer whose rows are independent; attention couples the tokens")


def transformer_block(
    width: int,
    *,
    heads: int,
    tokens: int,
    rng: np.random.Generator,
    order: str = "pre",
    causal: bool = False,
    factor: int = 4,
    activation: "str | activations.Activation" = "relu",
    init: "str | inits.WeightInit" = "glorot",
    seeds: int | None = None,
    dtype: DTypeLike = np.float64,
) -> Sequential:
    """Attention and a feed-forward branch of `factor * width` hidden units, each with a skip connection.

    `order="pre"`: x + F(LN(x)), the skip path is free of norms. `order="post"`: LN(x + F(x)), the original block of
    Vaswani et al. (2017). Xiong et al. (2020) compare their gradients; chapter 14.

    >>> block = transformer_block(8, heads=2, tokens=5, rng=np.random.default_rng(0), order="post")
    >>> [type(layer).__name__ for layer in block.layers]
    ['Residual', 'LayerNorm', 'Residual', 'LayerNorm']
    """
    need_choice("order", order, ("pre", "post"))
    hidden = need_int("factor", factor) * need_int("width", width)
    attention = SelfAttention(
        width, heads=heads, tokens=tokens, causal=causal, init=init, rng=rng, seeds=seeds, dtype=dtype
    )
    up, down = (_dense(n_in, n_out, init, rng, seeds, dtype) for n_in, n_out in ((width, hidden), (hidden, width)))
    layers: list[Layer] = []
    for branch in ([attention], [up, Elementwise(activation), down]):
        norm = LayerNorm(width, seeds=seeds, dtype=dtype)
        if order == "pre":
            layers.append(Residual(Sequential([norm, *branch])))
        else:
            layers += [Residual(Sequential(branch)), norm]
    return Sequential(layers)
