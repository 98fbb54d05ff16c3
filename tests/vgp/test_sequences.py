"""Sequences for recurrent nets: the promises of their docstrings, and their statistics."""

import numpy as np
import pytest

from vgp import data
from vgp.data import adding_problem, delayed_copy, digit_rows, noise


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
