"""Recurrent cells: what one step of an RNN, LSTM or GRU computes, and what it sends back.

Sequences are time first: x (T, ..., B, n_in), states h (..., B, n); T steps from h_0 to h_T. A cell is three maps:

    a = cell.project(x)                          all inputs at once, (T, ..., B, gates * n)
    state, cache = cell.step(a_t, state)         one step; a state is (h,) or, for the LSTM, (h, c)
    dstate, da, dr = cell.back(dstate, cache, WhT)   one step back; da, dr: gradients of the input and recurrent sums

`vgp.recurrent` runs them over a sequence and back.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_int, need_number
from .base import Params, _plus

State = tuple[np.ndarray, ...]
_gate = activations.sigmoid_and_slope
_tanh_slope = activations.get("tanh").df


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
        return _plus(x @ self.params["Wx"], self.params["b"])

    def step(self, a: np.ndarray, state: State) -> tuple[State, Any]:
        raise bad("cell", type(self).__name__, "RNNCell, LSTMCell or GRUCell")

    def back(self, dstate: State, cache: Any, WhT: np.ndarray) -> tuple[State, np.ndarray, np.ndarray]:
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
        z = _plus(state[0] @ self.params["Wh"], a)
        return (self.activation.f(z),), (z,)

    def back(self, dstate, cache, WhT):
        dz = dstate[0] * self.activation.df(cache[0])
        return (dz @ WhT,), dz, dz


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
        z = _plus(h @ self.params["Wh"], a)
        zg = self._split(z)[2]
        g = np.tanh(zg)
        zg *= 2  # now one pass does for all four gates: tanh'(z) is 4 times the slope of the sigmoid at 2z
        gates, slopes = _gate(z)
        i, f, _, o = self._split(gates)
        new = f * c
        new += i * g
        t = np.tanh(new)
        # back needs the gates only as factors of their slopes; joined, since a product on a part of the rows is slow
        slopes *= np.concatenate([g, c, 4 * i, t], axis=-1)
        return (o * t, new), (slopes, f.copy(), o * _tanh_slope(new))

    def back(self, dstate, cache, WhT):
        dh, dc = dstate
        factors, f, from_h = cache
        dc = dc + dh * from_h
        dz = factors * np.concatenate([dc, dc, dc, dh], axis=-1)
        return (dz @ WhT, dc * f), dz, dz


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
        two = 2 * self.n
        gates, slopes = _gate(a[..., :two] + s[..., :two])
        r, u = gates[..., : self.n], gates[..., self.n :]
        sg = s[..., two:]
        zg = a[..., two:] + r * sg
        g = np.tanh(zg)
        return (u * h + (1 - u) * g,), (h, sg, r, u, slopes, g, _tanh_slope(zg))

    def back(self, dstate, cache, WhT):
        (dh,) = dstate
        h, sg, r, u, slopes, g, slope_g = cache
        dzg = dh * (1 - u) * slope_g
        dru = np.concatenate([dzg * sg, dh * (h - g)], axis=-1)
        dru *= slopes
        da, dr = np.concatenate([dru, dzg], axis=-1), np.concatenate([dru, dzg * r], axis=-1)
        return (dr @ WhT + dh * u,), da, dr
