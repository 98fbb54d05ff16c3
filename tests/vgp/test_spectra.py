"""Singular values of long products against exact ones, and Lyapunov exponents against Newman (1986)."""

import math

import numpy as np
import pytest

from vgp import mlp
from vgp.measure.spectra import jacobian_spectrum, lyapunov, product_log_singular_values


def digamma_half(n):
    """psi(n / 2) for whole n: -gamma - 2 ln 2 and -gamma, and psi(x + 1) = psi(x) + 1/x."""
    gamma = 0.5772156649015329
    if n % 2:
        return -gamma - 2 * math.log(2) + 2 * math.fsum(1 / (2 * k - 1) for k in range(1, (n - 1) // 2 + 1))
    return -gamma + math.fsum(1 / k for k in range(1, n // 2))


def test_short_products_as_an_svd_sees_them(rng):
    for shapes in ([(3, 4)], [(5, 4), (3, 5)], [(4, 6), (2, 4), (7, 2)]):
        factors = [rng.standard_normal((2, *shape)) for shape in shapes]
        product = factors[0]
        for f in factors[1:]:
            product = f @ product
        k = min(min(shape) for shape in shapes)
        want = np.log(np.linalg.svd(product, compute_uv=False)[..., :k])
        got = product_log_singular_values(factors)
        assert got.shape[-1] >= k
        assert np.allclose(got[..., :k], want, rtol=0, atol=1e-9)


@pytest.mark.parametrize("length", [1, 10, 1000])
def test_long_diagonal_products_are_exact(length, rng):
    """In turned bases, so that no entry gives the answer away: Q_{l+1} D Q_l^T with orthogonal Q."""
    d = np.array([3.0, 1.0, 0.5, 1e-3])
    q, factors = np.linalg.qr(rng.standard_normal((4, 4)))[0], []
    for _ in range(length):
        turned = np.linalg.qr(rng.standard_normal((4, 4)))[0]
        factors.append(turned * d @ q.T)
        q = turned
    got = product_log_singular_values(factors)
    assert np.allclose(got, length * np.log(d), rtol=0, atol=1e-11 * length + 1e-9)


def test_integer_matrices_by_their_determinant_and_trace():
    """[[2, 1], [1, 1]] has eigenvalues phi^2 and phi^-2: symmetric, so these to the power L are the singular values."""
    golden = (1 + math.sqrt(5)) / 2
    got = product_log_singular_values([np.array([[2.0, 1.0], [1.0, 1.0]])] * 400)
    assert np.allclose(got, [800 * math.log(golden), -800 * math.log(golden)], rtol=1e-12)


def test_a_singular_product_has_minus_infinity():
    got = product_log_singular_values([np.diag([2.0, 0.0]), np.diag([3.0, 1.0])])
    assert got[0] == pytest.approx(math.log(6), rel=1e-12)
    assert got[1] == -np.inf
    assert (product_log_singular_values([np.zeros((3, 3))]) == -np.inf).all()


def test_newmans_exponents(rng):
    """N(0, 1/n) factors: (psi((n - k + 1) / 2) + ln(2 / n)) / 2, k = 1..n, within 4 standard errors (entry 14)."""
    n, length, runs = 10, 400, 12
    rates = np.array([lyapunov([rng.standard_normal((n, n)) / np.sqrt(n) for _ in range(length)]) for _ in range(runs)])
    want = [(digamma_half(n - k + 1) + math.log(2 / n)) / 2 for k in range(1, n + 1)]
    se = rates.std(axis=0, ddof=1) / np.sqrt(runs)
    assert (np.abs(rates.mean(axis=0) - want) < 4 * se + 2 / length).all()  # the first factors have not yet settled
    assert np.abs(rates.mean() - np.mean(want)) < 4 * rates.mean(axis=1).std(ddof=1) / np.sqrt(runs) + 1e-12


def test_orthogonal_products_keep_every_length(rng):
    factors = [np.linalg.qr(rng.standard_normal((6, 6)))[0] for _ in range(500)]
    assert np.abs(product_log_singular_values(factors)).max() < 1e-12
    assert np.abs(lyapunov(factors)).max() < 1e-13


def test_lyapunov_of_batches_and_of_narrowing_factors(rng):
    factors = [rng.standard_normal((2, 4, 4)) for _ in range(5)] + [rng.standard_normal((2, 3, 4))]
    got = lyapunov(factors)
    assert got.shape == (2, 3)
    assert np.allclose(got[0], lyapunov([f[0] for f in factors]), rtol=1e-12)


@pytest.mark.parametrize("seeds", [None, 2])
def test_spectrum_of_a_net(seeds, rng):
    net = mlp(4, 5, 3, depth=2, activation="tanh", rng=rng, seeds=seeds)
    x = rng.standard_normal((6, 4))
    s = jacobian_spectrum(net, x)
    y, cache = net.forward(x)
    J = net.jacobian(cache, y)
    assert len(s.layers) == 5
    assert s.product.shape == (*J.shape[:-2], 3)
    assert np.allclose(s.product, np.log(np.linalg.svd(J, compute_uv=False)), rtol=0, atol=1e-9)
    want = np.linalg.svd(J, compute_uv=False)
    assert np.allclose(s.condition(), np.log10(want[..., 0] / want[..., -1]), atol=1e-9)


ERRORS = {
    "no factors": (lambda: product_log_singular_values([]), "factors: got an empty list; allowed: at least one matrix"),
    "factors that do not fit": (
        lambda: product_log_singular_values([np.ones((2, 3)), np.ones((4, 3))]),
        r"factors: got \(4, 3\) after \(2, 3\); allowed: matrices that can be multiplied",
    ),
    "nothing to grow": (lambda: lyapunov([]), "factors: got an empty list"),
    "sweeps": (lambda: product_log_singular_values([np.eye(2)], sweeps=0), "sweeps: got 0"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_few_sweeps_give_what_they_have():
    got = product_log_singular_values([np.diag([1e-9, 1.0])] * 3, sweeps=1)
    assert got == pytest.approx([0, 27 * math.log(0.1)], abs=1e-6)
