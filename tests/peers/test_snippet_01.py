"""Chapter 1: the two snippets, and `vgp` on the same nets and batches, escape at the same update."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp import data
from vgp.layers import mlp
from vgp.losses import softmax_cross_entropy
from vgp.optim import SGD
from vgp.train import train

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


def printed(name, capsys):
    """The updates that a snippet prints, for one to four hidden layers."""
    runpy.run_path(str(SNIPPETS / name), run_name="__main__")
    return [int(n) for n in re.findall(r"layers: (\d+) updates", capsys.readouterr().out)]


def by_vgp(depth):
    """The same with `vgp`: same data, same first weights, same order of examples."""
    x, labels = data.clusters(1500, 64, rng=np.random.default_rng(1))
    rng = np.random.default_rng(1)
    net = mlp(64, 30, 10, depth=depth, rng=rng)
    losses = []

    def watch(step, value, grads):
        losses.append(float(value))
        return len(losses) >= 10 and np.mean(losses[-10:]) < 0.9 * np.log(10)

    train(
        net,
        softmax_cross_entropy,
        SGD(0.2),
        x,
        labels,
        epochs=60,
        batch=32,
        rng=rng,
        on_step=lambda *a: bool(watch(*a)),
    )
    return len(losses)


def test_numpy_snippet_agrees_with_vgp(capsys):
    waits = printed("01_deeper_and_slower_numpy.py", capsys)
    assert waits == [by_vgp(depth) for depth in (1, 2, 3, 4)]
    assert waits == sorted(waits)


def test_torch_snippet_agrees_with_vgp(capsys):
    pytest.importorskip("torch")
    waits = printed("01_deeper_and_slower_torch.py", capsys)
    for got, want in zip(waits, [by_vgp(depth) for depth in (1, 2, 3, 4)], strict=True):
        assert abs(got - want) <= 2  # rounding may move the crossing of the threshold


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_unbalanced_labels(kind, capsys):
    """One label in ten is positive. Where labels have nothing to do with the inputs, no net escapes while it has not
    had the time to learn them by heart (ln 2 would be passed after ten updates); where they have, all do."""
    torch = pytest.importorskip("torch") if kind == "torch" else None
    names = runpy.run_path(str(SNIPPETS / f"01_deeper_and_slower_{kind}.py"))
    escape = names["updates_to_escape"]
    escape.__globals__["EPOCHS"] = 4
    for seed in range(5):
        rng = np.random.default_rng(seed)
        labels = (rng.random(1500) < 0.1).astype(int)
        x = rng.standard_normal((1500, 64))
        if torch:
            x, labels = torch.from_numpy(x), torch.from_numpy(labels)
        for depth in (1, 2, 4):
            assert escape(x, labels, depth, np.random.default_rng(seed)) is None
        assert escape(x + 2 * labels[:, None], labels, 1, np.random.default_rng(seed)) < 100


def test_torch_snippet_on_float32_and_a_missing_class(capsys):
    pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "01_deeper_and_slower_torch.py"))
    x, labels = names["x"].float(), 2 * names["labels"]  # classes 1, 3, ... do not occur
    assert names["updates_to_escape"](x, labels, 1, np.random.default_rng(1)) < 200
