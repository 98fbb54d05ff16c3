"""Recurrent nets: what one step of a cell computes, a cell unrolled over a sequence, and the way back through time.

Sequences are time first: x (T, ..., B, n_in), states h (..., B, n); T steps from h_0 to h_T. The same matrix acts at
every step: the product of Jacobians that chapter 2 found for depth has equal factors here (chapter 15). A cell speaks
as a layer does, with its state besides:

    state, cache = cell.forward(x_t, state)              a state is (h,) or, for the LSTM, (h, c)
    dx, dstate, grads = cell.backward(dstate, cache)     linear in dstate; grads has the keys of cell.params

`unroll` and `bptt` take these steps apart, so that the products of all inputs, and all weight gradients, are one
product each, outside the loop over time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from . import activations
from . import init as inits
from ._errors import bad, need_array, need_int, need_kind, need_number
from ._trees import norm
from .layers import Parametric, _match, _plus, need_rows

State = tuple[np.ndarray, ...]


_gate = activations.sigmoid_and_slope


_tanh_slope = activations.get("tanh").df


class Cell(Parametric):
    """What the cells share: parameters, a start, `forward` and `backward`, and the product of all inputs with Wx.

    Parameters
    ----------
    n_in, n : numbers of inputs and of units
    rng : draws Wx, then Wh, gate by gate
    init, recurrent : names or objects from `vgp.init`, for Wx and for Wh
    seeds, dtype : as for `vgp.mlp`

    `params`: Wx (..., n_in, gates * n), Wh (..., n, gates * n), b (..., 1, gates * n), gates side by side.

    >>> {key: p.shape for key, p in Cell(3, 4, rng=np.random.default_rng(0), seeds=2).params.items()}
    {'Wx': (2, 3, 4), 'Wh': (2, 4, 4), 'b': (2, 1, 4)}
    """

    gates = 1
    states = 1  # arrays in a state
    own_weights, own_biases = ("Wx", "Wh"), ("b",)

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
        self.own = {"Wx": np.concatenate(Wx, axis=-1), "Wh": np.concatenate(Wh, axis=-1), "b": b}

    def start(self, batch: int) -> State:
        """The state of zeros."""
        Wh = self.own["Wh"]
        return tuple(np.zeros((*Wh.shape[:-2], batch, self.n), Wh.dtype) for _ in range(self.states))

    def project(self, x: np.ndarray) -> np.ndarray:
        """x Wx + b for all steps in one product."""
        return _plus(x @ self.own["Wx"], self.own["b"])

    def forward(self, x: np.ndarray, state: State | None = None) -> tuple[State, Any]:
        """One step: the next state and the cache, from x (..., B, n_in) and a state, or zeros."""
        x = need_rows(x, self.n_in)
        state = _fitting(self, self.start(x.shape[-2]) if state is None else state, x.shape[-2])
        after, kept = self.step(self.project(x), state)
        return after, (x, state[0], kept)

    def backward(self, dstate: State, cache: Any) -> tuple[np.ndarray, State, dict[str, np.ndarray]]:
        """dL/dx, dL/dstate of the state before, and the gradients, from dL/dstate of the state after."""
        x, h, kept = cache
        _fitting(self, dstate, x.shape[-2], "dstate")
        before, da, dr = self.back(dstate, kept, self.own["Wh"].mT)
        grads = {"Wx": x.mT @ da, "Wh": h.mT @ dr, "b": da.sum(axis=-2, keepdims=True)}
        return da @ self.own["Wx"].mT, before, {key: _match(g, self.own[key].shape) for key, g in grads.items()}

    def step(self, a: np.ndarray, state: State) -> tuple[State, Any]:
        """One step from what `project` gives for this input: the next state, and what `back` needs."""
        raise bad("cell", type(self).__name__, "RNNCell, LSTMCell or GRUCell")

    def back(self, dstate: State, cache: Any, WhT: np.ndarray) -> tuple[State, np.ndarray, np.ndarray]:
        """One step back: dL/dstate, and the gradients of the sums that come from the input and from the state."""
        raise bad("cell", type(self).__name__, "RNNCell, LSTMCell or GRUCell")

    def _split(self, a: np.ndarray) -> list[np.ndarray]:
        return [a[..., k * self.n : (k + 1) * self.n] for k in range(self.gates)]


def _fitting(cell: Cell, state: State, batch: int, name: str = "state") -> State:
    """A state whose arrays all have the shape (..., B, n) that goes with the cell."""
    shape = (*cell.own["Wh"].shape[:-2], batch, cell.n)
    need_kind(name, state, tuple, "a tuple of arrays")
    if len(state) != cell.states or any(np.shape(s) != shape for s in state):
        raise bad(name, f"shapes {[np.shape(s) for s in state]}", f"{cell.states} arrays of shape {shape}")
    return state


class RNNCell(Cell):
    """h_t = phi(x_t Wx + h_{t-1} Wh + b) (Elman 1990).

    `recurrent="identity"` with `activation="relu"` is the IRNN of Le, Jaitly and Hinton (2015).

    >>> cell = RNNCell(3, 4, rng=np.random.default_rng(0))
    >>> state, cache = cell.forward(np.zeros((2, 3)))
    >>> dx, dstate, grads = cell.backward((np.ones((2, 4)),), cache)
    >>> state[0].shape, dx.shape, sorted(grads)
    ((2, 4), (2, 3), ['Wh', 'Wx', 'b'])
    """

    def __init__(self, n_in: int, n: int, *, activation: "str | activations.Activation" = "tanh", **options: Any):
        super().__init__(n_in, n, **options)
        self.activation = activations.get(activation)

    def step(self, a, state):
        z = _plus(state[0] @ self.own["Wh"], a)
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
        self.own["b"][..., n : 2 * n] = need_number("forget_bias", forget_bias)

    def step(self, a, state):
        h, c = state
        z = _plus(h @ self.own["Wh"], a)
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
        s = h @ self.own["Wh"]
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


@dataclass(frozen=True)
class Run:
    """A forward pass through time: `h` (T + 1, ..., B, n) with h_0 first; `c` likewise for the LSTM; `x`; the caches.

    >>> unroll(LSTMCell(3, 4, rng=np.random.default_rng(0)), np.zeros((5, 2, 3))).c.shape
    (6, 2, 4)
    """

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

    >>> cell = GRUCell(3, 4, rng=np.random.default_rng(0))
    >>> through = bptt(cell, unroll(cell, np.zeros((5, 2, 3))), np.ones((2, 4)))
    >>> through.dh.shape, through.dc is None, through.dx.shape
    ((6, 2, 4), True, (5, 2, 3))
    """

    dh: np.ndarray
    dc: np.ndarray | None
    dx: np.ndarray
    grads: dict[str, np.ndarray]


def _sequence(cell: Cell, x: np.ndarray) -> np.ndarray:
    need_kind("cell", cell, Cell, "an RNNCell, LSTMCell or GRUCell")
    if np.asarray(x).dtype.kind != "c":  # complex: the complex step, which knows what it does
        x = need_array("x", x, ndim=3, n_last=cell.n_in)
    lead = cell.params["Wx"].shape[:-2]
    if x.ndim not in (3, 3 + len(lead)) or x.shape[-1] != cell.n_in or x.shape[1:-2] not in ((), lead):
        raise bad("x", f"shape {x.shape}", f"(T, B, {cell.n_in}), or with the cell's seed axis after T")
    return x[:, None] if x.ndim == 3 and cell.params["Wx"].ndim == 3 else x  # time must not meet the seed axis


def unroll(cell: Cell, x: np.ndarray, start: State | None = None) -> Run:
    """Run the cell over a sequence x (T, ..., B, n_in) from the state `start`, a tuple (h_0,) or (h_0, c_0), or zeros.

    A cell with a seed axis also takes (T, B, n_in), shared by all its nets. Raises ValueError for other shapes.

    >>> cell = RNNCell(3, 4, rng=np.random.default_rng(0), seeds=7)
    >>> unroll(cell, np.zeros((5, 2, 3))).h.shape
    (6, 7, 2, 4)
    """
    x = _sequence(cell, x)
    state = _fitting(cell, cell.start(x.shape[-2]) if start is None else start, x.shape[-2], "start")
    state = tuple(s.astype(np.result_type(*state), copy=False) for s in state)  # of one kind, if one of them is complex
    states, caches = [state], []
    for a in cell.project(x):
        state, cache = cell.step(a, state)
        states.append(state)
        caches.append(cache)
    h = np.stack([s[0] for s in states])
    c = np.stack([s[1] for s in states]) if cell.states == 2 else None
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
    need_kind("cell", cell, Cell, "an RNNCell, LSTMCell or GRUCell")
    steps = len(need_kind("run", run, Run, "the result of unroll").caches)
    window = steps if window is None else need_int("window", window)
    dh = np.asarray(dh)
    if dh.dtype.kind not in "fc":
        raise bad("dh", f"dtype {dh.dtype}", "an array of floats")
    if dh.shape == run.h.shape[1:]:
        at_end, dh = dh, np.zeros_like(run.h[1:])
        dh[-1] = at_end
    elif dh.shape != run.h[1:].shape:
        raise bad("dh", f"shape {dh.shape}", f"{run.h[1:].shape}, or {run.h.shape[1:]} for the last step alone")
    state: State = tuple(np.zeros_like(run.h[0]) for _ in range(cell.states))
    all_dh, all_dc, das, drs = [], [], [], []
    WhT = np.ascontiguousarray(cell.params["Wh"].mT)  # once: the product with a transposed view takes twice as long
    for t in range(steps, 0, -1):  # from h_t to h_{t-1}
        if t < steps and t % window == 0:
            state = tuple(np.zeros_like(s) for s in state)
        state = (state[0] + dh[t - 1], *state[1:])
        all_dh.append(state[0])
        all_dc.append(state[-1])
        state, da, dr = cell.back(state, run.caches[t - 1], WhT)
        das.append(da)
        drs.append(dr)
    all_dh.append(state[0])
    all_dc.append(state[-1])
    da = np.stack(das[::-1])
    dr = da if drs[0] is das[0] else np.stack(drs[::-1])  # they differ in the GRU alone
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


def lag_norms(through: Through) -> np.ndarray:
    """Norm of dL/dh_t by lag T - t, over batch and units: (T + 1, ...) with the seed axis last; lag 0 first.

    Where the loss is at the last step alone, this is how much of the gradient is left so many steps earlier.

    >>> cell = RNNCell(1, 1, rng=np.random.default_rng(0), recurrent="identity", activation="identity")
    >>> cell.params["Wh"][:] = 0.5
    >>> lag_norms(bptt(cell, unroll(cell, np.ones((3, 1, 1))), np.ones((1, 1)))).tolist()
    [1.0, 0.5, 0.25, 0.125]
    """
    need_kind("through", through, Through, "the result of bptt")
    return np.stack([norm(dh) for dh in through.dh[::-1]])


def cell_path(cell: LSTMCell, run: Run) -> np.ndarray:
    """dc_T / dc_t along the cell alone, for every t: the product of the forget gates after t, (T + 1, ..., B, n).

    The rest of `Through.dc` comes through h and the gates. Exactly 1 while the gates are open (Hochreiter and
    Schmidhuber 1997, whose cell has no forget gate); sigmoid(b)^(T - t) for gates held at bias b.

    >>> cell = LSTMCell(1, 1, rng=np.random.default_rng(0), forget_bias=0.0)
    >>> for key in ("Wx", "Wh"): cell.params[key][:] = 0
    >>> cell_path(cell, unroll(cell, np.ones((3, 1, 1))))[:, 0, 0].tolist()
    [0.125, 0.25, 0.5, 1.0]
    """
    if not isinstance(cell, LSTMCell):
        raise bad("cell", type(cell).__name__, "an LSTMCell")
    need_kind("run", run, Run, "the result of unroll")
    z = cell.project(run.x) + run.h[:-1] @ cell.params["Wh"]
    forget = activations.get("sigmoid").f(z[..., cell.n : 2 * cell.n])
    after = np.cumprod(forget[::-1], axis=0)[::-1]
    return np.concatenate([after, np.ones_like(after[:1])])
