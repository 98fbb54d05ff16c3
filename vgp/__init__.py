"""vgp: backpropagation in NumPy, with the measurements that show why a deep net does not train.

The modules, in the order in which they may import each other (see ARCHITECTURE.md):
activations, init, losses, clip, rates, data, gaussian | layers, optim, sequences | norm, residual, cells, lsuv,
meanfield, narrow | attention, recurrent, phases, shaping | check, diagnostics, train, spectra | measures |
diagnose, plotting | figures.
Beside them stands ledger, the numbers of the book.

>>> import numpy as np, vgp
>>> rng = np.random.default_rng(0)
>>> net = vgp.mlp(64, 30, 10, depth=4, rng=rng)
>>> x, y, _, _ = vgp.data.digits8()
>>> t = vgp.trace(net, x, y, vgp.softmax_cross_entropy)
>>> [f"{v:.2g}" for v in t.delta]  # five layers, the output layer last
['0.0024', '0.012', '0.05', '0.21', '0.95']
"""

import importlib
from types import ModuleType

from . import activations, check, data, diagnostics, init, layers, ledger, losses, meanfield, optim, plotting, train
from .check import check_layer, relative_error
from .diagnostics import Trace, trace
from .layers import Dense, Elementwise, Layer, Sequential, mlp
from .losses import mse, sigmoid_cross_entropy, softmax_cross_entropy
from .optim import SGD, Adam, Momentum

__all__ = [
    "SGD", "Adam", "Dense", "Elementwise", "Layer", "Momentum", "Sequential", "Trace", "activations", "check",
    "check_layer", "data", "diagnostics", "init", "layers", "ledger", "losses", "meanfield", "mlp", "mse", "optim",
    "plotting", "relative_error", "sigmoid_cross_entropy", "softmax_cross_entropy", "trace", "train",
]  # fmt: skip
__version__ = "0.1.0"

_LATER = (
    "attention", "base", "cells", "clip", "closed", "diagnose", "figures", "findings", "gaussian", "lsuv", "measures",
    "narrow", "norm", "phases", "rates", "recurrent", "residual", "sequences", "shaping", "spectra", "weight_norm",
)  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    """The other modules load at first use, so that `import vgp` stays quick."""
    if name in _LATER:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
