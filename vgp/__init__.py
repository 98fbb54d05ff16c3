"""vgp: backpropagation in NumPy, with the measurements that show why a deep net does not train.

The core (layers, activations, optimisers, the training loop) is here, under flat names, and so is what measures a net.
`vgp.theory` predicts, `vgp.book` draws and keeps the numbers of the book. `vgp/_layout.py` lists every module.

>>> import numpy as np, vgp
>>> rng = np.random.default_rng(0)
>>> net = vgp.mlp(64, 30, 10, depth=4, rng=rng)
>>> x, y, _, _ = vgp.data.digits8()
>>> t = vgp.trace(net, x, y, vgp.softmax_cross_entropy)
>>> [f"{v:.2g}" for v in t.delta]  # five layers, the output layer last
['0.0024', '0.012', '0.05', '0.21', '0.95']
"""

from . import _layout

__version__ = "0.1.0"
globals().update(_layout.load(""))
_LATE = dict.fromkeys(_layout.WINGS, "") | dict.fromkeys(_layout.names("measure"), "measure")
__all__ = sorted({*_layout.names(""), *_layout.NAMESPACES, *_LATE})


def __getattr__(name: str) -> object:
    """The wings load at first use, so that `import vgp` stays quick."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    wing = import_module(f".{_LATE[name] or name}", __name__)
    globals()[name] = found = getattr(wing, name) if _LATE[name] else wing
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
