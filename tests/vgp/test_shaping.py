"""Deep Kernel Shaping: the conditions hold, by quadrature and by sampling, and only those."""

import numpy as np
import pytest

from vgp import check
from vgp.activations import Activation
from vgp.theory import meanfield, phases
from vgp.theory.shaping import local_conditions, shape

SMOOTH = ["tanh", "softplus", "gelu", "silu", "erf", "sigmoid", "elu"]


@pytest.mark.parametrize("depth", [10, 50, 100])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_four_conditions(name, depth):
    found = local_conditions(shape(name, depth=depth).activation)
    want = {"Q(1)": 1.0, "Q'(1)": 1.0, "C(0)": 0.0, "C'(1)": 1.5 ** (1 / depth)}
    assert found == pytest.approx(want, abs=1e-9)


def test_they_are_statements_about_the_maps_of_mean_field():
    phi = shape("tanh", depth=20, zeta=2.0).activation
    assert meanfield.q_map(1.0, phi, sigma_w=1.0) == pytest.approx(1, abs=1e-9)
    assert phases.q_slope(1.0, phi, sigma_w=1.0) == pytest.approx(1, abs=1e-9)
    assert meanfield.c_map(0.0, 1.0, phi, sigma_w=1.0) == pytest.approx(0, abs=1e-9)
    assert meanfield.chi(1.0, phi, sigma_w=1.0) ** 20 == pytest.approx(2, abs=1e-7)


def test_by_sampling():
    phi = shape("softplus", depth=10).activation
    z = np.random.default_rng(0).standard_normal(400_000)
    for sample, want in ((phi.f(z) ** 2, 1.0), (phi.f(z), 0.0), (phi.df(z) ** 2, 1.5**0.1)):
        assert abs(sample.mean() - want) < 4 * sample.std() / len(z) ** 0.5


def test_the_constants_are_those_of_the_function_and_the_slope_is_its_slope():
    s = shape("elu", depth=10)
    z = np.linspace(-3, 3, 61)
    inner = s.alpha * z + s.beta
    assert s.gamma * (np.where(inner > 0, inner, np.expm1(inner)) + s.delta) == pytest.approx(
        s.activation.f(z), abs=1e-12
    )
    numeric = (s.activation.f(z + 1e-6) - s.activation.f(z - 1e-6)) / 2e-6
    away = np.abs(z - s.activation.kinks[0]) > 1e-3
    assert check.relative_error(s.activation.df(z)[away], numeric[away]) < 1e-7


@pytest.mark.parametrize("name", ["relu", "identity"])
def test_functions_that_cannot_meet_them_say_so(name):
    with pytest.raises(ValueError, match=f"^activation, zeta: got {name}, "):
        shape(name, depth=10)


@pytest.mark.parametrize("options", [{"depth": 0}, {"depth": 10, "zeta": 1.0}])
def test_bad_arguments(options):
    with pytest.raises(ValueError, match=r"zeta|depth"):
        shape("tanh", **options)


@pytest.mark.parametrize("sigma_w", [1.33, 1.4, 2.0, 5.0])
@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_the_fixed_correlation_is_one_and_attracts(name, sigma_w):
    for sigma_b in (0.05**0.5, 0.2):
        p = phases.phase(name, sigma_w=sigma_w, sigma_b=sigma_b)
        if p.c == 1.0:
            continue
        again = meanfield.c_map(p.c, p.q, name, sigma_w=sigma_w, sigma_b=sigma_b)
        assert again == pytest.approx(p.c, abs=1e-10)
        assert 0 < p.c < 1
        assert p.chi_c < 1 < p.chi


def test_a_function_that_is_zero_everywhere_is_refused():
    with pytest.raises(ValueError, match="activation: got nothing; allowed: a function that is not 0 everywhere"):
        local_conditions(Activation("nothing", np.zeros_like, np.zeros_like))
