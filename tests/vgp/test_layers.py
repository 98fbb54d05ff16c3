"""What every layer promises, for every case of cases.LAYERS. Shapes are drawn by Hypothesis."""

import copy
import pickle

import cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp import mlp
from vgp.check import check_layer, relative_error
from vgp.layers import Dense, Elementwise, Layer, Sequential

every_layer = pytest.mark.parametrize("make", cases.LAYERS.values(), ids=cases.LAYERS)
size = st.integers(1, 5)
shapes = given(batch=size, n_in=size, n_out=size, seeds=st.none() | st.integers(1, 3), draw=st.integers(0, 2**32 - 1))


def build(make, *, batch=4, n_in=3, n_out=2, seeds=None, draw=0, dtype=np.float64):
    """A layer, an input for it, and a dL/dy for its output."""
    rng = np.random.default_rng(draw)
    layer = make(n_in, n_out, rng=rng, seeds=seeds, dtype=dtype)
    batch *= cases.tokens(layer)
    n_in = getattr(layer, "width", n_in)  # attention with several heads is wider
    x = rng.standard_normal((*(() if seeds is None else (seeds,)), batch, n_in)).astype(dtype)
    y, _ = layer.forward(x)
    return layer, x, rng.standard_normal(y.shape).astype(dtype)


def couples(make):
    """Whether the output of one example depends on the others: no Jacobian for each example alone."""
    layer, x, _ = build(make)
    before = layer.forward(x)[0]
    x[0] += 1
    return relative_error(layer.forward(x)[0][1:], before[1:]) > 1e-12


INDEPENDENT = {name: make for name, make in cases.LAYERS.items() if not couples(make)}
every_independent_layer = pytest.mark.parametrize("make", INDEPENDENT.values(), ids=INDEPENDENT)


@every_layer
@shapes
def test_backward_agrees_with_the_complex_step(make, **shape):
    layer, x, _ = build(make, **shape)
    errors = check_layer(layer, x, rng=np.random.default_rng(1), tolerance=1e-10)
    assert errors.keys() == {"x", *layer.params}


@every_layer
@shapes
def test_shapes(make, **shape):
    layer, x, dy = build(make, **shape)
    y, cache = layer.forward(x)
    dx, grads = layer.backward(dy, cache)
    assert y.shape[:-1] == x.shape[:-1]
    assert dx.shape == x.shape
    assert {key: g.shape for key, g in grads.items()} == {key: p.shape for key, p in layer.params.items()}
    if make not in INDEPENDENT.values():
        with pytest.raises(ValueError, match="couple"):
            layer.jacobian(cache, y)
    else:
        assert layer.jacobian(cache, y).shape == (*y.shape, x.shape[-1])


@every_independent_layer
@shapes
def test_jacobian_is_the_matrix_that_backward_multiplies_with(make, **shape):
    layer, x, dy = build(make, **shape)
    y, cache = layer.forward(x)
    dx = (dy[..., None, :] @ layer.jacobian(cache, y))[..., 0, :]
    assert relative_error(layer.backward(dy, cache)[0], dx) < 1e-13  # two orders of the same sums


@every_layer
@pytest.mark.parametrize("dtype", cases.DTYPES)
@pytest.mark.parametrize("seeds", [None, 2])
def test_dtype_in_is_dtype_out(make, dtype, seeds):
    layer, x, dy = build(make, dtype=dtype, seeds=seeds)
    y, cache = layer.forward(x)
    dx, grads = layer.backward(dy, cache)
    jacobian = (layer.jacobian(cache, y),) if make in INDEPENDENT.values() else ()
    assert {a.dtype for a in (y, dx, *jacobian, *grads.values())} == {np.dtype(dtype)}


@every_layer
def test_forward_keeps_complex_numbers(make):
    layer, x, _ = build(make)
    y, _ = layer.forward(x + 0j)
    assert y.dtype == np.complex128
    assert relative_error(y.real, layer.forward(x)[0]) < 1e-14
    assert not y.imag.any()


@every_layer
def test_forward_and_backward_write_nothing(make):
    """Layer, input, cache and dL/dy are the same bytes before and after, and the results are new arrays."""
    layer, x, dy = build(make, seeds=2)
    before = pickle.dumps((cases.parts(layer)[0].params, x))
    y, cache = layer.forward(x)
    kept = pickle.dumps((y, cache, dy))
    dx, grads = layer.backward(dy, cache)
    if make in INDEPENDENT.values():
        layer.jacobian(cache, y)
    assert pickle.dumps((cases.parts(layer)[0].params, x)) == before
    assert pickle.dumps((y, cache, dy)) == kept
    mine = [x, dy, *layer.params.values()]
    assert not any(np.shares_memory(new, old) for new in (y, dx, *grads.values()) for old in mine)


@every_layer
def test_two_passes_do_not_disturb_each_other(make):
    layer, x, dy = build(make)
    (_, first), (_, second) = layer.forward(x), layer.forward(2 * x)
    want = copy.deepcopy(layer).backward(dy, first)
    layer.backward(dy, second)
    again = layer.backward(dy, first)
    assert np.array_equal(again[0], want[0])
    assert all(np.array_equal(again[1][key], want[1][key]) for key in want[1])


@every_layer
@shapes
def test_backward_is_linear(make, **shape):
    layer, x, dy = build(make, **shape)
    _, cache = layer.forward(x)
    other = np.random.default_rng(1).standard_normal(dy.shape)
    (dx1, g1), (dx2, g2), (dx, g) = (layer.backward(d, cache) for d in (dy, other, 2 * dy - 3 * other))
    # cancellation in 2a - 3b costs digits of the result, so compare with the size of the terms
    for got, a, b in [(dx, dx1, dx2), *((g[key], g1[key], g2[key]) for key in g)]:
        assert np.linalg.norm(got - (2 * a - 3 * b)) <= 1e-13 * (np.linalg.norm(a) + np.linalg.norm(b))


@every_layer
def test_seed_axis_is_a_loop_over_seeds(make):
    layer, x, dy = build(make, seeds=3)
    y, cache = layer.forward(x)
    dx, grads = layer.backward(dy, cache)
    jacobian = layer.jacobian(cache, y) if make in INDEPENDENT.values() else None
    for s in range(3):
        one = cases.pick(layer, s)
        y_s, cache_s = one.forward(x[s])
        dx_s, grads_s = one.backward(dy[s], cache_s)
        assert relative_error(y[s], y_s) < 1e-14
        assert relative_error(dx[s], dx_s) < 1e-14
        assert jacobian is None or relative_error(jacobian[s], one.jacobian(cache_s, y_s)) < 1e-14
        assert all(relative_error(grads[key][s], grads_s[key]) < 1e-14 for key in grads)


@every_independent_layer
def test_examples_are_independent(make):
    layer, x, _ = build(make, batch=5)
    y, _ = layer.forward(x)
    for i in range(5):
        assert relative_error(layer.forward(x[i : i + 1])[0], y[i : i + 1]) < 1e-14


def test_data_shared_by_all_seeds_give_the_sum_over_the_seeds_for_a_shared_layer(rng):
    """A layer without seed axis behind one that has it: its gradient is the sum over the seeds."""
    net = Sequential([cases.dense(3, 4, rng=rng, seeds=2), Elementwise("tanh"), cases.dense(4, 2, rng=rng)])
    x = rng.standard_normal((5, 3))  # one batch for both seeds
    y, cache = net.forward(x)
    dy = rng.standard_normal(y.shape)
    _, grads = net.backward(dy, cache)
    assert y.shape == (2, 5, 2)
    alone = [Sequential([cases.pick(net.layers[0], s), *net.layers[1:]]) for s in (0, 1)]
    each = [one.backward(dy[s], one.forward(x)[1])[1] for s, one in enumerate(alone)]
    for key in ("2.W", "2.b"):
        assert relative_error(grads[key], each[0][key] + each[1][key]) < 1e-14


def test_leading_axes_of_length_1_are_shared(rng):
    """Inputs (1, B, n) for three seeds, and two grids of inputs for nets without seeds."""
    layer = cases.dense(3, 4, rng=rng, seeds=3)
    x = rng.standard_normal((1, 5, 3))
    assert np.array_equal(layer.forward(x)[0], layer.forward(x[0])[0])
    grid = rng.standard_normal((2, 6, 5, 3))
    one = cases.pick(layer, 0)
    assert np.array_equal(one.forward(grid)[0][1, 4], one.forward(grid[1, 4])[0])


@pytest.mark.parametrize("to_input", [True, False])
def test_to_input_spares_nothing_but_dx(rng, to_input):
    net = mlp(3, 4, 2, depth=2, rng=rng)
    y, cache = net.forward(rng.standard_normal((5, 3)))
    want = net.backward(y, cache)
    dx, grads = net.backward(y, cache, to_input=to_input)
    assert (dx is None) != to_input
    assert all(np.array_equal(grads[key], want[1][key]) for key in want[1])


def test_a_shared_layer_has_one_set_of_parameters(rng):
    """Used twice, stepped once: its gradient is the sum over its uses, under the key of the first."""
    layer = cases.dense(3, 3, rng=rng)
    net = Sequential([layer, Elementwise("tanh"), layer])
    assert list(net.params) == ["0.W", "0.b"]
    x, dy = rng.standard_normal((2, 5, 3))
    _, cache = net.forward(x)
    unrolled = Sequential([layer, net.layers[1], Dense(layer.params["W"].copy(), layer.params["b"].copy())])
    _, apart = unrolled.backward(dy, unrolled.forward(x)[1])
    _, grads = net.backward(dy, cache)
    assert relative_error(grads["0.W"], apart["0.W"] + apart["2.W"]) < 1e-15


def test_depth_2000(rng):
    """No recursion, no NaN, and a gradient that is right even where it is 1e-100."""
    net = mlp(4, 4, 4, depth=2000, activation="tanh", init="orthogonal", rng=rng)
    x, dy = rng.standard_normal((2, 3, 4))
    y, cache = net.forward(x)
    dx, grads = net.backward(dy, cache)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert all(np.isfinite(g).all() for g in grads.values())
    assert len(net.params) == 4002
    v = rng.standard_normal(x.shape)
    forward = np.imag(net.forward(x + 1e-40j * v)[0]) / 1e-40
    assert abs((dy * forward).sum() - (dx * v).sum()) < 1e-10 * np.linalg.norm(dx) * np.linalg.norm(v)


def test_vanished_gradients_underflow_to_zero_and_not_to_nan(rng):
    net = mlp(4, 4, 4, depth=600, rng=rng)  # a factor of about 5 for each sigmoid layer: below 1e-308 halfway
    y, cache = net.forward(rng.standard_normal((3, 4)))
    dx, grads = net.backward(np.ones_like(y), cache)
    assert not dx.any()
    assert not any(np.isnan(g).any() for g in grads.values())


def test_base_class_says_what_is_missing(rng):
    for call in (
        lambda: Layer().forward(np.ones((1, 1))),
        lambda: Layer().backward(np.ones((1, 1)), None),
        lambda: Layer().jacobian(None, np.ones((1, 1))),
    ):
        with pytest.raises(ValueError, match="layer: got Layer; allowed: a "):
            call()


@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_mlp_is_what_it_says(rng, dtype):
    net = mlp(7, [5, 4], 3, depth=2, activation="relu", bias="normal", rng=rng, seeds=2, dtype=dtype)
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "Elementwise", "Dense", "Elementwise", "Dense"]
    assert [p.shape for p in net.params.values()] == [(2, 7, 5), (2, 1, 5), (2, 5, 4), (2, 1, 4), (2, 4, 3), (2, 1, 3)]
    assert {p.dtype for p in net.params.values()} == {np.dtype(dtype)}


def test_mlp_draws_layer_by_layer_weights_before_biases():
    net = mlp(3, 4, 2, depth=1, bias="normal", rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for key, shape, scale in (("0.W", (3, 4), 3), ("0.b", (1, 4), 1), ("2.W", (4, 2), 4), ("2.b", (1, 2), 1)):
        assert np.allclose(net.params[key], rng.standard_normal(shape) / np.sqrt(scale), rtol=1e-15, atol=0)
