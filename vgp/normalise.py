"""Normalisation: of signals (batch, layer, root mean square) and of weights.

Each takes out a mean or a length, and backward takes the same part out of the gradient. The first three share one
pattern. With xhat = (x - mean) / s along the normalised axis,

    dx = (g - mean(g) - xhat * mean(g * xhat)) / s,   g = gamma * dy,

where RMSNorm, which removes no mean, has no mean(g) term. `eps` is added to the variance (or mean square).
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ._errors import bad, need_array, need_bool, need_dtype, need_int, need_number
from .layers import Dense, Layer, _match, _plus, need_rows

EPS = 1e-5


class _Norm(Layer):
    """What the three share: scale gamma and shift beta of shape (..., 1, n), and the backward pattern."""

    axis = -1  # the axis that is normalised over
    centred = True

    def __init__(
        self, n: int, *, eps: float = EPS, affine: bool = True, seeds: int | None = None, dtype: DTypeLike = np.float64
    ):
        self.n, self.eps = need_int("n", n), need_number("eps", eps, 0.0)
        affine, dtype = need_bool("affine", affine), need_dtype(dtype)
        shape = (1, self.n) if seeds is None else (need_int("seeds", seeds), 1, self.n)
        self.own = {"gamma": np.ones(shape, dtype), "beta": np.zeros(shape, dtype)} if affine else {}
        if affine and not self.centred:
            del self.own["beta"]

    def _normalise(self, x: np.ndarray) -> tuple[np.ndarray, Any, np.ndarray]:
        """xhat, mean (0 if not centred) and 1 / sqrt(mean square deviation + eps), two-pass, as axes of length 1."""
        need_rows(x, self.n)
        count = x.shape[self.axis]
        mean = np.add.reduce(x, axis=self.axis, keepdims=True) / count if self.centred else 0
        d = x - mean
        inverse = 1 / np.sqrt(np.add.reduce(d * d, axis=self.axis, keepdims=True) / count + self.eps)
        d *= inverse
        return d, mean, inverse

    def _affine(self, xhat: np.ndarray) -> np.ndarray:
        if not self.own:
            return xhat
        y = xhat * self.own["gamma"]
        return _plus(y, self.own["beta"]) if self.centred else y

    def forward(self, x):
        xhat, _, inverse = self._normalise(x)
        return self._affine(xhat), (xhat, inverse)

    def backward(self, dy, cache):
        xhat, inverse = cache
        grads: dict[str, np.ndarray] = {}
        along = dy * xhat
        if self.own:
            grads["gamma"] = np.add.reduce(along, axis=-2, keepdims=True)
        if "beta" in self.own:
            grads["beta"] = np.add.reduce(dy, axis=-2, keepdims=True)
        dx = self._project(dy, along, xhat, grads)
        dx *= inverse
        return dx, {key: _match(g, self.own[key].shape) for key, g in grads.items()}

    def _project(self, dy: np.ndarray, along: np.ndarray, xhat: np.ndarray, sums: dict[str, np.ndarray]) -> np.ndarray:
        """g - mean(g) - xhat mean(g xhat) with g = gamma dy; `along` is dy * xhat."""
        if self.own:
            gamma = self.own["gamma"]
            weight = gamma.mT / self.n  # the mean over features, weighted by gamma, as a product
            dx = dy * gamma
            mean_g, mean_along = dy @ weight, along @ weight
        else:
            dx, mean_g = dy.copy(), np.add.reduce(dy, axis=-1, keepdims=True) / self.n
            mean_along = np.add.reduce(along, axis=-1, keepdims=True) / self.n
        dx -= xhat * mean_along
        if self.centred:
            dx -= mean_g
        return dx

    def jacobian(self, cache, y):
        """Rows of the identity sent backward: (..., B, n, n)."""
        eye = np.eye(self.n, dtype=y.dtype).reshape(self.n, *(1,) * (y.ndim - 1), self.n)
        rows = self.backward(np.broadcast_to(eye, (self.n, *y.shape)), cache)[0]  # (n, ..., B, n)
        return np.moveaxis(rows, 0, -2)


class LayerNorm(_Norm):
    """Each example on its own: mean 0, variance 1 over its features, then gamma and beta (Ba, Kiros and Hinton 2016).

    >>> y, cache = LayerNorm(3).forward(np.array([[1.0, 2.0, 6.0]]))
    >>> y.round(3).tolist()
    [[-0.926, -0.463, 1.389]]
    """


class RMSNorm(_Norm):
    """Each example on its own: root mean square 1, then gamma; no mean and no beta (Zhang and Sennrich 2019).

    >>> y, cache = RMSNorm(2, eps=0).forward(np.array([[3.0, 4.0]]))
    >>> f"{(y**2).mean():.6f}"
    '1.000000'
    """

    centred = False


class BatchNorm(_Norm):
    """Each feature over the batch: mean 0 and variance 1 (Ioffe and Szegedy 2015).

    The statistics of this batch live in the cache. Running averages change only when `update_running(cache)` is
    called; `frozen()` returns the layer for evaluation. With `through_statistics=False`, backward treats mean and
    variance as constants, as some analyses do: that is not the gradient.

    >>> layer = BatchNorm(1, eps=0)
    >>> y, cache = layer.forward(np.array([[1.0], [3.0]]))
    >>> y.tolist(), layer.jacobian(cache, y)
    Traceback (most recent call last):
        ...
    ValueError: layer: got BatchNorm; allowed: a layer whose examples are independent; batch statistics couple them, \
so dy/dx has no value for each example alone
    """

    axis = -2

    def __init__(self, n: int, *, momentum: float = 0.1, through_statistics: bool = True, **options: Any):
        super().__init__(n, **options)
        self.momentum = need_number("momentum", momentum, 0.0, 1.0)
        self.through_statistics = need_bool("through_statistics", through_statistics)
        self.running: dict[str, np.ndarray] = {}

    def forward(self, x):
        xhat, mean, inverse = self._normalise(x)
        return self._affine(xhat), (xhat, inverse, mean)

    def backward(self, dy, cache):
        if self.through_statistics:
            return super().backward(dy, cache[:2])
        g = dy * self.own["gamma"] if self.own else dy
        return g * cache[1], super().backward(dy, cache[:2])[1]

    def _project(self, dy, along, xhat, sums):
        """Here the means run over the batch, as the sums for gamma and beta do."""
        batch = xhat.shape[-2]
        if not self.own:
            sums = {
                "gamma": np.add.reduce(along, axis=-2, keepdims=True),
                "beta": np.add.reduce(dy, axis=-2, keepdims=True),
            }
        dx = dy - xhat * (sums["gamma"] / batch)
        dx -= sums["beta"] / batch
        if self.own:
            dx *= self.own["gamma"]
        return dx

    def update_running(self, cache: Any) -> None:
        """Move the running mean and variance a share `momentum` towards the batch in `cache`.

        The first call sets them. The variance is that of the batch, divided by B and not by B - 1.
        """
        _, inverse, mean = cache
        now = {"mean": mean, "var": 1 / inverse**2 - self.eps}
        m = self.momentum
        self.running = {
            key: (1 - m) * self.running[key] + m * now[key] if self.running else now[key].copy() for key in now
        }

    def frozen(self) -> "Fixed":
        """The layer of evaluation mode: the running statistics as constants, examples independent again."""
        if not self.running:
            raise bad("running", "no statistics", "at least one call of update_running(cache)")
        inverse = 1 / np.sqrt(self.running["var"] + self.eps)
        gamma = self.own.get("gamma", np.ones_like(inverse))
        beta = self.own.get("beta", np.zeros_like(inverse))
        return Fixed(gamma * inverse, beta - self.running["mean"] * gamma * inverse)

    def jacobian(self, cache, y):
        raise bad(
            "layer",
            type(self).__name__,
            "a layer whose examples are independent; batch statistics couple them, "
            "so dy/dx has no value for each example alone",
        )


class Fixed(Layer):
    """y = scale * x + shift with constants of shape (..., 1, n) that are not trained.

    >>> Fixed(np.array([[2.0]]), np.array([[1.0]])).forward(np.array([[3.0]]))[0].tolist()
    [[7.0]]
    """

    def __init__(self, scale: np.ndarray, shift: np.ndarray):
        self.scale, self.shift = need_array("scale", scale), need_array("shift", shift, n_last=np.shape(scale)[-1])

    def forward(self, x):
        return need_rows(x, self.scale.shape[-1]) * self.scale + self.shift, None

    def backward(self, dy, cache):
        return dy * self.scale, {}

    def jacobian(self, cache, y):
        return np.broadcast_to(self.scale, y.shape)[..., None] * np.eye(y.shape[-1], dtype=y.dtype)


class WeightNorm(Layer):
    """Dense layer with columns W = g v / |v|: length and direction apart (Salimans and Kingma 2016).

    v (..., n_in, n_out), g (..., 1, n_out), b (..., 1, n_out). Built from a Dense layer it starts as the same map.

    >>> dense = Dense(np.array([[3.0], [4.0]]), np.zeros((1, 1)))
    >>> layer = WeightNorm(dense)
    >>> layer.params["g"].item(), layer.forward(np.array([[1.0, 1.0]]))[0].item()
    (5.0, 7.0)
    """

    own_weights, own_biases = ("v",), ("b",)

    def __init__(self, dense: Dense):
        if not isinstance(dense, Dense):
            raise bad("dense", type(dense).__name__, "a Dense layer")
        W, b = dense.params["W"], dense.params["b"]
        length = np.sqrt((W * W).sum(axis=-2, keepdims=True))
        if not (length > 0).all():
            raise bad("dense", "a unit whose weights are all 0", "columns of W with a direction")
        self.own = {"v": W.copy(), "g": length, "b": b.copy()}

    def _direction(self) -> tuple[np.ndarray, np.ndarray]:
        v = self.own["v"]
        length = np.sqrt((v * v).sum(axis=-2, keepdims=True))
        return v / length, length

    def forward(self, x):
        need_rows(x, self.own["v"].shape[-2])
        unit, _ = self._direction()
        return x @ (unit * self.own["g"]) + self.own["b"], x

    def backward(self, dy, cache):
        unit, length = self._direction()
        g = self.own["g"]
        dW = _match(np.swapaxes(cache, -1, -2) @ dy, unit.shape)
        along = (dW * unit).sum(axis=-2, keepdims=True)  # the part along the weights changes only their length
        grads = {
            "v": g / length * (dW - unit * along),
            "g": along,
            "b": _match(dy.sum(axis=-2, keepdims=True), g.shape),
        }
        return dy @ np.swapaxes(unit * g, -1, -2), grads

    def jacobian(self, cache, y):
        unit, _ = self._direction()
        Wt = np.swapaxes(unit * self.own["g"], -1, -2)[..., None, :, :]
        return np.broadcast_to(Wt, (*y.shape, Wt.shape[-1]))
