"""Chapter 4: chi by the snippets, in NumPy and in PyTorch, agrees with `vgp.theory.meanfield`."""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from vgp.theory import meanfield as mf

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
NAMES = ("sigmoid", "sigmoid", "tanh", "relu", "relu")  # of the rows of CASES


def check(names):
    """Compare every row of CASES with vgp: the mean square after the snippet's 100 layers, and chi there."""
    for activation, case in zip(NAMES, names["CASES"].values(), strict=True):
        sw2, sb2 = case[-2:]
        q, factor = names["chi"](*case)
        want = mf.q_path(1.0, activation, depth=101, sigma_w=sw2**0.5, sigma_b=sb2**0.5)[-1]
        assert q == pytest.approx(want, rel=1e-6), activation
        assert factor == pytest.approx(mf.chi(want, activation, sigma_w=sw2**0.5), rel=1e-6), activation


def test_numpy_snippet_agrees_with_vgp(capsys):
    check(runpy.run_path(str(SNIPPETS / "04_one_factor_per_layer_numpy.py"), run_name="__main__"))
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)


def test_torch_snippet_agrees_with_vgp(capsys):
    pytest.importorskip("torch")
    check(runpy.run_path(str(SNIPPETS / "04_one_factor_per_layer_torch.py"), run_name="__main__"))
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)


def test_numpy_snippet_on_other_activations():
    """Large weights without an overflow, a leaky ReLU, and a mean square that goes to zero."""
    chi = runpy.run_path(str(SNIPPETS / "04_one_factor_per_layer_numpy.py"), run_name="snippet")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for row in list(chi["CASES"].values())[:3]:
            assert 0 < chi["chi"](*row[:2], 1e6, 1.0)[1] < 1e3
        leaky = chi["chi"](lambda z: np.where(z > 0, z, 0.1 * z), lambda z: np.where(z > 0, 1.0, 0.1), 1.0)
        assert leaky[1] == pytest.approx(0.505, rel=1e-6)
        assert chi["chi"](np.tanh, lambda z: 1 - np.tanh(z) ** 2, 0.25, layers=2000)[1] == pytest.approx(0.25, rel=1e-6)


def test_torch_snippet_on_other_activations():
    """Modules that work in place, that hold parameters, and functions."""
    torch = pytest.importorskip("torch")
    chi = runpy.run_path(str(SNIPPETS / "04_one_factor_per_layer_torch.py"), run_name="snippet")["chi"]
    assert chi(torch.nn.ReLU(inplace=True), 2.0)[1] == pytest.approx(1.0, rel=1e-6)
    assert chi(torch.nn.PReLU(dtype=torch.float64), 1.0)[1] == pytest.approx(0.53125, rel=1e-6)
    for phi, name in ((torch.nn.functional.silu, "silu"), (torch.nn.functional.softplus, "softplus")):
        q, factor = chi(phi, 1.0, 0.5, layers=400)
        assert factor == pytest.approx(mf.chi(q, name, sigma_w=1.0), rel=1e-6), name
        assert q == pytest.approx(mf.q_fixed(name, sigma_w=1.0, sigma_b=0.5**0.5), rel=1e-4), name
