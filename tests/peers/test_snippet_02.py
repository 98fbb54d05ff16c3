"""Chapter 2: the snippets, in NumPy and in PyTorch, agree with `vgp` on the net they build."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from vgp import check
from vgp.layers import Dense, Elementwise, Sequential

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


def vgp_grads(params, x, depth):
    """Gradients of sum(h_D^2) of a chain of sigmoid layers without biases, by `vgp`."""
    layers = []
    for l in range(depth):
        W = params[f"W{l}"]
        layers += [Dense(W, np.zeros((1, W.shape[1]))), Elementwise("sigmoid")]
    net = Sequential(layers)
    y, cache = net.forward(x)
    _, grads = net.backward(2 * y, cache)
    return {f"W{l}": grads[f"{2 * l}.W"] for l in range(depth)}


def printed_errors(text):
    return [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()]


def test_numpy_snippet_agrees_with_vgp(capsys):
    names = runpy.run_path(str(SNIPPETS / "02_product_of_jacobians_numpy.py"), run_name="__main__")
    assert max(printed_errors(capsys.readouterr().out)) < 1e-13
    for key, want in vgp_grads(names["params"], names["x"], names["depth"]).items():
        assert check.relative_error(names["grads"][key], want) < 1e-13, key
        assert names["relative_error"](names["grads"][key], 1.001 * want) == pytest.approx(0.001 / 1.001), key


def test_torch_snippet_agrees_with_vgp(capsys):
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    try:
        names = runpy.run_path(str(SNIPPETS / "02_product_of_jacobians_torch.py"), run_name="__main__")
    finally:
        torch.set_default_dtype(before)
    assert max(printed_errors(capsys.readouterr().out)) < 1e-13
    params = {key: p.detach().numpy() for key, p in names["params"].items()}
    for key, want in vgp_grads(params, names["x"].numpy(), names["depth"]).items():
        W = names["params"][key].clone().requires_grad_()
        (got,) = torch.autograd.grad(names["loss"]({**names["params"], key: W}), W)
        assert check.relative_error(got.numpy(), want) < 1e-13, key
