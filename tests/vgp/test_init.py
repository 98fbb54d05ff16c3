"""Initialisers: stated variance against the sample, within four standard errors of a seed fixed in advance."""

import cases
import numpy as np
import pytest

from vgp import init

every = pytest.mark.parametrize("sampler", cases.INITS.values(), ids=cases.INITS)
N_IN, N_OUT, SEEDS = 60, 40, 20


def sizes(sampler):
    return (N_IN, N_IN) if sampler.name.startswith("identity") else (N_IN, N_OUT)


# Published: LeCun et al. 1998 eq. 16; Glorot and Bengio 2010 eqs 1, 12, 16; He et al. 2015 eq. 10; Saxe et al. 2014
VARIANCE = {
    "lecun": 1 / N_IN,
    "lecun_uniform": 1 / N_IN,
    "glorot": 2 / (N_IN + N_OUT),
    "glorot_uniform": 2 / (N_IN + N_OUT),
    "he": 2 / N_IN,
    "he_uniform": 2 / N_IN,
    "old_uniform": 1 / (3 * N_IN),
    "pytorch": 1 / (3 * N_IN),
    "orthogonal": 1 / N_IN,
    "orthogonal(2)": 4 / N_IN,
    "identity": 1 / N_IN - 1 / N_IN**2,
    "identity(0.5)": 0.25 * (1 / N_IN - 1 / N_IN**2),
    "scaled_normal": 1.5**2 / N_IN,
    "normal": 0.09,
    "uniform": 0.25 / 3,
}


@pytest.mark.parametrize("name", VARIANCE)
def test_stated_and_published_variance_agree(name):
    sampler = cases.INITS[name]
    assert sampler.variance(*sizes(sampler)) == pytest.approx(VARIANCE[name], rel=1e-14)


@every
def test_sample_mean_and_variance(sampler, rng):
    W = sampler(*sizes(sampler), rng=rng, seeds=SEEDS)
    variance = sampler.variance(*sizes(sampler))
    if sampler.name.startswith("identity"):
        assert W.var() == pytest.approx(variance, rel=1e-12)
        return
    assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
    # variance of the sample variance: (kurtosis - 1) / n, with kurtosis 3 for the normal and 1.8 for the uniform;
    # an orthogonal W has a mean square without any spread, and only its mean varies
    kurtosis = 3.0 if np.abs(W).max() > 2 * np.sqrt(variance) else 1.8
    assert abs((W**2).mean() - variance) < 4 * variance * np.sqrt((kurtosis - 1) / W.size)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("lecun_uniform", np.sqrt(3 / N_IN)),
        ("glorot_uniform", np.sqrt(6 / (N_IN + N_OUT))),
        ("he_uniform", np.sqrt(6 / N_IN)),
        ("old_uniform", 1 / np.sqrt(N_IN)),
        ("pytorch", 1 / np.sqrt(N_IN)),
        ("uniform", 0.5),
    ],
)
def test_uniform_samplers_fill_their_range(name, limit, rng):
    W = cases.INITS[name](N_IN, N_OUT, rng=rng, seeds=SEEDS)
    assert 0.999 * limit < W.max() <= limit
    assert -limit <= W.min() < -0.999 * limit


@every
def test_shape_dtype_and_seed(sampler):
    n_in, n_out = sizes(sampler)
    for dtype in cases.DTYPES:
        for seeds, shape in ((None, (n_in, n_out)), (3, (3, n_in, n_out))):
            W, again = (sampler(n_in, n_out, rng=np.random.default_rng(1), seeds=seeds, dtype=dtype) for _ in range(2))
            assert (W.shape, W.dtype) == (shape, np.dtype(dtype))
            assert np.array_equal(W, again)
            assert W.flags.writeable
    if not sampler.name.startswith("identity"):
        W = sampler(n_in, n_out, rng=np.random.default_rng(1), seeds=2)
        assert not np.array_equal(W[0], W[1])
        assert not np.array_equal(W, sampler(n_in, n_out, rng=np.random.default_rng(2), seeds=2))


def test_normal_samplers_are_paired():
    """At one seed they hold the same standard normals, so two rules differ by a factor only."""
    z = np.random.default_rng(3).standard_normal((2, N_IN, N_OUT))
    for sampler in (init.get("lecun"), init.get("glorot"), init.get("he"), init.normal(0.3), init.scaled_normal(1.5)):
        W = sampler(N_IN, N_OUT, rng=np.random.default_rng(3), seeds=2)
        assert np.allclose(W, np.sqrt(sampler.variance(N_IN, N_OUT)) * z, rtol=1e-15, atol=0)


@pytest.mark.parametrize(("n_in", "n_out"), [(5, 5), (7, 4), (4, 7), (1, 3), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_orthogonal(n_in, n_out, gain, rng):
    W = init.orthogonal(gain)(n_in, n_out, rng=rng, seeds=3)
    assert np.allclose(np.linalg.svd(W, compute_uv=False), gain, rtol=1e-14, atol=0)


def test_orthogonal_is_uniform_over_all_rotations(rng):
    """Every entry has mean 0, which plain QR misses: its R has a positive diagonal, and so Q a preferred sign."""
    W = init.orthogonal()(3, 3, rng=rng, seeds=4000)
    assert (np.abs(W.mean(axis=0)) < 4 / np.sqrt(3 * 4000)).all()
    assert abs(np.sign(np.linalg.det(W)).mean()) < 4 / np.sqrt(4000)


@pytest.mark.parametrize("bias", cases.BIASES.values(), ids=cases.BIASES)
def test_biases(bias, rng):
    b = bias.draw(N_IN, N_OUT, rng=rng, seeds=200)
    assert b.shape == (200, 1, N_OUT)
    if bias.variance:
        variance = bias.variance(N_IN)
        assert abs(b.mean() - bias.mean) <= 4 * np.sqrt(variance / b.size) + 1e-15
        assert abs(b.var() - variance) <= 4 * variance * np.sqrt(2 / b.size) + 1e-15
    for dtype in cases.DTYPES:
        one = bias.draw(N_IN, N_OUT, rng=rng, dtype=dtype)
        assert (one.shape, one.dtype) == ((1, N_OUT), np.dtype(dtype))


def test_get_lets_an_initialiser_pass():
    assert init.get(init.INITS["he"]) is init.get("he")
    assert init.get_bias(init.BIASES["zeros"]) is init.get_bias("zeros")
    assert all(sampler.source for sampler in init.INITS.values())
