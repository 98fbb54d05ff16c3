"""The embedded images are MNIST's, batches hold every example once, and sequences are what their docstrings promise."""

import hashlib
from importlib import resources

import cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp import data
from vgp.data import adding_problem, delayed_copy, digit_rows, noise

SHA256 = "1541ae7e489cd0e5335d3d9a7768245b29297e0b851104bfc571c813725e679b"


def test_the_file_of_images():
    raw = (resources.files("vgp") / "files" / "mnist_10k_2k.npz").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SHA256
    licence = (resources.files("vgp") / "files" / "LICENSE-MNIST.txt").read_text(encoding="utf-8")
    assert all(word in licence for word in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"))


def test_mnist():
    d = data.mnist()
    assert [a.shape for a in d] == [(10000, 784), (10000,), (2000, 784), (2000,)]
    assert np.bincount(d.y_train).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert np.bincount(d.y_test).tolist() == [175, 234, 219, 207, 217, 179, 178, 205, 192, 194]
    assert (d.x_train.min(), d.x_train.max(), d.x_test.min(), d.x_test.max()) == (0, 1, 0, 1)
    # the whole training set is known for mean 0.1307 and standard deviation 0.3081; a sixth of it comes close
    assert d.x_train.mean() == pytest.approx(0.1307, abs=0.002)
    assert d.x_train.std() == pytest.approx(0.3081, abs=0.002)
    assert d.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert d.y_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_digits8_are_the_same_images_averaged_over_blocks():
    full, small = data.mnist(300, 50), data.digits8(300, 50)
    blocks = np.zeros((350, 64))
    for n, image in enumerate(np.concatenate([full.x_train, full.x_test]).reshape(-1, 28, 28)):
        padded = np.zeros((32, 32))
        padded[2:30, 2:30] = image
        for i in range(8):
            for j in range(8):
                blocks[n, 8 * i + j] = padded[4 * i : 4 * i + 4, 4 * j : 4 * j + 4].mean()
    mean, sd = blocks[:300].mean(axis=0), blocks[:300].std(axis=0)  # of the training images, for both
    want = (blocks - mean) / np.where(sd > 0, sd, 1)
    assert np.allclose(small.x_train, want[:300], rtol=0, atol=1e-12)  # inputs are of size 1
    assert np.allclose(small.x_test, want[300:], rtol=0, atol=1e-12)
    assert np.array_equal(small.y_train, full.y_train)
    assert np.array_equal(small.y_test, full.y_test)


def test_digits8_is_standardised():
    d = data.digits8()
    assert [a.shape for a in d] == [(1500, 64), (1500,), (2000, 64), (2000,)]
    assert np.abs(d.x_train.mean(axis=0)).max() < 1e-12
    sd = d.x_train.std(axis=0)
    constant = sd == 0
    assert np.allclose(sd[~constant], 1, rtol=1e-12)
    assert constant.sum() == 10  # the rim: never inked in these 1,500 images
    assert not d.x_train[:, constant].any()


@pytest.mark.parametrize("dtype", cases.DTYPES)
@pytest.mark.parametrize("load", [data.mnist, data.digits8])
def test_dtype(load, dtype):
    d = load(20, 10, dtype=dtype)
    assert d.x_train.dtype == d.x_test.dtype == np.dtype(dtype)
    assert d.y_train.dtype == d.y_test.dtype == np.intp


@pytest.mark.parametrize("load", [data.mnist, data.digits8])
def test_nobody_can_spoil_the_images_of_the_next_caller(load):
    first = load(20, 10)
    first.x_train[:] = 7
    first.y_train[:] = 7
    assert load(20, 10).x_train.max() != 7 or load is data.digits8
    assert load(20, 10).y_train[:5].tolist() == [5, 0, 4, 1, 9]


def test_spirals(rng):
    x, labels = data.spirals(3000, rng=rng, classes=3, noise=0.0)
    assert (x.shape, np.bincount(labels).tolist()) == ((3000, 2), [1000] * 3)
    radius = np.hypot(*x.T)
    assert 0.05 <= radius.min() < radius.max() <= 1
    turned = np.exp(1j * (2 * np.pi * labels / 3 + 4 * radius))  # without noise every point lies on its arm
    assert np.allclose(x @ [1, 1j], radius * turned, rtol=1e-13)


def test_noise_is_the_standard_deviation_of_the_angle(rng):
    x, labels = data.spirals(20_000, rng=rng, classes=2, noise=0.2)
    radius = np.hypot(*x.T)
    off = np.angle((x @ [1, 1j]) * np.exp(-1j * (np.pi * labels + 4 * radius)))
    assert abs(off.std() - 0.2) < 4 * 0.2 / np.sqrt(2 * 20_000)


def test_clusters(rng):
    x, labels = data.clusters(20_000, 8, rng=rng, classes=4, spread=0.5)
    assert (x.shape, np.bincount(labels).tolist()) == ((20_000, 8), [5000] * 4)
    inside = np.concatenate([x[labels == k] - x[labels == k].mean(axis=0) for k in range(4)])
    assert abs(inside.std() - 0.5) < 4 * 0.5 / np.sqrt(2 * inside.size)


@pytest.mark.parametrize("make", [data.spirals, data.clusters])
def test_same_seed_same_points(make):
    (a, _), (b, _), (c, _) = (make(50, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


# --- batches --------------------------------------------------------------------------------------------------------


def epoch(n, batch, rng, seeds=None):
    x = np.arange(float(n))[:, None]
    return list(data.batches(x, np.arange(n), batch, rng=rng, seeds=seeds))


@given(n=st.integers(1, 30), batch=st.integers(1, 40), seeds=st.none() | st.integers(1, 3))
def test_an_epoch_holds_every_example_once(n, batch, seeds):
    parts = epoch(n, batch, np.random.default_rng(0), seeds)
    assert all(np.array_equal(x_b[..., 0], y_b) for x_b, y_b in parts)  # each with its label
    assert [y_b.shape[-1] for _, y_b in parts] == [batch] * (n // batch) + [n % batch] * (n % batch > 0)
    order = np.concatenate([y_b for _, y_b in parts], axis=-1)
    assert order.shape == (n,) if seeds is None else (seeds, n)
    assert (np.sort(order, axis=-1) == np.arange(n)).all()


def test_orders_differ_between_epochs_and_between_seeds():
    rng = np.random.default_rng(0)
    orders = [np.concatenate([y_b for _, y_b in epoch(100, 7, rng, seeds=2)], axis=-1) for _ in range(2)]
    rows = [np.arange(100), *orders[0], *orders[1]]
    for i, row in enumerate(rows):
        assert not any(np.array_equal(row, other) for other in rows[:i])


def test_same_seed_same_order():
    a, b = (epoch(50, 8, np.random.default_rng(4)) for _ in range(2))
    assert all(np.array_equal(p[1], q[1]) for p, q in zip(a, b))


@pytest.mark.parametrize("seeds", [None, 4000])
def test_every_example_is_equally_likely_at_every_place(seeds):
    """4,000 shuffles of 5 examples: counts of 800 with a standard deviation of sqrt(4000 * 0.2 * 0.8) = 25."""
    rng = np.random.default_rng(1)
    first = [epoch(5, 5, rng)[0][1] for _ in range(4000)] if seeds is None else epoch(5, 5, rng, seeds)[0][1]
    counts = [np.bincount(np.array(first)[:, place], minlength=5) for place in range(5)]
    assert np.abs(np.array(counts) - 800).max() < 4 * 25.3


def test_labels_may_be_targets_of_any_shape(rng):
    x, target = rng.standard_normal((2, 6, 3))
    for x_b, t_b in data.batches(x, target, 4, rng=rng, seeds=2):
        assert x_b.shape == t_b.shape


# --- sequences: the promises of their docstrings, and their statistics ------------------------------------------------


@pytest.mark.parametrize("steps", [2, 3, 50])
def test_adding_problem(steps, rng):
    x, y = adding_problem(steps, 400, rng=rng)
    assert (x.shape, y.shape) == ((steps, 400, 2), (400, 1))
    marks = x[..., 1]
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert (marks[: steps // 2].sum(axis=0) == 1).all()
    assert (marks[steps // 2 :].sum(axis=0) == 1).all()
    assert np.allclose(y[:, 0], (x[..., 0] * marks).sum(axis=0), rtol=1e-15)
    assert x.min() >= 0
    assert x.max() <= 1
    if steps == 50:
        assert set(marks.argmax(axis=0)) == set(range(25))


def test_always_1_has_an_error_of_a_sixth(rng):
    _, y = adding_problem(10, 100_000, rng=rng)
    error = (y - 1) ** 2
    assert abs(error.mean() - 1 / 6) < 4 * error.std() / np.sqrt(len(y))


@pytest.mark.parametrize(("delay", "length", "symbols"), [(1, 1, 2), (5, 3, 4), (20, 10, 8)])
def test_delayed_copy(delay, length, symbols, rng):
    x, labels = delayed_copy(delay, 300, rng=rng, length=length, symbols=symbols)
    steps = delay + 2 * length
    assert (x.shape, labels.shape) == ((steps, 300, symbols + 2), (steps, 300))
    assert (x.sum(axis=-1) == 1).all()
    shown = x.argmax(axis=-1)
    assert np.array_equal(labels[-length:], shown[:length])
    assert (labels[:-length] == symbols).all()
    assert (shown[length + delay - 1] == symbols + 1).all()
    assert (np.delete(shown[length:], delay - 1, axis=0) == symbols).all()
    assert set(np.unique(shown[:length])) == set(range(symbols))


def test_digit_rows():
    rows, flat = digit_rows(30, 10, dtype=np.float32), data.mnist(30, 10)
    assert rows.x_train.shape == (28, 30, 28)
    assert rows.x_test.dtype == np.float32
    for i in (0, 7, 29):
        assert np.allclose(rows.x_train[:, i].ravel(), flat.x_train[i], rtol=1e-6)
    assert np.array_equal(rows.y_test, flat.y_test)


@pytest.mark.parametrize("cosine", [0.0, 0.3, 1.0])
def test_noise(cosine, rng):
    x = noise(3, 50_000, rng=rng, cosine=cosine, steps=2)
    assert x.shape == (2, 3, 50_000)
    assert abs(x.var() - 1) < 0.03
    assert (x[0, 0] * x[0, 1]).mean() == pytest.approx(cosine, abs=4 * np.sqrt((1 + cosine**2) / 50_000))
    assert abs((x[0, 0] * x[1, 0]).mean()) < 4 / np.sqrt(50_000)
    assert noise(3, 4, rng=rng).shape == (3, 4)
