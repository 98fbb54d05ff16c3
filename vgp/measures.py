"""Questions to a trace or a net, beyond its norms: dead units, merged inputs, shattered gradients, underflow."""

from dataclasses import dataclass

import numpy as np

from ._errors import bad, need_array, need_choice, need_int, need_kind
from .diagnostics import Trace, norm
from .layers import Elementwise, Sequential

PRECISIONS = ("float16", "float32", "float64")


def active(net: Sequential, x: np.ndarray) -> list[np.ndarray]:
    """Which units have a slope other than 0 for at least one example: booleans (..., n) for each Elementwise.

    >>> from vgp.layers import Dense
    >>> net = Sequential([Dense(np.array([[1.0, -1.0]]), np.array([[0.0, -9.0]])), Elementwise("relu")])
    >>> active(net, np.array([[1.0], [2.0]]))[0].tolist()
    [True, False]
    """
    _, cache = need_kind("net", net, Sequential, "a Sequential").forward(need_array("x", x))
    return [
        (layer.activation.df(z) != 0).any(axis=-2)
        for layer, (_, z) in zip(net.layers, cache, strict=True)
        if isinstance(layer, Elementwise)
    ]


def dead_share(net: Sequential, x: np.ndarray) -> np.ndarray:
    """Share of units without slope for every example of x, a whole data set rather than a batch: (layers, ...).

    >>> from vgp.layers import mlp
    >>> rng = np.random.default_rng(0)
    >>> dead_share(mlp(4, 50, 2, depth=3, activation="tanh", rng=rng), rng.standard_normal((9, 4))).tolist()
    [0.0, 0.0, 0.0]
    """
    return np.stack([1 - units.mean(axis=-1) for units in active(net, x)])


def unit_fates(history: np.ndarray) -> dict[str, np.ndarray]:
    """Sort units by their history, (steps, ..., n) of bool from `active` at successive times in training.

    Returns shares of the n units: "alive" (active at every look), "dead" (at none), "dying" (active at first, not at
    the last), "sleeping" (the rest: at least one gap, and awake again at the end, or awake only in between).

    >>> fates = unit_fates(np.array([[1, 0, 1, 1], [1, 0, 0, 0], [1, 0, 1, 0]], bool))
    >>> {name: float(share) for name, share in fates.items()}
    {'alive': 0.25, 'dead': 0.25, 'dying': 0.25, 'sleeping': 0.25}
    """
    history = np.asarray(history)
    if history.dtype != bool or history.ndim < 2 or 0 in history.shape:
        raise bad("history", f"dtype {history.dtype}, shape {history.shape}", "booleans (steps, ..., units)")
    alive, dead = history.all(axis=0), ~history.any(axis=0)
    dying = history[0] & ~history[-1]
    return {
        "alive": alive.mean(axis=-1),
        "dead": dead.mean(axis=-1),
        "dying": dying.mean(axis=-1),
        "sleeping": (~alive & ~dead & ~dying).mean(axis=-1),
    }


def input_share(signal: np.ndarray) -> np.ndarray:
    """Share of a signal (..., B, n) that depends on the input: mean square about the batch mean, over mean square.

    1: nothing in common; 0: every input gives the same signal. Gradients can be measured in the same way.

    >>> float(input_share(np.array([[1.0, 2.0], [1.0, 2.0]])))
    0.0
    """
    signal = need_array("signal", signal)
    whole = norm(signal)
    return np.square(norm(signal - signal.mean(axis=-2, keepdims=True)) / np.where(whole > 0, whole, 1))


def input_cosine(signal: np.ndarray) -> np.ndarray:
    """Mean cosine between the signals of two different inputs, (..., B, n) with B at least 2 (dimensionless).

    A signal of zeros has no direction and counts as cosine 0 with every other.

    >>> float(input_cosine(np.array([[1.0, 0.0], [0.0, 1.0]])))
    0.0
    """
    signal = need_array("signal", signal)
    batch = signal.shape[-2]
    if batch < 2:
        raise bad("signal", f"shape {signal.shape}", "at least two examples")
    top = np.abs(signal).max(axis=-1, keepdims=True)  # taken out first: squares of 1e-200 would be 0
    unit = signal / np.where(top > 0, top, 1)
    length = np.sqrt(np.square(unit).sum(axis=-1, keepdims=True))
    unit = unit / np.where(length > 0, length, 1)
    return (np.square(unit.sum(axis=-2)).sum(axis=-1) - np.square(unit).sum(axis=(-1, -2))) / (batch * (batch - 1))


def gradient_autocorrelation(net: Sequential, grid: np.ndarray, lags: np.ndarray | list[int]) -> np.ndarray:
    """Correlation of dy/dx at two points `lag` steps apart on a line of inputs; one input and one output.

    `grid` (n,) is evenly spaced; the result is (len(lags), ...). White noise, near 0 at any lag, is a shattered
    gradient (Balduzzi et al. 2017); near 1 is a smooth one. NaN where the gradient is constant.

    >>> from vgp.layers import mlp
    >>> net = mlp(1, 50, 1, depth=1, activation="tanh", rng=np.random.default_rng(0))
    >>> bool(gradient_autocorrelation(net, np.linspace(-2, 2, 64), [1])[0] > 0.9)
    True
    """
    grid = need_array("grid", grid, ndim=1)
    if grid.ndim != 1:
        raise bad("grid", f"shape {grid.shape}", "(n,)")
    lags = np.atleast_1d(need_kind("lags", lags, (list, tuple, np.ndarray), "a list of whole numbers"))
    if lags.size == 0 or lags.ndim != 1 or lags.dtype.kind not in "iu":
        raise bad("lags", f"{lags.dtype} of shape {lags.shape}", "a list of whole numbers, not empty")
    y, cache = need_kind("net", net, Sequential, "a Sequential").forward(grid[:, None])
    if y.shape[-1] != 1:
        raise bad("net", f"{y.shape[-1]} outputs", "one output")
    slope = net.backward(np.ones_like(y), cache)[0][..., 0]  # (..., n)
    slope = slope - slope.mean(axis=-1, keepdims=True)
    power = np.square(slope).mean(axis=-1)
    rows = []
    for lag in lags:
        lag = need_int("lags", lag, 0)
        if lag >= len(grid):
            raise bad("lags", lag, f"less than the {len(grid)} points of the grid")
        both = (slope[..., lag:] * slope[..., : len(grid) - lag]).mean(axis=-1)
        rows.append(np.divide(both, power, out=np.full(power.shape, np.nan), where=power > 0))
    return np.stack(rows)


def underflow(t: Trace, dtype: str) -> np.ndarray:
    """Share of the entries of dL/dz, other than 0, that are 0 or subnormal in `dtype`, by layer: (layers, ...).

    `dtype` is "float16", "float32" or "float64". An underflow is not a zero gradient: the number exists, this format
    cannot hold it to its precision.

    >>> from vgp.layers import mlp; from vgp.losses import softmax_cross_entropy; from vgp.diagnostics import trace
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


@dataclass
class Watch:
    """An `on_step` for `vgp.train.train`: norms of weights and gradients of every parameter, every few steps.

    `steps` (k,), `loss` (k, ...), and by key `weight` and `gradient` (k, ...). `ratio(rate)` gives |update| / |weight|
    of SGD.

    >>> from vgp.layers import mlp; from vgp.losses import softmax_cross_entropy
    >>> from vgp.optim import SGD; from vgp.train import train
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
