"""LSUV against what Mishkin and Matas (2016) say it does."""

import numpy as np
import pytest

from vgp import init, mlp
from vgp.attention import SelfAttention
from vgp.layers import Dense, Elementwise, Sequential
from vgp.lsuv import lsuv
from vgp.normalise import WeightNorm
from vgp.residual import residual_mlp


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


class Spelt(Dense):
    """A Dense layer whose arrays have other names; what its weights are, it says itself."""

    own_weights, own_biases = ("kernel",), ("shift",)

    def __init__(self, dense):
        self.own = {"kernel": dense.own["W"], "shift": dense.own["b"]}

    def forward(self, x):
        return x @ self.own["kernel"] + self.own["shift"], x


def test_weights_are_what_the_layer_says_in_nested_nets_too():
    plain = mlp(20, 30, 5, depth=3, activation="relu", rng=np.random.default_rng(3))
    twin = mlp(20, 30, 5, depth=3, activation="relu", rng=np.random.default_rng(3))
    layers = [Spelt(layer) if isinstance(layer, Dense) else layer for layer in twin.layers]
    nested = Sequential([Sequential(layers[:3]), Sequential([Sequential(layers[3:])])])
    x = np.random.default_rng(4).standard_normal((128, 20))
    want, got = (lsuv(net, x, rng=np.random.default_rng(5)) for net in (plain, nested))
    assert want == got
    assert all(np.array_equal(plain.params[f"{i}.W"], layers[i].own["kernel"]) for i in (0, 2, 4, 6))


def blocks(rng):
    return residual_mlp(3, 4, 2, blocks=1, rng=rng)


def attending(rng):
    return Sequential([SelfAttention(3, heads=1, tokens=2, rng=rng)])


BLOCK = "Residual at layer 1, with the weights branch.1.W, branch.3.W"
ATTENTION = "SelfAttention at layer 0, with the weights Wqkv, Wo"


@pytest.mark.parametrize(("make", "what"), [(blocks, BLOCK), (attending, ATTENTION)])
def test_a_layer_that_it_cannot_set_is_not_passed_over(make, what):
    rng = np.random.default_rng(0)
    net = make(rng)
    before = {key: p.copy() for key, p in net.params.items()}
    with pytest.raises(ValueError, match=f"net: got {what}; allowed: layers with one array of weights each"):
        lsuv(net, np.ones((4, 3)), rng=rng)
    assert all(np.array_equal(p, before[key]) for key, p in net.params.items())


def test_weights_without_a_say_in_the_scale_are_refused():
    rng = np.random.default_rng(0)
    dense = Dense(init.get("glorot")(3, 4, rng=rng), np.zeros((1, 4)))
    with pytest.raises(ValueError, match="net: got WeightNorm at layer 0, whose output keeps its variance when"):
        lsuv(Sequential([WeightNorm(dense)]), 5 * rng.standard_normal((8, 3)), rng=rng)


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
        "net: got no layer with weights; allowed: at least one Dense layer",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    rng = np.random.default_rng(0)
    call, message = ERRORS[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call(mlp(3, 4, 2, depth=1, rng=rng), rng)
