"""LSUV against what Mishkin and Matas (2016) say it does."""

import numpy as np
import pytest

from vgp import mlp
from vgp.layers import Elementwise, Sequential
from vgp.lsuv import lsuv


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize(("depth", "tolerance"), [(10, 0.05), (20, 0.1)])
def test_every_layer_ends_with_variance_1(activation, depth, tolerance):
    rng = np.random.default_rng(1)
    net, x = mlp(50, 100, 10, depth=depth, activation=activation, rng=rng), rng.standard_normal((256, 50))
    report = lsuv(net, x, rng=rng, tolerance=tolerance)
    assert [row["layer"] for row in report] == list(range(0, 2 * depth + 1, 2))
    for row in report:
        h = x
        for layer in net.layers[: row["layer"] + 1]:
            h = layer.forward(h)[0]
        assert h.var() == pytest.approx(row["after"], rel=1e-12)
        assert abs(h.var() - 1) < tolerance
        W = net.layers[row["layer"]].params["W"] / row["gain"]
        gram = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
        assert np.allclose(gram, np.eye(len(gram)), atol=1e-12)


def test_a_homogeneous_layer_takes_one_step_and_is_exact():
    """The output of a Dense layer without bias is proportional to W: one division makes the variance 1."""
    rng = np.random.default_rng(2)
    net, x = mlp(30, 40, 5, depth=12, activation="relu", rng=rng), rng.standard_normal((256, 30))
    for row in lsuv(net, x, rng=rng, tolerance=1e-9):
        assert row["steps"] <= 1
        assert row["after"] == pytest.approx(1, rel=1e-12)
        assert row["gain"] == pytest.approx(row["before"] ** -0.5, rel=1e-12)


def test_several_nets_get_a_scale_each():
    rng = np.random.default_rng(3)
    net, x = mlp(20, 30, 5, depth=3, activation="relu", rng=rng, seeds=4), rng.standard_normal((128, 20))
    lsuv(net, x, rng=rng, tolerance=1e-6)
    h = net.layers[0].forward(x)[0]
    assert np.allclose(h.var(axis=(-1, -2)), 1, atol=1e-6)


def test_no_more_steps_than_allowed():
    """A bias that the scale of W cannot undo: the variance stays away from 1, and the report says so."""
    rng = np.random.default_rng(4)
    net = mlp(20, 30, 5, depth=1, rng=rng, bias="normal")
    net.params["0.b"][:] *= 10
    (row, _) = lsuv(net, rng.standard_normal((128, 20)), rng=rng, steps=3)
    assert row["steps"] == 3
    assert row["after"] > 10


ERRORS = {
    "a dead batch": (
        lambda net, rng: lsuv(net, np.zeros((4, 3)), rng=rng),
        "x: got a batch whose signal is constant at layer 0",
    ),
    "no generator": (lambda net, rng: lsuv(net, np.ones((4, 3)), rng=1), "rng: got int"),
    "steps": (lambda net, rng: lsuv(net, np.ones((4, 3)), rng=rng, steps=0), "steps: got 0"),
    "tolerance": (lambda net, rng: lsuv(net, np.ones((4, 3)), rng=rng, tolerance=0.0), "tolerance: got 0.0"),
    "not a net": (
        lambda net, rng: lsuv(net.layers[0], np.ones((4, 3)), rng=rng),
        "net: got Dense; allowed: a Sequential",
    ),
    "nothing to set": (
        lambda net, rng: lsuv(Sequential([Elementwise("tanh")]), np.ones((4, 3)), rng=rng),
        "net: got no layer with a parameter W",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    rng = np.random.default_rng(0)
    call, message = ERRORS[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call(mlp(3, 4, 2, depth=1, rng=rng), rng)
