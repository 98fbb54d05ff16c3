"""Chapter 9: the edge of chaos by the snippets, in NumPy and in PyTorch, agrees with `vgp.theory`."""

import runpy
from pathlib import Path

import pytest

from vgp import activations
from vgp.theory import critical_start, phases

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"


def run(framework):
    return runpy.run_path(str(SNIPPETS / f"09_order_chaos_edge_{framework}.py"), run_name="__main__")


def check(critical, name, sb2):
    """Compare the critical weight variance, or the refusal where there is no edge, with the library's."""
    try:
        want = phases.critical_sigma_w(name, sigma_b=sb2**0.5) ** 2
    except ValueError:
        with pytest.raises(ValueError, match="no edge"):
            critical(sb2)
    else:
        assert critical(sb2) == pytest.approx(want, rel=2e-4 if name == "selu" else 1e-5), name


NAMES = ("tanh", "softsign", "erf", "gelu", "silu", "selu", "relu", "identity", "softplus")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sb2", [0.05, 0.36, 1.0])
def test_numpy_snippet_agrees_with_vgp(name, sb2, capsys):
    phi = activations.get(name)
    names = run("numpy")
    assert len(capsys.readouterr().out.splitlines()) == 2
    check(lambda at: names["critical"](phi.f, phi.df, at), name, sb2)


def test_numpy_snippet_has_the_slopes_of_its_examples(capsys):
    for name, case in run("numpy")["CASES"].items():
        check(lambda sb2, case=case: run("numpy")["critical"](*case, sb2), name, 0.3)
    assert capsys.readouterr().out


def test_torch_snippet_agrees_with_vgp_for_modules_functions_and_in_place(capsys):
    torch = pytest.importorskip("torch")
    names = run("torch")
    assert len(capsys.readouterr().out.splitlines()) == 3
    functional = torch.nn.functional
    cases = {"tanh": [torch.tanh, torch.nn.Tanh()], "gelu": [functional.gelu, torch.nn.GELU()]}
    cases |= {
        "silu": [torch.nn.SiLU(inplace=True)],
        "relu": [torch.nn.ReLU(inplace=True)],
        "softsign": [functional.softsign],
    }
    for name, phis in cases.items():
        for phi in phis:
            for sb2 in (0.05, 0.36, 1.0):
                check(lambda at, phi=phi: names["critical"](phi, at), name, sb2)


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_the_edge_begins_where_the_library_says(name, capsys):
    phi, start = activations.get(name), critical_start(name)
    sw2, sb2, error = run("numpy")["edge"](phi.f, phi.df, start.q)
    assert (sw2, sb2, error) == pytest.approx((start.sigma_w**2, start.sigma_b**2, 1), rel=1e-6)
    assert capsys.readouterr().out
