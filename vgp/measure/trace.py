"""What happens inside a net: one forward and one backward pass, with a number for every layer.

All arrays of a `Trace` have the layer first, then the seed axis of the net, if it has one. Row 0 is layer 1, the
hidden layer next to the input; the last row is the output layer.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._errors import bad, need_array, need_kind, need_number, need_ours
from .._trees import norm
from ..activations import Activation
from ..layers import Dense, Elementwise, Layer, Sequential
from ..losses import Loss

MEASURES = ("z_rms", "h_rms", "h_mean", "delta", "bias_speed", "weight_speed", "W_norm", "b_norm", "saturation")


SATURATED = 0.05  # a unit is saturated where its slope is below this share of the activation's largest slope


@dataclass(frozen=True)
class Trace:
    """Signals and gradients of every layer; see `trace`.

    Attributes
    ----------
    loss : value of the loss, shape (seeds...)
    z, h, dz : lists of the arrays themselves: pre-activation, output, and dL/dz of the mean loss, (..., B, n)
    kind : what each row is, such as "Dense + BatchNorm + relu"
    z_rms, h_rms, h_mean : root mean square of z and of h, mean of h, over examples and units
    delta : root mean square over examples of the norm of delta, the gradient of each example's own loss for z
    bias_speed : norm of the mean bias gradient, the "speed of learning" of Nielsen (2015), ch. 5
    weight_speed : norm (Frobenius) of the mean weight gradient
    W_norm, b_norm : norms of the parameters
    saturation : share of units and examples with |phi'(z)| below 5 % of the largest slope; NaN without activation

    Norms are in units of loss per unit of the quantity named; shares are dimensionless.

    >>> from vgp import mlp, mse
    >>> net = mlp(2, 3, 1, depth=2, rng=np.random.default_rng(0))
    >>> trace(net, np.ones((4, 2)), np.ones((4, 1)), mse).depth
    2
    """

    loss: np.ndarray
    z: list[np.ndarray] = field(repr=False)
    h: list[np.ndarray] = field(repr=False)
    dz: list[np.ndarray] = field(repr=False)
    kind: list[str]
    z_rms: np.ndarray
    h_rms: np.ndarray
    h_mean: np.ndarray
    delta: np.ndarray
    bias_speed: np.ndarray
    weight_speed: np.ndarray
    W_norm: np.ndarray
    b_norm: np.ndarray
    saturation: np.ndarray

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.z) - 1

    def update_ratio(self, rate: float) -> np.ndarray:
        """rate * |dL/dW| / |W| for each layer: how much of itself a weight matrix changes in one SGD step.

        NaN where W is 0, or where a row has none.
        """
        step = need_number("rate", rate, 0.0) * self.weight_speed
        return np.divide(step, self.W_norm, out=np.full_like(step, np.nan), where=self.W_norm > 0)


@functools.cache
def _largest_slope(activation: Activation) -> float:
    return float(np.abs(activation.df(np.linspace(-6, 6, 2401))).max())


def _saturation(activation: Activation, slope: np.ndarray) -> np.ndarray:
    low = np.abs(slope) < SATURATED * _largest_slope(activation)
    # without an axis it is ten times faster
    count = np.count_nonzero(low) if low.ndim == 2 else np.count_nonzero(low, axis=(-1, -2))
    return np.asarray(count / (slope.shape[-1] * slope.shape[-2]))


def _groups(net: Sequential) -> list[list[int]]:
    """Indices of the net's layers in groups: one with weights (Dense, Residual, ...), and what follows it without."""
    groups: list[list[int]] = [[]]
    begun = False  # whether the last group has parameters
    for i, layer in enumerate(net.layers):
        if begun and layer.weights:
            groups.append([])
        begun = bool(layer.params) or (begun and bool(groups[-1]))
        groups[-1].append(i)
    return groups


def _together(arrays: list[np.ndarray]) -> np.ndarray:
    """Norm of all arrays together; NaN if there are none."""
    return functools.reduce(np.hypot, map(norm, arrays)) if arrays else np.array(np.nan)


def trace(net: Sequential, x: np.ndarray, labels: np.ndarray, loss: Callable[[np.ndarray, np.ndarray], Loss]) -> Trace:
    """Run the net forward and backward on one batch and measure every layer.

    Parameters
    ----------
    net : layers in a row. A row of the trace is a layer with weights (Dense, Residual, SelfAttention, ...) and
        what follows it without (norms, activations): z is the output of the former, h that of the last
    x : (B, n_in) or (..., B, n_in) with the seed axis
    labels : what `loss` takes
    loss : from `vgp.losses`

    Raises
    ------
    ValueError
        For NaN in x or wrong shapes, naming the argument.

    >>> from vgp import mlp, softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> net = mlp(20, 30, 10, depth=4, rng=rng, seeds=50)
    >>> t = trace(net, rng.standard_normal((64, 20)), np.arange(64) % 10, softmax_cross_entropy)
    >>> t.delta.shape, bool((np.diff(np.median(t.delta, axis=1)) > 0).all())
    ((5, 50), True)
    """
    x = need_array("x", x)
    need_ours("loss", loss)
    if not callable(loss):
        raise bad("loss", type(loss).__name__, "a function from vgp.losses")
    y, cache = need_kind("net", net, Sequential, "a Sequential").forward(x)
    value, dy = loss(y, labels)
    batch = y.shape[-2]

    rows: list[dict[str, Any]] = []
    for group in reversed(_groups(net)):
        h = cache[group[-1]][0]
        row: dict[str, Any] = {"h": h, "saturation": np.full(h.shape[:-2], np.nan)}
        found: dict[str, list[np.ndarray]] = {name: [] for name in ("W", "b", "dW", "db")}
        for i in reversed(group):
            layer, (out, kept) = net.layers[i], cache[i]
            if not found["W"]:  # going back, up to the layer with the weights
                row["z"], row["dz"] = out, dy
            grads: dict[str, np.ndarray] = {}
            if isinstance(layer, Elementwise):  # as its backward, but here the slope serves twice
                slope = layer.activation.df(kept)
                row["saturation"], dy = _saturation(layer.activation, slope), dy * slope
            elif i == 0 and isinstance(layer, Dense):
                grads = layer.param_grads(dy, kept)
            else:
                dy, grads = layer.backward(dy, kept)
            params = layer.params
            for name, keys in (("W", layer.weights), ("b", layer.biases)):
                found[name] += [params[key] for key in keys]
                found["d" + name] += [grads[key] for key in keys]
        row["kind"] = " + ".join(describe(net.layers[i]) for i in group)
        size = np.sqrt(batch * row["z"].shape[-1])
        row |= {
            "z_rms": norm(row["z"]) / size,
            "h_rms": norm(h) / np.sqrt(batch * h.shape[-1]),
            "h_mean": h.mean(axis=(-1, -2)),
            "delta": norm(row["dz"]) * np.sqrt(batch),  # dz is 1/B of each example's own gradient
            "bias_speed": _together(found["db"]),
            "weight_speed": _together(found["dW"]),
            "W_norm": _together(found["W"]),
            "b_norm": _together(found["b"]),
        }
        rows.append(row)
    rows.reverse()
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in ("z", "h", "dz", "kind")}
    columns |= {name: np.array([row[name] for row in rows]) for name in MEASURES}
    return Trace(loss=value, **columns)


def describe(layer: Layer) -> str:
    """The name of a layer, with that of its activation.

    >>> describe(Elementwise("relu"))
    'relu'
    """
    return layer.activation.name if isinstance(layer, Elementwise) else type(layer).__name__
