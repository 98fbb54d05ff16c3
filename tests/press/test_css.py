"""_press/web/static/vgp.css: the colours of figures can be told from the page, in light, dark and print."""

import re
from pathlib import Path

import pytest

from vgp.book.style import TINT
from vgp.book.svg import PALETTE

CSS = (Path(__file__).parents[2] / "docs" / "_press" / "web" / "static" / "vgp.css").read_text(encoding="utf-8")
SCHEMES = {
    "light": r'html\[data-theme="light"\] \{([^}]*)\}',
    "dark": r'html\[data-theme="dark"\] \{([^}]*)\}',
    "print": r"@media print \{.*?html\[data-theme\] \{([^}]*)\}",
}


def colours(scheme):
    block = re.search(SCHEMES[scheme], CSS, flags=re.S)[1]
    return dict(re.findall(r"--vgp-(\w+): (#[0-9a-f]{6});", block))


def luminance(colour):
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def mixed(colour, ground, opacity):
    """What is seen of a colour with this opacity, before the ground."""
    parts = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (colour, ground))
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in zip(*parts, strict=True))


def test_contrast_of_black_and_white():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_colour_of_the_palette_is_defined(scheme):
    assert set(PALETTE) <= set(colours(scheme))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", [*sorted(set(PALETTE) - {"paper", "grid"}), "hit", "miss"])
def test_contrast_with_the_page(scheme, name):
    """4.5 for what may be text, 3 for the shades, which are lines."""
    found = colours(scheme)
    assert contrast(found[name], found["paper"]) >= (3 if name.startswith("shade") else 4.5)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"ink", "paper"}))
def test_text_on_a_tint_can_be_read(scheme, name):
    """The colours of roles make grounds as opaque as TINT; the shades are of lines and fill no more than bands do."""
    found, opacity = colours(scheme), 0.25 if name.startswith("shade") else TINT
    assert contrast(mixed(found[name], found["paper"], opacity), found["ink"]) >= 4.5


@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"ink", "paper"}))
def test_text_on_a_tint_can_be_read_outside_the_book(name):
    opacity = 0.25 if name.startswith("shade") else TINT
    assert contrast(mixed(PALETTE[name], PALETTE["paper"], opacity), PALETTE["ink"]) >= 4.5


def test_a_darker_tint_would_be_too_dark():
    """The bound is not far from the need: 0.6, as it once was, is too much in the dark theme."""
    found = colours("dark")
    assert contrast(mixed(found["backward"], found["paper"], 0.6), found["ink"]) < 4.5
