"""Data sets that need no download: a subset of MNIST, small synthetic ones, and sequences (time first).

Labels are integers from 0; inputs are floats, examples in rows. Everything that draws asks for a generator.
The MNIST subset is the first 10,000 training and the first 2,000 test images of the original files:
Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0; see vgp/files/LICENSE-MNIST.txt.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ._errors import bad, need_array, need_dtype, need_int, need_number, need_rng


class Split(NamedTuple):
    """Inputs (n, n_in) and integer labels (n,) for training and for testing.

    >>> split = digits8(100, 10)
    >>> split.x_train.shape, split.y_test.shape
    ((100, 64), (10,))
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@lru_cache(maxsize=1)
def _images() -> dict[str, np.ndarray]:
    from importlib import resources  # here, since it costs a seventh of `import vgp`

    with resources.as_file(resources.files(__package__) / "files" / "mnist_10k_2k.npz") as path, np.load(path) as file:
        return {key: file[key] for key in file.files}


def _limits(n_train: int, n_test: int) -> tuple[int, int]:
    n_train, n_test = need_int("n_train", n_train), need_int("n_test", n_test)
    if n_train > 10_000:
        raise bad("n_train", n_train, "at most 10000, the images that the package holds")
    if n_test > 2_000:
        raise bad("n_test", n_test, "at most 2000, the images that the package holds")
    return n_train, n_test


def mnist(n_train: int = 10_000, n_test: int = 2_000, *, dtype: DTypeLike = np.float64) -> Split:
    """Handwritten digits, 784 inputs in [0, 1], ten classes: the first `n_train` and `n_test` of the subset.

    >>> x, y, _, _ = mnist(1000)
    >>> x.shape, float(x.min()), float(x.max()), y[:5].tolist()
    ((1000, 784), 0.0, 1.0, [5, 0, 4, 1, 9])
    """
    (n_train, n_test), dtype = _limits(n_train, n_test), need_dtype(dtype)
    f = _images()
    x_train, x_test = (
        f[key][:n].reshape(n, 784).astype(dtype) / 255 for key, n in (("x_train", n_train), ("x_test", n_test))
    )
    return Split(x_train, f["y_train"][:n_train].astype(np.intp), x_test, f["y_test"][:n_test].astype(np.intp))


def digits8(n_train: int = 1_500, n_test: int = 2_000, *, dtype: DTypeLike = np.float64) -> Split:
    """The same digits, padded to 32x32 and averaged over 4x4 blocks: 64 inputs, standardised with training data.

    Each input has mean 0 and variance 1 over the training images (inputs that never change stay 0).

    >>> x, y, _, _ = digits8()
    >>> x.shape, f"{abs(x.mean()):.3f}"
    ((1500, 64), '0.000')
    """
    (n_train, n_test), dtype = _limits(n_train, n_test), need_dtype(dtype)
    f = _images()

    def small(images: np.ndarray) -> np.ndarray:
        padded = np.pad(images / 255, ((0, 0), (2, 2), (2, 2)))
        return padded.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)

    x_train, x_test = small(f["x_train"][:n_train]), small(f["x_test"][:n_test])
    mean, sd = x_train.mean(axis=0), x_train.std(axis=0)
    sd[sd == 0] = 1.0
    x_train, x_test = ((x - mean) / sd for x in (x_train, x_test))
    return Split(
        x_train.astype(dtype),
        f["y_train"][:n_train].astype(np.intp),
        x_test.astype(dtype),
        f["y_test"][:n_test].astype(np.intp),
    )


def spirals(
    n: int = 600, *, rng: np.random.Generator, classes: int = 3, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Interleaved spiral arms in the plane, one for each class: x (n, 2) in about [-1, 1], labels (n,).

    `noise` is the standard deviation of the angle in radians.

    >>> x, y = spirals(6, rng=np.random.default_rng(0))
    >>> x.shape, y.tolist()
    ((6, 2), [0, 1, 2, 0, 1, 2])
    """
    n, classes = need_int("n", n), need_int("classes", classes, 2)
    noise, rng = need_number("noise", noise, 0.0), need_rng(rng)
    labels = np.arange(n) % classes
    radius = rng.uniform(0.05, 1.0, n)
    angle = 2 * np.pi * labels / classes + 4 * radius + noise * rng.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1), labels


def clusters(
    n: int = 1_000, n_in: int = 64, *, rng: np.random.Generator, classes: int = 10, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian clusters: centres N(0, I), points `spread` times N(0, I) around them, labels in turn.

    >>> x, y = clusters(20, 8, rng=np.random.default_rng(0))
    >>> x.shape, int(y.max())
    ((20, 8), 9)
    """
    n, n_in, classes = need_int("n", n), need_int("n_in", n_in), need_int("classes", classes, 2)
    spread, rng = need_number("spread", spread, 0.0), need_rng(rng)
    labels = np.arange(n) % classes
    centres = rng.standard_normal((classes, n_in))
    return centres[labels] + spread * rng.standard_normal((n, n_in)), labels


def batches(
    x: np.ndarray, labels: np.ndarray, batch: int, *, rng: np.random.Generator, seeds: int | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch: every example once, in a new random order; the last batch may be smaller.

    With `seeds=S` each of S nets gets its own order: x_b (S, batch, n_in), labels (S, batch).

    >>> x, y = np.arange(5.0)[:, None], np.arange(5)
    >>> parts = [y_b for _, y_b in batches(x, y, 2, rng=np.random.default_rng(0))]
    >>> [len(p) for p in parts], sorted(np.concatenate(parts).tolist())
    ([2, 2, 1], [0, 1, 2, 3, 4])
    """
    x, labels, rng = need_array("x", x), np.asarray(labels), need_rng(rng)
    batch, n = need_int("batch", batch), len(x)
    if labels.dtype.kind not in "biuf" or labels.shape[:1] != (n,):
        hint = "; write np.unique(labels, return_inverse=True)[1]" if labels.dtype.kind in "USO" else ""
        raise bad("labels", f"{labels.size} labels, {labels.dtype}", f"{n}, one for each row of x{hint}")
    if seeds is None:
        order = rng.permutation(n)
    else:
        order = rng.permuted(np.broadcast_to(np.arange(n), (need_int("seeds", seeds), n)), axis=-1)
    for start in range(0, n, batch):
        chosen = order[..., start : start + batch]
        yield x[chosen], labels[chosen]


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
