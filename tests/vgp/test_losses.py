"""Losses against the textbook formula at 700 digits, entry by entry: a confident net has a small gradient, not none."""

from decimal import Decimal

import cases
import numpy as np
import pytest

from vgp.check import complex_step, directional, relative_error
from vgp.losses import mse, sigmoid_cross_entropy, softmax_cross_entropy

every = pytest.mark.parametrize(("loss", "target"), cases.LOSSES.values(), ids=cases.LOSSES)
cross_entropy = pytest.mark.parametrize("name", ["softmax_cross_entropy", "sigmoid_cross_entropy"])

LOGITS = [[0, 0, 0], [1, -2, 0.5], [40, 0, -3], [-40, 10, 0], [300, -300, 0], [7, 7, 7]]


def softmax_formula(y, label):
    p = [v.exp() / sum(w.exp() for w in y) for v in y]
    return -p[label].ln(), [p_k - (k == label) for k, p_k in enumerate(p)]


def sigmoid_formula(y, label):
    p = [cases.sigmoid(v) for v in y]
    return -sum((p_k if k == label else 1 - p_k).ln() for k, p_k in enumerate(p)), [
        p_k - (k == label) for k, p_k in enumerate(p)
    ]


FORMULAS = {"softmax_cross_entropy": softmax_formula, "sigmoid_cross_entropy": sigmoid_formula}


@cross_entropy
@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("y", LOGITS, ids=str)
def test_against_the_formula_at_700_digits(name, y, label):
    value, dy = cases.LOSSES[name][0](np.array([y], float), np.array([label]))
    want = cases.exact(lambda _: FORMULAS[name]([Decimal(v) for v in y], label)[0], 0)
    assert value == pytest.approx(want, rel=4 * cases.EPS, abs=0)
    for k in range(3):
        want = cases.exact(lambda _, k=k: FORMULAS[name]([Decimal(v) for v in y], label)[1][k], 0)
        assert dy[0, k] == pytest.approx(want, rel=8 * cases.EPS, abs=0)


def test_mse(rng):
    y, target = rng.standard_normal((2, 4, 3))
    value, dy = mse(y, target)
    pairs = list(zip(y.ravel(), target.ravel()))
    assert value == pytest.approx(sum((a - b) ** 2 for a, b in pairs) / 12, rel=1e-15)
    assert np.allclose(dy.ravel(), [2 * (a - b) / 12 for a, b in pairs], rtol=1e-15, atol=0)


@every
def test_dy_is_the_gradient_of_the_value(loss, target, rng):
    y = rng.standard_normal((5, 4))
    t = target(rng, y.shape)
    assert directional(lambda a: loss(a, t)[0], lambda u: u * loss(y, t)[1], y, rng=rng)[2] < 1e-13


@every
def test_complex_step_works_at_logits_of_exactly_0(loss, target, rng):
    """Where a net starts whose last weights are 0."""
    y = np.zeros((5, 4))
    t = target(rng, y.shape)
    assert directional(lambda a: loss(a, t)[0], lambda u: u * loss(y, t)[1], y, rng=rng)[2] < 1e-13


@cross_entropy
@pytest.mark.parametrize("label", [0, 1, 2])
def test_complex_step_where_the_net_is_sure(name, label):
    """Every entry of dy by itself: 1 - p = 1e-30 at the label, and logits of any size."""
    loss, t = cases.LOSSES[name][0], np.array([label])
    for a in [*np.linspace(-600, 600, 49), *np.linspace(-40, 40, 33), 1e-300, -1e-20]:
        y = np.array([[a, 0.0, -1.5]])
        value, dy = loss(y, t)
        slopes = [complex_step(lambda q: loss(q, t)[0], y, v[None]) for v in np.eye(3)]
        assert np.allclose(slopes, dy[0], rtol=1e-15, atol=1e-265)
        assert loss(y + 1e-40j, t)[0].real == pytest.approx(value, rel=1e-15, abs=1e-79)


@every
def test_mean_over_the_batch(loss, target, rng):
    y = rng.standard_normal((5, 4))
    t = target(rng, y.shape)
    each = [loss(y[i : i + 1], t[i : i + 1]) for i in range(5)]
    value, dy = loss(y, t)
    assert value == pytest.approx(np.mean([v for v, _ in each]), rel=1e-14)
    assert relative_error(dy, np.concatenate([d for _, d in each]) / 5) < 1e-14


@every
@pytest.mark.parametrize("shared", [True, False], ids=["one target for all seeds", "a target for each seed"])
def test_seed_axis_is_a_loop_over_seeds(loss, target, shared, rng):
    y = rng.standard_normal((3, 5, 4))
    t = target(rng, y.shape[1:] if shared else y.shape)
    value, dy = loss(y, t)
    assert value.shape == (3,)
    for s in range(3):
        value_s, dy_s = loss(y[s], t if shared else t[s])
        assert value[s] == pytest.approx(value_s, rel=1e-15)
        assert relative_error(dy[s], dy_s) < 1e-15


@every
@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_dtype_in_is_dtype_out(loss, target, dtype, rng):
    """Whatever the dtype of the target."""
    y = rng.standard_normal((5, 4)).astype(dtype)
    t = target(rng, y.shape)
    value, dy = loss(y, t)
    assert value.dtype == dy.dtype == np.dtype(dtype)
    exact, d_exact = loss(y.astype(np.float64), t)
    # sums of 20 terms, and targets that are rounded to the dtype first
    assert float(value) == pytest.approx(float(exact), rel=20 * float(np.finfo(dtype).eps))
    assert relative_error(dy.astype(np.float64), d_exact) < 20 * float(np.finfo(dtype).eps)


@every
def test_nothing_is_written_to(loss, target, rng):
    y = rng.standard_normal((5, 4))
    t = target(rng, y.shape)
    y_before, t_before = y.copy(), t.copy()
    _, dy = loss(y, t)
    assert np.array_equal(y, y_before)
    assert np.array_equal(t, t_before)
    assert not np.shares_memory(dy, y)


@cross_entropy
@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_no_finite_logit_gives_a_warning(name, dtype):
    big = 0.9 * float(np.finfo(dtype).max)
    loss = cases.LOSSES[name][0]
    for y in ([big, 0], [big, -big], [big / 2, -big / 2], [-big, -big]):
        value, dy = loss(np.array([y], dtype), np.array([0]))
        assert np.isfinite(dy).all()
        assert value >= 0
    assert loss(np.array([[big, -big]], dtype), np.array([0]))[0] == 0
    wrong, dy = loss(np.array([[-big / 2, big / 2]], dtype), np.array([0]))
    assert float(wrong) == pytest.approx(big, rel=1e-2)
    assert dy.tolist() == [[-1, 1]]


def test_softmax_forgets_a_constant_and_its_gradient_sums_to_0(rng):
    y, t = rng.standard_normal((5, 4)), cases.labels(rng, (5, 4))
    value, dy = softmax_cross_entropy(y, t)
    shifted, d_shifted = softmax_cross_entropy(y + 64.0, t)
    assert shifted == pytest.approx(value, rel=1e-13)  # y + 64 has lost 6 bits
    assert relative_error(d_shifted, dy) < 1e-13
    assert np.abs(dy.sum(axis=-1)).max() < 1e-16


def test_chance(rng):
    """A net that ignores its input: log K for the softmax, K log 2 for sigmoids at 0."""
    t = cases.labels(rng, (7, 10))
    assert softmax_cross_entropy(np.full((7, 10), 3.0), t)[0] == pytest.approx(np.log(10), rel=1e-15)
    assert sigmoid_cross_entropy(np.zeros((7, 10)), t)[0] == pytest.approx(10 * np.log(2), rel=1e-15)


def test_two_classes_of_a_softmax_are_a_sigmoid(rng):
    """softmax over (0, a) is sigmoid(a)."""
    a = rng.standard_normal((6, 1))
    value, dy = softmax_cross_entropy(np.concatenate([0 * a, a], axis=1), np.ones(6, int))
    want, d_want = sigmoid_cross_entropy(a, np.zeros(6, int))  # one output, whose label is always its own
    assert value == pytest.approx(want, rel=1e-14)
    assert relative_error(dy[:, 1:], d_want) < 1e-14


def test_each_row_has_its_own_largest_logit():
    """With the largest of the whole batch in its place, the second row would be 0 / 0."""
    value, dy = softmax_cross_entropy(np.array([[2000.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))
    assert value == pytest.approx(np.log(2) / 2, rel=1e-15)
    assert dy.tolist() == [[0.0, 0.0], [0.25, -0.25]]
