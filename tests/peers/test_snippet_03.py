"""Chapter 3: the tables of the two snippets agree with `vgp.trace` on the same net."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp.layers import mlp
from vgp.losses import sigmoid_cross_entropy
from vgp.measure.trace import trace

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
RATE = 0.1


@pytest.fixture
def case():
    rng = np.random.default_rng(1)
    net = mlp(12, 9, 10, depth=4, bias="normal", rng=rng)
    x, labels = rng.standard_normal((50, 12)), np.arange(50) % 10
    t = trace(net, x, labels, sigmoid_cross_entropy)
    want = np.stack([t.bias_speed, t.weight_speed, t.W_norm, t.update_ratio(RATE)], axis=1)
    return net, x, labels, want


def test_numpy_table(case, capsys):
    net, x, labels, want = case
    names = runpy.run_path(str(SNIPPETS / "03_layer_speeds_numpy.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 6
    y, cache = net.forward(x)
    _, grads = net.backward(sigmoid_cross_entropy(y, labels)[1], cache)
    got = [row[1:] for row in names["layer_table"](net.params, grads, RATE)]
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_torch_table(case, capsys):
    torch = pytest.importorskip("torch")
    net, x, labels, want = case
    names = runpy.run_path(str(SNIPPETS / "03_layer_speeds_torch.py"), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 6
    layers = []
    for i in range(0, 9, 2):
        W, b = net.params[f"{i}.W"], net.params[f"{i}.b"]
        linear = torch.nn.Linear(*W.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W.T.copy()), torch.tensor(b[0])
        layers += [linear, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*layers[:-1])
    target = torch.nn.functional.one_hot(torch.tensor(labels), 10).double()
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    (loss(model(torch.tensor(x)), target, reduction="sum") / len(x)).backward()
    got = [row[1:] for row in names["layer_table"](model, RATE)]
    np.testing.assert_allclose(got, want, rtol=1e-10)
