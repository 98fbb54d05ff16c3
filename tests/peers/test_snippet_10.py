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
