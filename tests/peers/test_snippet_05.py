"""Chapter 5: the rewriting of a net by the snippets, in NumPy and in PyTorch, leaves the function as it was."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import vgp

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


def net_and_layers(curve):
    """A net of `vgp`, its layers as (W, b) in NumPy, and inputs."""
    rng = np.random.default_rng(5)
    net = vgp.mlp(6, [8, 7, 5], 4, depth=3, activation=curve, bias="normal", rng=rng)
    layers = [(net.params[f"{i}.W"], net.params[f"{i}.b"][0]) for i in (0, 2, 4, 6)]
    return net, layers, rng.standard_normal((9, 6))


every_way = pytest.mark.parametrize(("curve", "to"), [("tanh", "sigmoid"), ("sigmoid", "tanh")])


@every_way
def test_numpy_snippet_keeps_the_function_of_a_vgp_net(curve, to):
    names = runpy.run_path(str(SNIPPETS / "05_is_the_sigmoid_guilty_numpy.py"))
    net, layers, x = net_and_layers(curve)
    curves = {"tanh": np.tanh, "sigmoid": names["sigmoid"]}
    got = names["logits"](names["rewrite"](layers, to), x, curves[to])
    np.testing.assert_allclose(got, net.forward(x)[0], rtol=0, atol=1e-13)
    assert not np.allclose(names["logits"](layers, x, curves[to]), got, atol=0.1)


@every_way
def test_torch_snippet_keeps_the_function_of_a_vgp_net(curve, to):
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "05_is_the_sigmoid_guilty_torch.py"))
    net, layers, x = net_and_layers(curve)
    parts = []
    for W, b in layers:
        linear = torch.nn.Linear(*W.shape).double()
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(W.T))
            linear.bias.copy_(torch.tensor(b))
        parts += [linear, torch.nn.Tanh() if curve == "tanh" else torch.nn.Sigmoid()]
    theirs = torch.nn.Sequential(*parts[:-1])
    twin = names["rewrite"](theirs, to)
    assert {type(m) for m in twin[1::2]} == {torch.nn.Sigmoid if to == "sigmoid" else torch.nn.Tanh}
    got = twin(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(got, net.forward(x)[0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(theirs(torch.tensor(x)).detach().numpy(), net.forward(x)[0], rtol=0, atol=1e-13)


def torch_and_rewrite():
    torch = pytest.importorskip("torch")
    torch.manual_seed(5)
    return torch, torch.nn, runpy.run_path(str(SNIPPETS / "05_is_the_sigmoid_guilty_torch.py"))["rewrite"]


def nets_of_other_kinds(nn, curve):
    """Nets that are more than a chain of weights, biases and one curve, with the shape of their inputs."""
    yield (
        nn.Sequential(
            nn.Linear(6, 5, bias=False), curve(), nn.Linear(5, 4, bias=False), curve(), nn.Linear(4, 3, bias=False)
        ),
        (6,),
    )
    yield (
        nn.Sequential(
            nn.Linear(6, 5), nn.ReLU(inplace=True), nn.Linear(5, 4), curve(), nn.Dropout(0.5), nn.Linear(4, 3)
        ),
        (6,),
    )
    yield nn.Sequential(nn.Linear(6, 5), curve(), nn.Linear(5, 4), nn.GELU(), nn.LayerNorm(4), nn.Linear(4, 3)), (6,)
    yield nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), curve()), nn.MaxPool2d(2), nn.Conv2d(3, 4, 2, bias=False), curve(),
        nn.Flatten(), nn.Linear(16, 3),
    ), (2, 6, 6)  # fmt: skip


@every_way
def test_torch_snippet_keeps_nets_with_other_modules(curve, to):
    torch, nn, rewrite = torch_and_rewrite()
    ours, other = (nn.Tanh, nn.Sigmoid) if curve == "tanh" else (nn.Sigmoid, nn.Tanh)
    for net, shape in nets_of_other_kinds(nn, ours):
        net.double().eval()
        x = torch.randn(7, *shape, dtype=torch.float64)
        before = net(x).detach().clone()
        twin = rewrite(net, to)
        kinds = [type(m) for m in twin.modules()]
        assert ours not in kinds
        assert other in kinds
        assert [k for k in kinds if k not in (other, nn.Sequential)] == [
            type(m) for m in net.modules() if type(m) not in (ours, nn.Sequential)
        ]
        torch.testing.assert_close(twin(x), before, rtol=0, atol=1e-13)
        torch.testing.assert_close(net(x), before, rtol=0, atol=0)  # the net itself is as it was
        assert all(p.requires_grad for p in twin.parameters())


def test_torch_snippet_refuses_what_it_cannot_rewrite():
    _, nn, rewrite = torch_and_rewrite()
    for said, modules in {
        "padding": [nn.Conv2d(1, 2, 3), nn.Tanh(), nn.Conv2d(2, 2, 3, padding=1)],
        "directly before": [nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 2)],
        "LayerNorm": [nn.Linear(3, 3), nn.Tanh(), nn.LayerNorm(3), nn.Linear(3, 2)],
        "ends with the curve": [nn.Linear(3, 3), nn.Tanh()],
    }.items():
        with pytest.raises(ValueError, match=said):
            rewrite(nn.Sequential(*modules), "sigmoid")
    with pytest.raises(TypeError, match="LSTM"):
        rewrite(nn.LSTM(3, 3), "sigmoid")


@every_way
def test_numpy_snippet_takes_layers_without_bias(curve, to):
    names = runpy.run_path(str(SNIPPETS / "05_is_the_sigmoid_guilty_numpy.py"))
    _, layers, x = net_and_layers(curve)
    bare, curves = [(W, None) for W, _ in layers], {"tanh": np.tanh, "sigmoid": names["sigmoid"]}
    got = names["logits"](names["rewrite"](bare, to), x, curves[to])
    np.testing.assert_allclose(got, names["logits"](bare, x, curves[curve]), rtol=0, atol=1e-13)


def test_both_snippets_run(capsys):
    pytest.importorskip("torch")
    for framework in ("numpy", "torch"):
        runpy.run_path(str(SNIPPETS / f"05_is_the_sigmoid_guilty_{framework}.py"), run_name="__main__")
    assert capsys.readouterr().out.count("weight gain 0.0") == 2
