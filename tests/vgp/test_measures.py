"""Measurements of units, signals and gradients, against definitions written out."""

import numpy as np
import pytest

from vgp import mlp, mse, softmax_cross_entropy, trace
from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.formats import underflow
from vgp.measure.signals import gradient_autocorrelation, input_cosine, input_share
from vgp.measure.units import active, dead_share, unit_fates
from vgp.measure.watch import Watch
from vgp.optim import SGD
from vgp.train import train


def test_active_units_and_dead_shares(rng):
    net = mlp(4, 30, 2, depth=3, activation="relu", rng=rng, seeds=2, bias="normal")
    x = rng.standard_normal((9, 4))
    _, cache = net.forward(x)
    rows = active(net, x)
    assert [row.shape for row in rows] == [(2, 30)] * 3
    for k, row in enumerate(rows):
        z = cache[2 * k][0]
        assert np.array_equal(row, (z > 0).any(axis=1))
        assert np.allclose(dead_share(net, x)[k], (z <= 0).all(axis=1).mean(axis=1), rtol=1e-12)


def test_fates_add_up_to_1(rng):
    history = rng.random((6, 2, 400)) < 0.5
    fates = unit_fates(history)
    assert np.allclose(sum(fates.values()), 1)
    for unit in range(400):
        h = history[:, 0, unit]
        if h.all():
            kind = "alive"
        elif not h.any():
            kind = "dead"
        else:
            kind = "dying" if h[0] and not h[-1] else "sleeping"
        alone = unit_fates(history[:, :1, unit : unit + 1])
        assert alone[kind].item() == 1


def test_input_share_and_cosine(rng):
    h = rng.standard_normal((3, 7, 5)) + 1
    share, cosine = input_share(h), input_cosine(h)
    for s in range(3):
        assert share[s] == pytest.approx(((h[s] - h[s].mean(0)) ** 2).sum() / (h[s] ** 2).sum(), rel=1e-12)
        pairs = [
            h[s, i] @ h[s, j] / np.sqrt((h[s, i] @ h[s, i]) * (h[s, j] @ h[s, j]))
            for i in range(7)
            for j in range(7)
            if i != j
        ]
        assert cosine[s] == pytest.approx(np.mean(pairs), rel=1e-12)
    assert np.allclose(input_cosine(1e-200 * h), cosine, rtol=1e-12)
    assert np.allclose(input_share(1e-200 * h), share, rtol=1e-12)
    assert input_share(np.zeros((3, 2))) == 0
    assert input_cosine(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])) == pytest.approx(1 / 3)


def test_autocorrelation_of_a_gradient_that_is_known():
    """y = sin(x), through an activation of our own: the slope is cos(x)."""
    from vgp.activations import Activation

    net = Sequential([Elementwise(Activation("sin", np.sin, np.cos))])
    grid = np.linspace(0, 20 * np.pi, 4001)
    got = gradient_autocorrelation(net, grid, [0, 100, 200])
    assert got == pytest.approx(np.cos([0, 0.5 * np.pi, np.pi]), abs=0.03)  # 200 steps are pi
    straight = Sequential([Dense(np.array([[2.0]]), np.zeros((1, 1)))])
    assert np.isnan(gradient_autocorrelation(straight, grid, [1])).all()


@pytest.mark.parametrize(("dtype", "limit"), [("float16", 2.0**-14), ("float32", 2.0**-126), ("float64", 2.0**-1022)])
def test_underflow_counts_what_a_format_cannot_hold(dtype, limit, rng):
    t = trace(mlp(4, 30, 2, depth=12, rng=rng), rng.standard_normal((8, 4)), np.arange(8) % 2, softmax_cross_entropy)
    want = [(np.abs(dz) < limit).mean() for dz in t.dz]
    assert np.allclose(underflow(t, dtype), want, rtol=1e-14)
    assert underflow(t, "float16")[0] == 1


def test_a_true_zero_is_no_underflow():
    net = Sequential(
        [
            Dense(np.array([[1.0, -1.0]]), np.zeros((1, 2))),
            Elementwise("relu"),
            Dense(np.ones((2, 1)), np.zeros((1, 1))),
        ]
    )
    t = trace(net, np.ones((3, 1)), np.zeros((3, 1)), mse)
    assert underflow(t, "float16").tolist() == [0, 0]


@pytest.mark.parametrize("seeds", [None, 2])
def test_watch(seeds, rng):
    net = mlp(3, 5, 2, depth=1, rng=rng, seeds=seeds)
    net.params["0.b"][:] = 0
    watch, kept = Watch(net, every=3), []

    def both(step, value, grads):
        kept.append((value, {k: p.copy() for k, p in net.params.items()}, {k: g.copy() for k, g in grads.items()}))
        watch(step, value, grads)

    x, y = rng.standard_normal((20, 3)), np.arange(20) % 2
    train(net, softmax_cross_entropy, SGD(0.1), x, y, epochs=2, batch=5, rng=rng, on_step=both)
    assert watch.steps == [0, 3, 6]
    for row, step in enumerate(watch.steps):
        value, params, grads = kept[step]
        assert np.array_equal(watch.loss[row], value)
        for key in params:
            assert np.allclose(watch.weight[key][row], np.sqrt((params[key] ** 2).sum((-1, -2))), rtol=1e-13)
            assert np.allclose(watch.gradient[key][row], np.sqrt((grads[key] ** 2).sum((-1, -2))), rtol=1e-13)
    assert np.allclose(watch.ratio(0.2)["0.W"], 0.2 * watch.gradient["0.W"] / watch.weight["0.W"])
    assert np.isnan(watch.ratio(0.2)["0.b"][0]).all()


ERRORS = {
    "one example": (lambda net: input_cosine(np.ones((1, 3))), r"signal: got shape \(1, 3\); allowed: at least two"),
    "two outputs": (
        lambda net: gradient_autocorrelation(net, np.linspace(0, 1, 5), [1]),
        "net: got 2 outputs; allowed: one output",
    ),
    "a lag beyond the grid": (
        lambda net: gradient_autocorrelation(Sequential([Elementwise("tanh")]), np.linspace(0, 1, 5), [5]),
        "lags: got 5; allowed: less than the 5 points of the grid",
    ),
    "a negative lag": (
        lambda net: gradient_autocorrelation(Sequential([Elementwise("tanh")]), np.linspace(0, 1, 5), [-1]),
        "lags: got",
    ),
    "a plane of inputs": (lambda net: gradient_autocorrelation(net, np.ones((3, 2)), [1]), r"grid: got shape \(3, 2\)"),
    "history of numbers": (lambda net: unit_fates(np.ones((3, 2))), "history: got dtype float64"),
    "every 0": (lambda net: Watch(net, every=0), "every: got 0"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call(mlp(1, 3, 2, depth=1, rng=np.random.default_rng(0)))
