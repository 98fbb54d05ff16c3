"""The training loop against the same steps written out, for one net and for nets on the seed axis."""

import copy
import sys

import cases
import numpy as np
import pytest

from vgp import data, mlp
from vgp.check import relative_error
from vgp.layers import Sequential
from vgp.losses import mse, softmax_cross_entropy
from vgp.normalise import RMSNorm
from vgp.optim import SGD
from vgp.train import _progress, accuracy, train


@pytest.fixture
def points(rng):
    return data.clusters(23, 5, rng=rng, classes=3)


def build(rng, **options):
    return mlp(5, 4, 3, **{"depth": 2, "activation": "tanh", "rng": rng, **options})


@pytest.mark.parametrize("make", cases.OPTIMISERS.values(), ids=cases.OPTIMISERS)
@pytest.mark.parametrize("seeds", [None, 3])
def test_against_the_loop_written_out_for_each_seed(make, seeds, points, rng):
    x, labels = points
    net = build(rng, seeds=seeds)
    single = [copy.deepcopy(net)] if seeds is None else [cases.pick(net, s) for s in range(seeds)]
    history = train(net, softmax_cross_entropy, make(0.1), x, labels, epochs=3, batch=5, rng=np.random.default_rng(1))

    order = np.random.default_rng(1)
    epochs = [list(data.batches(x, labels, 5, rng=order, seeds=seeds)) for _ in range(3)]
    for s, one in enumerate(single):
        rule, means = make(0.1), []
        for epoch in epochs:
            total = 0.0
            for x_b, y_b in epoch:
                x_s, y_s = (x_b, y_b) if seeds is None else (x_b[s], y_b[s])
                y, cache = one.forward(x_s)
                value, dy = softmax_cross_entropy(y, y_s)
                rule.step(one.params, one.backward(dy, cache)[1])
                total += value * len(x_s)
            means.append(total / 23)
        got = net if seeds is None else cases.pick(net, s)
        assert relative_error(history if seeds is None else history[:, s], np.array(means)) < 1e-12
        for key, p in one.params.items():
            assert relative_error(got.params[key], p) < 1e-11  # 15 steps, each with its rounding


def test_same_seed_same_net(points):
    x, labels = points
    runs = []
    for _ in range(2):
        rng = np.random.default_rng(7)
        net = build(rng, seeds=2)
        train(net, softmax_cross_entropy, SGD(0.1), x, labels, epochs=2, batch=4, rng=rng)
        runs.append(net.params)
    assert all(np.array_equal(runs[0][key], runs[1][key]) for key in runs[0])


def test_full_batch_descent_lowers_the_loss_in_every_epoch(points, rng):
    x, labels = points
    net = build(rng, seeds=4)
    losses = train(net, softmax_cross_entropy, SGD(0.05), x, labels, epochs=30, batch=len(x), rng=rng)
    assert losses.shape == (30, 4)
    assert (np.diff(losses, axis=0) < 0).all()


def test_targets_that_are_no_labels(rng):
    x, target = rng.standard_normal((12, 5)), rng.standard_normal((12, 3))
    net = build(rng, seeds=2)
    losses = train(net, mse, SGD(0.1), x, target, epochs=20, batch=12, rng=rng)
    assert (losses[-1] < losses[0]).all()


def test_on_step_sees_every_step_before_its_update(points, rng):
    x, labels = points
    net, seen = build(rng, seeds=2), []
    before = {key: p.copy() for key, p in net.params.items()}

    def on_step(step, value, grads):
        seen.append((step, value.shape, grads.keys() == net.params.keys()))
        if step == 0:
            assert all(np.array_equal(p, before[key]) for key, p in net.params.items())

    train(net, softmax_cross_entropy, SGD(0.1), x, labels, epochs=2, batch=10, rng=rng, on_step=on_step)
    assert seen == [(step, (2,), True) for step in range(6)]


@pytest.mark.parametrize("seeds", [None, 2])
@pytest.mark.parametrize("stop", [0, 2, 3, 5, 6])
def test_on_step_ends_the_training(stop, seeds, points, rng):
    """At this step, without its update; the means of the full epochs come back, or that of the examples seen."""
    x, labels = points
    net, steps, values = build(rng, seeds=seeds), [], []

    def on_step(step, value, grads):
        steps.append({key: p.copy() for key, p in net.params.items()})
        values.append(value)
        return step == stop

    losses = train(net, softmax_cross_entropy, SGD(0.1), x, labels, epochs=9, batch=10, rng=rng, on_step=on_step)
    assert len(steps) == stop + 1
    assert all(np.array_equal(p, steps[-1][key]) for key, p in net.params.items())
    batches = np.array([10, 10, 3])  # of 23 examples, three to an epoch
    rows = [slice(3 * epoch, 3 * epoch + 3) for epoch in range(stop // 3)] or [slice(0, stop + 1)]
    want = [np.average(values[row], axis=0, weights=batches[: len(values[row])]) for row in rows]
    assert losses.shape == np.shape(want)
    assert relative_error(losses, np.array(want)) < 1e-15


def test_on_step_may_compare_the_loss_but_need_not_answer(points, rng):
    """`value < 2` is NumPy's True; arrays and None, such as `print` returns, go on."""
    for answer, rows in (
        (lambda value: value < 2, 1),
        (lambda value: np.array([value < 2]), 3),
        (lambda value: None, 3),
    ):
        losses = train(
            build(rng), softmax_cross_entropy, SGD(0.1), *points, epochs=3, batch=23, rng=rng,
            on_step=lambda step, value, grads, answer=answer: answer(value),
        )  # fmt: skip
        assert len(losses) == rows


@pytest.mark.parametrize("seeds", [None, 3])
def test_a_net_that_begins_with_a_norm(seeds, points, rng):
    """Its first parameter is gamma, (1, n), which is no weight matrix for one feature."""
    net = Sequential([RMSNorm(5, seeds=seeds), *build(rng, seeds=seeds).layers])
    losses = train(net, softmax_cross_entropy, SGD(0.1), *points, epochs=9, batch=23, rng=rng)
    assert losses.shape == (9, *([] if seeds is None else [seeds]))
    assert (losses[-1] < losses[0]).all()
    with pytest.raises(ValueError, match=r"^x: got shape \(.*23, 4\); allowed: \(\.\.\., batch, 5\)"):
        train(net, softmax_cross_entropy, SGD(0.1), points[0][:, 1:], points[1], epochs=1, batch=23, rng=rng)


def test_input_is_cast_to_the_net(points, rng):
    x, labels = points
    net = build(rng, dtype=np.float32)
    train(net, softmax_cross_entropy, SGD(0.1), x, labels, epochs=1, batch=5, rng=rng)
    assert {p.dtype for p in net.params.values()} == {np.dtype(np.float32)}
    assert x.dtype == np.float64


def test_accuracy_by_counting(points, rng):
    x, labels = points
    net = build(rng, seeds=3)
    got = accuracy(net, x, labels)
    for s in range(3):
        y, _ = cases.pick(net, s).forward(x)
        assert got[s] == sum(int(np.argmax(row)) == label for row, label in zip(y, labels)) / 23


def test_progress_is_told_after_every_epoch(points, rng, monkeypatch):
    told = []
    monkeypatch.setitem(train.__globals__, "_progress", lambda *args: told.append(args))
    train(build(rng), softmax_cross_entropy, SGD(0.1), *points, epochs=3, batch=10, rng=rng)
    assert [args[:2] for args in told] == [(1, 3), (2, 3), (3, 3)]
    assert 0 <= told[0][2] <= told[-1][2] < 60


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_is_shown_on_a_terminal_after_two_seconds(monkeypatch, capsys):
    _progress(1, 2, 60.0)
    assert capsys.readouterr().err == ""  # not a terminal
    monkeypatch.setattr(sys, "stderr", Terminal())
    _progress(1, 4, 1.0)
    assert sys.stderr.text == ""
    _progress(1, 4, 3.0)
    _progress(4, 4, 9.0)
    first, last = sys.stderr.text.split("\r")[1:]
    assert first == f"[{'#' * 8:<30}] epoch 1/4, 3 s"
    assert last == f"[{'#' * 30}] epoch 4/4, 9 s\n"
