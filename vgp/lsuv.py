"""An initialiser that looks at the data: every layer is scaled until its output has variance 1.

That says nothing about the gradient; chapter 6 measures both.
"""

import numpy as np

from . import init
from ._errors import bad, need_array, need_int, need_kind, need_number, need_rng
from .layers import Layer, Sequential


def lsuv(
    net: Sequential, x: np.ndarray, *, rng: np.random.Generator, tolerance: float = 0.1, steps: int = 10
) -> list[dict[str, float]]:
    """Layer-sequential unit-variance: orthonormal weights, then each layer divided by its own output's deviation.

    Parameters
    ----------
    net : layers in a row (`Sequential`, nested too); every layer with weights is set in place, from the input on
    x : one batch (B, n_in), whose statistics set the scale
    rng : draws the orthonormal start
    tolerance : stop when |variance - 1| is below it; steps : stop after so many divisions

    Returns
    -------
    list of dict, one for each layer that was set
        layer (its index in the row, nets in it opened), before and after (variance of its output), gain (deviation of
        its weights from orthonormal), steps

    Notes
    -----
    Mishkin and Matas (2016), algorithm 1. With several seeds, one scale is taken for each net; the report gives means.

    Raises ValueError, before anything is changed, for a layer with more than one array of weights, such as a residual
    block or attention: the algorithm does not say how its output is shared among them. So it does for weights that do
    not set the scale of the output, as those inside `WeightNorm`, when it comes to them.

    >>> from vgp import mlp
    >>> rng = np.random.default_rng(0)
    >>> net = mlp(20, 30, 5, depth=3, activation="relu", rng=rng)
    >>> report = lsuv(net, rng.standard_normal((256, 20)), rng=rng)
    >>> [row["layer"] for row in report], all(abs(row["after"] - 1) < 0.1 for row in report)
    ([0, 2, 4, 6], True)
    """
    x, rng = need_array("x", x), need_rng(rng)
    tolerance, steps = need_number("tolerance", tolerance, 0.0, open_low=True), need_int("steps", steps)
    need_kind("net", net, Sequential, "a Sequential")
    if x.ndim != 2:
        raise bad("x", f"shape {x.shape}", "(B, n_in)")
    row = _in_a_row(net)
    for i, layer in enumerate(row):
        if len(layer.weights) > 1:
            got = f"{type(layer).__name__} at layer {i}, with the weights {', '.join(layer.weights)}"
            raise bad("net", got, "layers with one array of weights each, such as Dense")
    if not any(layer.weights for layer in row):
        raise bad("net", "no layer with weights", "at least one Dense layer")
    report: list[dict[str, float]] = []
    for i, layer in enumerate(row):
        for key in layer.weights:
            report.append({"layer": i, **_set(layer, layer.params[key], x, i, rng, tolerance, steps)})
        x = layer.forward(x)[0]
    return report


def _in_a_row(net: Sequential) -> list[Layer]:
    """The layers of a net without its nesting."""
    return [one for layer in net.layers for one in (_in_a_row(layer) if isinstance(layer, Sequential) else [layer])]


def _set(
    layer: Layer, W: np.ndarray, x: np.ndarray, i: int, rng: np.random.Generator, tolerance: float, steps: int
) -> dict[str, float]:
    """Set the weights W of layer i in place; return what the report says of it."""
    W[...] = init.orthogonal()(W.shape[-2], W.shape[-1], rng=rng, seeds=W.shape[0] if W.ndim == 3 else None)
    variance = _variance(layer, x, i)
    first = float(variance.mean())
    row: dict[str, float] = {"before": first, "after": first, "gain": 1.0, "steps": 0}
    while row["steps"] < steps and not (np.abs(variance - 1) < tolerance).all():
        W /= np.sqrt(variance)
        before, variance = variance, _variance(layer, x, i)
        if np.allclose(variance, before, rtol=1e-6, atol=0):
            got = f"{type(layer).__name__} at layer {i}, whose output keeps its variance when its weights are scaled"
            raise bad("net", got, "layers such as Dense, whose output follows the scale of their weights")
        row["gain"] /= float(np.sqrt(before.mean()))
        row.update(after=float(variance.mean()), steps=row["steps"] + 1)
    return row


def _variance(layer: Layer, x: np.ndarray, i: int) -> np.ndarray:
    """Variance of the output of layer i for each seed, as axes of length 1."""
    variance = layer.forward(x)[0].var(axis=(-1, -2), keepdims=True)
    if (variance <= 0).any():
        raise bad("x", f"a batch whose signal is constant at layer {i}", "a batch that reaches every layer")
    return variance
