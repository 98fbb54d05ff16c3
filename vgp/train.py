"""The training loop: forward, loss, backward, update.

What you want to watch goes into `on_step`.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from . import data
from ._errors import bad, need_array, need_call, need_int, need_kind, need_ours, need_rng
from .layers import Dense, Layer, Sequential
from .losses import Loss, _bad_labels, _need_labels
from .optim import Optimiser

LossFunction = Callable[[np.ndarray, np.ndarray], Loss]


def train(
    net: Sequential,
    loss: LossFunction,
    optimiser: Optimiser,
    x: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch: int,
    rng: np.random.Generator,
    on_step: Callable[[int, np.ndarray, dict], object] | None = None,
) -> np.ndarray:
    """Train `net` in place; return the mean loss of each epoch, (epochs, ...) with the seed axis of the net last.

    Parameters
    ----------
    net, loss, optimiser : from `vgp.layers`, `vgp.losses`, `vgp.optim`
    x, labels : (n, n_in) and (n,), shared by all seeds; each seed sees them in an order of its own
    epochs, batch : whole numbers of at least 1; with batch = n this is full-batch descent
    on_step : called as on_step(step, value, grads) before each update; a result of True (Python's or NumPy's) ends the
        training there, without that update. Only full epochs are returned then; if there is none, one row: the mean
        over the examples seen so far, with those of the last step

    Notes
    -----
    `x` is cast to the dtype of the net. A loss that overflows is returned as it is: inf or NaN.
    A bar on standard error shows the progress where that is a terminal.

    >>> from vgp import SGD, mlp, softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> x, y = data.clusters(100, 5, rng=rng, classes=3, spread=0.3)
    >>> net = mlp(5, 8, 3, depth=1, rng=rng, seeds=4)
    >>> losses = train(net, softmax_cross_entropy, SGD(0.5), x, y, epochs=20, batch=10, rng=rng)
    >>> losses.shape, bool((losses[-1] < losses[0]).all())
    ((20, 4), True)
    """
    if not need_kind("net", net, Sequential, "a Sequential").params:
        raise bad("net", "a net without parameters", "a net with at least one Dense layer")
    W = next(iter(net.params.values()))
    first = net.layers[0]  # another than Dense, such as a norm, checks the width itself
    n_in = first.params["W"].shape[-2] if isinstance(first, Dense) else None
    x = need_array("x", x, n_last=n_in).astype(W.dtype, copy=False)
    if x.ndim != 2:
        raise bad("x", f"shape {x.shape}", "(examples, features), shared by all seeds")
    need_ours("loss", loss)
    need_ours("optimiser", optimiser)
    need_call("loss", loss), need_call("optimiser.step", getattr(optimiser, "step", None))
    if on_step is not None:
        need_call("on_step", on_step)
    epochs, batch, rng = need_int("epochs", epochs), need_int("batch", batch), need_rng(rng)
    seeds = W.shape[0] if W.ndim == 3 else None
    history: list[np.ndarray] = []
    step, started = 0, time.monotonic()
    for epoch in range(epochs):
        total, seen = np.zeros(W.shape[:-2]), 0
        for x_b, y_b in data.batches(x, labels, batch, rng=rng, seeds=seeds):
            y, cache = net.forward(x_b)
            value, dy = loss(y, y_b)
            _, grads = net.backward(dy, cache, to_input=False)
            total += value * x_b.shape[-2]
            seen += x_b.shape[-2]
            stop = on_step(step, value, grads) if on_step is not None else None
            if isinstance(stop, (bool, np.bool_)) and stop:  # as of `value < 0.1`, which is NumPy's
                return np.array(history or [total / seen])
            optimiser.step(net.params, grads)
            step += 1
        history.append(total / len(x))
        _progress(epoch + 1, epochs, time.monotonic() - started)
    return np.array(history)


def _progress(done: int, of: int, seconds: float) -> None:
    """One line that overwrites itself, on a terminal, for runs longer than two seconds."""
    if sys.stderr.isatty() and seconds > 2:
        bar = "#" * round(30 * done / of)
        print(
            f"\r[{bar:<30}] epoch {done}/{of}, {seconds:.0f} s",
            end="" if done < of else "\n",
            file=sys.stderr,
            flush=True,
        )


def accuracy(net: Sequential, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of examples whose largest output is the right one (dimensionless, 0 to 1), one number for each seed.

    >>> from vgp import Dense
    >>> net = Sequential([Dense(np.eye(2), np.zeros((1, 2)))])
    >>> float(accuracy(net, np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])))
    0.5
    """
    y, _ = need_kind("net", net, Layer, "a net").forward(need_array("x", x))
    labels = _need_labels(labels, y.shape[:-1], y.shape[-1])
    if ((labels < 0) | (labels >= y.shape[-1])).any():
        raise _bad_labels(labels, y.shape[-1])
    return (y.argmax(axis=-1) == labels).mean(axis=-1)
