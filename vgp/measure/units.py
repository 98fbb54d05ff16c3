"""Units of a net: which have a slope, which are dead, and what becomes of them in training."""

import numpy as np

from .._errors import bad, need_array, need_kind
from ..layers import Elementwise, Sequential


def active(net: Sequential, x: np.ndarray) -> list[np.ndarray]:
    """Which units have a slope other than 0 for at least one example: booleans (..., n) for each Elementwise.

    >>> from vgp import Dense
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

    >>> from vgp import mlp
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
