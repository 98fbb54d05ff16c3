"""Mean-field theory against closed forms, Monte Carlo with stated standard errors, and real wide nets."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp import activations, init, mlp, trace
from vgp.theory.gaussian import closed_form
from vgp.theory.meanfield import (
    c_map,
    c_path,
    chi,
    chi_c,
    expect,
    expect_pair,
    gradient_path,
    q_fixed,
    q_map,
    q_path,
    quadrature_errors,
)

length = st.floats(0.01, 30.0)
correlation = st.floats(-1.0, 1.0)
ROOT2 = math.sqrt(2)
TIGHT = {"rel": 1e-11, "abs": 1e-13}  # what the quadrature promises


# --- closed forms ---------------------------------------------------------------------------------------------------


@given(length, correlation)
def test_relu_is_the_arc_cosine_kernel(q, c):
    """Cho and Saul (2009), eqs 3 to 6, at sigma_w^2 = 2, where q stays and chi is 1."""
    angle = math.acos(c)
    assert q_map(q, "relu", sigma_w=ROOT2) == pytest.approx(q, rel=1e-12)
    assert chi(q, "relu", sigma_w=ROOT2) == pytest.approx(1, rel=1e-12)
    assert chi_c(c, q, "relu", sigma_w=ROOT2) == pytest.approx(1 - angle / math.pi, rel=1e-9, abs=1e-8)
    want = (math.sin(angle) + (math.pi - angle) * c) / math.pi
    assert c_map(c, q, "relu", sigma_w=ROOT2) == pytest.approx(want, rel=1e-9, abs=1e-8)


@given(length, correlation)
def test_erf_is_the_arc_sine_kernel(q, c):
    """Williams (1997), eq. 11, and its derivative."""
    square = 2 / math.pi * math.asin(2 * q / (1 + 2 * q))
    product = 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q))
    slopes = 4 / math.pi / math.sqrt((1 + 2 * q) ** 2 - (2 * q * c) ** 2)
    assert q_map(q, "erf", sigma_w=1.5, sigma_b=0.3) == pytest.approx(2.25 * square + 0.09, **TIGHT)
    assert chi(q, "erf", sigma_w=1.5) == pytest.approx(2.25 * 4 / math.pi / math.sqrt(1 + 4 * q), **TIGHT)
    assert chi_c(c, q, "erf", sigma_w=1.5) == pytest.approx(2.25 * slopes, **TIGHT)
    got = c_map(c, q, "erf", sigma_w=1.5, sigma_b=0.3)
    assert got == pytest.approx((2.25 * product + 0.09) / (2.25 * square + 0.09), **TIGHT)


@given(length, correlation)
def test_identity(q, c):
    assert q_map(q, "identity", sigma_w=1.5, sigma_b=0.3) == pytest.approx(2.25 * q + 0.09, **TIGHT)
    assert chi(q, "identity", sigma_w=1.5) == pytest.approx(2.25, **TIGHT)
    assert chi_c(c, q, "identity", sigma_w=1.5) == pytest.approx(2.25, **TIGHT)
    got = c_map(c, q, "identity", sigma_w=1.5, sigma_b=0.3)
    assert got == pytest.approx((2.25 * c * q + 0.09) / (2.25 * q + 0.09), **TIGHT)


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu", "erf"])
def test_where_there_is_a_closed_form_there_is_no_quadrature(name, monkeypatch):
    monkeypatch.setattr("vgp.theory.meanfield.expect", None)
    monkeypatch.setattr("vgp.theory.meanfield.expect_pair", None)
    assert chi(1.0, name, sigma_w=1) > 0
    assert chi_c(0.5, 1.0, name, sigma_w=1) > 0
    assert c_map(0.5, 1.0, name, sigma_w=1) > 0  # and q_map in it


@given(length)
def test_kinks_and_jumps(q):
    """Slopes that jump: the integral of a step is a probability."""
    assert chi(q, "hard_tanh", sigma_w=1) == pytest.approx(math.erf(1 / math.sqrt(2 * q)), **TIGHT)
    assert q_map(q, "leaky_relu", sigma_w=1) == pytest.approx(q * (1 + 0.01**2) / 2, **TIGHT)
    assert chi(q, "leaky_relu", sigma_w=1) == pytest.approx((1 + 0.01**2) / 2, **TIGHT)
    for k in (-2.5, 0.0, 0.7, 100.0):
        above = expect(lambda z: (z > k) * 1.0, q, (k,))  # noqa: B023
        assert above == pytest.approx(math.erfc(k / math.sqrt(2 * q)) / 2, **TIGHT)


def test_length_0():
    assert expect(np.cos, 0.0) == pytest.approx(1, rel=1e-14)
    assert expect_pair(np.cos, 0.0, 0.5) == pytest.approx(1, rel=1e-14)
    assert q_map(0.0, "sigmoid", sigma_w=2) == pytest.approx(1, rel=1e-14)
    assert chi(0.0, "tanh", sigma_w=1.5) == pytest.approx(2.25, rel=1e-14)


def test_the_maps_use_the_closed_forms():
    relu = activations.get("relu")
    other = activations.Activation("relu", relu.f, relu.df, relu.kinks)  # of the same name, but not ours
    assert closed_form(other) is None
    for f in (
        lambda phi: q_map(2.0, phi, sigma_w=1.5, sigma_b=0.3),
        lambda phi: chi(2.0, phi, sigma_w=1.5),
        lambda phi: chi_c(0.3, 2.0, phi, sigma_w=1.5),
        lambda phi: c_map(0.3, 2.0, phi, sigma_w=1.5, sigma_b=0.3),
    ):
        assert f("relu") == pytest.approx(f(other), rel=1e-12)


# --- every activation: consistency, and Monte Carlo -----------------------------------------------------------------

every = pytest.mark.parametrize("name", activations.ACTIVATIONS)


@every
@given(q=length)
def test_two_equal_inputs_stay_equal_and_chi_c_is_chi(name, q):
    assert c_map(1.0, q, name, sigma_w=1.3, sigma_b=0.2) == pytest.approx(1, rel=1e-13)
    assert chi_c(1.0, q, name, sigma_w=1.3) == pytest.approx(chi(q, name, sigma_w=1.3), rel=1e-13)


@every
def test_the_pair_integral_goes_over_into_the_single_one(name):
    """At c = 1 - 1e-9 the double quadrature, with its moving kinks, is next to the single one at c = 1."""
    near, at = (chi_c(c, 2.0, name, sigma_w=1.0) for c in (1 - 1e-9, 1.0))
    assert near == pytest.approx(at, rel=1e-4)  # a jump in the slope makes the difference of order sqrt(1 - c)
    near, at = (chi_c(c, 2.0, name, sigma_w=1.0) for c in (-1 + 1e-9, -1.0))
    assert near == pytest.approx(at, rel=1e-4, abs=1e-4)


@every
def test_estimated_errors_of_quadrature(name):
    errors = quadrature_errors(1.3, name, sigma_w=1.5, c=0.6)
    assert set(errors) == {"q_map", "chi", "c_map", "chi_c"}
    assert max(errors.values()) < 1e-11


@every
@pytest.mark.parametrize("q", [0.3, 4.0])
def test_maps_against_monte_carlo(name, q):
    """300,000 pairs, seed fixed in advance: within four standard errors of the sample mean."""
    phi, c, n = activations.get(name), 0.6, 300_000
    u1, v = np.sqrt(q) * np.random.default_rng(11).standard_normal((2, n))
    u2 = c * u1 + math.sqrt(1 - c * c) * v
    samples = {
        "q": (phi.f(u1) ** 2, q_map(q, phi, sigma_w=1)),
        "chi": (phi.df(u1) ** 2, chi(q, phi, sigma_w=1)),
        "chi_c": (phi.df(u1) * phi.df(u2), chi_c(c, q, phi, sigma_w=1)),
        "c": (phi.f(u1) * phi.f(u2), c_map(c, q, phi, sigma_w=1) * q_map(q, phi, sigma_w=1)),
    }
    for what, (sample, theory) in samples.items():
        assert abs(sample.mean() - theory) <= 4 * sample.std() / math.sqrt(n) + 1e-12, what


@every
def test_fixed_points_stay(name):
    """At the largest of three weight scales at which the length settles."""
    for sigma_w in (1.1, 0.5, 0.2):
        try:
            q = q_fixed(name, sigma_w=sigma_w, sigma_b=0.5)
        except ValueError:
            continue
        break
    assert q_map(q, name, sigma_w=sigma_w, sigma_b=0.5) == pytest.approx(q, rel=1e-12)


def test_the_fixed_point_of_the_identity():
    assert q_fixed("identity", sigma_w=0.5, sigma_b=1.0) == pytest.approx(1 / (1 - 0.25), rel=1e-12)


def test_fixed_points_by_plain_iteration():
    for name, sigma_w, sigma_b in (("tanh", 1.5, 0.3), ("sigmoid", 3.0, 0.5), ("erf", 0.7, 0.1)):
        q = q_path(1.0, name, depth=400, sigma_w=sigma_w, sigma_b=sigma_b)[-1]
        assert q_fixed(name, sigma_w=sigma_w, sigma_b=sigma_b) == pytest.approx(q, rel=1e-12)
    assert q_fixed("tanh", sigma_w=0.9) == 0  # the ordered phase without biases: everything dies
    assert q_fixed("relu", sigma_w=ROOT2, start=3.0) == pytest.approx(3.0, rel=1e-10)  # critical: stays where it is


def test_a_length_that_creeps():
    """Closed forms where thousands of steps do not settle it: 1 / (2 l) to 0, and a line of slope 1 - 2e-5."""
    q = q_path(1.0, "tanh", depth=2000, sigma_w=1.0)
    assert 2 * 2000 * q[-1] == pytest.approx(1, rel=0.01)
    assert q_fixed("tanh", sigma_w=1.0) == q_fixed("erf", sigma_w=math.pi**0.5 / 2) == 0
    sigma_w = ROOT2 * (1 - 1e-5)
    for start in (1.0, 1e5):  # from below and from above
        assert q_fixed("relu", sigma_w=sigma_w, sigma_b=0.3, start=start) == pytest.approx(
            0.09 / (1 - sigma_w**2 / 2), rel=1e-9
        )


def test_steps_that_end_on_the_fixed_point():
    """One step of Aitken's rule solves a straight map: 1 / (1 - 1/4)."""
    assert q_fixed("identity", sigma_w=0.5, sigma_b=1.0, steps=1) == pytest.approx(4 / 3, rel=1e-12)


@pytest.mark.parametrize(("name", "sigma_w", "sigma_b"), [("relu", ROOT2, 0.1), ("gelu", 1.6, 0.3), ("selu", 1.36, 0)])
def test_a_length_that_grows_without_end(name, sigma_w, sigma_b):
    q = q_path(1.0, name, depth=2000, sigma_w=sigma_w, sigma_b=sigma_b)
    assert (np.diff(q) > 0).all()
    assert q[-1] > 1.9 * q[999]  # not a saturating one
    with pytest.raises(
        ValueError, match=f"^sigma_w, sigma_b: got .*{name} settles.* grows without end: take a smaller"
    ):
        q_fixed(name, sigma_w=sigma_w, sigma_b=sigma_b)


def test_a_length_that_goes_to_and_fro():
    """E exp(-z^2)^2 falls with q, so that each length lies on the other side of q*; one step is too few."""
    bump = activations.Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))
    with pytest.raises(
        ValueError, match=r"of bump settles; from 9, here, the length goes to and fro: take more than 1 st"
    ):
        q_fixed(bump, sigma_w=2.0, start=9.0, steps=1)
    q = q_fixed(bump, sigma_w=2.0, start=9.0)
    assert q * math.sqrt(1 + 4 * q) == pytest.approx(4, rel=1e-12)  # E exp(-2 z^2) = 1 / sqrt(1 + 4 q)


def test_slopes_at_length_0_are_those_of_both_sides():
    """SELU, whose slope jumps there: (slope on the left)^2 and (on the right)^2, and their product for unlike signs."""
    left, right = activations.SELU_SCALE * activations.SELU_ALPHA, activations.SELU_SCALE
    assert chi(0.0, "selu", sigma_w=1.0) == pytest.approx((left**2 + right**2) / 2, rel=1e-14)
    assert chi_c(-1.0, 0.0, "selu", sigma_w=1.0) == pytest.approx(left * right, rel=1e-14)


def test_near_the_critical_line_extrapolation_settles_in_a_few_steps():
    """There the plain map is still 1e-5 from its end, relatively, in each of 200 steps."""
    q = q_path(1.0, "tanh", depth=200, sigma_w=1.02)
    assert abs(q[-1] / q[-2] - 1) > 1e-5
    q = q_fixed("tanh", sigma_w=1.02, steps=15)
    assert q_map(q, "tanh", sigma_w=1.02) == pytest.approx(q, rel=1e-13)


def test_paths_are_the_maps_repeated():
    options = {"sigma_w": 1.4, "sigma_b": 0.2}
    q = q_path(2.0, "tanh", depth=5, **options)
    c = c_path(0.3, 2.0, "tanh", depth=5, **options)
    assert (q[0], c[0], len(q), len(c)) == (2.0, 0.3, 5, 5)
    for l in range(4):
        assert q[l + 1] == q_map(q[l], "tanh", **options)
        assert c[l + 1] == c_map(c[l], q[l], "tanh", **options)
    plain, pair = (gradient_path(2.0, "tanh", depth=5, c_1=c_1, **options) for c_1 in (None, 0.3))
    for l in range(4):
        assert plain[l] / plain[l + 1] == pytest.approx(math.sqrt(chi(q[l], "tanh", sigma_w=1.4)), rel=1e-13)
        assert pair[l] / pair[l + 1] == pytest.approx(math.sqrt(chi_c(c[l], q[l], "tanh", sigma_w=1.4)), rel=1e-13)
    assert plain[-1] == pair[-1] == 1
    assert gradient_path(2.0, "tanh", depth=1, sigma_w=1.4).tolist() == [1]


# --- real nets ------------------------------------------------------------------------------------------------------

DEPTH, WIDTH, SEEDS = 6, 1000, 4


WIDE = [("sigmoid", 1.0, 1.0), ("tanh", 1.5, 0.3), ("relu", ROOT2, 0)]


@pytest.mark.parametrize(("name", "sigma_w", "sigma_b"), WIDE)
def test_wide_random_nets(name, sigma_w, sigma_b):
    """Four nets of width 1,000. Allowed: 5 % for norms, 10 % for roots of products of two deltas.

    The mean square of a layer has a relative standard deviation of sqrt(2 / 1000) = 4.5 % on one net, so its root
    one of 1.1 % on four nets, which adds up over five layers to 2.5 %. The product of two deltas of correlation r
    spreads sqrt(1 + 1 / r^2) / sqrt(2) times as much: 2.2 times at r = 1/3, where the tanh net ends.
    """
    rng = np.random.default_rng(12)
    x = rng.standard_normal((1, WIDTH))
    # the second input: correlation of the two pre-activations in layer 1 as below
    x = np.concatenate([x, 0.5 * x + math.sqrt(0.75) * rng.standard_normal((1, WIDTH))])
    x /= np.sqrt((x * x).mean(axis=1, keepdims=True))
    net = mlp(
        *(WIDTH, WIDTH, 10),
        depth=DEPTH,
        activation=name,
        init=init.scaled_normal(sigma_w),
        bias=init.bias_normal(sigma_b),
        rng=rng,
        seeds=SEEDS,
    )
    u = rng.standard_normal((SEEDS, 1, 10))  # the same gradient at the output for both inputs
    t = trace(net, x, np.zeros(2, int), lambda y, _: ((y * u).sum((-1, -2)), np.broadcast_to(u, y.shape)))

    q_1 = sigma_w**2 + sigma_b**2
    c_1 = (sigma_w**2 * (x[0] @ x[1]) / WIDTH + sigma_b**2) / q_1
    options = {"depth": DEPTH, "sigma_w": sigma_w, "sigma_b": sigma_b}
    q = np.mean(t.z_rms[:-1] ** 2, axis=1)
    assert np.allclose(q, q_path(q_1, name, **options), rtol=0.05 * 2, atol=0)  # a square: twice the error
    dz = np.array([np.mean(dz[:, 0] * dz[:, 1]) for dz in t.dz[:-1]])
    z = np.array([np.mean(z[:, 0] * z[:, 1]) for z in t.z[:-1]]) / q
    assert np.allclose(z, c_path(c_1, q_1, name, **options), rtol=0, atol=0.05)
    delta = np.sqrt(np.mean(t.delta[:-1] ** 2, axis=1))
    assert np.allclose(delta / delta[-1], gradient_path(q_1, name, **options), rtol=0.05, atol=0)
    both = np.sqrt(dz / dz[-1])
    assert np.allclose(both, gradient_path(q_1, name, c_1=c_1, **options), rtol=0.1, atol=0)


def test_the_maps_have_no_biases_unless_told():
    for f in (
        lambda **b: q_map(1.2, "tanh", sigma_w=1.3, **b),
        lambda **b: q_path(1.2, "tanh", depth=3, sigma_w=1.3, **b)[-1],
        lambda **b: q_fixed("tanh", sigma_w=1.3, **b),
        lambda **b: c_map(0.2, 1.2, "tanh", sigma_w=1.3, **b),
        lambda **b: c_path(0.2, 1.2, "tanh", depth=3, sigma_w=1.3, **b)[-1],
        lambda **b: gradient_path(1.2, "tanh", depth=3, sigma_w=1.3, **b)[0],
    ):
        assert f() == f(sigma_b=0.0) != f(sigma_b=1.0)


def test_errors_are_those_of_the_four_averages():
    """Of a steep function, for which they are not 0."""
    steep = activations.Activation(
        "steep", lambda z: np.tanh(1e4 * z - 1), lambda z: 1e4 * (1 - np.tanh(1e4 * z - 1) ** 2), ()
    )
    got = quadrature_errors(0.7, steep, sigma_w=1.5, c=0.3)
    want = {
        "q_map": expect(lambda z: steep.f(z) ** 2, 0.7, error=True)[1],
        "chi": expect(lambda z: steep.df(z) ** 2, 0.7, error=True)[1],
        "c_map": expect_pair(steep.f, 0.7, 0.3, error=True)[1],
        "chi_c": expect_pair(steep.df, 0.7, 0.3, error=True)[1],
    }
    assert min(want.values()) > 1e-8
    assert got == pytest.approx({key: 2.25 * v for key, v in want.items()}, rel=1e-12)
    assert quadrature_errors(0.7, steep, sigma_w=1.5) == quadrature_errors(0.7, steep, sigma_w=1.5, c=0.5)
    kinks = quadrature_errors(0.7, "hard_tanh", sigma_w=1.3)  # 1e-5 to 2e-4, were the panels not cut there
    assert max(kinks.values()) < 1e-13
