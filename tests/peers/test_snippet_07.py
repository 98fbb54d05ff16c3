"""Chapter 7: the two snippets count silent units and merged inputs as `vgp` does, on nets other than their example."""

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


@pytest.fixture
def look():
    pytest.importorskip("torch")
    return runpy.run_path(str(SNIPPETS / "07_does_relu_solve_it_torch.py"))["look"]


def test_numpy_look(case, capsys):
    net, x, want = case
    names = runpy.run_path(str(SNIPPETS / "07_does_relu_solve_it_numpy.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 24
    layers = [(net.params[f"{i}.W"], net.params[f"{i}.b"][0]) for i in range(0, 13, 2)]
    np.testing.assert_allclose(names["look"](layers, x), want, rtol=1e-9)


def linears(net):
    """The layers of the net as torch modules."""
    import torch

    found = []
    for i in range(0, 13, 2):
        W, b = net.params[f"{i}.W"], net.params[f"{i}.b"]
        linear = torch.nn.Linear(*W.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b[0])
        found.append(linear)
    return found


@pytest.mark.parametrize("inplace", [False, True])
def test_torch_look(case, look, inplace):
    import torch

    net, x, want = case
    layers = [m for linear in linears(net) for m in (linear, torch.nn.ReLU(inplace=inplace))]
    rows = look(torch.nn.Sequential(*layers[:-1]), torch.tensor(x))
    assert [row[0] for row in rows] == [str(i) for i in range(0, 13, 2)]
    np.testing.assert_allclose([row[1:] for row in rows[:-1]], want, rtol=1e-9)


def test_torch_look_with_functional_activations_and_one_module_twice(case, look):
    import torch

    net, x, want = case

    class Functional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList(linears(net))

        def forward(self, x):
            for layer in self.layers[:-1]:
                x = torch.relu_(layer(x))
            return self.layers[-1](x)

    rows = look(Functional(), torch.tensor(x))
    np.testing.assert_allclose([row[1:] for row in rows[:-1]], want, rtol=1e-9)
    twice = torch.nn.Linear(12, 12, dtype=torch.float64)
    assert len(look(torch.nn.Sequential(twice, torch.nn.GELU(), twice), torch.tensor(x))) == 2


def test_torch_look_counts_channels_and_leaves_the_model_as_it_was(look):
    import torch

    model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Dropout())
    model[3].eval()
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].bias.copy_(torch.tensor([-1.0, -2.0, -3.0, 1.0]))
    rows = look(model, torch.randn(6, 1, 8, 8))
    assert [row[0] for row in rows] == ["0", "1"]
    assert rows[0][2:] == (0.75, 0.0)  # three of four channels; nothing depends on the input
    assert model.training
    assert not model[3].training
    assert not model[1].num_batches_tracked
    assert not model[0]._forward_hooks


def test_torch_look_takes_tokens_by_their_last_axis(look):
    import torch

    linear = torch.nn.Linear(3, 5)
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.copy_(torch.tensor([-1.0, 1.0, 1.0, 1.0, 1.0]))
    assert look(torch.nn.Sequential(linear), torch.randn(2, 7, 3))[0][2] == pytest.approx(0.2)
