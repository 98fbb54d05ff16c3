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
    assert phases.critical_sigma_w("leaky_relu") ** 2 == pytest.approx(2 / (1 + 0.01**2), rel=1e-8)


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


@pytest.mark.parametrize(
    ("name", "sigma_b"), [("gelu", 0.6), ("silu", 1.0), ("elu", 0.3), ("tanh", 0.5), ("sigmoid", 0)]
)
def test_the_edge_is_where_the_length_on_it_says(name, sigma_b):
    """Hayou et al. (2019): at length q the edge has sigma_w^2 = 1 / E phi'^2 and sigma_b^2 = q - E phi^2 / E phi'^2."""
    phi, s = activations.get(name), phases.critical_sigma_w(name, sigma_b=sigma_b)
    q = meanfield.q_path(1.0, name, depth=3000, sigma_w=s, sigma_b=sigma_b)[-1]
    slopes, squares = (expect(lambda z, f=f: f(z) ** 2, q, phi.kinks) for f in (phi.df, phi.f))
    assert s**2 * slopes == pytest.approx(1, rel=1e-6)
    assert q - squares / slopes == pytest.approx(sigma_b**2, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "sigma_b", "edge", "chi"),
    [("gelu", 0.0, 1.534, 0.588), ("gelu", 0.3, 1.463, 0.843), ("silu", 0.3, 1.599, 0.838)],
)
def test_no_edge_where_the_length_ceases_to_settle_while_chi_is_below_1(name, sigma_b, edge, chi):
    """600 layers just below the point settle with this chi, and just above they grow past 1e3."""
    with pytest.raises(ValueError, match=f"sigma_b: got {sigma_b:g}; allowed: at least 0.* for {name}, with which its"):
        phases.critical_sigma_w(name, sigma_b=sigma_b)
    for factor in (0.999, 1.001):
        q = meanfield.q_path(1.0, name, depth=600, sigma_w=factor * edge, sigma_b=sigma_b)
        assert (q[-1] > 1e3) == (factor > 1)
        if factor < 1:
            assert meanfield.chi(q[-1], name, sigma_w=edge) == pytest.approx(chi, abs=0.01)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "identity", "softplus"])
def test_no_edge_where_chi_comes_to_1_at_infinity_alone(name):
    """Ten times as near to the point, the length is three times as long or longer; Hayou et al. (2019) for ReLU."""
    why = "has an edge of chaos; here" if name == "softplus" else "comes to 1 only as the length goes to infinity"
    with pytest.raises(ValueError, match=why):
        phases.critical_sigma_w(name, sigma_b=0.3)
    s = 1.0 if name == "identity" else (2 / (1 + 0.01**2 * (name == "leaky_relu"))) ** 0.5
    far, near = (
        meanfield.q_path(1.0, name, depth=9000, sigma_w=s * (1 - gap), sigma_b=0.3)[-1] for gap in (1e-2, 1e-3)
    )
    assert near > 3 * far
    assert meanfield.chi(near, name, sigma_w=s) <= 1 + 1e-12


# --- where the length is 0, or anything -------------------------------------------------------------------------------


def stop(name, c_1, sigma_w, depth):
    """Where a pair of correlation c_1 is in layer `depth`, by brute force."""
    return meanfield.c_path(c_1, 1.0, name, depth=depth, sigma_w=sigma_w)[-1]


@pytest.mark.parametrize(("name", "sigma_w"), [("tanh", 3**-0.5), ("gelu", 0.7), ("softsign", 0.5), ("identity", 1.0)])
def test_where_the_length_dies_pairs_stop_where_they_are(name, sigma_w):
    p = phases.phase(name, sigma_w=sigma_w)
    assert np.isnan(p.c)
    assert np.isnan(phases.c_fixed(name, sigma_w=sigma_w))
    slope = activations.get(name).df(np.zeros(1)).item()
    assert (p.q, p.xi_c) == (float(name == "identity"), math.inf)
    assert p.chi == p.chi_c == pytest.approx((sigma_w * slope) ** 2, rel=1e-14)
    assert p.xi_q == (math.inf if name == "identity" else pytest.approx(-1 / math.log(p.chi), rel=1e-12))
    middle, ends = ([stop(name, c_1, sigma_w, depth) for c_1 in (0.2, 0.5, 0.8)] for depth in (20, 30))
    assert min(np.diff(ends)) > 0.1  # not one c* for all
    assert ends == pytest.approx(middle, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "sigma_w", "left", "right"),
    [
        ("relu", 0.8, 0.0, 1.0),
        ("leaky_relu", 0.8, 0.01, 1.0),
        ("selu", 0.3, activations.SELU_SCALE * activations.SELU_ALPHA, activations.SELU_SCALE),
    ],
)
def test_where_the_slope_jumps_at_0_dying_pairs_still_merge(name, sigma_w, left, right):
    """Not exponentially: 1 - c falls like the inverse square of depth, whatever sigma_w (Hayou et al. 2019)."""
    p = phases.phase(name, sigma_w=sigma_w)
    assert (p.q, p.c, p.xi_c, p.chi_c) == (0, 1, math.inf, p.chi)
    assert p.chi == pytest.approx(sigma_w**2 * (left**2 + right**2) / 2, rel=1e-14)

    def c_next(c):  # of two straight lines that meet at 0
        return (left * right * c + (right - left) ** 2 * relu_kernel(c)[0] / 2) / ((left**2 + right**2) / 2)

    assert meanfield.c_map(0.3, 1e-30, name, sigma_w=sigma_w) == pytest.approx(c_next(0.3), rel=1e-12)
    c = [0.2]
    while len(c) < 4000:
        c.append(c_next(c[-1]))
    assert (1 - c[1999]) / (1 - c[3999]) == pytest.approx(4, rel=0.1)


def test_tanh_without_biases_is_critical_at_1():
    p = phases.phase("tanh", sigma_w=1.0)
    assert (p.q, p.chi, p.chi_c, p.xi_q, p.xi_c, p.name) == (0, 1, 1, math.inf, math.inf, "critical")
    assert np.isnan(p.c)  # q falls like 1 / (2 l), so that pairs stop, each at its place
    middle, end = ([stop("tanh", c_1, 1.0, depth) for c_1 in (0.5, 0.8)] for depth in (50, 100))
    assert end[1] - end[0] > 0.2
    assert end == pytest.approx(middle, abs=2e-3)


def test_relu_without_biases_is_critical_at_any_length():
    p = phases.phase("relu", sigma_w=2**0.5)
    assert (p.c, p.xi_q, p.xi_c, p.name) == (1, math.inf, math.inf, "critical")
    assert (p.q, p.chi, p.chi_c) == pytest.approx((1, 1, 1), rel=1e-12)


def test_a_function_without_slope_at_0_has_its_own_limit():
    """z^2: C(c) = (1 + 2 c^2) / 3 at any length, whose fixed points are 1, with slope 4/3, and 1/2, with slope 2/3."""
    square = activations.Activation("square", np.square, lambda z: 2 * z)
    p = phases.phase(square, sigma_w=0.5)
    assert (p.q, p.chi) == (0, pytest.approx(0, abs=1e-50))
    assert p.c == pytest.approx(0.5, rel=1e-10)
    assert p.xi_c == pytest.approx(-1 / math.log(2 / 3), rel=1e-9)


@pytest.mark.parametrize("name", ["tanh", "softsign", "hard_tanh", "lecun_tanh"])
@pytest.mark.parametrize("sigma_w", [2.0, 8.0])
def test_odd_functions_without_biases_make_inputs_unlike(name, sigma_w):
    """c* is 0 and no number near it; the smallest biases move it by sigma_b^2 / (q (1 - slope))."""
    assert phases.c_fixed(name, sigma_w=sigma_w) == 0
    p = phases.phase(name, sigma_w=sigma_w, sigma_b=1e-8)
    assert p.c == pytest.approx(1e-16 / (p.q * (1 - p.chi_c)), rel=1e-6)


def test_without_weights():
    p = phases.phase("tanh", sigma_w=0.0)
    assert (p.q, p.chi, p.xi_q) == (0, 0, 0)
    assert np.isnan([p.c, p.xi_c]).all()
    p = phases.phase("tanh", sigma_w=0.0, sigma_b=0.5)
    assert (p.q, p.c, p.chi, p.xi_q, p.xi_c) == (0.25, 1, 0, 0, 0)


@pytest.mark.parametrize(("name", "sigma_w", "sigma_b"), [("relu", 2**0.5, 0.1), ("gelu", 1.6, 0.3)])
def test_no_phase_without_a_length(name, sigma_w, sigma_b):
    for f in (phases.phase, phases.c_fixed):
        with pytest.raises(ValueError, match="grows without end: take a smaller sigma_w, or read q_path"):
            f(name, sigma_w=sigma_w, sigma_b=sigma_b)


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
