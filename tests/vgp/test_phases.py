"""Order and chaos, residual and batch-normalised nets against published values."""

import math

import numpy as np
import pytest

from vgp import activations
from vgp.init import scaled_normal
from vgp.layers import Dense, Elementwise, Sequential, mlp
from vgp.normalise import BatchNorm
from vgp.theory import meanfield, phases
from vgp.theory.gaussian import closed_form, expect, relu_kernel

# --- published values -------------------------------------------------------------------------------------------------


def test_edges_of_chaos():
    """Schoenholz et al. (2017): erf at pi/4; ReLU at 2; tanh at 1 without biases, 1.7603 at sigma_b^2 = 0.05."""
    assert phases.critical_sigma_w("erf") ** 2 == pytest.approx(math.pi / 4, rel=1e-5)
    assert phases.critical_sigma_w("relu") ** 2 == pytest.approx(2, rel=1e-8)
    assert phases.critical_sigma_w("tanh") == pytest.approx(1, rel=1e-5)
    assert phases.critical_sigma_w("tanh", sigma_b=0.05**0.5) ** 2 == pytest.approx(1.76, abs=0.005)
    assert phases.critical_sigma_w("hard_tanh") == pytest.approx(1, rel=1e-5)
    assert phases.critical_sigma_w("leaky_relu", sigma_b=0.4) ** 2 == pytest.approx(2 / (1 + 0.01**2), rel=1e-8)


@pytest.mark.parametrize("sigma_b", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "erf", "elu", "selu", "lecun_tanh"])
def test_chi_is_1_on_the_line_and_on_its_two_sides_below_and_above(name, sigma_b):
    s = phases.critical_sigma_w(name, sigma_b=sigma_b)
    for factor, sign in ((0.97, -1), (1.03, 1)):
        try:
            q = meanfield.q_fixed(name, sigma_w=factor * s, sigma_b=sigma_b)
        except ValueError:  # without biases the length falls to 0, but too slowly to be followed
            continue
        assert np.sign(meanfield.chi(q, name, sigma_w=factor * s) - 1) == sign


@pytest.mark.parametrize("name", ["gelu", "silu", "softplus"])
def test_where_the_length_runs_away_chi_jumps_over_1(name):
    s = phases.critical_sigma_w(name, sigma_b=0.3)
    q = meanfield.q_fixed(name, sigma_w=0.995 * s, sigma_b=0.3)
    assert meanfield.chi(q, name, sigma_w=0.995 * s) < 1
    with pytest.raises(ValueError, match="settles"):
        meanfield.q_fixed(name, sigma_w=1.005 * s, sigma_b=0.3)
    assert meanfield.chi(1e12, name, sigma_w=s) >= 1 - 1e-5


def test_selu_without_biases_is_critical_at_small_lengths():
    s, (a, l) = phases.critical_sigma_w("selu"), (activations.SELU_ALPHA, activations.SELU_SCALE)
    assert s**2 == pytest.approx(2 / (l**2 * (1 + a**2)), rel=1e-6)


def test_no_crossing_in_the_range_given():
    with pytest.raises(ValueError, match=r"low, high: got 0\.1, 0\.5; allowed: a range in which chi passes 1 for tanh"):
        phases.critical_sigma_w("tanh", low=0.1, high=0.5)


def test_phases_by_name():
    ordered, chaotic = phases.phase("tanh", sigma_w=1.2, sigma_b=0.3), phases.phase("tanh", sigma_w=2.0, sigma_b=0.1)
    assert (ordered.name, chaotic.name) == ("ordered", "chaotic")
    assert phases.phase("relu", sigma_w=2**0.5).name == "critical"
    assert ordered.c == 1
    assert ordered.xi_c == pytest.approx(-1 / math.log(ordered.chi), rel=1e-10)
    assert meanfield.c_map(chaotic.c, chaotic.q, "tanh", sigma_w=2.0, sigma_b=0.1) == pytest.approx(
        chaotic.c, abs=1e-10
    )
    assert meanfield.q_map(ordered.q, "tanh", sigma_w=1.2, sigma_b=0.3) == pytest.approx(ordered.q, rel=1e-12)
    assert phases.phase("relu", sigma_w=2**0.5).xi_q == math.inf
    assert phases.phase("identity", sigma_w=1e-9, sigma_b=1.0).xi_c < 0.1


@pytest.mark.parametrize("name", ["tanh", "erf", "softsign", "sigmoid"])
def test_slopes_of_the_maps(name):
    """dq'/dq and dc'/dc at their points, against central differences."""
    q, h = 0.8, 1e-5
    above, below = (meanfield.q_map(q + s, name, sigma_w=1.5, sigma_b=0.2) for s in (h, -h))
    assert phases.q_slope(q, name, sigma_w=1.5) == pytest.approx((above - below) / (2 * h), rel=1e-8)
    q = meanfield.q_fixed(name, sigma_w=1.5, sigma_b=0.2)
    up, down = (meanfield.c_map(0.4 + s, q, name, sigma_w=1.5, sigma_b=0.2) for s in (h, -h))
    assert meanfield.chi_c(0.4, q, name, sigma_w=1.5) == pytest.approx((up - down) / (2 * h), rel=1e-8)


def test_relu_merges_inputs_like_the_inverse_square_of_depth():
    """l^2 (1 - c_l) -> 9 pi^2 / 2 (entry 17); the correction falls like ln(l) / l."""
    c, scaled = 0.0, []
    for l in range(1, 4001):
        c = relu_kernel(c)[0]
        scaled.append(l * l * (1 - c))
    assert scaled[-1] == pytest.approx(9 * math.pi**2 / 2, rel=0.02)


def test_correlation_of_wide_nets(rng):
    """c_l of 8 nets of width 1000 against the map, within 4 standard errors and 2 % for the width (entry 16)."""
    sigma_w, sigma_b, depth, nets, width = 2.0, 0.1, 6, 8, 1000
    net = mlp(2, width, 1, depth=depth, activation="tanh", init=scaled_normal(sigma_w), rng=rng, seeds=nets)
    for key, p in net.params.items():
        if key.endswith("b"):
            p[:] = sigma_b * rng.standard_normal(p.shape)
    x = np.array([[1.0, 1.0], [1.0, -1.0]])
    _, cache = net.forward(x)
    z = np.stack([cache[2 * l][0] for l in range(depth)])
    q_1, c_1 = sigma_w**2 + sigma_b**2, sigma_b**2 / (sigma_w**2 + sigma_b**2)
    want = meanfield.c_path(c_1, q_1, "tanh", depth=depth, sigma_w=sigma_w, sigma_b=sigma_b)
    got = (z[..., 0, :] * z[..., 1, :]).sum(-1) / np.sqrt((z**2).sum(-1).prod(-1))
    se = got.std(axis=1, ddof=1) / np.sqrt(nets)
    assert (np.abs(got.mean(axis=1) - want) < 4 * se + 0.02).all()


@pytest.mark.parametrize("sigma_w", [1.0, 2.0])
def test_residual_gradients_grow_like_the_exponential_of_a_root(sigma_w):
    """log |g|^2 grows with slope (4/3) sqrt(2/pi) sigma_w in sqrt(L) for x + tanh(W x) (entry 21)."""
    _, g = phases.residual_path(4000, "tanh", sigma_w=sigma_w)
    slope = math.log(g[4000] / g[1600]) / (math.sqrt(4000) - math.sqrt(1600))
    assert slope == pytest.approx(4 / 3 * math.sqrt(2 / math.pi) * sigma_w, rel=0.05)


def test_residual_path_against_nets(rng):
    """x + 0.5 tanh(x W), 12 blocks, 16 nets of width 300: squared norms, within 4 SE and 5 %."""
    nets, n, depth = 16, 300, 12
    from vgp.residual import Residual

    def block():
        W = 1.5 / np.sqrt(n) * rng.standard_normal((nets, n, n))
        return Residual(Sequential([Dense(W, np.zeros((nets, 1, n))), Elementwise("tanh")]), scale=0.5)

    net = Sequential([block() for _ in range(depth)])
    x, dy = rng.standard_normal((2, nets, 1, n))
    y, cache = net.forward(x)
    dx, _ = net.backward(dy, cache)
    p, g = phases.residual_path(depth, "tanh", sigma_w=1.5, scale=0.5)
    forward, backward = ((a**2).sum((-1, -2)) / (b**2).sum((-1, -2)) for a, b in ((y, x), (dx, dy)))
    for got, want in ((forward, p[-1]), (backward, g[-1])):
        assert abs(got.mean() - want) < 4 * got.std(ddof=1) / np.sqrt(nets) + 0.05 * want


@pytest.mark.parametrize(("batch", "name"), [(64, "relu"), (16, "relu"), (32, "identity")])
def test_batch_norm_explodes_at_its_rate(batch, name, rng):
    """Yang et al. (2019), theorem 8, on the squared norm, over the middle layers of 24 (entry 25; 2 %, 4 SE)."""
    depth, n, nets = 24, 200, 3
    layers = []
    for _ in range(depth):
        W = rng.standard_normal((nets, n, n)) / np.sqrt(n)
        layers += [Dense(W, np.zeros((nets, 1, n))), BatchNorm(n, eps=0.0, affine=False), Elementwise(name)]
    net = Sequential(layers)
    y, cache = net.forward(rng.standard_normal((nets, batch, n)))
    dy, norms = rng.standard_normal(y.shape), []
    for layer, (_, kept) in zip(net.layers[::-1], cache[::-1]):
        dy, _ = layer.backward(dy, kept)
        if isinstance(layer, Dense):
            norms.append((dy**2).sum((-1, -2)))
    rate = (norms[19] / norms[7]) ** (1 / 12)
    want = phases.batchnorm_rate(batch, name)
    assert abs(rate.mean() - want) < 4 * rate.std(ddof=1) / np.sqrt(nets) + 0.02 * want


def test_batch_norm_rate_tends_to_pi_over_pi_minus_1():
    assert phases.batchnorm_rate(10**8) == pytest.approx(math.pi / (math.pi - 1), rel=1e-6)
    assert phases.batchnorm_rate(4, "identity") == 2


@pytest.mark.parametrize("orthogonal", [True, False])
@pytest.mark.parametrize("name", ["identity", "relu"])
def test_spread_of_singular_values(orthogonal, name, rng):
    """Variance of squared singular values over their mean squared, n = 300, L = 4, within 6 % (entry 18)."""
    n, depth, found = 300, 4, []
    for _ in range(4):
        J = np.eye(n)
        for _ in range(depth):
            W = np.linalg.qr(rng.standard_normal((n, n)))[0] if orthogonal else rng.standard_normal((n, n)) / np.sqrt(n)
            slopes = np.ones(n) if name == "identity" else (rng.random(n) < 0.5).astype(float)
            J = slopes[:, None] * W @ J
        s2 = np.linalg.svd(J, compute_uv=False) ** 2
        found.append(s2.var() / s2.mean() ** 2)
    want = phases.spectrum_variance(1.0, name, depth=depth, orthogonal=orthogonal)
    assert np.mean(found) == pytest.approx(want, rel=0.08, abs=1e-10)


def test_slope_moments():
    assert phases.slope_moments(1.0, "relu", order=3) == pytest.approx([0.5] * 3, rel=1e-13)
    mu_1, mu_2 = phases.slope_moments(0.7, "erf")
    assert mu_1 == pytest.approx(closed_form(activations.get("erf")).slopes(0.7), rel=1e-12)
    assert mu_2 == pytest.approx((4 / math.pi) ** 2 / math.sqrt(1 + 8 * 0.7), rel=1e-12)


def test_selus_published_jacobian():
    """Klambauer et al. (2017): slopes of the (mean, variance) map at (0, 1), 0.088834 and 0.782648."""
    selu = activations.get("selu")
    mean_by_variance = expect(lambda z: selu.df(z) * z / 2, 1.0, selu.kinks)
    assert mean_by_variance == pytest.approx(0.088834, abs=1e-6)
    # the second moment's slope is E[phi phi' z]; at mean 0 the variance has the same
    assert phases.q_slope(1.0, "selu", sigma_w=1.0) == pytest.approx(0.782648, abs=5e-7)


def test_a_correlation_needs_a_signal():
    with pytest.raises(ValueError, match="q, sigma_w, sigma_b: got 0, 1, 0; allowed: values for which the next layer"):
        meanfield.c_map(0.5, 0.0, "tanh", sigma_w=1.0)
