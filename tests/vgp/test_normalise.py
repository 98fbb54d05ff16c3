"""Norms beyond what tests/vgp/test_layers.py asks of every layer: hand calculations, oracles, running averages."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from vgp.check import check_layer, complex_step, relative_error
from vgp.layers import Dense
from vgp.normalise import BatchNorm, Fixed, LayerNorm, RMSNorm, WeightNorm

X = np.random.default_rng(5).standard_normal((6, 4)) * 3 + 1


@pytest.mark.parametrize(("kind", "axis"), [(LayerNorm, 1), (BatchNorm, 0)])
def test_mean_0_and_variance_1(kind, axis):
    y, _ = kind(4, eps=0.0).forward(X)
    assert np.abs(y.mean(axis=axis)).max() < 1e-15
    assert np.allclose(y.var(axis=axis), 1, rtol=1e-14)
    y, _ = kind(4).forward(X)  # the default eps is 1e-5, added to the variance
    assert np.allclose(y.var(axis=axis), X.var(axis=axis) / (X.var(axis=axis) + 1e-5), rtol=1e-13)


def test_rms_norm():
    y, _ = RMSNorm(4, eps=0.5).forward(X)
    assert np.allclose(y, X / np.sqrt((X**2).mean(axis=1, keepdims=True) + 0.5), rtol=1e-15)
    assert list(RMSNorm(4).params) == ["gamma"]
    assert not RMSNorm(4, affine=False).params


FORMULAS = {
    LayerNorm: lambda x, eps: (x - anp.mean(x, 1, keepdims=True)) / anp.sqrt(anp.var(x, 1, keepdims=True) + eps),
    BatchNorm: lambda x, eps: (x - anp.mean(x, 0, keepdims=True)) / anp.sqrt(anp.var(x, 0, keepdims=True) + eps),
    RMSNorm: lambda x, eps: x / anp.sqrt(anp.mean(x**2, 1, keepdims=True) + eps),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_against_autograd(kind, rng):
    layer, dy = kind(4), rng.standard_normal(X.shape)
    for p in layer.own.values():
        p += rng.standard_normal(p.shape)

    def value(x, gamma, beta):
        return anp.sum(dy * (gamma * FORMULAS[kind](x, 1e-5) + beta))

    gamma, beta = layer.params["gamma"], layer.params.get("beta", np.zeros((1, 4)))
    want = autograd.grad(value, (0, 1, 2))(X, gamma, beta)
    y, cache = layer.forward(X)
    dx, grads = layer.backward(dy, cache)
    assert (dy * y).sum() == pytest.approx(value(X, gamma, beta), rel=1e-13)
    assert relative_error(dx, want[0]) < 1e-12
    assert relative_error(grads["gamma"], want[1]) < 1e-12
    assert "beta" not in grads or relative_error(grads["beta"], want[2]) < 1e-12


def test_batch_norm_of_two_examples_leaves_only_what_eps_lets_through(rng):
    """With eps = 0 the outputs are +-1 whatever the input: the gradient is 0."""
    x, dy = rng.standard_normal((2, 2, 4))
    layer = BatchNorm(4, eps=0.0)
    dx, _ = layer.backward(dy, layer.forward(x)[1])
    assert np.abs(dx).max() < 1e-12


def test_ioffe_and_szegedys_scale_invariance(rng):
    """BN(a W u) = BN(W u), dL/du unchanged, dL/d(aW) = (1/a) dL/dW (entry 24)."""
    W, dy, layer = rng.standard_normal((3, 4)), rng.standard_normal((6, 4)), BatchNorm(4, eps=0.0)
    u = rng.standard_normal((6, 3))
    one, three = Dense(W, np.zeros((1, 4))), Dense(3 * W, np.zeros((1, 4)))
    back = {}
    for name, dense in (("one", one), ("three", three)):
        z, kept = dense.forward(u)
        y, cache = layer.forward(z)
        du, grads = dense.backward(layer.backward(dy, cache)[0], kept)
        back[name] = y, du, grads["W"]
    for got, want in zip(back["three"], (back["one"][0], back["one"][1], back["one"][2] / 3)):
        assert relative_error(got, want) < 1e-12


def test_running_averages_and_evaluation():
    layer = BatchNorm(1, momentum=0.25, eps=0.5)
    layer.own["gamma"][:], layer.own["beta"][:] = 3.0, -1.0
    for batch in ([1.0, 3.0], [5.0, 9.0], [0.0, 2.0]):
        layer.update_running(layer.forward(np.array(batch)[:, None])[1])
    # means 2, 7, 1; variances 1, 4, 1: 2 -> 3.25 -> 2.6875 and 1 -> 1.75 -> 1.5625
    assert layer.running["mean"].item() == pytest.approx(2.6875, rel=1e-14)
    assert layer.running["var"].item() == pytest.approx(1.5625, rel=1e-14)
    frozen = layer.frozen()
    want = 3 * (np.array([[4.0], [-1.0]]) - 2.6875) / np.sqrt(1.5625 + 0.5) - 1
    assert np.allclose(frozen.forward(np.array([[4.0], [-1.0]]))[0], want, rtol=1e-14)
    assert isinstance(frozen, Fixed)
    assert BatchNorm(1).momentum == 0.1
    assert BatchNorm(1).running == {}


def test_frozen_without_scale_and_shift():
    layer = BatchNorm(4, affine=False)
    cache = layer.forward(X)[1]
    layer.update_running(cache)
    assert relative_error(layer.frozen().forward(X)[0], layer.forward(X)[0]) < 1e-12
    first = layer.running["mean"].copy()
    layer.update_running(layer.forward(X + 1)[1])
    assert not np.array_equal(first, layer.running["mean"])


def test_statistics_as_constants(rng):
    """What some analyses use: the derivative with mean and variance held, which is not the gradient."""
    layer, dy = BatchNorm(4, through_statistics=False), rng.standard_normal(X.shape)
    layer.own["gamma"] += rng.standard_normal((1, 4))
    _, cache = layer.forward(X)
    dx, grads = layer.backward(dy, cache)
    held = Fixed(layer.own["gamma"] / np.sqrt(X.var(axis=0, keepdims=True) + 1e-5), np.zeros((1, 4)))
    v = rng.standard_normal(X.shape)
    assert (dx * v).sum() == pytest.approx((dy * complex_step(lambda x: held.forward(x)[0], X, v)).sum(), rel=1e-12)
    full = BatchNorm(4)
    full.own = layer.own
    assert relative_error(grads["gamma"], full.backward(dy, full.forward(X)[1])[1]["gamma"]) < 1e-14
    plain = BatchNorm(4, through_statistics=False, affine=False)
    dx, grads = plain.backward(dy, plain.forward(X)[1])
    assert np.allclose(dx, dy / np.sqrt(X.var(axis=0) + 1e-5), rtol=1e-13)
    assert not grads


def test_weight_norm_starts_as_the_same_map_and_splits_length_from_direction(rng):
    dense = Dense(rng.standard_normal((3, 4)), rng.standard_normal((1, 4)))
    layer, x = WeightNorm(dense), rng.standard_normal((5, 3))
    assert relative_error(layer.forward(x)[0], dense.forward(x)[0]) < 1e-14
    assert np.allclose(layer.params["g"], np.linalg.norm(dense.params["W"], axis=0), rtol=1e-14)
    check_layer(layer, x, rng=rng)
    dy = rng.standard_normal((5, 4))
    _, grads = layer.backward(dy, layer.forward(x)[1])
    assert (
        np.abs((grads["v"] * layer.params["v"]).sum(axis=0)).max() < 1e-13
    )  # the direction does not change the length
    layer.params["v"][:] *= 2
    assert relative_error(layer.forward(x)[0], dense.forward(x)[0]) < 1e-14


ERRORS = {
    "x of another width": (lambda: LayerNorm(3).forward(X), r"x: got shape \(6, 4\); allowed: \(..., batch, 3\)"),
    "x of one axis": (lambda: RMSNorm(4).forward(X[0]), r"x: got shape \(4,\)"),
    "n 0": (lambda: BatchNorm(0), "n: got 0; allowed: an integer of at least 1"),
    "eps": (lambda: LayerNorm(3, eps=-1.0), "eps: got -1.0"),
    "momentum": (lambda: BatchNorm(3, momentum=1.5), "momentum: got 1.5"),
    "frozen too early": (lambda: BatchNorm(3).frozen(), "running: got no statistics; allowed: at least one call"),
    "no dense layer": (lambda: WeightNorm(LayerNorm(3)), "dense: got LayerNorm; allowed: a Dense layer"),
    "a unit of zeros": (
        lambda: WeightNorm(Dense(np.zeros((2, 1)), np.zeros((1, 1)))),
        "dense: got a unit whose weights",
    ),
    "weight norm, x": (
        lambda: WeightNorm(Dense(np.ones((2, 1)), np.zeros((1, 1)))).forward(X),
        r"x: got shape \(6, 4\); allowed: \(..., batch, 2\)",
    ),
    "fixed, x": (lambda: Fixed(np.ones((1, 3)), np.ones((1, 3))).forward(X), r"x: got shape \(6, 4\)"),
    "fixed": (lambda: Fixed(np.ones((1, 3)), np.ones((1, 2))), r"shift: got shape \(1, 2\)"),
    "a batch of nothing": (lambda: BatchNorm(4).forward(X[:0]), r"x: got shape \(0, 4\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call()
