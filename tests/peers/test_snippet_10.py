"""Chapter 10: mean and spread of squared singular values from products with vectors, beside a dense SVD of vgp."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.spectra import product_log_singular_values

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
ACTIVATIONS = ("relu", "tanh", "tanh")  # of the rows of CASES


def dense(factors):
    """The same two numbers from the singular values themselves."""
    squares = np.exp(2 * product_log_singular_values(factors))
    return squares.mean(), squares.var() / squares.mean() ** 2


def test_numpy_snippet_agrees_with_vgp(capsys):
    names = runpy.run_path(str(SNIPPETS / "10_norms_are_not_enough_numpy.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == len(ACTIVATIONS)
    for case in names["CASES"].values():
        weights, slopes = names["build"](*case, n=100, depth=10)
        mean, variance = names["evenness"](weights, slopes, probes=4000)
        want = dense([s[:, None] * W for W, s in zip(weights, slopes, strict=True)])
        assert mean == pytest.approx(want[0], rel=0.06)
        assert variance == pytest.approx(want[1], rel=0.12, abs=0.01)


def test_torch_snippet_agrees_with_vgp(capsys):
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "10_norms_are_not_enough_torch.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == len(ACTIVATIONS)
    for activation, (draw, phi) in zip(ACTIVATIONS, names["CASES"].values(), strict=True):
        net, x = names["build"](draw, phi, n=50, depth=5)
        mean, variance = names["evenness"](net, x, probes=2000)
        layers = []
        for m in net:
            if isinstance(m, torch.nn.Linear):
                layers += [Dense(m.weight.detach().numpy().T.copy(), np.zeros((1, 50))), Elementwise(activation)]
        _, cache = (ours := Sequential(layers)).forward(x.numpy()[None])
        want = dense([layer.jacobian(kept, out)[0] for layer, (out, kept) in zip(ours.layers, cache, strict=True)])
        assert mean == pytest.approx(want[0], rel=0.06)
        assert variance == pytest.approx(want[1], rel=0.12, abs=0.01)


def nets_of_other_kinds(nn):
    """Modules that work in place, drop, normalise, convolve, or are frozen in part, and the shape of an input."""
    yield nn.Sequential(nn.Linear(12, 20), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(20, 8, bias=False)), (12,)
    yield nn.Sequential(nn.Linear(12, 20), nn.BatchNorm1d(20), nn.GELU(), nn.LayerNorm(20), nn.Linear(20, 8)), (1, 12)
    yield (
        nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 6)),
        (1, 2, 4, 4),
    )


def test_torch_snippet_measures_other_modules_and_leaves_them_as_they_were():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    evenness = runpy.run_path(str(SNIPPETS / "10_norms_are_not_enough_torch.py"))["evenness"]
    for net, shape in nets_of_other_kinds(torch.nn):
        net.double().train()
        net[-1].weight.requires_grad_(False)  # one frozen by its owner
        net[0].eval()
        flags = [p.requires_grad for p in net.parameters()], [m.training for m in net.modules()]
        before = {name: t.clone() for name, t in net.state_dict().items()}
        x = torch.randn(*shape, dtype=torch.float64)
        kept = x.clone()
        mean, variance = evenness(net, x, probes=800)
        assert flags == ([p.requires_grad for p in net.parameters()], [m.training for m in net.modules()])
        assert all(torch.equal(t, before[name]) for name, t in net.state_dict().items())
        assert torch.equal(x, kept)
        assert all(p.grad is None for p in net.parameters())
        net.eval()
        J = torch.autograd.functional.jacobian(lambda x, net=net: net(x.clone()), x)
        J = J.reshape(-1, x.numel())
        squares = torch.linalg.svdvals(J).square()
        assert mean == pytest.approx(float(squares.mean()), rel=0.12)
        assert variance == pytest.approx(float(squares.var(correction=0) / squares.mean() ** 2), rel=0.3)


def test_torch_snippet_gives_the_module_back_after_an_error():
    torch = pytest.importorskip("torch")
    evenness = runpy.run_path(str(SNIPPETS / "10_norms_are_not_enough_torch.py"))["evenness"]
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Dropout())
    with pytest.raises(RuntimeError):
        evenness(net, torch.zeros(4))
    assert net.training
    assert net[1].training
    assert all(p.requires_grad for p in net.parameters())
