"""A figure as text of the page: themed colours, a name, rounded places, nothing said twice."""

import pytest

from vgp.book.svg import themed


def test_themed_leaves_text_alone():
    svg = themed('<svg><path d="M 1.23456 0"/><text>0.12345 is "#1"</text></svg>', "a picture")
    assert '<path d="M 1.2 0"/><text>0.12345 is "#1"</text>' in svg


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ('<path style="fill-opacity: 0.046"/>', '<path style="fill-opacity: 0.05"/>'),  # data, if cells are shaded
        ('<path style="opacity: 0.5"/>', '<path style="opacity: 0.5"/>'),
        ('<path d="M -0.04 3.14159"/>', '<path d="M 0.0 3.1"/>'),  # no minus before a zero
        ('<path d="M -0.06 -10.04"/>', '<path d="M -0.1 -10.0"/>'),
        ('<text x="1.234">-0.046 of 0.046</text>', '<text x="1.2">-0.046 of 0.046</text>'),
    ],
)
def test_themed_rounds_places_and_opacities_and_no_text(tag, kept):
    assert themed(f"<svg>{tag}</svg>", "a picture").endswith(f">{kept}</svg>")


def test_themed_says_once_what_holds_for_the_figure():
    svg = themed(
        "<svg><defs><style type='text/css'>*{stroke-linejoin: round}</style></defs><g id=\"axes_1\">\n"
        ' <path id="dash"/>\n <use xlink:href="#dash"/>'
        "<text style=\"font-size: 9px; font-family: 'DejaVu Sans', sans-serif; fill: red\">a b</text></g></svg>",
        "a picture",
    )
    assert "axes_1" not in svg
    assert "<style" not in svg
    assert svg.count("dash") == 2
    assert '<text style="font-size: 9px; fill: red">a b</text></g></svg>' in svg
    assert svg.count("font-family") == 1
