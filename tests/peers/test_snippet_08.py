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


def test_numpy_snippet_with_other_arrays():
    clip = runpy.run_path(str(SNIPPETS / "08_explode_and_clip_numpy.py"))["clip"]
    half = [np.full((300, 300), 0.01, np.float16), np.zeros((0, 3)), np.array(4.0), None]
    assert clip(half, 1.0) == pytest.approx(5.0, rel=1e-3)  # 3 and 4; the squares alone would be rounded in float16
    assert half[0][0, 0] == pytest.approx(0.002, rel=1e-3)
    assert half[2] == pytest.approx(0.8, rel=1e-3)
    assert clip([], 1.0) == clip({}, 1.0) == clip([np.zeros((2, 0))], 1.0) == 0.0
    assert clip((g for g in [np.array([3.0, 4.0])]), 10.0) == 5.0
    for wrong in ([np.float64(3.0)], [[3.0]], [np.array([3, 4])]):  # would be left as they are, or cut to integers
        with pytest.raises(TypeError, match="in place"):
            clip(wrong, 1.0)
    with pytest.raises(TypeError, match="limit"):
        clip([np.ones(2)], 0.0)


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


def torch_snippet():
    torch = pytest.importorskip("torch")
    return torch, runpy.run_path(str(SNIPPETS / "08_explode_and_clip_torch.py"))


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_torch_snippet_leaves_out_what_is_not_finite(value):
    torch, names = torch_snippet()
    net = torch.nn.Linear(2, 1)
    rule = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.ones(3, 2)).sum().backward()
    net.weight.grad[0, 1] = float(value)
    before = [p.detach().clone() for p in net.parameters()]
    norm = names["clip"](net.parameters(), 1.0)
    rule.step()
    assert not torch.tensor(norm).isfinite()
    for p, old in zip(net.parameters(), before, strict=True):
        assert torch.equal(p, old)
    assert "1 steps left out" in names["report"]([0.5, norm, 2.0], 1.0)
    assert "no finite gradient" in names["report"]([norm], 1.0)


def test_torch_snippet_under_a_scaler():
    torch, names = torch_snippet()
    x, weights = torch.randn(8, 3, generator=torch.Generator().manual_seed(1)), torch.ones(1, 3)
    steps = {}
    for scaled in (False, True):
        net = torch.nn.Linear(3, 1, bias=False)
        net.load_state_dict({"weight": weights})
        rule = torch.optim.SGD(net.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16, enabled=scaled)
        scaler.scale(net(x).square().mean()).backward()
        norm = names["clip"](net.parameters(), 0.5, scaler, rule)
        scaler.step(rule)
        scaler.update()
        steps[scaled] = norm, net.weight.detach().clone()
    assert steps[True][0] == pytest.approx(steps[False][0], rel=1e-6)  # of the gradient, not its multiple
    assert (steps[True][1] - weights).norm() == pytest.approx(0.05, rel=1e-4)
    torch.testing.assert_close(steps[True][1], steps[False][1])


def test_torch_snippet_lets_the_scaler_skip_a_step():
    torch, names = torch_snippet()
    net = torch.nn.Linear(3, 1, bias=False)
    rule = torch.optim.SGD(net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    before = net.weight.detach().clone()
    scaler.scale(net(torch.full((2, 3), 3e38)).mean()).backward()  # overflows once it is scaled
    assert not torch.tensor(names["clip"](net.parameters(), 1.0, scaler, rule)).isfinite()
    scaler.step(rule)
    scaler.update()
    assert torch.equal(net.weight, before)
    assert scaler.get_scale() == 2.0**15
