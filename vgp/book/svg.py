"""From matplotlib's SVG to one that a page can own: its text is text, its colours follow the page's theme.

Every colour of the house palette becomes a variable, such as `var(--vgp-ink, #22272e)`: a page that defines the
variables (the book does, for light, dark and print) recolours the figure; anywhere else the printed colour stands.
"""

import hashlib
import html
import re

INK, PAPER, GRID = "#22272e", "#fefefe", "#d5d9de"
PALETTE = {
    "ink": INK,  # text, axes, theory
    "paper": PAPER,  # behind markers and labels
    "grid": GRID,
    "forward": "#0b62a8",  # blue: signals on their way to the output
    "backward": "#b3400b",  # red-brown: gradients on their way back
    "dead": "#7a3e9d",  # violet: dead or saturated units
    "plain": "#5f6b76",  # grey: the plain reference net
    "remedy": "#1b7a3d",  # green: the net after treatment
    "shade1": "#9cc3e2",  # a family of up to four curves, light to dark
    "shade2": "#5b9bcb",
    "shade3": "#20699f",
    "shade4": "#0a3a61",
}
NUMBER = re.compile(r"(opacity: )?(-?\d+\.\d{2,})")
FONTS = "DejaVu Sans, Verdana, sans-serif"  # the first is matplotlib's, which sets where letters stand


def _rounded(found: re.Match[str]) -> str:
    """A coordinate to a tenth of a point; an opacity, which may be the data of a figure, to a hundredth."""
    if found[1]:
        return f"{found[1]}{float(found[2]):.2f}"
    return f"{float(found[2]):.1f}".replace("-0.0", "0.0")


def themed(svg: str, alt: str) -> str:
    """Return `svg` as an inline element with `alt` as its accessible name, palette colours as CSS variables,
    identifiers prefixed by a hash of the content (two figures can share a page), and coordinates rounded to a tenth
    of a point. What matplotlib says once for the whole page (its style sheet) or again for each letter (the font) is
    said once for the figure; identifiers that nothing refers to are left out.

    >>> print(themed('<?xml version="1.0"?><svg><path id="p" stroke="#22272e" d="M 1.23456 2"/></svg>', "a line"))
    <svg role="img" aria-label="a line" ...><path stroke="var(--vgp-ink, #22272e)" d="M 1.2 2"/></svg>
    """
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.S)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    referred = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r'\sid="([^"]*)"', lambda found: found[0] if found[1] in referred else "", svg)
    svg = re.sub(r"(?<=[\s\";])font-family: [^;\"]*(; ?|(?=\"))", "", svg)
    svg = re.sub(r">\s+<", "><", svg)
    for name, colour in PALETTE.items():
        svg = svg.replace(colour, f"var(--vgp-{name}, {colour})")
    prefix = "f" + hashlib.sha256((svg + alt).encode()).hexdigest()[:8]
    svg = re.sub(r'(\bid="|"#|url\(#)(?=[A-Za-z_])', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r"<[^>]*>", lambda tag: NUMBER.sub(_rounded, tag[0]), svg)  # not in the text: 0.003 stays
    label = html.escape(alt, quote=True)
    once = f'stroke-linejoin="round" stroke-linecap="butt" font-family="{FONTS}"'
    return svg.replace(
        "<svg", f'<svg role="img" aria-label="{label}" class="vgp-figure" style="max-width:100%;height:auto" {once}', 1
    )
