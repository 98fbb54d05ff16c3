"""Measurements of signals and of gradients over inputs, against definitions written out."""

import numpy as np
import pytest

from vgp import mlp
from vgp.activations import Activation
from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.signals import gradient_autocorrelation, input_cosine, input_share, linear_cka


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
    net = Sequential([Elementwise(Activation("sin", np.sin, np.cos))])
    grid = np.linspace(0, 20 * np.pi, 4001)
    got = gradient_autocorrelation(net, grid, [0, 100, 200])
    assert got == pytest.approx(np.cos([0, 0.5 * np.pi, np.pi]), abs=0.03)  # 200 steps are pi
    straight = Sequential([Dense(np.array([[2.0]]), np.zeros((1, 1)))])
    assert np.isnan(gradient_autocorrelation(straight, grid, [1])).all()


def test_linear_cka_by_its_definition_with_kernels(rng):
    """HSIC of the two n x n kernels, both centred (Kornblith et al. 2019, eqs 1 and 2)."""
    a, b = rng.standard_normal((2, 20, 4)), rng.standard_normal((2, 20, 6))
    H = np.eye(20) - 1 / 20
    for s in range(2):
        K, L = H @ a[s] @ a[s].T @ H, H @ b[s] @ b[s].T @ H
        want = np.trace(K @ L) / np.sqrt(np.trace(K @ K) * np.trace(L @ L))
        assert linear_cka(a, b)[s] == pytest.approx(want, rel=1e-13)
        assert linear_cka(b, a)[s] == pytest.approx(want, rel=1e-13)


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
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call(mlp(1, 3, 2, depth=1, rng=np.random.default_rng(0)))
