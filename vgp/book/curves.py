"""Curves over layers, depths and steps, in the style of the house.

Every function takes an `ax` and returns it; matplotlib loads on first use.

The house style keeps one colour for each role through the whole book (`COLOURS`), and never lets colour be the only
carrier: curves differ in marker and dash as well. `show` turns a finished figure into an inline picture with an
alternative text.
"""

import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .._errors import bad, need_bool, need_int, need_number, need_reals, need_text
from .style import COLOURS, STYLE, need_axes, need_colour, points
from .svg import PAPER, themed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("-", (0, (5, 2)), (0, (1.2, 1.6)), (0, (6, 2, 1.2, 2)))


def subplots(rows: int = 1, cols: int = 1, **options: Any) -> "tuple[Figure, Any]":
    """`matplotlib.pyplot.subplots` in the house style; options are passed on.

    >>> fig, axes = subplots(1, 2)
    >>> len(axes)
    2
    """
    import matplotlib.pyplot as plt

    cycle = plt.cycler(color=[COLOURS[c] for c in ("forward", "backward", "plain", "dead", "remedy")])
    plt.rcParams.update({**STYLE, "axes.prop_cycle": cycle})  # type: ignore[dict-item]
    return plt.subplots(need_int("rows", rows), need_int("cols", cols), **options)


class Picture:
    """A finished figure as an inline SVG with an alternative text; notebooks display it, scripts may save `.svg`.

    >>> Picture("<svg/>", "a line")
    Picture: a line
    """

    def __init__(self, svg: str, alt: str):
        self.svg, self.alt = svg, alt

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.svg, "text/plain": self.alt}


def show(fig: "Figure", alt: str) -> Picture:
    """Finish a figure: make this the last line of a cell.

    Parameters
    ----------
    fig : the figure; it is closed afterwards in a notebook, and shown in a window where a script has one
    alt : what a reader who cannot see the figure needs: kind of chart, axes, and the numbers, at least 20 characters

    >>> fig, ax = subplots()
    >>> show(fig, alt="An empty chart without axes labels.")
    Picture: An empty chart without axes labels.
    """
    import matplotlib.pyplot as plt

    if not isinstance(alt, str) or len(alt.strip()) < 20:
        raise bad("alt", repr(alt), "a text of at least 20 characters that says what the figure shows, with numbers")
    if not hasattr(fig, "savefig"):
        raise bad("fig", type(fig).__name__, "a matplotlib Figure")
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    in_notebook = "ipykernel" in sys.modules
    if not in_notebook and plt.get_backend().lower() not in ("agg", "svg", "pdf", "cairo", "ps", "template"):
        plt.show()
    plt.close(fig)
    return Picture(themed(buffer.getvalue(), " ".join(alt.split())), " ".join(alt.split()))


def _look(kind: int, colour: str | None, join: bool = True) -> dict[str, Any]:
    """Marker, dash and colour of the kind-th curve of a figure."""
    kind, join = need_int("kind", kind, 0), need_bool("join", join)
    dash = DASHES[kind % len(DASHES)] if join else "none"
    look: dict[str, Any] = {"marker": MARKERS[kind % len(MARKERS)], "linestyle": dash}
    if colour is not None:
        look["color"] = need_colour(colour)
    return look


def _rows(x: ArrayLike, values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, values = need_reals("x", x), need_reals("values", values)
    if x.ndim != 1:
        raise bad("x", f"shape {x.shape}", "one row of numbers")
    if values.ndim != 2 or len(values) != len(x):
        raise bad("values", f"shape {values.shape}", f"({len(x)}, seeds): one row for each x")
    return x, values


def spread(
    ax: "Axes",
    x: ArrayLike,
    values: np.ndarray,
    *,
    label: str = "",
    colour: str | None = None,
    kind: int = 0,
    shift: float = 0.0,
    join: bool = True,
) -> "Axes":
    """Median over nets as a marker, 5 to 95 % of the nets as a bar, at each x.

    How to read it: the bar is the spread of single nets, not the precision of the median; a published single run
    should lie within it nine times out of ten.

    `values` has shape (len(x), seeds); `shift` moves the points sideways so that several series do not overlap;
    `join=False` leaves out the line from median to median.

    >>> spread(subplots()[1], [1, 2], np.arange(10.0).reshape(2, 5)).lines[0].get_ydata().tolist()
    [2.0, 7.0]
    """
    x, values = _rows(x, values)
    need_axes(ax), need_text("label", label)
    shift = need_number("shift", shift, -1e9, 1e9)
    low, middle, high = np.percentile(values, [5, 50, 95], axis=1)
    look = _look(kind, colour, join)
    ax.errorbar(x + shift, middle, yerr=[middle - low, high - middle], label=label, capsize=3, elinewidth=1.2, **look)
    return ax


def every_seed(
    ax: "Axes",
    x: ArrayLike,
    values: np.ndarray,
    *,
    label: str = "",
    colour: str | None = None,
    kind: int = 0,
    shift: float = 0.0,
) -> "Axes":
    """Every single run as a small hollow marker, and a line through the means.

    How to read it: where the markers fan out, one run tells you little. `values` has shape (len(x), seeds).

    >>> len(every_seed(subplots()[1], [1, 2], np.ones((2, 5))).lines)
    6
    """
    x, values = _rows(x, values)
    need_axes(ax), need_text("label", label)
    shift = need_number("shift", shift, -1e9, 1e9)
    look = _look(kind, colour)
    (line,) = ax.plot(x + shift, values.mean(axis=1), label=label, **look)
    for column in values.T:
        ax.plot(
            x + shift, column, look["marker"], color=line.get_color(), markersize=4, markerfacecolor=PAPER, zorder=3
        )
    return ax


def theory_line(ax: "Axes", x: ArrayLike, y: ArrayLike, *, label: str = "theory") -> "Axes":
    """A prediction, always a dashed line in the colour of the ink.

    How to read it: nothing in it was fitted to the points unless the caption says so.

    >>> theory_line(subplots()[1], [1, 2], [1.0, 0.5]).lines[0].get_label()
    'theory'
    """
    x, y = points(x, y=y)
    need_axes(ax), need_text("label", label)
    ax.plot(x, y, color=COLOURS["ink"], linestyle=(0, (4, 2)), linewidth=1.4, label=label, zorder=4)
    return ax


def band(
    ax: "Axes", x: ArrayLike, low: ArrayLike, high: ArrayLike, *, colour: str = "plain", label: str = ""
) -> "Axes":
    """A shaded range, such as 5 to 95 % of the nets at each step.

    How to read it: nine nets in ten stay inside at any one x, not along the whole curve.

    >>> len(band(subplots()[1], [1, 2], [0, 0], [1, 1]).collections)
    1
    """
    x, low, high = points(x, low=low, high=high)
    need_axes(ax), need_text("label", label)
    ax.fill_between(x, low, high, color=need_colour(colour), alpha=0.22, linewidth=0, label=label)
    return ax


def published_points(ax: "Axes", x: ArrayLike, y: ArrayLike, *, label: str) -> "Axes":
    """Numbers from a source, as hollow diamonds that stand out from our own points.

    How to read it: usually one single run; compare it with the spread, not with the median.

    >>> published_points(subplots()[1], [1], [0.5], label="Nielsen (2015)").lines[0].get_marker()
    'D'
    """
    x, y = points(x, y=y)
    need_axes(ax), need_text("label", label)
    ax.plot(
        x, y, "D", color=COLOURS["ink"], markerfacecolor=PAPER, markersize=7, markeredgewidth=1.4, label=label, zorder=5
    )
    return ax


def layers_axis(ax: "Axes", depth: int, *, label: str = "hidden layer (1 is next to the input)") -> "Axes":
    """Whole-number ticks 1..depth on the x-axis.

    >>> layers_axis(subplots()[1], 3).get_xticks().tolist()
    [1, 2, 3]
    """
    need_axes(ax), need_text("label", label)
    depth = need_int("depth", depth)
    ax.set_xticks(range(1, depth + 1, max(1, depth // 10)))
    ax.set_xlabel(label)
    return ax


def direct_label(ax: "Axes", x: float, y: float, text: str, colour: str = "ink", **options: Any) -> "Axes":
    """Text beside a curve, in the curve's colour: quicker to read than a legend.

    >>> direct_label(subplots()[1], 1, 0.5, "depth 4").texts[0].get_text()
    'depth 4'
    """
    x, y = need_number("x", x), need_number("y", y)
    need_axes(ax), need_text("text", text)
    ax.annotate(
        text,
        (x, y),
        color=need_colour(colour),
        fontsize=9,
        va="center",
        **{"xytext": (6, 0), "textcoords": "offset points", **options},
    )
    return ax
