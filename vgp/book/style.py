"""The look of all figures, and what the functions that draw accept: an Axes, a colour, points in a row."""

from typing import Any

import numpy as np

from .._errors import bad, need_reals
from .svg import INK, PALETTE

COLOURS = {name: colour for name, colour in PALETTE.items() if name not in ("paper", "grid")}
TINT = 0.5  # the most opaque that a ground of a role's colour may be: ink on it keeps 4.5 to 1, light and dark

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALETTE["grid"],
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.figsize": (6.4, 3.6),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "vgp",  # the same identifiers in every build
}


def need_axes(ax: Any) -> Any:
    """Accept what draws like a matplotlib Axes.

    >>> need_axes(3)
    Traceback (most recent call last):
        ...
    ValueError: ax: got int; allowed: a matplotlib Axes
    """
    if not hasattr(ax, "annotate"):
        raise bad("ax", type(ax).__name__, "a matplotlib Axes")
    return ax


def need_colour(colour: Any) -> Any:
    """The colour of that name in the book's palette, or any that matplotlib knows.

    >>> need_colour("ink") == COLOURS["ink"], need_colour("red")
    (True, 'red')
    """
    from matplotlib.colors import is_color_like

    found = COLOURS.get(colour, colour) if isinstance(colour, str) else colour
    if isinstance(found, np.ndarray) or not is_color_like(found):
        raise bad("colour", repr(colour), "one of " + ", ".join(COLOURS) + ", or a colour of matplotlib")
    return found


def points(x: Any, **others: Any) -> list[np.ndarray]:
    """x and what goes with it, each one row of numbers of the same length; a single number stands for all."""
    rows = [need_reals("x", x)]
    for name, values in others.items():
        rows.append(np.broadcast_to(row, rows[0].shape) if (row := need_reals(name, values, ndim=0)).ndim == 0 else row)
    for name, row in zip(("x", *others), rows, strict=True):
        if row.ndim != 1 or len(row) != len(rows[0]):
            raise bad(name, f"shape {row.shape}", f"one row of {len(rows[0])} numbers, as x has")
    return rows
