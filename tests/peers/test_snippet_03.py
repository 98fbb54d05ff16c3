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
    assert len(capsys.readouterr().out.splitlines()) == 5
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


def test_numpy_table_of_other_nets():
    names = runpy.run_path(str(SNIPPETS / "03_layer_speeds_numpy.py"))
    params = {
        "0.Wx": np.eye(2),
        "0.Wh": 2 * np.eye(2),
        "0.b": np.zeros(2),
        "1.gain": np.ones(2),
        "2.W": np.zeros((2, 2)),
    }
    grads = {"0.Wx": np.eye(2), "0.Wh": np.eye(2), "0.b": np.array([3.0, 4.0]), "1.gain": np.ones(2), "2.W": np.eye(2)}
    rows = names["layer_table"](params, grads, 0.1)
    assert [row[0] for row in rows] == ["0.Wx", "0.Wh", "2"]
    assert [row[1] for row in rows[:2]] == [5, 5]  # one bias for both
    assert np.isnan(rows[2][1])
    assert np.isnan(rows[2][4])


def test_torch_table_of_other_nets():
    """A line for each array of weights of an LSTM and of attention, in the order of use; layers without bias, frozen,
    functional and shared ones; norms; gradients that a scaler has multiplied."""
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "03_layer_speeds_torch.py"))
    table, watch = names["layer_table"], names["watch"]

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.out = torch.nn.Linear(8, 3, bias=False)  # registered first, used last
            self.attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
            self.norm = torch.nn.LayerNorm(8)
            self.lstm = torch.nn.LSTM(4, 8, num_layers=2, batch_first=True)
            self.frozen = torch.nn.Linear(8, 8).requires_grad_(False)
            self.own = torch.nn.Parameter(torch.eye(8))  # used by a function, not a module

        def forward(self, x):
            h = self.norm(self.lstm(x)[0])
            h = self.frozen(self.attention(h, h, h)[0]) @ self.own
            return self.out(h.mean(1))

    torch.manual_seed(0)
    net = Net()
    order = watch(net)
    net(torch.randn(5, 6, 4)).square().mean().backward()
    rows = table(net, RATE, order)
    found = [row[0] for row in rows]
    lstm = [f"lstm.weight_{kind}_l{l}" for l in (0, 1) for kind in ("ih", "hh")]
    assert found == [*lstm, "norm", "attention.in_proj_weight", "attention.out_proj", "out", "own"]
    assert {row[0] for row in table(net, RATE)} == set(found)  # without the order: as registered
    by_name = {row[0]: row for row in rows}
    assert np.isnan(by_name["out"][1])
    assert np.isnan(by_name["own"][1])
    assert by_name["lstm.weight_hh_l1"][1] == pytest.approx(net.lstm.bias_hh_l1.grad.norm().item())
    assert by_name["attention.in_proj_weight"][1] == pytest.approx(net.attention.in_proj_bias.grad.norm().item())
    for parameter in net.parameters():
        if parameter.grad is not None:
            parameter.grad *= 1024
    np.testing.assert_allclose(
        [row[1:] for row in table(net, RATE, order, scale=1024)], [row[1:] for row in rows], rtol=1e-5
    )
