"""Sequences for recurrent nets, time first: the adding problem, delayed copy, digits row by row; and Gaussian noise."""

import numpy as np
from numpy.typing import DTypeLike

from ._errors import need_int, need_number, need_rng
from .data import Split, mnist


def adding_problem(steps: int, batch: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers out of `steps` are marked; the target is their sum (Hochreiter and Schmidhuber 1997).

    Returns x (T, B, 2), uniform numbers in [0, 1] beside marks of 0 or 1, one mark in each half; and targets (B, 1).
    A net that always answers 1 has a mean squared error of 1/6. `steps` is at least 2.

    >>> x, y = adding_problem(50, 4, rng=np.random.default_rng(0))
    >>> x.shape, np.allclose((x[..., 0] * x[..., 1]).sum(axis=0), y[:, 0])
    ((50, 4, 2), True)
    """
    steps, batch, rng = need_int("steps", steps, 2), need_int("batch", batch), need_rng(rng)
    numbers, marks = rng.uniform(size=(steps, batch)), np.zeros((steps, batch))
    for low, high in ((0, steps // 2), (steps // 2, steps)):
        marks[rng.integers(low, high, batch), np.arange(batch)] = 1.0
    return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=0)[:, None]


def delayed_copy(
    delay: int, batch: int, *, rng: np.random.Generator, length: int = 10, symbols: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat `length` symbols after `delay` steps of nothing, when the signal comes (Hochreiter and Schmidhuber 1997).

    Returns x (T, B, symbols + 2) one-hot, and labels (T, B), with T = delay + 2 length. Input `symbols` is the blank,
    `symbols + 1` the signal, which stands at the last step of the delay; the label is the blank until the answer. A
    net without memory has a cross-entropy of length * ln(symbols) / T. As in Arjovsky, Shah and Bengio (2016).

    >>> x, labels = delayed_copy(3, 1, rng=np.random.default_rng(0), length=2)
    >>> x.argmax(axis=-1)[:, 0].tolist(), labels[:, 0].tolist()
    ([6, 5, 8, 8, 9, 8, 8], [8, 8, 8, 8, 8, 6, 5])
    """
    delay, batch, rng = need_int("delay", delay), need_int("batch", batch), need_rng(rng)
    length, symbols = need_int("length", length), need_int("symbols", symbols, 2)
    word = rng.integers(0, symbols, (length, batch))
    blank = np.full((delay, batch), symbols)
    blank[-1] = symbols + 1
    quiet = np.full((length, batch), symbols)
    shown = np.concatenate([word, blank, quiet])
    labels = np.concatenate([quiet, np.full((delay, batch), symbols), word])
    return np.eye(symbols + 2)[shown], labels


def digit_rows(n_train: int = 10_000, n_test: int = 2_000, *, dtype: DTypeLike = np.float64) -> Split:
    """The digits of `vgp.data.mnist` as sequences of 28 rows: x (28, n, 28), from the top row down.

    >>> x, y, _, _ = digit_rows(5, 1)
    >>> x.shape, y.tolist()
    ((28, 5, 28), [5, 0, 4, 1, 9])
    """
    d = mnist(n_train, n_test, dtype=dtype)
    x_train, x_test = (np.swapaxes(x.reshape(-1, 28, 28), 0, 1).copy() for x in (d.x_train, d.x_test))
    return Split(x_train, d.y_train, x_test, d.y_test)


def noise(n: int, n_in: int, *, rng: np.random.Generator, steps: int | None = None, cosine: float = 0.0) -> np.ndarray:
    """Gaussian inputs N(0, 1): (n, n_in), or (steps, n, n_in). `cosine` is the correlation between two examples.

    >>> x = noise(2, 100_000, rng=np.random.default_rng(0), cosine=0.6)
    >>> f"{(x[0] @ x[1]) / np.sqrt((x[0] @ x[0]) * (x[1] @ x[1])):.2f}"
    '0.60'
    """
    n, n_in, rng = need_int("n", n), need_int("n_in", n_in), need_rng(rng)
    lead = () if steps is None else (need_int("steps", steps),)
    c = need_number("cosine", cosine, 0.0, 1.0)
    common = rng.standard_normal((*lead, 1, n_in))
    return np.sqrt(c) * common + np.sqrt(1 - c) * rng.standard_normal((*lead, n, n_in))
