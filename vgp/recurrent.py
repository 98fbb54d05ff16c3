"""Recurrent cells, unrolled in time, and back-propagation through time that returns the gradient of every state.

Sequences are time first: x (T, ..., B, n_in), states h (..., B, n); T steps from h_0 to h_T. A cell is three maps:

    a = cell.project(x)                          all inputs at once, (T, ..., B, gates * n)
    state, cache = cell.step(a_t, state)         one step; a state is (h,) or, for the LSTM, (h, c)
    dstate, da, dr = cell.back(dstate, cache)    one step back; da, dr: gradients of the input and recurrent sums

The weight gradients are one product over all steps, after the loop. The same matrix at every step: the product of
Jacobians that chapter 2 found for depth has equal factors here (chapter 15).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_array, need_int, need_number
from .layers import Params

State = tuple[np.ndarray, ...]
_SIGMOID = activations.get("sigmoid")
_TANH = activations.get("tanh")


class Cell:
    """Parameters `Wx` (..., n_in, gates * n), `Wh` (..., n, gates * n), `b` (..., 1, gates * n), gates side by side."""

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
    >>> run = unroll(cell, np.zeros((5, 2, 3)))
    >>> run.h.shape
    (6, 2, 4)
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
    """c_t = f c_{t-1} + i g, h_t = o tanh(c_t), gates f, i, o from sigmoids (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    Gate order in the parameters: i, f, g, o. `forget_bias` is the start of b for f: an open gate keeps the gradient.

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


@dataclass(frozen=True)
class Run:
    """A forward pass through time: `h` (T + 1, ..., B, n) with h_0 first; `c` likewise for the LSTM; `x` and the caches."""

    h: np.ndarray
    c: np.ndarray | None
    x: np.ndarray
    caches: list[Any]


@dataclass(frozen=True)
class Through:
    """A backward pass through time.

    Attributes
    ----------
    dh : (T + 1, ..., B, n), dL/dh_t for t = 0..T: the whole gradient that arrives at h_t, later losses included
    dc : the same for the LSTM's cell state, else None
    dx : (T, ..., B, n_in)
    grads : dict with the keys and shapes of the cell's parameters
    """

    dh: np.ndarray
    dc: np.ndarray | None
    dx: np.ndarray
    grads: Params


def _sequence(cell: Cell, x: np.ndarray) -> np.ndarray:
    x = need_array("x", x, ndim=3, n_last=cell.n_in) if x.dtype.kind != "c" else x
    return x[:, None] if x.ndim == 3 and cell.params["Wx"].ndim == 3 else x  # time must not meet the seed axis


def unroll(cell: Cell, x: np.ndarray, start: State | None = None) -> Run:
    """Run the cell over a sequence x (T, ..., B, n_in) from `start` (zeros if None)."""
    x = _sequence(cell, x)
    state = cell.start(x.shape[-2]) if start is None else start
    states, caches = [state], []
    for a in cell.project(x):
        state, cache = cell.step(a, state)
        states.append(state)
        caches.append(cache)
    h = np.stack(np.broadcast_arrays(*[s[0] for s in states]))
    c = np.stack(np.broadcast_arrays(*[s[1] for s in states])) if cell.states == 2 else None
    return Run(h, c, x, caches)


def bptt(cell: Cell, run: Run, dh: np.ndarray, *, window: int | None = None) -> Through:
    """Back-propagation through time.

    Parameters
    ----------
    cell, run : the cell and its `unroll`
    dh : the loss gradient that enters directly at the outputs h_1..h_T, (T, ..., B, n), or (..., B, n) at h_T alone
    window : truncate: gradients are dropped when they cross a border between windows of this many steps; None for all

    Notes
    -----
    Werbos (1990). `Through.dh[t]` is the total derivative; chapter 15 plots its norm against the lag T - t.

    >>> cell = RNNCell(1, 1, rng=np.random.default_rng(0), recurrent="identity", activation="identity")
    >>> through = bptt(cell, unroll(cell, np.ones((4, 1, 1))), np.ones((1, 1)))
    >>> through.dh[:, 0, 0].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    steps = len(run.caches)
    window = steps if window is None else need_int("window", window)
    dh = np.asarray(dh)
    if dh.shape == run.h.shape[1:]:
        at_end, dh = dh, np.zeros_like(run.h[1:])
        dh[-1] = at_end
    elif dh.shape != run.h[1:].shape:
        raise bad("dh", f"shape {dh.shape}", f"{run.h[1:].shape}, or {run.h.shape[1:]} for the last step alone")
    state: State = tuple(np.zeros_like(run.h[0]) for _ in range(cell.states))
    all_dh, all_dc, das, drs = [], [], [], []
    for t in range(steps, 0, -1):  # from h_t to h_{t-1}
        if t < steps and t % window == 0:
            state = tuple(np.zeros_like(s) for s in state)
        state = (state[0] + dh[t - 1], *state[1:])
        all_dh.append(state[0])
        all_dc.append(state[-1])
        state, da, dr = cell.back(state, run.caches[t - 1])
        das.append(da)
        drs.append(dr)
    all_dh.append(state[0])
    all_dc.append(state[-1])
    da, dr = np.stack(das[::-1]), np.stack(drs[::-1])
    x, h = np.broadcast_to(run.x, (*da.shape[:-1], run.x.shape[-1])), run.h[:-1]
    Wx = cell.params["Wx"]
    grads = {
        "Wx": _over_time(x, da),
        "Wh": _over_time(h, dr),
        "b": da.sum(axis=(0, -2))[..., None, :].reshape(cell.params["b"].shape),
    }
    dc = np.stack(all_dc[::-1]) if cell.states == 2 else None
    return Through(np.stack(all_dh[::-1]), dc, da @ np.swapaxes(Wx, -1, -2), grads)


def _over_time(x: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Sum over time and batch of x^T d as one product: (T, ..., B, n) to (..., n, m)."""
    rows = [np.moveaxis(a, 0, -3).reshape(*a.shape[1:-2], -1, a.shape[-1]) for a in (x, d)]
    return np.swapaxes(rows[0], -1, -2) @ rows[1]
