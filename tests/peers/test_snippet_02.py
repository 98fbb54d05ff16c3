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


def test_numpy_snippet_on_other_nets():
    """ReLU by maximum, a bias, whole numbers as inputs, gradients of 1e-200, and a loss with abs, which is refused."""
    names = runpy.run_path(str(SNIPPETS / "02_product_of_jacobians_numpy.py"), run_name="snippet")
    rng = np.random.default_rng(3)
    x, params = np.arange(6).reshape(2, 3), {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4)}

    def loss(p):
        return 1e-200 * np.maximum(x @ p["W"] + p["b"], 0).sum()

    on = 1e-200 * (x @ params["W"] + params["b"] > 0)
    for key, want in (("W", x.T @ on), ("b", on.sum(axis=0))):
        got = names["complex_step"](loss, params, key)
        assert names["relative_error"](got, want) < 1e-13, key
        assert names["relative_error"](1.01 * got, want) == pytest.approx(0.01 / 1.01), key
    with pytest.raises(AssertionError, match="imaginary"):
        names["complex_step"](lambda p: np.abs(x @ p["W"]).sum(), params, "W")


def test_torch_snippet_on_other_nets():
    """Convolution, functional tanh and ReLU, no biases, float32, channels last; a loss with abs is refused."""
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "02_product_of_jacobians_torch.py"), run_name="snippet")
    torch.manual_seed(4)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.kernel = torch.nn.Parameter(torch.randn(3, 2, 3, 3))
            self.head = torch.nn.Linear(3, 2, bias=False)

        def forward(self, x):
            patches = torch.nn.functional.unfold(x.real, 3).to(self.kernel.dtype)  # (B, 18, 9)
            z = torch.tanh(self.kernel.reshape(3, 18) @ patches)
            z = z * (z.real > 0) if z.is_complex() else torch.relu(z)
            return self.head(z.mean(dim=2))

    net = Net().to(memory_format=torch.channels_last)  # float32
    assert not net.kernel.is_contiguous()
    x = torch.randn(2, 2, 5, 5)
    params = dict(net.named_parameters())

    def loss(p):
        y = torch.func.functional_call(net, p, (x.to(p["head.weight"].dtype),))
        return torch.logsumexp(y, dim=1).sum() if not y.is_complex() else y.exp().sum(dim=1).log().sum()

    loss(params).backward()
    for key, p in params.items():
        exact = names["complex_step"](loss, params, key)
        assert exact.dtype == torch.float64
        assert names["relative_error"](p.grad, exact) < 1e-5, key
    tiny = torch.full((3,), 1e-200, dtype=torch.float64)
    assert names["relative_error"](1.01 * tiny, tiny) == pytest.approx(0.01 / 1.01)
    with pytest.raises(AssertionError, match="imaginary"):
        names["complex_step"](lambda p: p["head.weight"].abs().sum(), params, "head.weight")
