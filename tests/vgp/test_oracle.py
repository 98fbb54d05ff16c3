"""Gradients of whole nets against HIPS autograd, which shares no code with vgp: the formulas are written out again."""

import autograd.numpy as anp
import cases
import numpy as np
import pytest
from autograd import grad

from vgp import mlp
from vgp.check import relative_error
from vgp.layers import Dense

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.maximum(z, 0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(z) - 1),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
    "softsign": lambda z: z / (1 + anp.abs(z)),
    "lecun_tanh": lambda z: 1.7159 * anp.tanh(2 * z / 3),
}


def softmax_cross_entropy(y, labels):
    p = anp.exp(y) / anp.sum(anp.exp(y), axis=1, keepdims=True)
    return -anp.mean(anp.log(anp.sum(p * (labels[:, None] == np.arange(y.shape[1])), axis=1)))


def sigmoid_cross_entropy(y, labels):
    p, t = 1 / (1 + anp.exp(-y)), labels[:, None] == np.arange(y.shape[1])
    return -anp.sum(t * anp.log(p) + (1 - t) * anp.log(1 - p)) / len(y)


def mse(y, target):
    return anp.mean((y - target) ** 2)


LOSSES = {"softmax_cross_entropy": softmax_cross_entropy, "sigmoid_cross_entropy": sigmoid_cross_entropy, "mse": mse}


def forward(params, x, activation):
    """The net as a loop over pairs of W and b; the last layer has no activation."""
    pairs = list(zip(params[::2], params[1::2]))
    for W, b in pairs[:-1]:
        x = ACTIVATIONS[activation](anp.dot(x, W) + b)
    return anp.dot(x, pairs[-1][0]) + pairs[-1][1]


def both(net, activation, loss, x, target):
    """Value and gradients by vgp and by autograd, in the same order."""
    y, cache = net.forward(x)
    value, dy = cases.LOSSES[loss][0](y, target)
    dx, grads = net.backward(dy, cache)
    arrays = list(net.params.values())
    f = lambda params, x: LOSSES[loss](forward(params, x, activation), target)  # noqa: E731
    return (value, [dx, *grads.values()]), (f(arrays, x), [grad(f, 1)(arrays, x), *grad(f, 0)(arrays, x)])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [1, 4])
def test_gradients_of_a_net(activation, loss, depth, rng):
    net = mlp(5, 6, 4, depth=depth, activation=activation, init="glorot", bias="normal", rng=rng)
    x = rng.standard_normal((7, 5))
    (value, got), (want_value, want) = both(net, activation, loss, x, cases.LOSSES[loss][1](rng, (7, 4)))
    assert value == pytest.approx(want_value, rel=1e-13)
    for g, w in zip(got, want, strict=True):
        assert relative_error(g, w) < 1e-12  # the textbook formulas above lose up to three digits


def test_a_vanished_gradient(rng):
    """Thirty sigmoid layers: gradients of 1e-20, and all digits agree."""
    net = mlp(5, 6, 4, depth=30, rng=rng)
    (_, got), (_, want) = both(net, "sigmoid", "softmax_cross_entropy", rng.standard_normal((7, 5)), np.arange(7) % 4)
    assert np.abs(got[0]).max() < 1e-15
    for g, w in zip(got, want, strict=True):
        assert relative_error(g, w) < 1e-12


def test_dense_layer_by_hand():
    """2x2 numbers that can be checked on paper."""
    layer = Dense(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, -0.5]]))
    y, cache = layer.forward(np.array([[1.0, 1.0], [2.0, 0.0]]))
    assert y.tolist() == [[4.5, 5.5], [2.5, 3.5]]
    dx, grads = layer.backward(np.array([[1.0, 0.0], [0.0, 1.0]]), cache)
    assert dx.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert grads["W"].tolist() == [[1.0, 2.0], [1.0, 0.0]]
    assert grads["b"].tolist() == [[1.0, 1.0]]
