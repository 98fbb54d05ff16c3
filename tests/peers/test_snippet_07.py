"""Chapter 7: the two snippets count silent units and merged inputs as `vgp` does."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp.layers import mlp
from vgp.measure.signals import input_share
from vgp.measure.units import dead_share

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


@pytest.fixture
def case():
    rng = np.random.default_rng(1)
    net = mlp(12, 20, 10, depth=6, activation="relu", init="pytorch", bias="pytorch", rng=rng)
    x = rng.standard_normal((50, 12))
    z = [cache for _, cache in net.forward(x)[1][1:-1:2]]  # what goes into each ReLU
    want = np.stack([[np.sqrt((v**2).mean()) for v in z], dead_share(net, x), [input_share(v) for v in z]], axis=1)
    assert 0 < want[-1, 1] < 1  # some units are silent, not all
    return net, x, want


def test_numpy_look(case, capsys):
    net, x, want = case
    names = runpy.run_path(str(SNIPPETS / "07_does_relu_solve_it_numpy.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 24
    layers = [(net.params[f"{i}.W"], net.params[f"{i}.b"][0]) for i in range(0, 13, 2)]
    np.testing.assert_allclose(names["look"](layers, x), want, rtol=1e-9)


def test_torch_look(case, capsys):
    torch = pytest.importorskip("torch")
    net, x, want = case
    names = runpy.run_path(str(SNIPPETS / "07_does_relu_solve_it_torch.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 11
    layers = []
    for i in range(0, 13, 2):
        W, b = net.params[f"{i}.W"], net.params[f"{i}.b"]
        linear = torch.nn.Linear(*W.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b[0])
        layers += [linear, torch.nn.ReLU()]
    got = names["look"](torch.nn.Sequential(*layers[:-1]), torch.tensor(x))
    np.testing.assert_allclose(got, want, rtol=1e-6)
