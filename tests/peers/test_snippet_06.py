"""Chapter 6: the starts of the snippets are those of `vgp.theory.edge`, and the framework's default is what we say."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import vgp
from vgp.theory import meanfield as mf
from vgp.theory.edge import critical_start

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
CURVES = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "tanh": "Tanh",
    "gelu": "GELU",
    "silu": "SiLU",
    "sigmoid": "Sigmoid",
}


def ours():
    return runpy.run_path(str(SNIPPETS / "06_how_big_to_start_numpy.py"))


def theirs():
    return runpy.run_path(str(SNIPPETS / "06_how_big_to_start_torch.py"))


def agrees(found, name):
    """Gain, bias variance and q of a snippet against the library's; the length of tanh is only small."""
    gain, bias, q = found
    want = critical_start(name)
    assert gain == pytest.approx(want.sigma_w**2, rel=5e-3)
    assert bias == pytest.approx(want.sigma_b**2, rel=2e-2, abs=1e-5)
    assert q == pytest.approx(want.q, rel=1e-2, abs=2e-3)


@pytest.mark.parametrize("name", CURVES)
def test_numpy_start_is_the_critical_one(name):
    agrees(ours()["start"](vgp.activations.get(name).f), name)


@pytest.mark.parametrize("name", CURVES)
def test_torch_start_is_the_critical_one(name):
    torch = pytest.importorskip("torch")
    agrees(theirs()["critical"](getattr(torch.nn, CURVES[name])()), name)


def test_functions_and_modules_that_work_in_place_serve_as_well():
    torch = pytest.importorskip("torch")
    critical = theirs()["critical"]
    assert critical(torch.nn.ReLU(inplace=True)) == critical(torch.relu)
    assert critical(torch.nn.SiLU(inplace=True)) == critical(torch.nn.functional.silu)


def test_an_activation_without_a_start_is_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match="normalise"):
        ours()["start"](lambda u: np.logaddexp(0, u))
    with pytest.raises(ValueError, match="normalise"):
        theirs()["critical"](torch.nn.Softplus())


def test_numpy_draw_keeps_the_signal():
    rng = np.random.default_rng(1)
    phi, x = vgp.activations.get("silu").f, 3 * rng.standard_normal((16, 300))
    layers = ours()["draw"](rng, [300] * 11, phi, x)
    assert [W.shape for W, _ in layers] == 10 * [(300, 300)]
    h = x
    for k, (W, b) in enumerate(layers):
        z = h @ W + b
        h = phi(z)
        assert k or (z**2).mean() == pytest.approx(critical_start("silu").q, rel=0.1)
    assert (z**2).mean() == pytest.approx(critical_start("silu").q, rel=0.6)


def test_torch_start_writes_linear_and_conv_and_names_the_rest():
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(8, 200, 3, groups=2)
            self.norm = nn.BatchNorm2d(200)
            self.attention = nn.MultiheadAttention(16, 2)
            self.lstm = nn.LSTM(4, 4)
            self.out = nn.Linear(400, 500, bias=False)

    torch.manual_seed(1)
    model = Mixed()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    left = theirs()["start"](model, nn.GELU(), x_square=2.0)
    point = critical_start("gelu")
    first = (point.q - point.sigma_b**2) / 2
    assert float(model.conv.weight.detach().std()) == pytest.approx((first / 36) ** 0.5, rel=0.05)
    assert float(model.conv.bias.detach().std()) == pytest.approx(point.sigma_b, rel=0.3)
    assert float(model.out.weight.detach().std()) == pytest.approx(point.sigma_w / 20, rel=0.02)
    assert set(left) == {name for name in before if name.split(".")[0] in ("norm", "attention", "lstm")}
    for name, p in model.named_parameters():
        assert torch.equal(p, before[name]) == (name in left), name


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
