"""Recurrent cells and back-propagation through time, against the complex step, HIPS autograd, and definitions."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp.check import relative_error
from vgp.init import chrono, orthogonal
from vgp.recurrent import Cell, GRUCell, LSTMCell, RNNCell, bptt, cell_path, lag_norms, unroll

T, B, N_IN, N = 7, 3, 2, 4
CELLS = {
    "RNN": RNNCell,
    "RNN(relu)": lambda *a, **o: RNNCell(*a, activation="relu", **o),
    "LSTM": LSTMCell,
    "GRU": GRUCell,
}
every_cell = pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
size = st.integers(1, 4)


def build(make, *, steps=T, batch=B, n_in=N_IN, n=N, seeds=None, dtype=np.float64, draw=0):
    rng = np.random.default_rng(draw)
    cell = make(n_in, n, rng=rng, seeds=seeds, dtype=dtype)
    cell.params["b"] += rng.standard_normal(cell.params["b"].shape).astype(dtype)
    lead = () if seeds is None else (seeds,)
    x = rng.standard_normal((steps, *lead, batch, n_in)).astype(dtype)
    start = tuple(rng.standard_normal((*lead, batch, n)).astype(dtype) for _ in range(cell.states))
    dh = rng.standard_normal((steps, *lead, batch, n)).astype(dtype)
    return cell, x, start, dh


def loss(cell, x, start, dh):
    return (unroll(cell, x, start).h[1:] * dh).sum()


def reached(run, t):
    return (run.h[t],) if run.c is None else (run.h[t], run.c[t])


def slope(cell, x, start, dh, where, v):
    """Derivative of the loss along v, by the complex step, for x, a parameter, or the start of h or c."""
    h = 1e-40
    if where == "x":
        return loss(cell, x + 1j * h * v, start, dh).imag / h
    if where in (0, 1):
        moved = tuple(s + 1j * h * v if i == where else s for i, s in enumerate(start))
        return loss(cell, x, moved, dh).imag / h
    kept, cell.own[where] = cell.own[where], cell.own[where] + 1j * h * v
    value = loss(cell, x, start, dh).imag / h
    cell.own[where] = kept
    return value


@every_cell
@given(steps=st.integers(1, 6), batch=size, n_in=size, n=size, seeds=st.none() | size, draw=st.integers(0, 2**32 - 1))
def test_bptt_agrees_with_the_complex_step(make, **shape):
    cell, x, start, dh = build(make, **shape)
    through = bptt(cell, unroll(cell, x, start), dh)
    assert {key: g.shape for key, g in through.grads.items()} == {key: p.shape for key, p in cell.params.items()}
    rng = np.random.default_rng(1)
    wanted = {"x": (x, through.dx), 0: (start[0], through.dh[0])}
    wanted |= {key: (p, through.grads[key]) for key, p in cell.params.items()}
    if cell.states == 2:
        wanted[1] = (start[1], through.dc[0])
    for where, (at, gradient) in wanted.items():
        v = rng.standard_normal(at.shape)
        size = np.linalg.norm(gradient) * np.linalg.norm(v) / np.sqrt(v.size)
        assert abs(slope(cell, x, start, dh, where, v) - (gradient * v).sum()) <= 1e-10 * size + 1e-300


@every_cell
def test_every_dh_is_the_derivative_of_what_comes_after(make):
    """dL/dh_t by its definition: start again at step t from the state reached there, and differentiate."""
    cell, x, start, dh = build(make)
    run = unroll(cell, x, start)
    through = bptt(cell, run, dh)
    for t in range(T):
        state = reached(run, t)
        later = bptt(cell, unroll(cell, x[t:], state), dh[t:])
        direct = dh[t - 1] if t else 0  # the part that enters at h_t itself
        assert relative_error(through.dh[t], later.dh[0] + direct) < 1e-13
        v = np.random.default_rng(t).standard_normal((B, N))
        want = slope(cell, x[t:], state, dh[t:], 0, v)
        assert ((through.dh[t] - direct) * v).sum() == pytest.approx(want, rel=1e-10)
        if cell.states == 2:
            want = slope(cell, x[t:], state, dh[t:], 1, v)
            assert (through.dc[t] * v).sum() == pytest.approx(want, rel=1e-10)
    assert np.array_equal(through.dh[T], dh[T - 1])


def sigmoid(z):
    return 1 / (1 + anp.exp(-z))


def plain(kind, p, x, state):
    """The textbook equations of the three cells, one step."""
    h, n = state[0], N
    a, s = x @ p["Wx"] + p["b"], h @ p["Wh"]
    gate = [a[:, k * n : (k + 1) * n] for k in range(4)], [s[:, k * n : (k + 1) * n] for k in range(4)]
    if kind == "RNN":
        return (anp.tanh(a + s),)
    if kind == "RNN(relu)":
        return (anp.maximum(a + s, 0),)
    if kind == "LSTM":
        i, f, g, o = (part + other for part, other in zip(*gate))
        c = sigmoid(f) * state[1] + sigmoid(i) * anp.tanh(g)
        return sigmoid(o) * anp.tanh(c), c
    r, u = sigmoid(gate[0][0] + gate[1][0]), sigmoid(gate[0][1] + gate[1][1])
    return (u * h + (1 - u) * anp.tanh(gate[0][2] + r * gate[1][2]),)


@pytest.mark.parametrize("kind", CELLS)
def test_against_autograd(kind):
    cell, x, start, dh = build(CELLS[kind])

    def value(params):
        state, total = start, 0.0
        for t in range(T):
            state = plain(kind, params, x[t], state)
            total = total + anp.sum(state[0] * dh[t])
        return total

    assert loss(cell, x, start, dh) == pytest.approx(value(cell.params), rel=1e-13)
    want, got = autograd.grad(value)(dict(cell.params)), bptt(cell, unroll(cell, x, start), dh).grads
    assert all(relative_error(got[key], want[key]) < 1e-12 for key in want)


@every_cell
@pytest.mark.parametrize("window", [1, 2, 3, 7, 50])
def test_truncation_is_a_sum_over_windows(make, window):
    """Windows end at multiples of `window`; each is back-propagated on its own, from the states that were reached."""
    cell, x, start, dh = build(make)
    run = unroll(cell, x, start)
    through = bptt(cell, run, dh, window=window)
    total = {key: np.zeros_like(p) for key, p in cell.params.items()}
    for first in range(0, T, window):
        part = slice(first, min(first + window, T))
        state = reached(run, first)
        alone = bptt(cell, unroll(cell, x[part], state), dh[part])
        total = {key: total[key] + g for key, g in alone.grads.items()}
        assert relative_error(through.dx[part], alone.dx) < 1e-13
    assert all(relative_error(through.grads[key], total[key]) < 1e-13 for key in total)


@every_cell
def test_a_gradient_at_the_last_step_alone(make):
    cell, x, start, dh = build(make)
    run = unroll(cell, x, start)
    short, full = bptt(cell, run, dh[-1]), bptt(cell, run, np.concatenate([0 * dh[:-1], dh[-1:]]))
    assert np.array_equal(short.dh, full.dh)
    assert all(np.array_equal(short.grads[key], full.grads[key]) for key in full.grads)


@every_cell
def test_seed_axis_is_a_loop_over_seeds(make):
    cell, x, start, dh = build(make, seeds=3)
    run = unroll(cell, x, start)
    through = bptt(cell, run, dh)
    for s in range(3):
        one = make(N_IN, N, rng=np.random.default_rng(0))
        one.own = {key: p[s] for key, p in cell.params.items()}
        run_s = unroll(one, x[:, s], tuple(a[s] for a in start))
        through_s = bptt(one, run_s, dh[:, s])
        assert relative_error(run.h[:, s], run_s.h) < 1e-14
        assert relative_error(through.dh[:, s], through_s.dh) < 1e-13
        assert all(relative_error(through.grads[key][s], through_s.grads[key]) < 1e-13 for key in cell.params)
    assert relative_error(lag_norms(through)[:, 2], lag_norms(through_s)) < 1e-13


def test_one_sequence_shared_by_all_seeds():
    cell, x, _, dh = build(RNNCell, seeds=3)
    shared, each = unroll(cell, x[:, 0]), unroll(cell, np.repeat(x[:, :1], 3, axis=1))
    assert np.array_equal(shared.h, each.h)
    got, want = bptt(cell, shared, dh), bptt(cell, each, dh)
    assert all(relative_error(got.grads[key], want.grads[key]) < 1e-14 for key in want.grads)


@every_cell
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_in_is_dtype_out(make, dtype):
    cell, x, _, dh = build(make, dtype=dtype)
    run = unroll(cell, x)
    through = bptt(cell, run, dh)
    assert {a.dtype for a in (run.h, through.dh, through.dx, *through.grads.values())} == {np.dtype(dtype)}


@every_cell
def test_nothing_is_written_and_the_way_back_is_linear(make):
    cell, x, start, dh = build(make)
    before = [a.copy() for a in (x, dh, *start, *cell.params.values())]
    run = unroll(cell, x, start)
    one, two, both = (bptt(cell, run, d) for d in (dh, dh[::-1], 2 * dh - 3 * dh[::-1]))
    assert all(np.array_equal(a, b) for a, b in zip(before, (x, dh, *start, *cell.params.values())))
    assert relative_error(both.dx, 2 * one.dx - 3 * two.dx) < 1e-13
    assert relative_error(both.grads["Wh"], 2 * one.grads["Wh"] - 3 * two.grads["Wh"]) < 1e-13


# --- what the chapters say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.8, 0.9, 1.0, 1.1])
def test_a_linear_net_with_an_orthogonal_matrix_keeps_rho_to_the_lag(rho):
    """Pascanu, Mikolov and Bengio (2013): exactly rho^lag."""
    cell = RNNCell(1, 64, rng=np.random.default_rng(0), recurrent=orthogonal(rho), activation="identity")
    norms = lag_norms(
        bptt(cell, unroll(cell, np.zeros((100, 1, 1))), np.random.default_rng(1).standard_normal((1, 64)))
    )
    assert np.allclose(norms / norms[0], rho ** np.arange(101.0), rtol=1e-10, atol=0)


@pytest.mark.parametrize("w", [1.0, 3.9, 4.0, 6.0])
def test_hochreiters_bound_on_one_sigmoid_unit(w):
    """|dh_T/dh_0| <= (w / 4)^T (Hochreiter 1991)."""
    cell = RNNCell(1, 1, rng=np.random.default_rng(0), activation="sigmoid")
    cell.params["Wh"][:], cell.params["b"][:] = w, -w / 2
    for start in np.linspace(0, 1, 7):
        run = unroll(cell, np.zeros((50, 1, 1)), (np.full((1, 1), start),))
        assert bptt(cell, run, np.ones((1, 1))).dh[0].item() <= (w / 4) ** 50 * (1 + 1e-12)


@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.0, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("steps", [50, 100])
def test_the_carousel(bias, steps):
    """dc_T/dc_0 along the cell is sigmoid(b)^T; with the output gate shut, it is all of the gradient (entry 4)."""
    cell = LSTMCell(1, 3, rng=np.random.default_rng(0), forget_bias=bias)
    cell.params["Wx"][:] = cell.params["Wh"][:] = 0
    run = unroll(cell, np.zeros((steps, 1, 1)))
    path = cell_path(cell, run)
    assert np.allclose(path[0], (1 / (1 + np.exp(-bias))) ** steps, rtol=1e-12, atol=0)
    through = bptt(cell, run, np.ones((1, 3)))
    assert np.allclose(through.dc[0] / through.dc[-2], path[0] / path[-2], rtol=1e-10, atol=0)


def test_cell_path_is_the_product_of_the_gates():
    cell, x, start, _ = build(LSTMCell)
    path = cell_path(cell, unroll(cell, x, start))
    h, c = start
    gates = []
    for t in range(T):
        z = x[t] @ cell.params["Wx"] + h @ cell.params["Wh"] + cell.params["b"]
        gates.append(1 / (1 + np.exp(-z[:, N : 2 * N])))
        h, c = plain("LSTM", cell.params, x[t], (h, c))
    for t in range(T + 1):
        assert np.allclose(path[t], np.prod(np.array(gates[t:]), axis=0), rtol=1e-12, atol=0)


def test_gru_keeps_its_state_while_u_is_1():
    cell = GRUCell(1, 5, rng=np.random.default_rng(0))
    cell.params["b"][0, 5:10] = 100.0
    run = unroll(cell, np.ones((50, 2, 1)), (np.random.default_rng(1).standard_normal((2, 5)),))
    assert np.allclose(run.h, run.h[0], rtol=1e-12, atol=0)
    assert np.allclose(bptt(cell, run, np.ones((2, 5))).dh[0], 1, rtol=1e-12)


def test_irnn_has_jacobian_1_while_its_units_are_active():
    """Le, Jaitly and Hinton (2015)."""
    cell = RNNCell(1, 6, rng=np.random.default_rng(0), recurrent="identity", activation="relu")
    run = unroll(cell, np.zeros((50, 1, 1)), (np.full((1, 6), 0.5),))
    v = np.random.default_rng(1).standard_normal((1, 6))
    assert np.array_equal(bptt(cell, run, v).dh[0], v)


@pytest.mark.parametrize("longest", [10, 50, 784])
def test_chrono(longest):
    """Tallec and Ollivier (2018): ln U[1, T - 1]; the largest bias keeps (1 - 1/T)^T."""
    n = 4000
    b = chrono(n, longest=longest, rng=np.random.default_rng(0))
    i, f, g, o = np.split(b[0], 4)
    assert np.array_equal(i, -f)
    assert not g.any()
    assert not o.any()
    u = np.exp(f)
    assert 1 <= u.min() <= u.max() <= longest - 1 + 1e-9
    assert abs(u.mean() - longest / 2) < 4 * (longest - 2) / np.sqrt(12 * n)
    keep = 1 / (1 + np.exp(-np.log(longest - 1.0)))
    assert keep**longest == pytest.approx((1 - 1 / longest) ** longest, rel=1e-12)
    gru = chrono(3, longest=longest, rng=np.random.default_rng(0), gates=("r", "f", "g"))
    assert gru.shape == (1, 9)
    assert not gru[0, :3].any()


def test_forget_bias_is_where_it_belongs():
    b = LSTMCell(2, 3, rng=np.random.default_rng(0), forget_bias=2.5, seeds=2).params["b"]
    assert b.shape == (2, 1, 12)
    assert (b[..., 3:6] == 2.5).all()
    assert np.count_nonzero(b) == 6


def test_weights_are_drawn_gate_by_gate():
    cell = LSTMCell(5, 6, rng=np.random.default_rng(3))
    for k in range(4):
        W = cell.params["Wh"][:, 6 * k : 6 * k + 6]
        assert np.allclose(W @ W.T, np.eye(6), atol=1e-14)
    want = np.random.default_rng(3).standard_normal((5, 6)) / np.sqrt(5)
    assert np.allclose(cell.params["Wx"][:, :6], want, rtol=1e-15, atol=0)


ERRORS = {
    "dh of another shape": (lambda c, x: bptt(c, unroll(c, x), np.ones((2, 2))), r"dh: got shape \(2, 2\); allowed"),
    "window 0": (lambda c, x: bptt(c, unroll(c, x), np.ones((B, N)), window=0), "window: got 0; allowed: an integer"),
    "x of two axes": (
        lambda c, x: unroll(c, x[0]),
        r"x: got shape \(3, 2\); allowed: a non-empty array with at least 3",
    ),
    "x of other width": (lambda c, x: unroll(c, np.ones((4, 3, 5))), r"x: got shape \(4, 3, 5\); allowed"),
    "x with NaN": (lambda c, x: unroll(c, np.nan * x), "x: got 42 entries that are NaN"),
    "path of an RNN": (lambda c, x: cell_path(c, unroll(c, x)), "cell: got RNNCell; allowed: an LSTMCell"),
    "a cell without equations": (
        lambda c, x: unroll(Cell(N_IN, N, rng=np.random.default_rng(0)), x),
        "cell: got Cell; allowed: RNNCell, LSTMCell or GRUCell",
    ),
    "the same, backwards": (
        lambda c, x: Cell(1, 1, rng=np.random.default_rng(0)).back((x,), None, None),
        "cell: got Cell",
    ),
    "no generator": (lambda c, x: RNNCell(2, 3, rng=None), "rng: got NoneType"),
    "n 0": (lambda c, x: LSTMCell(2, 0, rng=np.random.default_rng(0)), "n: got 0"),
    "chrono of 2": (lambda c, x: chrono(3, longest=2, rng=np.random.default_rng(0)), "longest: got 2"),
    "start of another shape": (lambda c, x: unroll(c, x, (np.ones((2, 9)),)), r"start: got .*; allowed"),
    "start of two arrays": (lambda c, x: unroll(c, x, (np.ones((B, N)),) * 2), r"start: got .*; allowed"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    cell, x, _, _ = build(RNNCell)
    call, message = ERRORS[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call(cell, x)


# --- a cell speaks as a layer does ------------------------------------------------------------------------------------


@every_cell
@pytest.mark.parametrize("seeds", [None, 3])
def test_steps_of_a_cell_are_what_unroll_and_bptt_do(make, seeds):
    """Forward and backward, step by step, give the states and gradients of the two loops."""
    cell, x, start, dh = build(make, seeds=seeds)
    run = unroll(cell, x, start)
    through = bptt(cell, run, dh)
    state, caches = start, []
    for t in range(T):
        state, cache = cell.forward(x[t], state)
        caches.append(cache)
        assert all(np.array_equal(a, b) for a, b in zip(state, reached(run, t + 1), strict=True))
    dstate = tuple(np.zeros_like(s) for s in start)
    grads = {key: np.zeros_like(p) for key, p in cell.params.items()}
    for t in range(T - 1, -1, -1):
        dx, dstate, own = cell.backward((dstate[0] + dh[t], *dstate[1:]), caches[t])
        assert relative_error(dx, through.dx[t]) < 1e-13
        assert own.keys() == cell.params.keys()
        grads = {key: grads[key] + g for key, g in own.items()}
    assert relative_error(dstate[0], through.dh[0]) < 1e-13
    assert all(relative_error(grads[key], through.grads[key]) < 1e-13 for key in grads)


@every_cell
def test_one_input_shared_by_all_seeds_of_a_cell(make):
    """Gradients keep the shapes of the parameters, whatever axes the input lacks."""
    cell, x, start, _ = build(make, seeds=3)
    shared = x[0, 0]
    state, cache = cell.forward(shared, start)
    _, _, grads = cell.backward(tuple(np.ones_like(s) for s in state), cache)
    assert {key: g.shape for key, g in grads.items()} == {key: p.shape for key, p in cell.params.items()}
    want, kept = cell.forward(np.stack([shared] * 3), start)
    assert all(np.array_equal(a, b) for a, b in zip(state, want, strict=True))
    for key, g in cell.backward(tuple(np.ones_like(s) for s in want), kept)[2].items():
        assert relative_error(grads[key], g) < 1e-13


@every_cell
def test_a_cell_starts_from_zeros_and_says_what_it_learns(make):
    cell, x, _, _ = build(make)
    zeros = tuple(np.zeros((B, N)) for _ in range(cell.states))
    assert all(np.array_equal(a, b) for a, b in zip(cell.forward(x[0])[0], cell.forward(x[0], zeros)[0], strict=True))
    assert (set(cell.weights), set(cell.biases)) == ({"Wx", "Wh"}, {"b"})
    assert cell.params.weights == {"Wx", "Wh"}


def test_a_cell_refuses_what_does_not_fit():
    cell = LSTMCell(2, 4, rng=np.random.default_rng(0))
    state, cache = cell.forward(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^x: got shape \(3, 5\); allowed: \(\.\.\., batch, 2\)"):
        cell.forward(np.ones((3, 5)))
    with pytest.raises(ValueError, match=r"^state: got shapes \[\(3, 4\)\]; allowed: 2 arrays of shape \(3, 4\)"):
        cell.forward(np.ones((3, 2)), state[:1])
    with pytest.raises(ValueError, match=r"^dstate: got shapes \[\(1, 4\), \(3, 4\)\]; allowed: 2 arrays"):
        cell.backward((np.ones((1, 4)), state[1]), cache)
    with pytest.raises(ValueError, match=r"^state: got ndarray; allowed: a tuple of arrays"):
        cell.forward(np.ones((3, 2)), state[0])
    bare = Cell(2, 4, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^cell: got Cell; allowed: RNNCell, LSTMCell or GRUCell"):
        bare.forward(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^cell: got Cell; allowed: RNNCell, LSTMCell or GRUCell"):
        bare.back((np.ones((3, 4)),), None, np.ones((4, 4)))
