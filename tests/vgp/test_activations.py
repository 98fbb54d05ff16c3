"""Values and slopes against the textbook formula at 700 digits, and what every activation of the table promises."""

import math
from decimal import Decimal

import cases
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vgp import activations
from vgp._erf import erf, log1p, normal_cdf
from vgp.check import complex_step
from vgp.theory.meanfield import expect

every = pytest.mark.parametrize("name", activations.ACTIVATIONS)
every_formula = pytest.mark.parametrize("name", cases.FORMULAS)
POINTS = np.array([1e-8, 0.1, 0.5, 2.0, 5.0, 11.0, 20.0, 26.0, 30.0, 37.0, 100.0, 350.0])
POINTS = np.concatenate([-POINTS[::-1], POINTS])


def allowance(name, z, eps):
    """exp(-a) turns the rounding of a into a relative error of a * eps; exp(-|z|) needs no rounding of |z|."""
    if name in ("gelu", "erf"):
        return (8 + 2 * z * z) * eps
    return (8 + 4 * abs(z) * (name == "lecun_tanh")) * eps


def compare(name, which, dtype, points):
    info = np.finfo(dtype)
    z = points.astype(dtype)
    got = (activations.get(name).f, activations.get(name).df)[which](z)
    for z_i, got_i in zip(z, got):
        want = cases.exact(cases.FORMULAS[name][which], z_i)
        if want == 0 or abs(want) > info.tiny:  # below, numbers have fewer digits
            allowed = allowance(name, float(z_i), float(info.eps)) * abs(want)
            assert abs(float(got_i) - want) <= allowed, (z_i, got_i, want)


@every_formula
@pytest.mark.parametrize("which", [0, 1], ids=["value", "slope"])
def test_against_the_formula_at_700_digits(name, which):
    compare(name, which, np.float64, POINTS)


@every_formula
@pytest.mark.parametrize("which", [0, 1], ids=["value", "slope"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_against_the_formula_in_lower_precision(name, which, dtype):
    compare(name, which, dtype, np.array([-4.0, -2.5, -0.4, 0.4, 2.5, 4.0]))


def test_slopes_that_the_usual_formulas_lose():
    """The three places named in the design: each usual formula gives 0 there, or overflows."""
    z = np.array([40.0])
    assert activations.get("sigmoid").df(z).item() == pytest.approx(4.248354255291589e-18, rel=1e-15)  # exp(-40)
    assert activations.get("tanh").df(z / 2).item() == pytest.approx(4 * 4.248354255291589e-18, rel=1e-15)
    assert activations.get("gelu").f(np.array([-30.0])).item() == pytest.approx(-1.4720140e-196, rel=1e-7)
    assert (1 - np.tanh(20.0) ** 2) == 0


@every
@given(z=st.floats(-20, 20), direction=st.sampled_from([1.0, -1.0]))
@example(z=0.0, direction=-1.0)
def test_slope_is_the_derivative(name, z, direction):
    phi = activations.get(name)
    assume(all(abs(z - kink) > 1e-9 for kink in phi.kinks))
    step = complex_step(phi.f, np.array([z]), np.full(1, direction))
    got, want = phi.df(np.array([z])).item(), step.item() * direction
    # a slope that passes through 0, as those of GELU and SiLU do, is there a difference of terms of size 0.3
    slopes = phi.df(np.linspace(-20, 20, 401))
    crossing = 1e-15 if slopes.min() < 0 < slopes.max() else 0
    assert got == pytest.approx(want, rel=1e-12, abs=crossing)


def far_and_near():
    """-750 to 750, more densely near 0, tiny and huge numbers of both signs, and 0."""
    sizes = np.concatenate([np.logspace(-320, 0, 161), np.logspace(0, 100, 101)])
    return np.concatenate([np.linspace(-750, 750, 3001) + 0.0123, np.linspace(-40, 40, 2001), sizes, -sizes, [0.0]])


@every
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_complex_step_of_every_size(name, direction):
    """Slope against df, and the real part against f: a layer behind it, such as a norm, differentiates by that."""
    phi, z = activations.get(name), far_and_near()
    z = z[~np.isin(z, phi.kinks)]
    step = 1e-40
    y = phi.f(z + 1j * direction * step)
    slope, want = y.imag / step * direction, phi.df(z)
    # below, the imaginary part has fewer digits; a slope that passes through 0 is there a difference of larger terms
    crossing = 1e-15 if want.min() < 0 < want.max() else 0.0
    allowed = 1e-15 * (1 + z * z if name == "gelu" else 1) * np.abs(want) + crossing
    wrong = np.abs(slope - want) > np.where(np.abs(want) > 1e-265, allowed, 1e-260)
    assert not wrong.any(), (
        f"slope of {name}: z, complex step, df: {list(zip(z[wrong], slope[wrong], want[wrong]))[:5]}"
    )
    value = phi.f(z)
    allowed = 1e-15 * (1 + z * z if name == "gelu" else 1) * np.abs(value)
    wrong = np.abs(y.real - value) > allowed + step * step  # a real part has its error of the order step^2
    assert not wrong.any(), f"{name}: z, real part, value: {list(zip(z[wrong], y.real[wrong], value[wrong]))[:5]}"


@every
def test_kinks_are_where_the_slope_jumps(name):
    """At the listed points, and at no other point of a fine grid, the slope or its own slope jumps."""
    phi = activations.get(name)
    h = 1e-6
    grid = np.round(np.linspace(-3, 3, 61), 1)
    slope = (phi.df(grid + h) - phi.df(grid)) / h, (phi.df(grid) - phi.df(grid - h)) / h
    jumps = np.abs(slope[0] - slope[1]) > 0.1
    assert grid[jumps].tolist() == sorted(phi.kinks), f"kinks of {name} in vgp/activations.py: where the slope jumps"


@every
@pytest.mark.parametrize("dtype", cases.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_shape_and_dtype_stay(name, dtype, shape):
    phi = activations.get(name)
    z = np.full(shape, 0.7, dtype)
    for f in (phi.f, phi.df):
        out = f(z)
        assert (np.shape(out), out.dtype) == (shape, np.dtype(dtype))
        assert not np.shares_memory(out, z)
    assert (z == np.asarray(0.7, dtype)).all()


@every
def test_complex_stays_complex(name):
    assert activations.get(name).f(np.array([0.3 + 1e-40j, -2 + 0j])).dtype == np.complex128


# at minus and plus infinity, where finite
LIMITS = {
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "relu": (0, None),
    "elu": (-1, None),
    "selu": (-float(cases.ALPHA * cases.SCALE), None),
    "gelu": (0, None),
    "silu": (0, None),
    "softplus": (0, None),
    "softsign": (-1, 1),
    "erf": (-1, 1),
    "lecun_tanh": (-float(cases.A), float(cases.A)),
}


def growth(phi):
    """The power of z with which it grows: 1, or 2 for a square; 0 where it ends."""
    near, far = (np.abs(phi.f(np.array([-z, z]))).max() for z in (1e3, 1e4))
    return round(np.log10(far / near)) if near > 0 else 0


@every
@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_no_finite_input_gives_a_warning_or_anything_but_a_finite_number(name, dtype):
    """Up to 0.9 of the largest number, since SELU multiplies by 1.05; to its root, for what grows as a square."""
    phi = activations.get(name)
    info = np.finfo(dtype)
    big = 0.9 * float(info.max) ** (1 / max(growth(phi), 1))
    size = np.array([0, info.smallest_subnormal, info.tiny, info.eps, 1, 30, min(1e3, big), big**0.5, big], dtype)
    z = np.concatenate([-size[::-1], size])
    y, slope = phi.f(z), phi.df(z)
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()
    for end, limit in zip((y[0], y[-1]), LIMITS.get(name, (None, None))):
        assert limit is None or float(end) == pytest.approx(limit, rel=4 * float(info.eps), abs=0)


ODD = [name for name, phi in activations.ACTIVATIONS.items() if phi.f(-np.ones(1)) == -phi.f(np.ones(1))]


@pytest.mark.parametrize("name", ODD)
def test_odd_functions_are_odd_to_the_bit(name):
    phi, z = activations.get(name), POINTS[POINTS > 0]
    assert np.array_equal(phi.f(-z), -phi.f(z))
    assert np.array_equal(phi.df(-z), phi.df(z))


def test_selu_keeps_mean_0_and_variance_1():
    """What its two constants are for (Klambauer et al. 2017)."""
    selu = activations.get("selu")
    assert abs(expect(selu.f, 1.0, selu.kinks)) < 1e-14
    assert abs(expect(lambda z: selu.f(z) ** 2, 1.0, selu.kinks) - 1) < 1e-14


def test_lecun_tanh_has_value_1_at_1():
    assert activations.get("lecun_tanh").f(np.array([1.0])).item() == pytest.approx(1, abs=1e-4)  # LeCun et al. 1998


def test_get_lets_an_activation_pass():
    mine = activations.Activation("cube", lambda z: z**3, lambda z: 3 * z**2)
    assert activations.get(mine) is mine
    assert activations.get("relu") is activations.ACTIVATIONS["relu"]


@given(st.floats(-26, 26))
def test_erf(x):
    want = cases.exact(cases.erf, x)
    assert erf(np.array([x])).item() == pytest.approx(want, rel=4 * cases.EPS, abs=0)


@given(st.floats(-37, 37))
def test_normal_cdf(x):
    want = cases.exact(cases.cdf, x)
    assert normal_cdf(np.array([x])).item() == pytest.approx(want, rel=allowance("gelu", x, cases.EPS), abs=0)


@given(st.floats(-0.9, 1e6), st.floats(-1e3, 1e3))
def test_log1p_of_complex_numbers(x, y):
    """ln|1 + z| and the angle of 1 + z, at 700 digits and by the standard library."""
    got = log1p(np.array([x + 1j * y])).item()
    want = cases.exact(lambda v: ((1 + v) ** 2 + Decimal(y) ** 2).ln() / 2, x)
    # where a logarithm below 0 meets one above it
    assert got.real == pytest.approx(want, rel=4 * cases.EPS, abs=4 * cases.EPS * (x < 0 < abs(y)))
    assert got.imag == pytest.approx(math.atan2(y, 1 + x), rel=4 * cases.EPS, abs=0)


def test_log1p_of_numbers_that_vanish_beside_1():
    z = np.array([1e-6, -1e-17, 1e-200])
    assert np.array_equal(log1p(z + 0j), np.log1p(z).astype(complex))
    assert log1p(z.astype(np.float32)).dtype == np.float32


def test_tails_end_at_0_and_1():
    x = np.array([-1e300, -40.0, 40.0, 1e300])
    assert normal_cdf(x).tolist() == [0, 0, 1, 1]
    assert erf(x).tolist() == [-1, -1, 1, 1]


def test_sigmoid_and_slope_are_the_two_of_the_sigmoid():
    z = np.array([[-800.0, -3.0, -0.4, 0.0, 0.4, 3.0, 800.0]])
    value, slope = activations.sigmoid_and_slope(z)
    sigmoid = activations.get("sigmoid")
    assert np.allclose(value, sigmoid.f(z), rtol=1e-14, atol=0)
    assert np.allclose(slope, sigmoid.df(z), rtol=1e-14, atol=0)
    assert np.allclose(value[0, 1:-1], 1 / (1 + np.exp(-z[0, 1:-1])), rtol=1e-14, atol=0)


def test_infinite_inputs_of_those_with_two_sides():
    """0 * infinity, of a mask by product, would be NaN."""
    both = np.array([np.inf, -np.inf])
    assert activations.get("elu").f(both).tolist() == [np.inf, -1.0]
    assert activations.get("elu").df(both).tolist() == [1.0, 0.0]
