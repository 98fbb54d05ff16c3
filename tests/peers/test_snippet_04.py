"""Chapter 4: chi by the snippets, in NumPy and in PyTorch, agrees with `vgp.theory.meanfield`."""

import runpy
from pathlib import Path

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
