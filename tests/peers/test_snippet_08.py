"""Chapter 8: clipping by the snippets, in NumPy and in PyTorch, agrees with `vgp`."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp.optim import clip_by_norm

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
LIMITS = (0.1, 5.0, 1e6)  # bites hard, bites, does not bite


def gradients(size=1.0):
    rng = np.random.default_rng(1)
    return {"0.W": size * rng.standard_normal((4, 3)), "0.b": size * rng.standard_normal((1, 3))}


def errors(output):
    """The errors that the example prints, and the share of updates in which the limit bit."""
    lines = output.splitlines()
    assert len(lines) == 4
    return [float(line.rpartition(" ")[2]) for line in lines], [
        line.split(" bites in ")[1].split(" ")[0] for line in lines
    ]


@pytest.mark.parametrize("limit", LIMITS)
def test_numpy_snippet_agrees_with_vgp(limit, capsys):
    names = runpy.run_path(str(SNIPPETS / "08_explode_and_clip_numpy.py"), run_name="__main__")
    error, share = errors(capsys.readouterr().out)
    assert error[-1] < 0.2
    assert share[-1] == "5"
    ours, theirs = gradients(), gradients()
    before = clip_by_norm(ours, limit)
    assert names["clip"](theirs, limit) == pytest.approx(float(before), rel=1e-12)
    for key in ours:
        np.testing.assert_allclose(theirs[key], ours[key], rtol=1e-12)


def test_numpy_snippet_at_the_edges():
    clip = runpy.run_path(str(SNIPPETS / "08_explode_and_clip_numpy.py"))["clip"]
    zero = gradients(0.0)
    assert clip(zero, 1.0) == 0.0
    assert all((g == 0).all() for g in zero.values())
    huge = gradients(1e200)
    clip(huge, 1.0)
    assert sum(np.square(g).sum() for g in huge.values()) == pytest.approx(1.0)
    with pytest.raises(FloatingPointError):
        clip([np.array([np.inf])], 1.0)


@pytest.mark.parametrize("limit", LIMITS)
def test_torch_snippet_agrees_with_vgp(limit, capsys):
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "08_explode_and_clip_torch.py"), run_name="__main__")
    error, share = errors(capsys.readouterr().out)
    assert error[-1] < 0.2
    assert share[-1] == "5"
    ours = gradients()
    parameters = {key: torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for key, g in ours.items()}
    for key, p in parameters.items():
        p.grad = torch.tensor(ours[key])
    before = names["clip"](parameters.values(), limit)
    assert before == pytest.approx(float(clip_by_norm(ours, limit)), rel=1e-12)
    for key, p in parameters.items():  # PyTorch adds 1e-6 to the norm it divides by
        np.testing.assert_allclose(p.grad.numpy(), ours[key], rtol=1e-5)


def test_torch_snippet_refuses_infinity():
    torch = pytest.importorskip("torch")
    clip = runpy.run_path(str(SNIPPETS / "08_explode_and_clip_torch.py"))["clip"]
    p = torch.zeros(2, requires_grad=True)
    p.grad = torch.tensor([1.0, float("inf")])
    with pytest.raises(RuntimeError):
        clip([p], 1.0)
