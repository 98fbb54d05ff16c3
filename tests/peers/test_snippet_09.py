"""Chapter 9: the edge of chaos by the snippets, in NumPy and in PyTorch, agrees with `vgp.phases`."""

import runpy
from pathlib import Path

import pytest

from vgp.theory import meanfield as mf
from vgp.theory import phases

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


def check(names):
    """Compare the edge, and chi on both sides of it, for each activation of the snippet."""
    for activation, case in names["CASES"].items():
        sb2 = 0.3
        sw2 = names["critical"](*case, sb2)
        assert sw2 == pytest.approx(phases.critical_sigma_w(activation, sigma_b=sb2**0.5) ** 2, rel=1e-5), activation
        for factor in (0.8, 1.25):
            w, b = (factor * sw2) ** 0.5, sb2**0.5
            want = mf.chi(mf.q_fixed(activation, sigma_w=w, sigma_b=b), activation, sigma_w=w)
            assert names["chi"](*case, factor * sw2, sb2) == pytest.approx(want, rel=1e-5), activation


def test_numpy_snippet_agrees_with_vgp(capsys):
    check(runpy.run_path(str(SNIPPETS / "09_order_chaos_edge_numpy.py"), run_name="__main__"))
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_torch_snippet_agrees_with_vgp(capsys):
    pytest.importorskip("torch")
    check(runpy.run_path(str(SNIPPETS / "09_order_chaos_edge_torch.py"), run_name="__main__"))
    assert len(capsys.readouterr().out.splitlines()) == 4
