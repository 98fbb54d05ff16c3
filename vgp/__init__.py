"""vgp: backpropagation in NumPy, with the measurements that show why a deep net does not train.

The modules, in the order in which they may import each other (see ARCHITECTURE.md):
from base, activations and losses over layers, norm, recurrent and meanfield to diagnostics, diagnose and figures.

>>> import numpy as np, vgp
>>> rng = np.random.default_rng(0)
>>> net = vgp.mlp(64, 30, 10, depth=4, rng=rng)
>>> x, y, _, _ = vgp.data.digits8()
>>> t = vgp.trace(net, x, y, vgp.softmax_cross_entropy)
>>> [f"{v:.2g}" for v in t.delta]  # five layers, the output layer last
['0.0024', '0.012', '0.05', '0.21', '0.95']
"""

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
