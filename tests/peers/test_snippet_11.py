"""Chapter 11: the spread of the norm by the snippets, in NumPy and in PyTorch, agrees with `vgp.narrow`."""

import runpy
from pathlib import Path

import pytest

from vgp.theory.narrow import log_path

SNIPPETS = Path(__file__).parents[2] / "docs" / "snippets"
WIDTHS = ([512, 256], [50] * 3, [1], [2], [3, 1000])


def check(names):
    """Compare beta and both moments for several lists of widths."""
    for widths in WIDTHS:
        beta, *moments = names["spread"](widths)
        assert beta == pytest.approx(sum(1 / n for n in widths))
        assert moments == pytest.approx(log_path(widths), rel=1e-8), widths


def test_numpy_snippet_agrees_with_vgp(capsys):
    check(runpy.run_path(str(SNIPPETS / "11_narrow_and_shattered_numpy.py"), run_name="__main__"))
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_torch_snippet_agrees_with_vgp(capsys):
    torch = pytest.importorskip("torch")
    names = runpy.run_path(str(SNIPPETS / "11_narrow_and_shattered_torch.py"), run_name="__main__")
    check(names)
    assert len(capsys.readouterr().out.splitlines()) == 3
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    assert names["hidden_widths"](model) == [3]


def test_torch_snippet_finds_nested_layers_and_refuses_others(capsys):
    torch = pytest.importorskip("torch")
    nn = torch.nn
    hidden = runpy.run_path(str(SNIPPETS / "11_narrow_and_shattered_torch.py"), run_name="__main__")["hidden_widths"]
    assert capsys.readouterr().out
    block = nn.Sequential(nn.Linear(3, 7, bias=False), nn.ReLU(inplace=True))
    assert hidden(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), block, nn.Linear(7, 2))) == [3, 7]
    for layer in (nn.Conv2d(1, 2, 3), nn.BatchNorm1d(3), nn.LSTM(3, 3)):
        with pytest.raises(ValueError, match=type(layer).__name__):
            hidden(nn.Sequential(nn.Linear(4, 3), layer, nn.Linear(3, 2)))
