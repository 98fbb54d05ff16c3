"""_press/page/figures.py: what stands under a figure leads to a larger view, to two files and to the code."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from built import HTML, ILLUSTRATED, ROOT, soup

from _press.page import figures
from vgp.book.style import TINT

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
    """What is left out to draw faster is not seen, but for pixels at the frame: see _press/page/unclip.py."""
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


RAW = {  # what a reader who listens should not hear
    "a number that nobody rounded": r"\d{7,}|\d\.\d{6,}",
    "an array": r"\[[^\]\d]*\d\S*\s[^\]]*\]|\barray\(|\bfloat(32|64)\b\(",
    "a tuple": r"\([\d.]+(, [\d.]+){2,},?\)",
    "what is no number": r"\b(nan|inf|None)\b",
    "a zero with a minus": r"(?<![\w.])-0(\.0+)?(?!\.?\d)",
    "one of several": r"(?<![\w.,/-])1 (layers|epochs|updates|steps|nets|units|images|inputs|seeds|factors)\b",
}


def spoken_badly(alt):
    """What is wrong with an alternative text: the names of the patterns that it contains, or too few numbers."""
    few = ["fewer than two numbers"] * (len(re.findall(r"(?<![A-Za-z])\d[\d.]*", alt)) < 2)
    return few + [what for what, pattern in RAW.items() if re.search(pattern, alt)]


@pytest.mark.parametrize(
    ("alt", "wrong"),
    [
        ("From 0.30000004 to 2.", ["a number that nobody rounded"]),
        ("At 12345678 of 9.", ["a number that nobody rounded"]),
        ("The values are [0.1 0.2].", ["an array"]),
        ("The values are [0.1, np.float64(0.2)].", ["an array"]),
        ("The values after (5, 15, 30).", ["a tuple"]),
        ("From nan to 3 and 4.", ["what is no number"]),
        ("From -0.00 to 2.", ["a zero with a minus"]),
        ("From 2 to -0.", ["a zero with a minus"]),
        ("After 1 layers 5.", ["one of several"]),
        ("It rises.", ["fewer than two numbers"]),
        ("From (1, 0) to (1.80, 0.90), with 31 layers, for 1 to 4 layers, -0.019, 10,000 and infinite width.", []),
    ],
)
def test_what_is_spoken_badly_is_found(alt, wrong):
    assert spoken_badly(alt) == wrong


@pytest.mark.parametrize("illustrated", ILLUSTRATED)
def test_alternative_texts_carry_numbers_that_can_be_read_aloud(illustrated):
    for svg in soup(illustrated).select("svg.vgp-figure"):
        assert not spoken_badly(svg["aria-label"]), svg["aria-label"]


def test_no_cell_puts_out_an_image_without_a_text(page, parsed):
    """A figure that ends without `show` becomes an image, whose text says nothing of what is in it."""
    assert not parsed.select(".cell_output img")


@pytest.mark.parametrize("illustrated", ILLUSTRATED)
def test_grounds_are_not_too_opaque_for_text(illustrated):
    """Up to TINT the ink can be read on a palette colour in each theme; see tests/press/test_css.py."""
    for svg in soup(illustrated).select("svg.vgp-figure"):
        opacities = {float(found) for found in re.findall(r"opacity: ([\d.]+)", str(svg))}
        assert max(opacities - {1.0}, default=0) <= TINT, svg["aria-label"]


def test_the_picture_in_the_readme_is_that_of_the_first_page():
    """Copied by hand: `cp docs/_build/html/_figures/fig-hero.svg .github/hero.svg`; last digits may differ."""
    files = (ROOT / ".github" / "hero.svg", HTML / "_figures" / "fig-hero.svg")
    texts = [re.sub(r'((?:id|href)="|url\()#?[\w-]+', r"\1", path.read_text(encoding="utf-8")) for path in files]
    number = r"-?\d+(?:\.\d+)?"
    copied, drawn = ([float(found) for found in re.findall(number, text)] for text in texts)
    assert re.sub(number, "0", texts[0]) == re.sub(number, "0", texts[1])
    assert drawn
    np.testing.assert_allclose(copied, drawn, rtol=0.02, atol=0.3)


def test_no_layout_shift(page, parsed):
    for figure in parsed.select("svg.vgp-figure"):
        assert figure["viewbox"]
        assert figure["width"]
        assert figure["height"]
    for image in parsed.select("article img"):
        assert image.get("width"), image
        assert image.get("height"), image
