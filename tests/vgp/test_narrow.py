"""Finite width: the law of one layer, by sampling chi-squares and by nets that are built."""

import math

import numpy as np
import pytest

from vgp.layers import mlp
from vgp.theory.narrow import log_chi_square, log_path, log_step, random_walk_gain


def test_digamma_and_trigamma_by_their_known_values():
    mean, variance = log_chi_square(5)
    g = np.euler_gamma
    psi = [-g - 2 * math.log(2), -g, 2 - g - 2 * math.log(2), 1 - g, 2 + 2 / 3 - g - 2 * math.log(2)]
    assert mean - math.log(2) == pytest.approx(psi, abs=1e-12)
    half, whole = math.pi**2 / 2, math.pi**2 / 6
    assert variance == pytest.approx([half, whole, half - 4, whole - 1, half - 4 - 4 / 9], abs=1e-12)
    for k in (1, 2, 3, 4):
        assert log_chi_square(k)[0] == pytest.approx(mean[:k], abs=1e-12)
        assert log_chi_square(k)[1] == pytest.approx(variance[:k], abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 57])
@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_one_layer_by_sampling(n, activation):
    rng = np.random.default_rng(0)
    k = rng.binomial(n, 0.5, 400_000) if activation == "relu" else np.full(100_000, n)
    logs = np.log(2 / n * rng.chisquare(k[k > 0]))
    mean, variance = log_step(n, activation)
    assert abs(logs.mean() - mean) < 4 * logs.std() / len(logs) ** 0.5
    fourth = ((logs - logs.mean()) ** 4).mean()
    assert abs(logs.var() - variance) < 4 * ((fourth - logs.var() ** 2) / len(logs)) ** 0.5


def test_a_net_follows_it_forward_and_backward():
    widths, nets = [30, 16, 20], 4000
    rng = np.random.default_rng(1)
    net = mlp(8, widths, 12, depth=3, activation="relu", init="he", rng=rng, seeds=nets)
    x = rng.standard_normal((nets, 1, 8))
    y, cache = net.forward(x)
    d = dy = rng.standard_normal(y.shape)
    for layer, (_, kept) in zip(net.layers[:0:-1], cache[:0:-1], strict=True):  # to the pre-activations of layer 1
        d, _ = layer.backward(d, kept)
    mean, variance = log_path(widths)
    forward = np.log(np.square(cache[5][0]).mean(axis=(1, 2)) / np.square(x).mean(axis=(1, 2)))
    # Backward the fan-in of a layer divides its own gradient: the sum over units, not the mean, is kept.
    backward = np.log(np.square(d).sum(axis=(1, 2)) / np.square(dy).sum(axis=(1, 2)))
    for logs in (forward, backward):
        assert np.isfinite(logs).all()
        assert abs(logs.mean() - mean) < 4 * (variance / nets) ** 0.5
        assert logs.var() == pytest.approx(variance, rel=0.15)


def test_the_gain_removes_the_drift_and_large_widths_need_none():
    for n in (5, 20, 100):
        for activation in ("relu", "identity"):
            gain = random_walk_gain(n, activation)
            assert log_step(n, activation, sigma_w=gain)[0] == pytest.approx(0, abs=1e-12)
    assert random_walk_gain(2000) == pytest.approx(2**0.5, rel=1e-3)


def test_sums_over_layers_and_the_rule_of_thumb():
    mean, variance = log_path([512, 256])
    beta = 1 / 512 + 1 / 256
    assert (mean, variance) == pytest.approx((-2.5 * beta, 5 * beta), rel=0.02)
    assert log_path(512)[0] + log_path([256])[0] == pytest.approx(mean)


@pytest.mark.parametrize("call", [lambda: log_path([]), lambda: log_step(10, "tanh"), lambda: log_chi_square(0)])
def test_bad_arguments(call):
    with pytest.raises(ValueError, match=r"widths|activation|k: got"):
        call()
