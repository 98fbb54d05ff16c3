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


def test_both_snippets_run(capsys):
    pytest.importorskip("torch")
    for framework in ("numpy", "torch"):
        runpy.run_path(str(SNIPPETS / f"05_is_the_sigmoid_guilty_{framework}.py"), run_name="__main__")
    assert capsys.readouterr().out.count("weight gain 0.0") == 2
