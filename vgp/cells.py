"""Recurrent cells: what one step of an RNN, LSTM or GRU computes, and what it sends back.

Sequences are time first: x (T, ..., B, n_in), states h (..., B, n); T steps from h_0 to h_T. A cell is three maps:

    a = cell.project(x)                          all inputs at once, (T, ..., B, gates * n)
    state, cache = cell.step(a_t, state)         one step; a state is (h,) or, for the LSTM, (h, c)
    dstate, da, dr = cell.back(dstate, cache)    one step back; da, dr: gradients of the input and recurrent sums

`vgp.recurrent` runs them over a sequence and back.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_int, need_number
from .layers import Params

State = tuple[np.ndarray, ...]
_SIGMOID = activations.get("sigmoid")
_TANH = activations.get("tanh")


class Cell:
    """What the cells share: parameters, a start, and the product of all inputs with Wx.

    Parameters
    ----------
    n_in, n : numbers of inputs and of units
    rng : draws Wx, then Wh, gate by gate
    init, recurrent : names or objects from `vgp.init`, for Wx and for Wh
    seeds, dtype : as for `vgp.layers.mlp`

    `params`: Wx (..., n_in, gates * n), Wh (..., n, gates * n), b (..., 1, gates * n), gates side by side.

    >>> {key: p.shape for key, p in Cell(3, 4, rng=np.random.default_rng(0), seeds=2).params.items()}
    {'Wx': (2, 3, 4), 'Wh': (2, 4, 4), 'b': (2, 1, 4)}
    """

    gates = 1
    states = 1  # arrays in a state

    def __init__(
        self,
        n_in: int,
        n: int,
        *,
        rng: np.random.Generator,
        init: "str | inits.WeightInit" = "lecun",
        recurrent: "str | inits.WeightInit" = "orthogonal",
        seeds: int | None = None,
        dtype: DTypeLike = np.float64,
    ):
        self.n_in, self.n = need_int("n_in", n_in), need_int("n", n)
        options: dict[str, Any] = {"rng": rng, "seeds": seeds, "dtype": dtype}
        draw, redraw = inits.get(init), inits.get(recurrent)
        Wx = [draw(n_in, n, **options) for _ in range(self.gates)]
        Wh = [redraw(n, n, **options) for _ in range(self.gates)]
        lead = Wx[0].shape[:-2]
        b = np.zeros((*lead, 1, self.gates * n), dtype)
        self.params: Params = {"Wx": np.concatenate(Wx, axis=-1), "Wh": np.concatenate(Wh, axis=-1), "b": b}

    def start(self, batch: int) -> State:
        """The state of zeros."""
        Wh = self.params["Wh"]
        return tuple(np.zeros((*Wh.shape[:-2], batch, self.n), Wh.dtype) for _ in range(self.states))

    def project(self, x: np.ndarray) -> np.ndarray:
        """x Wx + b for all steps in one product."""
        return x @ self.params["Wx"] + self.params["b"]

    def step(self, a: np.ndarray, state: State) -> tuple[State, Any]:
        raise bad("cell", type(self).__name__, "RNNCell, LSTMCell or GRUCell")

    def back(self, dstate: State, cache: Any) -> tuple[State, np.ndarray, np.ndarray]:
        raise bad("cell", type(self).__name__, "RNNCell, LSTMCell or GRUCell")

    def _split(self, a: np.ndarray) -> list[np.ndarray]:
        return [a[..., k * self.n : (k + 1) * self.n] for k in range(self.gates)]


class RNNCell(Cell):
    """h_t = phi(x_t Wx + h_{t-1} Wh + b) (Elman 1990).

    `recurrent="identity"` with `activation="relu"` is the IRNN of Le, Jaitly and Hinton (2015).

    >>> cell = RNNCell(3, 4, rng=np.random.default_rng(0))
    >>> (h,), cache = cell.step(cell.project(np.zeros((2, 3))), cell.start(2))
    >>> h.shape
    (2, 4)
    """

    def __init__(self, n_in: int, n: int, *, activation: "str | activations.Activation" = "tanh", **options: Any):
        super().__init__(n_in, n, **options)
        self.activation = activations.get(activation)

    def step(self, a, state):
        (h,) = state
        z = a + h @ self.params["Wh"]
        return (self.activation.f(z),), (z,)

    def back(self, dstate, cache):
        dz = dstate[0] * self.activation.df(cache[0])
        return (dz @ np.swapaxes(self.params["Wh"], -1, -2),), dz, dz


class LSTMCell(Cell):
    """c_t = f c_{t-1} + i g, h_t = o tanh(c_t), with gates i, f, o from sigmoids and g from tanh.

    Hochreiter and Schmidhuber (1997), with the forget gate f of Gers et al. (2000). Gate order in the parameters:
    i, f, g, o. `forget_bias` is the start of b for f: an open gate keeps the gradient.

    >>> cell = LSTMCell(3, 4, rng=np.random.default_rng(0), forget_bias=1.0)
    >>> cell.params["b"][0, 4:8].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    gates = 4
    states = 2

    def __init__(self, n_in: int, n: int, *, forget_bias: float = 1.0, **options: Any):
        super().__init__(n_in, n, **options)
        self.params["b"][..., n : 2 * n] = need_number("forget_bias", forget_bias)

    def step(self, a, state):
        h, c = state
        z = a + h @ self.params["Wh"]
        zi, zf, zg, zo = self._split(z)
        i, f, g, o = _SIGMOID.f(zi), _SIGMOID.f(zf), np.tanh(zg), _SIGMOID.f(zo)
        new = f * c + i * g
        t = np.tanh(new)
        return (o * t, new), (z, c, i, f, g, o, t, new)

    def back(self, dstate, cache):
        dh, dc = dstate
        z, c, i, f, g, o, t, new = cache
        zi, zf, zg, zo = self._split(z)
        dc = dc + dh * o * _TANH.df(new)
        dz = np.concatenate(
            [dc * g * _SIGMOID.df(zi), dc * c * _SIGMOID.df(zf), dc * i * _TANH.df(zg), dh * t * _SIGMOID.df(zo)],
            axis=-1,
        )
        return (dz @ np.swapaxes(self.params["Wh"], -1, -2), dc * f), dz, dz


class GRUCell(Cell):
    """h_t = u h_{t-1} + (1 - u) g: here the gate u near 1 keeps the state (Cho et al. 2014).

    g = tanh(a_g + r (h_{t-1} Wh_g)): the reset gate acts on the recurrent sum, as in PyTorch, whose z is our u.
    Gate order in the parameters: r, u, g.

    >>> GRUCell(3, 4, rng=np.random.default_rng(0)).params["Wx"].shape
    (3, 12)
    """

    gates = 3

    def step(self, a, state):
        (h,) = state
        s = h @ self.params["Wh"]
        (ar, au, ag), (sr, su, sg) = self._split(a), self._split(s)
        zr, zu = ar + sr, au + su
        r, u = _SIGMOID.f(zr), _SIGMOID.f(zu)
        zg = ag + r * sg
        g = np.tanh(zg)
        return (u * h + (1 - u) * g,), (h, sg, zr, zu, zg, r, u, g)

    def back(self, dstate, cache):
        (dh,) = dstate
        h, sg, zr, zu, zg, r, u, g = cache
        dzg = dh * (1 - u) * _TANH.df(zg)
        dzr = dzg * sg * _SIGMOID.df(zr)
        dzu = dh * (h - g) * _SIGMOID.df(zu)
        da = np.concatenate([dzr, dzu, dzg], axis=-1)
        dr = np.concatenate([dzr, dzu, dzg * r], axis=-1)
        return (dr @ np.swapaxes(self.params["Wh"], -1, -2) + dh * u,), da, dr
