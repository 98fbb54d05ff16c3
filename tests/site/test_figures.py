"""docs/_ext/figures.py: what stands under a figure leads to a larger view, to two files and to the code."""

import io
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from built import HTML, PAGES, ROOT, soup

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import figures

INLINE = (
    '<svg role="img" aria-label="a &lt; b &amp; c" class="vgp-figure" style="max-width:100%;height:auto" '
    'width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg">'
    '<path stroke="var(--vgp-shade1, #9cc3e2)" d="M 1 2"/><text y="20" font-family="DejaVu Sans">x</text></svg>'
)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def test_a_figure_that_stands_alone_has_real_colours_a_ground_and_a_title():
    made = figures.alone(INLINE)
    tree = ElementTree.fromstring(made)
    assert [child.tag.rpartition("}")[2] for child in tree] == ["title", "rect", "path", "text"]
    assert tree[0].text == "a < b & c"
    assert tree[2].get("stroke") == figures.light()["shade1"] != "#9cc3e2"
    assert not {"role", "style", "class", "aria-label"} & set(tree.keys())


def test_pixels_are_three_times_those_of_the_page_and_always_the_same():
    made = figures.pixels(figures.alone(INLINE))
    assert made.startswith(SIGNATURE)
    assert [int.from_bytes(made[at : at + 4], "big") for at in (16, 20)] == [288, 144]  # 72 pt are 96 px
    assert made == figures.pixels(figures.alone(INLINE))
    assert made != figures.pixels(figures.alone(INLINE.replace(">x<", "><")))  # there is a font


@pytest.mark.parametrize("name", [path.stem for path in sorted((HTML / "_figures").glob("*.svg"))][::12])
def test_pixels_are_those_of_the_whole_file(name, monkeypatch):
    """What is left out to draw faster is not seen, but for pixels at the frame: see docs/_ext/unclip.py."""
    from PIL import Image

    svg = (HTML / "_figures" / f"{name}.svg").read_text(encoding="utf-8")
    quick = (HTML / "_figures" / f"{name}.png").read_bytes()
    assert quick == figures.pixels(svg)
    monkeypatch.setattr(figures, "unclipped", str)
    one, other = (np.asarray(Image.open(io.BytesIO(png)).convert("L"), int) for png in (quick, figures.pixels(svg)))
    assert np.ptp(one) > 100
    assert np.mean(abs(one - other) > 60) < 2e-5


def test_a_figure_without_code_has_three_links():
    assert figures.tools("3", "fig", "../", None).count("<a ") == 3
    assert 'href="#code-fig" aria-label="Code of figure 3"' in figures.tools("3", "fig", "../", "code-fig")


ILLUSTRATED = [page for page in PAGES if soup(page).select_one("svg.vgp-figure")]


@pytest.mark.parametrize("illustrated", ILLUSTRATED)
def test_every_figure_can_be_enlarged_taken_away_and_traced_to_its_code(illustrated):
    parsed = soup(illustrated)
    for svg in parsed.select("svg.vgp-figure"):
        figure = svg.find_parent("figure")
        large, vector, raster, *code = (link["href"] for link in figure.select(".vgp-tools a"))
        assert large == vector
        folder = (HTML / illustrated).parent
        tree = ElementTree.fromstring((folder / vector).read_text(encoding="utf-8"))
        assert tree[0].text == svg["aria-label"]
        assert "var(" not in (folder / vector).read_text(encoding="utf-8")
        assert (folder / raster).read_bytes().startswith(SIGNATURE)
        assert code, f"no code for {svg['aria-label']!r}"
        assert parsed.find(id=code[0].removeprefix("#")).select_one(".cell_input pre")


def test_the_picture_in_the_readme_is_that_of_the_first_page():
    """Copied by hand: `cp docs/_build/html/_figures/fig-hero.svg .github/hero.svg`; last digits may differ."""
    files = (ROOT / ".github" / "hero.svg", HTML / "_figures" / "fig-hero.svg")
    texts = [re.sub(r'((?:id|href)="|url\()#?[\w-]+', r"\1", path.read_text(encoding="utf-8")) for path in files]
    number = r"-?\d+(?:\.\d+)?"
    copied, drawn = ([float(found) for found in re.findall(number, text)] for text in texts)
    assert re.sub(number, "0", texts[0]) == re.sub(number, "0", texts[1])
    assert len(drawn) > 1000
    np.testing.assert_allclose(copied, drawn, rtol=0.02, atol=0.3)


def test_no_layout_shift(page, parsed):
    for figure in parsed.select("svg.vgp-figure"):
        assert figure["viewbox"]
        assert figure["width"]
        assert figure["height"]
    for image in parsed.select("article img"):
        assert image.get("width"), image
        assert image.get("height"), image
