"""Chapter 6: the gains of the snippets are those of mean-field theory, and the framework's default is what we say."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest

import vgp
from vgp.theory import meanfield as mf

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
CURVES = ("identity", "relu", "tanh", "softsign")


def by_theory(name, q):
    """Gains from the two conditions of the chapter."""
    return math.sqrt(q / mf.q_map(q, name, sigma_w=1.0)), 1 / math.sqrt(mf.chi(q, name, sigma_w=1.0))


@pytest.mark.parametrize("q", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("name", CURVES)
def test_numpy_gains_agree_with_mean_field(name, q):
    names = runpy.run_path(str(SNIPPETS / "06_how_big_to_start_numpy.py"))
    np.testing.assert_allclose(names["gains"](vgp.activations.get(name).f, q), by_theory(name, q), rtol=1e-3)


@pytest.mark.parametrize("q", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("name", CURVES)
def test_torch_gains_agree_with_mean_field(name, q):
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "06_how_big_to_start_torch.py"))
    modules = {
        "identity": torch.nn.Identity(),
        "relu": torch.nn.ReLU(),
        "tanh": torch.nn.Tanh(),
        "softsign": torch.nn.Softsign(),
    }
    np.testing.assert_allclose(names["gains"](modules[name], q), by_theory(name, q), rtol=1e-3)


def test_the_initialisers_use_the_fan_in():
    torch = pytest.importorskip("torch")
    ours = runpy.run_path(str(SNIPPETS / "06_how_big_to_start_numpy.py"))
    W = ours["draw"](np.random.default_rng(1), 400, 100, 1.5)
    assert W.shape == (400, 100)
    assert W.std() == pytest.approx(1.5 / 20, rel=0.02)
    model = torch.nn.Sequential(torch.nn.Linear(400, 100), torch.nn.ReLU(), torch.nn.Linear(100, 400, bias=False))
    theirs = runpy.run_path(str(SNIPPETS / "06_how_big_to_start_torch.py"))
    theirs["start"](model, 1.5, torch.Generator().manual_seed(1))
    assert float(model[0].weight.detach().std()) == pytest.approx(1.5 / 20, rel=0.02)
    assert float(model[2].weight.detach().std()) == pytest.approx(1.5 / 10, rel=0.02)
    assert not model[0].bias.any()


def test_the_default_of_the_framework():
    """What the chapter says of `nn.Linear`: uniform up to 1/sqrt(n_in), weights and biases, variance 1/(3 n_in)."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    layer = torch.nn.Linear(256, 2000)
    for values in (layer.weight, layer.bias):
        assert 0.99 < 16 * float(values.detach().abs().max()) <= 1
        assert 3 * 256 * float(values.detach().var()) == pytest.approx(1, rel=0.1)


def test_the_recommended_gain_for_tanh():
    """5/3 keeps the signal a little above 1 and lets the gradient grow."""
    torch = pytest.importorskip("torch")
    gain = torch.nn.init.calculate_gain("tanh")
    assert gain == 5 / 3
    q = mf.q_fixed("tanh", sigma_w=gain)
    assert q > 1
    assert mf.chi(q, "tanh", sigma_w=gain) > 1.1


def test_both_snippets_run(capsys):
    pytest.importorskip("torch")
    for framework in ("numpy", "torch"):
        runpy.run_path(str(SNIPPETS / f"06_how_big_to_start_{framework}.py"), run_name="__main__")
    assert capsys.readouterr().out.lower().count("tanh ") == 2
