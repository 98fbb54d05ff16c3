"""Norms of weights and gradients while a net trains."""

from dataclasses import dataclass

import numpy as np

from .._errors import need_int, need_kind
from .._trees import norm
from ..layers import Sequential


@dataclass
class Watch:
    """An `on_step` for `vgp.train`: norms of weights and gradients of every parameter, every few steps.

    `steps` (k,), `loss` (k, ...), and by key `weight` and `gradient` (k, ...). `ratio(rate)` gives |update| / |weight|
    of SGD.

    >>> from vgp import mlp, softmax_cross_entropy
    >>> from vgp import SGD, train
    >>> rng = np.random.default_rng(0)
    >>> net = mlp(3, 5, 2, depth=1, rng=rng)
    >>> watch = Watch(net, every=2)
    >>> x, y = rng.standard_normal((20, 3)), np.arange(20) % 2
    >>> _ = train(net, softmax_cross_entropy, SGD(0.1), x, y, epochs=2, batch=5, rng=rng, on_step=watch)
    >>> watch.steps, watch.ratio(0.1)["0.W"].shape
    ([0, 2, 4, 6], (4,))
    """

    net: Sequential
    every: int = 1

    def __post_init__(self) -> None:
        self.every = need_int("every", self.every)
        need_kind("net", self.net, Sequential, "a Sequential")
        self.steps: list[int] = []
        self.loss: list[np.ndarray] = []
        self._weight: dict[str, list[np.ndarray]] = {key: [] for key in self.net.params}
        self._gradient: dict[str, list[np.ndarray]] = {key: [] for key in self.net.params}

    def __call__(self, step: int, value: np.ndarray, grads: dict[str, np.ndarray]) -> None:
        if step % self.every:
            return
        self.steps.append(step)
        self.loss.append(value)
        for key, p in self.net.params.items():
            self._weight[key].append(norm(p))
            self._gradient[key].append(norm(grads[key]))

    @property
    def weight(self) -> dict[str, np.ndarray]:
        """Norm of each parameter at each look."""
        return {key: np.array(rows) for key, rows in self._weight.items()}

    @property
    def gradient(self) -> dict[str, np.ndarray]:
        """Norm of the gradient of each parameter at each look."""
        return {key: np.array(rows) for key, rows in self._gradient.items()}

    def ratio(self, rate: float) -> dict[str, np.ndarray]:
        """rate * |gradient| / |weight| of each parameter at each look; NaN where a parameter is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return {key: np.where(w > 0, rate * self.gradient[key] / w, np.nan) for key, w in self.weight.items()}
