"""The edge of chaos as a curve: against closed forms, a quadrature of its own, and nets that are drawn."""

import functools
import math
import re

import numpy as np
import pytest

from vgp import activations
from vgp.layers import mlp
from vgp.theory import edge, meanfield, phases
from vgp.theory.edge import critical_start, edge_point, universality, width_path, width_rate

SIN = activations.Activation("sin", np.sin, np.cos)
ARCTAN = activations.Activation("arctan", np.arctan, lambda z: 1 / (1 + z * z))
SQUARE = activations.Activation("square", np.square, lambda z: 2 * z)
CUBE = activations.Activation("cube", lambda z: z**3, lambda z: 3 * z * z)
EVERY = [*activations.ACTIVATIONS.values(), SIN, ARCTAN]
WITH_EDGE = [phi for phi in EVERY if phi.name != "softplus"]
by_name = {"ids": lambda phi: phi.name}


def mean(f, q):
    """E f(z) by the trapezoidal rule with 400,001 points: to rounding; to 1e-3 where the slope jumps."""
    z = np.linspace(-12, 12, 400_001)
    return float(f(math.sqrt(q) * z) @ np.exp(-z * z / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi))


# --- the curve --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [0.01, 0.5, 3.0, 40.0])
def test_closed_forms_of_the_curve(q):
    """sin: E sin^2 = (1 - e^-2q) / 2 and E cos^2 = (1 + e^-2q) / 2; erf: an arcsine, and chi_par = 1 / (1 + 2q)."""
    p = edge_point(SIN, q)
    want = (2 / (1 + math.exp(-2 * q)), q - math.tanh(q), 2 / (1 + math.exp(2 * q)))
    assert (p.sigma_w**2, p.sigma_b**2, p.chi_par) == pytest.approx(want, rel=1e-9, abs=1e-14)
    p, root = edge_point("erf", q), math.sqrt(1 + 4 * q)
    assert p.sigma_w**2 == pytest.approx(math.pi * root / 4, rel=1e-13)
    assert p.sigma_b**2 == pytest.approx(q - root / 2 * math.asin(2 * q / (1 + 2 * q)), rel=1e-8)
    assert p.chi_par == pytest.approx(1 / (1 + 2 * q), rel=1e-12)


@pytest.mark.parametrize("phi", WITH_EDGE, **by_name)
def test_on_the_curve_the_length_is_kept_and_so_is_the_gradient(phi):
    for q in (4.0, 50.0):
        try:
            p = edge_point(phi, q)
        except ValueError:
            assert (phi.name, q) == ("sigmoid", 4.0)
            continue
        assert p.q == q
        assert p.sigma_w**2 * mean(lambda z: phi.df(z) ** 2, q) == pytest.approx(1, rel=1e-3)
        assert p.sigma_w**2 * mean(lambda z: phi.f(z) ** 2, q) + p.sigma_b**2 == pytest.approx(q, rel=1e-4)
        up, down = (meanfield.q_map(q * s, phi, sigma_w=p.sigma_w, sigma_b=p.sigma_b) for s in (1 + 1e-5, 1 - 1e-5))
        assert p.chi_par == pytest.approx((up - down) / (2e-5 * q), rel=1e-6, abs=1e-9)


def test_where_no_bias_will_do():
    with pytest.raises(ValueError, match=r"^q: got 2; allowed: a length of at least 45\.6243 for sigmoid"):
        edge_point("sigmoid", 2.0)
    with pytest.raises(ValueError, match=r"q: got 2; allowed: no length for softplus; at 2, .* sigma_b\^2 = -2\.339"):
        edge_point("softplus", 2.0)


def test_the_sigmoid_is_tanh_with_a_negative_bias_variance():
    """sigma(z) = (1 + tanh(z / 2)) / 2: sigma_w^2 = 16 and sigma_b^2 = -(s0 / s1)^2 = -4 at small lengths."""
    with pytest.raises(ValueError, match=re.escape("chi = 1 needs sigma_w^2 = 16 and sigma_b^2 = -4, which no bias")):
        edge_point("sigmoid", 0.0)


def test_a_length_that_quadrature_cannot_follow():
    """1000 periods of the sine under the Gaussian; E cos^2 would come out as 0.507."""
    with pytest.raises(ValueError, match="q: got 1000; allowed: a length at which quadrature gives E phi'\\^2 of sin"):
        edge_point(SIN, 1e3)


def test_a_function_without_a_slope():
    flat = activations.Activation("flat", np.zeros_like, np.zeros_like)
    with pytest.raises(ValueError, match="activation: got flat; allowed: a function with a slope; here it is 0 at"):
        edge_point(flat, 1.0)


# --- where it begins --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "q", "weights", "biases", "sides"),
    [
        ("gelu", (3 + math.sqrt(17)) / 2, 1.98305826, 0.17292239, {0.95: -1, 1.05: -1}),
        ("silu", 14.3201736, 1.98800468, 0.55514317, {0.98: 1, 1.01: 1}),
    ],
)
def test_the_half_stable_point(name, q, weights, biases, sides):
    """Where length and gradient are both kept to first order, and the length itself from one side alone."""
    start = critical_start(name)
    assert start.q == pytest.approx(q, rel=5e-9)
    assert start.sigma_w**2 == pytest.approx(weights, abs=6e-9)
    assert start.sigma_b**2 == pytest.approx(biases, abs=6e-9)
    assert start.chi_par == pytest.approx(1, abs=1e-12)
    phi = activations.get(name)
    for factor, sign in sides.items():  # shorter on both sides, or longer, but by 1e-6 of itself
        length = factor * start.q
        after = start.sigma_w**2 * mean(lambda z: phi.f(z) ** 2, length) + start.sigma_b**2
        assert np.sign(after - length) == sign
        assert abs(after / length - 1) < 2e-6


@pytest.mark.parametrize("phi", [activations.get(n) for n in ("tanh", "erf", "lecun_tanh")] + [SIN, ARCTAN], **by_name)
def test_odd_functions_begin_at_0(phi):
    start, slope = critical_start(phi), float(phi.df(np.zeros(1))[0])
    assert (start.q, start.sigma_b) == (0, 0)
    assert start.sigma_w**2 == pytest.approx(1 / slope**2, rel=1e-13)
    assert start.chi_par == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "q", "weights"),
    [
        ("relu", 1, 2),
        ("leaky_relu", 1, 2 / (1 + 0.01**2)),
        ("identity", 1, 1),
        ("selu", 0, 2 / (activations.SELU_SCALE**2 * (1 + activations.SELU_ALPHA**2))),
        ("elu", 0, 1),
        ("softsign", 0, 1),
        ("hard_tanh", 0, 1),
    ],
)
def test_functions_with_a_kink_begin_without_biases(name, q, weights):
    start = critical_start(name)
    assert (start.q, start.sigma_b) == (q, 0)
    assert start.sigma_w**2 == pytest.approx(weights, rel=1e-12)
    assert start.chi_par == pytest.approx(1, abs=1e-12)


def test_the_sigmoid_begins_where_its_biases_end():
    start, phi = critical_start("sigmoid"), activations.get("sigmoid")
    assert start.sigma_b == 0
    assert start.chi_par == pytest.approx(0.0602504, abs=1e-6)
    assert start.q == pytest.approx(mean(lambda z: phi.f(z) ** 2, start.q) / mean(lambda z: phi.df(z) ** 2, start.q))
    assert phases.q_fixed("sigmoid", sigma_w=start.sigma_w) == pytest.approx(start.q, rel=1e-9)


@pytest.mark.parametrize("phi", [activations.get("softplus"), SQUARE], **by_name)
def test_some_have_no_edge(phi):
    """softplus wants sigma_b^2 < 0; z^2 has chi_par = 3/2 wherever chi = 1."""
    with pytest.raises(ValueError, match=f"activation: got {phi.name}; allowed: a function that has an edge of chaos"):
        critical_start(phi)


@pytest.mark.parametrize("phi", WITH_EDGE, **by_name)
def test_no_shorter_length_is_on_the_edge(phi):
    start = critical_start(phi)
    for q in np.geomspace(1e-4, 0.999, 12) * start.q:
        if edge.scale_free(phi) or q == 0:
            continue
        try:
            assert edge_point(phi, q).chi_par > 1
        except ValueError:
            assert phi.name == "sigmoid"


# --- the critical sigma_w, which is a point of the curve --------------------------------------------------------------


@functools.cache
def stable(phi):
    """Points of the edge on a fine grid of lengths, with sigma_b above 0 and a length that stays."""
    found = []
    for q in np.geomspace(1e-3, 3e4, 60):
        try:
            found.append(edge_point(phi, q))
        except ValueError:
            assert phi.name in ("sigmoid", "softplus", "sin")
    return [p for p in found if p.chi_par <= 1 and p.sigma_b > 0]


SIGMA_B = [0.01, 0.1, 0.3, 0.42, 0.5, 0.75, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("phi", [phi for phi in WITH_EDGE if not edge.scale_free(phi)], **by_name)
def test_the_critical_sigma_w_is_that_of_the_curve(phi):
    """Where the curve has such a bias, it is right: interpolated, and by the length that the maps keep there."""
    points = stable(phi)
    start, biases = critical_start(phi).sigma_b, [p.sigma_b for p in points]
    for sigma_b in SIGMA_B:
        if sigma_b < start:
            with pytest.raises(
                ValueError, match=f"sigma_b: got {sigma_b:g}; allowed: at least {start:.6g} for {phi.name}"
            ):
                phases.critical_sigma_w(phi, sigma_b=sigma_b)
            continue
        found = phases.critical_sigma_w(phi, sigma_b=sigma_b)
        if biases[0] < sigma_b:
            assert np.interp(sigma_b, biases, [p.sigma_w for p in points]) == pytest.approx(found, rel=0.04)
        near = max([p.q for p in points if p.sigma_b <= sigma_b], default=points[0].q)
        kept = phases.q_fixed(phi, sigma_w=found, sigma_b=sigma_b, start=near)
        assert meanfield.chi(kept, phi, sigma_w=found) == pytest.approx(1, abs=1e-6)
        assert phases.q_slope(kept, phi, sigma_w=found) < 1


def test_the_critical_sigma_w_by_the_closed_form_of_sin():
    sigma_b = math.sqrt(2 - math.tanh(2))
    assert phases.critical_sigma_w(SIN, sigma_b=sigma_b) ** 2 == pytest.approx(2 / (1 + math.exp(-4)), rel=1e-12)


@pytest.mark.parametrize(("name", "sigma_b", "weights"), [("elu", 1e-7, 1.000425), ("tanh", 1e-7, 1.0000391)])
def test_very_small_biases(name, sigma_b, weights):
    """At small q, ELU has sigma_b^2 = 0.125 q^2 and sigma_w^2 = 1 + 0.798 q^0.5, tanh (4/3) q^3 and 1 + 2 q."""
    assert phases.critical_sigma_w(name, sigma_b=sigma_b) ** 2 == pytest.approx(weights, abs=3e-6)


def test_gelu_has_edges_with_large_biases():
    """chi passes 1 at sigma_b = 1 too, at a length of 82, near the point at which lengths grow without end."""
    s, phi = phases.critical_sigma_w("gelu", sigma_b=1.0), activations.get("gelu")
    kept = meanfield.q_fixed("gelu", sigma_w=s, sigma_b=1.0)
    assert kept == pytest.approx(82.3128, abs=1e-3)
    assert s**2 * mean(lambda z: phi.df(z) ** 2, kept) == pytest.approx(1, rel=1e-9)
    assert s**2 * mean(lambda z: phi.f(z) ** 2, kept) + 1 == pytest.approx(kept, rel=1e-9)


def test_biases_too_large_for_quadrature():
    with pytest.raises(ValueError, match=r"sigma_b: got 1000; allowed: a smaller one for tanh; .* at no length up to"):
        phases.critical_sigma_w("tanh", sigma_b=1e3)


# --- small lengths ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phi", "a1"),
    [("tanh", -2), ("erf", -2), (ARCTAN, -2), (SIN, -1), ("lecun_tanh", -2 * (2 / 3) ** 2)],
    ids=lambda v: getattr(v, "name", v),
)
def test_odd_functions_are_of_one_class(phi, a1):
    u = universality(phi)
    assert (u.a1, u.b1, u.p) == pytest.approx((a1, a1, 1), rel=1e-10)


def test_a_function_that_is_not_odd():
    """phi = sin z + 0.4 z^2: s1 = 1, s2 = 0.8, s3 = -1, so a1 = -1 + 0.48 = -0.52, b1 = -0.36, p = 9/13."""
    phi = activations.Activation("bent", lambda z: np.sin(z) + 0.4 * z * z, lambda z: np.cos(z) + 0.8 * z)
    u = universality(phi)
    assert (u.a1, u.b1, u.p) == pytest.approx((-0.52, -0.36, 9 / 13), rel=1e-9)
    q = 1e-4
    assert meanfield.q_map(q, phi, sigma_w=1.0) / q - 1 == pytest.approx(u.a1 * q, rel=1e-3)
    assert meanfield.chi(q, phi, sigma_w=1.0) - 1 == pytest.approx(u.b1 * q, rel=1e-3)


@pytest.mark.parametrize("phi", ["tanh", "erf", SIN], ids=lambda v: getattr(v, "name", v))
def test_the_length_falls_and_chi_rises_as_the_class_says(phi):
    depth, u, s = 3000, universality(phi), critical_start(phi).sigma_w
    q = meanfield.q_path(1.0, phi, depth=depth, sigma_w=s)
    assert -u.a1 * depth * q[-1] == pytest.approx(1, rel=0.01)
    assert depth * (1 - meanfield.chi(q[-1], phi, sigma_w=s)) == pytest.approx(u.p, rel=0.01)
    factors = [meanfield.chi(length, phi, sigma_w=s) for length in q]
    assert np.prod(factors[1000:]) == pytest.approx((1000 / depth) ** u.p, rel=0.01)


def test_relus_class():
    for name in ("relu", "leaky_relu", "identity"):
        assert universality(name) == edge.Universality(a1=0.0, b1=0.0, p=0.0)


FALLING = "a function whose length falls like 1 / l: a1 = s3 / s1 + (3/4) (s2 / s1)^2 below 0"


@pytest.mark.parametrize(
    ("phi", "allowed"),
    [
        ("sigmoid", "a function with phi(0) = 0; here it is 0.5"),
        ("softplus", "a function with phi(0) = 0; here it is 0.693147"),
        ("softsign", "a function that is smooth at 0, or straight on each side of it"),
        ("selu", "a function that is smooth at 0, or straight on each side of it"),
        ("gelu", FALLING + "; here it is 1.90986: take critical_start"),
        ("silu", FALLING + "; here it is 0.75"),
        ("hard_tanh", FALLING + "; here it is 0:"),
        (CUBE, "a function with a slope at 0"),
    ],
    ids=lambda v: getattr(v, "name", v),
)
def test_what_has_no_class(phi, allowed):
    with pytest.raises(ValueError, match=re.escape(f"activation: got {activations.get(phi).name}; allowed: {allowed}")):
        universality(phi)


# --- width ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "nu"), [("relu", 5), ("identity", 2), ("leaky_relu", 6 * 1.00000001 / 1.0001**2 - 1)])
def test_where_nothing_depends_on_length_the_rate_is_exact(name, nu):
    s = critical_start(name).sigma_w
    assert width_rate(name) == pytest.approx(nu, rel=1e-12)
    assert width_path(7.0, name, depth=6, sigma_w=s) == pytest.approx(2 + nu * np.arange(6), rel=1e-12)


@pytest.mark.parametrize("phi", ["tanh", "erf", SIN, "softsign", "elu", "selu"], ids=lambda v: getattr(v, "name", v))
def test_the_rate_is_the_limit_of_the_path(phi):
    v = width_path(1.0, phi, depth=600, sigma_w=critical_start(phi).sigma_w)
    assert v[-1] - v[-2] == pytest.approx(width_rate(phi), rel=4e-3)
    a, b = activations.SELU_SCALE, activations.SELU_SCALE * activations.SELU_ALPHA
    selu = (3 * ((a**4 + b**4) / 2) / ((a**2 + b**2) / 2) ** 2 - 1) / 3
    assert width_rate(phi) == pytest.approx(selu if phi == "selu" else 2 / 3, rel=1e-9)


@pytest.mark.parametrize("name", ["gelu", "silu", "sigmoid"])
def test_the_rate_where_the_edge_begins_at_a_length(name):
    start = critical_start(name)
    v = width_path(start.q, name, depth=60, sigma_w=start.sigma_w, sigma_b=start.sigma_b)
    assert np.diff(v)[-1] == pytest.approx(width_rate(name), rel=1e-6, abs=1e-6)


def chain(phi, q_1, sigma_w, depth, n, nets, rng):
    """n Var(m_l) / q_l^2 by the law of one input: given a layer's phi^2, the next one is Gaussian. With its errors."""
    q, expected, rows = np.full(nets, q_1), meanfield.q_path(q_1, phi, depth=depth, sigma_w=sigma_w), []
    for length in expected:
        z = np.sqrt(q)[:, None] * rng.standard_normal((nets, n))
        u = n * ((z * z).mean(1) - (z * z).mean()) ** 2 / length**2
        rows.append((u.mean(), u.std(ddof=1) / math.sqrt(nets)))
        q = sigma_w**2 * (phi.f(z) ** 2).mean(1)
    return np.array(rows).T


@pytest.mark.parametrize(("name", "q_1"), [("tanh", 1.0), ("tanh", 0.05), ("relu", 1.0), ("selu", 0.5)])
def test_the_path_against_nets(name, q_1, rng):
    """4000 nets of 256 units, six layers: within four standard errors and depth / n of the value."""
    phi, depth, n, nets = activations.get(name), 6, 256, 4000
    s = critical_start(phi).sigma_w
    got, se = chain(phi, q_1, s, depth, n, nets, rng)
    want = width_path(q_1, phi, depth=depth, sigma_w=s)
    assert (np.abs(got - want) < 4 * se + 2 * np.arange(1, depth + 1) / n * want).all()


def test_tanh_has_less_luck_than_relu(rng):
    """Whole nets, n = 64, 300 of them: layer 8 of tanh varies several times less than that of ReLU."""
    found, want = {}, {}
    for name, init, q_1, s in (("tanh", "lecun", 1.0, 1.0), ("relu", "he", 2.0, 2**0.5)):
        net = mlp(64, 64, 1, depth=8, activation=name, init=init, rng=rng, seeds=300)
        _, cache = net.forward(np.ones((300, 1, 64)))
        m = (cache[14][0] ** 2).mean(axis=(1, 2))
        found[name], want[name] = 64 * m.var(ddof=1) / m.mean() ** 2, width_path(q_1, name, depth=8, sigma_w=s)[-1]
    assert found["tanh"] == pytest.approx(want["tanh"], rel=0.35)
    assert found["relu"] / found["tanh"] > 3


def test_a_layer_of_0_has_no_width_path():
    with pytest.raises(ValueError, match="sigma_w, sigma_b: got 0, 0; allowed: values for which no layer is 0"):
        width_path(1.0, "tanh", depth=2, sigma_w=0.0)
