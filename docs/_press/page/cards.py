"""The picture that a link to a page carries with it elsewhere: a title, over layers that fade to the left."""

from __future__ import annotations

import io
import textwrap

SIZE = (1200, 630)
PAPER, INK, MUTED, BAR = "#0a3a61", "#ffffff", "#b9d3ea", "#6db3f2"


def card(title, below, above):
    """Return the card as the bytes of a PNG image."""
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, SIZE[0]), ylim=(0, SIZE[1]))
    axes.axis("off")
    for layer in range(8):  # each bar is the next one's height times a constant
        axes.bar(560 + 75 * layer, 560 * 0.62 ** (7 - layer), width=52, color=BAR, alpha=0.28)
    bold, plain = FontProperties(family="DejaVu Sans", weight="bold"), FontProperties(family="DejaVu Sans")
    lines = textwrap.wrap(title, 24)
    size = 46 if len(lines) < 4 else 36
    if above:
        axes.text(80, 520, above, color=MUTED, fontproperties=plain, size=26, va="baseline")
    axes.text(80, 470, "\n".join(lines), color=INK, fontproperties=bold, size=size, va="top", linespacing=1.25)
    axes.text(80, 70, below, color=MUTED, fontproperties=plain, size=24, va="baseline")
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
