"""Gaussian averages: quadrature against moments and closed forms, and the closed forms against quadrature."""

import math

import numpy as np
import pytest

from vgp import activations
from vgp.theory.gaussian import EDGES, _mehler, closed_form, expect, expect_pair

ROOT2 = math.sqrt(2)
TIGHT = {"rel": 1e-11, "abs": 1e-13}  # what the quadrature promises
CLOSED = ["identity", "relu", "leaky_relu", "erf"]


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("q", [0.01, 1.0, 7.0])
@pytest.mark.parametrize("c", [-1.0, -0.7, 0.0, 0.5, 0.99, 1.0])
def test_closed_forms_agree_with_quadrature(name, q, c):
    phi = activations.get(name)
    exact = closed_form(phi)
    assert exact.square(q) == pytest.approx(expect(lambda z: phi.f(z) ** 2, q, phi.kinks), rel=1e-12)
    assert exact.slopes(q) == pytest.approx(expect(lambda z: phi.df(z) ** 2, q, phi.kinks), rel=1e-12)
    assert exact.pair(q, c) == pytest.approx(expect_pair(phi.f, q, c, phi.kinks), rel=1e-12, abs=1e-12 * q)
    assert exact.slope_pair(q, c) == pytest.approx(expect_pair(phi.df, q, c, phi.kinks), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("n", range(0, 13, 2))
def test_moments(n):
    assert expect(lambda z: z**n, 2.0) == pytest.approx(2.0 ** (n / 2) * math.prod(range(1, n, 2)), rel=1e-13)
    assert abs(expect(lambda z: z ** (n + 1), 2.0)) < 1e-10
    assert expect(lambda z: z**n) == pytest.approx(math.prod(range(1, n, 2)), rel=1e-13)  # of variance 1 unless told


def test_exponential_moment():
    """E exp(a z) = exp(a^2 q / 2); for a pair, exp(a^2 q (1 + c))."""
    assert expect(np.exp, 3.0) == pytest.approx(math.exp(1.5), rel=1e-13)
    assert expect_pair(np.exp, 1.5, 0.4) == pytest.approx(math.exp(1.5 * 1.4), rel=1e-12)


def test_a_kink_that_is_not_symmetric():
    """f(z) = |z - a| at c = -1 has kinks at a and -a: E |z^2 - a^2|, in closed form."""
    a = 0.7
    inside, density = math.erf(a / ROOT2), math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    want = 1 - a * a + 2 * ((a * a - 1) * inside + 2 * a * density)
    assert expect_pair(lambda z: np.abs(z - a), 1.0, -1.0, (a,)) == pytest.approx(want, **TIGHT)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_kink_where_the_gaussian_is_0_changes_nothing(sign):
    """A panel that went out to it would ask for exp(3000) there."""
    assert expect(lambda z: np.exp(sign * z), 1.0, (3000.0 * sign,)) == pytest.approx(math.exp(0.5), rel=1e-13)


def test_the_second_kink_moves_with_the_first_variable():
    """P(u1 > k and u2 > k), against one integral over u1 of the normal distribution that u2 then has."""
    k, q, c = 0.5, 2.0, 0.6
    sd = math.sqrt(q * (1 - c * c))
    above = np.vectorize(lambda u: (u > k) * math.erfc((k - c * u) / sd / ROOT2) / 2)
    got, error = expect_pair(lambda z: (z > k) * 1.0, q, c, (k,), error=True)
    assert got == pytest.approx(expect(above, q, (k,)), rel=1e-12)
    assert error < 1e-12


def test_the_error_is_the_distance_to_twice_as_many_panels():
    """A kink in the middle of each panel makes the same rule; |z - 0.7| is not smooth, so that panels matter."""
    middles = tuple((EDGES[1:] + EDGES[:-1]) / 2)

    def f(z):
        return np.abs(z - 0.7)

    value, error = expect(f, 1.0, error=True)
    assert value == pytest.approx(expect(f, 1.0, middles), rel=1e-14)
    assert error == pytest.approx(abs(value - expect(f, 1.0)), rel=1e-8)
    assert error > 1e-6


def test_the_estimate_is_honest_for_a_steep_function():
    """tanh(1e4 z): the panels near 0 are too long for it, and the estimate says so, within a factor 100."""
    value, error = expect(lambda z: np.tanh(1e4 * z) ** 2, 1.0, error=True)
    true = 1 - 2 / math.sqrt(2 * math.pi) * 1e-4  # integral of sech^2(a z) over z is 2 / a
    assert 1e-8 < abs(value - true) < 1e-4
    assert error > abs(value - true) / 100


# --- the series for smooth functions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("c", [-0.999, -0.4, 0.0, 0.7, 0.9999])
@pytest.mark.parametrize("q", [1e-6, 0.5, 4.0])
def test_pairs_of_sines(q, c):
    """E sin(u1) sin(u2) = e^-q sinh(q c), and of cosines cosh."""
    assert expect_pair(np.sin, q, c) == pytest.approx(math.exp(-q) * math.sinh(q * c), rel=1e-13, abs=1e-15 * q)
    assert expect_pair(np.cos, q, c) == pytest.approx(math.exp(-q) * math.cosh(q * c), rel=1e-13)


@pytest.mark.parametrize("c", [-0.9, 0.3, 0.95, 1 - 1e-7])
@pytest.mark.parametrize("q", [0.1, 2.0, 30.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu", "silu", "lecun_tanh"])
def test_the_series_is_the_integral_or_stands_back(name, q, c):
    phi = activations.get(name)
    for f in (phi.f, phi.df):
        integral, _ = expect_pair(f, q, c, error=True)  # asking for the error takes the integral over both variables
        size = expect(lambda z, f=f: f(z) ** 2, q)
        assert expect_pair(f, q, c) == pytest.approx(integral, rel=1e-12, abs=1e-13 * size)
        series = _mehler(f, math.sqrt(q), c)
        assert np.isnan(series) or abs(series - integral) < 4e-15 * size


def test_the_series_stands_back_where_it_ends_too_early():
    assert np.isnan(_mehler(np.tanh, math.sqrt(30), 0.999))
    assert _mehler(np.tanh, 1.0, 0.999) > 0
    assert np.isnan(_mehler(lambda z: np.exp(z), 40.0, 0.5))  # the squares are infinite, and no warning comes


def test_what_has_no_closed_form():
    assert closed_form(activations.get("gelu")) is None
