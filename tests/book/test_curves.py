"""Figures: each function draws on its ax; a shown figure is text, themed colours, an alternative text, same bytes."""

import re
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import test_fuzz

from vgp.book import curves
from vgp.book.svg import PALETTE

ALT = "A line chart with two points, at 0.003 and 0.0085."
X, VALUES = [1, 2, 3], np.arange(15.0).reshape(3, 5)

DRAW = {
    "spread": lambda ax: curves.spread(ax, X, VALUES, label="nets", colour="forward"),
    "every_seed": lambda ax: curves.every_seed(ax, X, VALUES, label="nets", kind=1, colour="shade2"),
    "theory_line": lambda ax: curves.theory_line(ax, X, VALUES[:, 0]),
    "band": lambda ax: curves.band(ax, X, VALUES[:, 0], VALUES[:, 4], label="range"),
    "published_points": lambda ax: curves.published_points(ax, X, VALUES[:, 2], label="Nielsen (2015)"),
    "layers_axis": lambda ax: curves.layers_axis(ax, 3),
    "direct_label": lambda ax: curves.direct_label(ax, 2, 3.0, "depth 4", "backward"),
}


@pytest.fixture
def ax():
    fig, ax = curves.subplots()
    yield ax
    plt.close(fig)


DRAWN = [name for name, arguments in test_fuzz.CASES.items() if name.startswith("book.") and "ax" in arguments]


@pytest.mark.parametrize("name", DRAWN)
def test_returns_its_ax_and_opens_no_figure(name, ax):
    before = plt.get_fignums()
    assert test_fuzz.call(name, {**test_fuzz.CASES[name], "ax": ax}) is ax
    assert plt.get_fignums() == before


def everything():
    fig, ax = curves.subplots()
    for draw in DRAW.values():
        draw(ax)
    ax.legend()
    ax.set_title("$z_1$ & <more>")
    return fig


def test_every_colour_follows_the_theme():
    svg = curves.show(everything(), alt=ALT).svg
    outside = re.sub(r"var\(--vgp-[a-z0-9]+, #[0-9a-f]{6}\)", "", svg)
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", outside)
    for name, colour in re.findall(r"var\(--vgp-([a-z0-9]+), (#[0-9a-f]{6})\)", svg):
        assert PALETTE[name] == colour


def test_a_picture_is_an_image_with_a_name_and_its_text_is_text():
    picture = curves.show(everything(), alt="  Two words,\n  'one' & \"two\" <here>.  ")
    label = "Two words, &#x27;one&#x27; &amp; &quot;two&quot; &lt;here&gt;."
    assert picture.svg.startswith(f'<svg role="img" aria-label="{label}"')
    assert picture.alt == "Two words, 'one' & \"two\" <here>."
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", picture.svg)
    assert {"depth 4", "nets", "theory", "Nielsen (2015)"} <= set(texts)
    assert "hidden layer (1 is next to the input)" in texts
    assert "<?xml" not in picture.svg
    assert "<metadata" not in picture.svg
    assert picture._repr_mimebundle_() == {"text/html": picture.svg, "text/plain": picture.alt}
    assert repr(picture) == f"Picture: {picture.alt}"


def test_labels_keep_their_digits(ax):
    """Coordinates are rounded to two decimals, numbers on the axes are not."""
    ax.plot([0, 1], [0.0031, 0.0085])
    ax.set_yticks([0.0025, 0.005])
    ax.text(0.5, 0.004, "0.12345")
    svg = curves.show(ax.figure, alt=ALT).svg
    assert {"0.0025", "0.0050", "0.12345"} <= set(re.findall(r"<text[^>]*>([^<]+)</text>", svg))
    assert not re.findall(r'[dxy]="[^"]*\d\.\d{3}', svg)


def test_identifiers_are_unique_in_a_page_with_two_figures():
    first, second = (curves.show(everything(), alt=alt).svg for alt in (ALT, ALT + " Again."))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (first, second)]
    assert not ids[0] & ids[1]
    for svg, own in zip((first, second), ids):
        used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
        assert used
        assert used <= own


def test_same_bytes_in_every_run():
    code = (
        "import numpy as np; from vgp.book import curves; fig, ax = curves.subplots();"
        "curves.spread(ax, [1, 2], np.arange(10.0).reshape(2, 5)); curves.band(ax, [1, 2], [0, 0], [1, 1]);"
        "print(curves.show(fig, alt='a chart with a spread and a band').svg)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)]
    assert len(runs[0]) > 5000
    assert runs[0] == runs[1]


def test_show_closes_its_figure():
    before = plt.get_fignums()
    curves.show(everything(), alt=ALT)
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("backend", "notebook", "opened"), [("qtagg", False, 1), ("qtagg", True, 0), ("agg", False, 0)]
)
def test_show_opens_a_window_only_where_a_script_has_one(monkeypatch, backend, notebook, opened):
    windows = []
    monkeypatch.setattr(plt, "get_backend", lambda: backend)
    monkeypatch.setattr(plt, "show", lambda: windows.append(1))
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    if notebook:
        monkeypatch.setitem(sys.modules, "ipykernel", None)
    curves.show(everything(), alt=ALT)
    assert len(windows) == opened


def test_spread_draws_median_and_percentiles(ax):
    values = np.random.default_rng(0).standard_normal((3, 101))
    curves.spread(ax, X, values, shift=0.25)
    marks, _, (bars,) = ax.containers[0]
    assert np.array_equal(marks.get_ydata(), np.median(values, axis=1))
    assert np.array_equal(marks.get_xdata(), np.array(X) + 0.25)
    for row, segment in zip(np.sort(values, axis=1), bars.get_segments()):
        assert np.allclose(segment[:, 1], row[[5, 95]])  # of 101 values, the 6th and the 96th
    curves.spread(ax, X, values, join=False)
    assert ax.containers[1][0].get_linestyle() == "None"


def test_every_seed_draws_every_one(ax):
    curves.every_seed(ax, X, VALUES)
    mean, *single = ax.lines
    assert np.array_equal(mean.get_ydata(), VALUES.mean(axis=1))
    assert all(np.array_equal(line.get_ydata(), column) for line, column in zip(single, VALUES.T, strict=True))


def test_curves_differ_in_more_than_colour(ax):
    """In marker and dash, for as many curves as a figure may have."""
    looks = [curves._look(kind, None) for kind in range(4)]
    assert len({look["marker"] for look in looks}) == len({str(look["linestyle"]) for look in looks}) == 4


@pytest.mark.parametrize(("depth", "ticks"), [(1, [1]), (4, [1, 2, 3, 4]), (25, list(range(1, 26, 2)))])
def test_layers_axis_has_whole_numbers(ax, depth, ticks):
    curves.layers_axis(ax, depth)
    assert ax.get_xticks().tolist() == ticks
