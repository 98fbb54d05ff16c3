"""Weight normalisation: the length of each unit's weights is a parameter of its own."""

import numpy as np

from ._errors import bad
from .base import Layer, _match, need_rows
from .layers import Dense


class WeightNorm(Layer):
    """Dense layer with columns W = g v / |v|: length and direction apart (Salimans and Kingma 2016).

    v (..., n_in, n_out), g (..., 1, n_out), b (..., 1, n_out). Built from a Dense layer it starts as the same map.

    >>> dense = Dense(np.array([[3.0], [4.0]]), np.zeros((1, 1)))
    >>> layer = WeightNorm(dense)
    >>> layer.params["g"].item(), layer.forward(np.array([[1.0, 1.0]]))[0].item()
    (5.0, 7.0)
    """

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
