"""Figures draw the numbers that they are given, and say what the axes are."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from vgp.book import figures
from vgp.book.curves import COLOURS, subplots


@pytest.fixture
def ax():
    fig, ax = subplots()
    yield ax
    fig.canvas.draw()  # no warning, no missing glyph
    plt.close(fig)


def test_spectrum(ax):
    logs = np.log(10) * np.array([[2.0, 1.0, -np.inf], [0.0, -1.0, -np.inf]])
    assert figures.spectrum(ax, logs, label="net") is ax
    x, y = ax.lines[0].get_data()
    assert x.tolist() == [1, 2]  # the zeros are left out
    assert y == pytest.approx([1, 0])
    assert len(ax.collections) == 1
    assert "log10" in ax.get_ylabel()


@pytest.mark.parametrize("line", [None, (np.array([1.0, 1.2]), np.array([0.0, 1.0]))])
def test_phase_diagram(ax, line):
    chi = np.array([[0.5, 1.0, 2.0], [0.4, 0.9, 3.0], [0.4, np.nan, 3.0]])
    figures.phase_diagram(ax, np.array([0.5, 1.0, 1.5]), np.array([0.0, 0.5, 1.0]), chi, line)
    order, chaos = ax.collections[:2]
    for shades, colour, inside, outside in ((order, "forward", 0.6, 1.4), (chaos, "backward", 1.4, 0.6)):
        assert {to_hex(c) for c in shades.get_facecolors()} == {COLOURS[colour]}  # a theme can recolour it
        opacity = shades.get_facecolors()[:, 3]
        assert (np.diff(opacity) > 0).all()  # further from 1, darker
        assert opacity.max() <= figures.TINT  # text stays readable on it
        assert any(path.contains_point((inside, 0.25)) for path in shades.get_paths())
        assert not any(path.contains_point((outside, 0.25)) for path in shades.get_paths())
    assert len(ax.lines) == (line is not None)
    figures.phase_point(ax, 1.0, 0.5, label="here")
    assert ax.lines[-1].get_data()[0] == [1.0]
    assert ax.texts[-1].get_text() == "here"


def test_phase_diagram_without_a_crossing(ax):
    figures.phase_diagram(ax, np.array([0.5, 0.6]), np.array([0.0, 1.0]), np.full((2, 2), 0.5))
    assert len(ax.collections) == 1


def test_gradient_by_lag(ax):
    norms = np.array([[2.0, 4.0], [1.0, 1.0], [0.0, 0.0]])
    figures.gradient_by_lag(ax, norms, label="RNN")
    x, y = ax.lines[0].get_data()
    assert x.tolist() == [0, 1]  # what underflowed is left out
    assert y == pytest.approx([1, 0.375])
    assert ax.get_yscale() == "log"


def test_unit_fates(ax):
    shares = {"alive": [0.5, 0.2], "sleeping": [0.2, 0.3], "dying": [0.2, 0.3], "dead": [0.1, 0.2]}
    figures.fate_bars(ax, shares)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([0.5, 0.2, 0.2, 0.3, 0.2, 0.3, 0.1, 0.2])
    assert ax.patches[6].get_y() == pytest.approx(0.9)


def test_confusion(ax):
    figures.confusion(ax, np.array([[0.95, 0.05], [0.2, 0.8]]), ["a", "b"], ["x", "y"])
    assert [t.get_text() for t in ax.texts] == ["95", "5", "20", "80"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    low, high = ax.get_ylim()
    assert low > high  # the first row is on top
    ax.figure.canvas.draw()
    inks = ax.collections[0].get_facecolors()
    assert {to_hex(c) for c in inks} == {COLOURS["forward"]}  # a theme can recolour it
    assert inks[:, 3].tolist() == pytest.approx([0.475, 0.025, 0.1, 0.4], abs=0.026)  # text stays readable on it


ERRORS = {
    "logs of nothing": (lambda ax: figures.spectrum(ax, np.ones((0, 3))), r"logs: got shape \(0, 3\)"),
    "logs with NaN": (lambda ax: figures.spectrum(ax, np.full((2, 3), np.nan)), "logs: got shape"),
    "chi of another shape": (
        lambda ax: figures.phase_diagram(ax, np.ones(3), np.ones(2), np.ones((3, 2))),
        r"chi: got shape \(3, 2\); allowed: \(2, 3\)",
    ),
    "negative chi": (lambda ax: figures.phase_diagram(ax, np.ones(2), np.ones(2), -np.ones((2, 2))), "chi: got -1"),
    "point": (lambda ax: figures.phase_point(ax, -1.0, 0.0, label="a"), "sigma_w: got -1.0"),
    "norms": (lambda ax: figures.gradient_by_lag(ax, np.zeros(3)), "norms: got a norm at lag 0"),
    "names": (lambda ax: figures.fate_bars(ax, {"alive": [1.0]}), r"fates: got \['alive'\]"),
    "shares": (
        lambda ax: figures.fate_bars(ax, {name: [0.5] for name in ("alive", "sleeping", "dying", "dead")}),
        r"fates: got shares of shape \(1,\); allowed: \(layers,\) shares that sum to 1",
    ),
    "table": (lambda ax: figures.confusion(ax, np.full((2, 2), 2.0), "ab", "ab"), r"table: got shape \(2, 2\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(ax, name):
    call, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        call(ax)
