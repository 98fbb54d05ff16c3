"""One function for each kind of figure that the book draws more than once.

Like those of `vgp.book.curves`, each takes an `ax`, draws what a measurement returned, and returns the `ax`. Each
docstring says how to read the figure.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .._errors import bad, need_array, need_kind, need_number, need_reals, need_text
from .curves import band, theory_line
from .style import COLOURS, TINT, need_axes, need_colour
from .svg import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def spectrum(ax: "Axes", logs: np.ndarray, *, label: str = "", colour: str = "backward") -> "Axes":
    """Singular values of a product of Jacobians by rank, from their ln: a median line and a 5 to 95 % band.

    How to read it: the vertical axis is log10, so a straight fall means that each direction shrinks by a constant
    factor against its neighbour. Flat at 0 is dynamical isometry: every direction keeps its length. Where the curve
    falls off, what goes in along those directions does not come out.

    `logs` is (..., k), from `vgp.measure`; leading axes are examples or nets.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> spectrum(ax, np.zeros((20, 5))).get_xlabel()
    'rank of the singular value'
    """
    rows = need_reals("logs", logs)
    need_axes(ax), need_text("label", label)
    if np.isnan(rows).any():
        raise bad("logs", f"shape {rows.shape}", "(..., k) logarithms without NaN")
    rows = rows.reshape(-1, rows.shape[-1]) / np.log(10)
    rows = np.where(np.isfinite(rows), rows, np.nan)  # an exact 0 has no place on a logarithmic axis
    rank = np.arange(1, rows.shape[-1] + 1)
    shown = ~np.isnan(rows).all(axis=0)
    low, middle, high = np.nanpercentile(rows[:, shown], [5, 50, 95], axis=0)
    band(ax, rank[shown], low, high, colour=colour)
    ax.plot(rank[shown], middle, color=need_colour(colour), label=label)
    ax.set_xlabel("rank of the singular value")
    ax.set_ylabel("log10 of the singular value")
    return ax


def phase_diagram(
    ax: "Axes",
    sigma_w: np.ndarray,
    sigma_b: np.ndarray,
    chi: np.ndarray,
    line: tuple[np.ndarray, np.ndarray] | None = None,
) -> "Axes":
    """Map of log10 chi over (sigma_w, sigma_b), with the critical line chi = 1.

    How to read it: left of the dashed line (blue) gradients shrink by the square root of chi at each layer and inputs
    merge; right of it (red-brown) gradients grow and inputs that were alike part. Along the line both keep their
    size; only its neighbourhood is trainable at great depth.

    `chi` is (len(sigma_b), len(sigma_w)), NaN where no q* exists; `line` is the pair (sigma_w, sigma_b) of
    `vgp.theory.critical_sigma_w`; without it the contour of `chi` is drawn.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> chi = np.outer(np.ones(3), [0.5, 0.8, 1.5, 2])
    >>> phase_diagram(ax, np.linspace(0.5, 2, 4), np.linspace(0, 1, 3), chi).get_xlabel()
    'standard deviation of the weights, sigma_w'
    """
    from matplotlib.colors import to_rgb

    chi, sigma_w, sigma_b = need_reals("chi", chi), need_reals("sigma_w", sigma_w), need_reals("sigma_b", sigma_b)
    need_axes(ax)
    for name, sigma in (("sigma_w", sigma_w), ("sigma_b", sigma_b)):
        if sigma.ndim != 1 or not np.isfinite(sigma).all():
            raise bad(name, f"shape {sigma.shape}", "one row of finite numbers")
    if line is not None and (not isinstance(line, tuple) or len(line) != 2):
        raise bad("line", type(line).__name__, "a pair (sigma_w, sigma_b) of arrays")
    if chi.shape != (len(sigma_b), len(sigma_w)):
        raise bad("chi", f"shape {chi.shape}", f"({len(sigma_b)}, {len(sigma_w)}): a row for each sigma_b")
    if (wrong := chi[(chi <= 0) | np.isinf(chi)]).size or np.isnan(chi).all():
        raise bad("chi", f"{wrong[0]:g}" if wrong.size else "NaN alone", "positive finite numbers, or NaN, not all")
    logs = np.log10(chi)
    top = max(float(np.nanmax(np.abs(logs))), 1e-3)
    # Two palette colours, more or less opaque: a page with a dark theme recolours both, as it would no mixed colour.
    levels = top * np.array([0.0, 0.01, 0.04, 0.1, 0.2, 0.35, 0.55, 0.78, 1.01])
    shade = np.linspace(0, TINT, len(levels))[1:]
    for sign, colour in ((-1, COLOURS["forward"]), (1, COLOURS["backward"])):
        inks = [(*to_rgb(colour), a) for a in shade]
        if (sign * logs > 0).any():
            ax.contourf(sigma_w, sigma_b, np.ma.masked_invalid(sign * logs), levels, colors=inks)
    if line is not None:
        theory_line(ax, *line, label="chi = 1")
    elif np.nanmin(logs) < 0 < np.nanmax(logs):
        ax.contour(sigma_w, sigma_b, logs, levels=[0.0], colors=COLOURS["ink"], linestyles="dashed")
    ax.set_xlabel("standard deviation of the weights, sigma_w")
    ax.set_ylabel("standard deviation of the biases, sigma_b")
    return ax


def phase_point(ax: "Axes", sigma_w: float, sigma_b: float, *, label: str, colour: str = "ink") -> "Axes":
    """One net in the phase diagram: a marker with its name beside it.

    How to read it: what counts is the depth scale xi there, in layers (`vgp.theory.phase`), not the distance on paper.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> phase_point(ax, 1.5, 0.3, label="our net").texts[0].get_text()
    'our net'
    """
    sigma_w, sigma_b = need_number("sigma_w", sigma_w, 0.0), need_number("sigma_b", sigma_b, 0.0)
    shade = need_colour(colour)
    need_axes(ax), need_text("label", label)
    ax.plot([sigma_w], [sigma_b], "o", color=shade, markeredgecolor=PALETTE["paper"], markersize=8, zorder=6)
    ax.annotate(label, (sigma_w, sigma_b), xytext=(8, 4), textcoords="offset points", color=shade, fontsize=9)
    return ax


def gradient_by_lag(ax: "Axes", norms: np.ndarray, *, label: str = "", colour: str = "backward") -> "Axes":
    """Norm of dL/dh against the lag T - t, relative to lag 0: a median line and a 5 to 95 % band over nets.

    How to read it: the axis is logarithmic, so a constant factor per step is a straight line. Where it has fallen to a
    thousandth, what happened so many steps ago moves the weights a thousand times less than what happened now.

    `norms` is (T + 1,) or (T + 1, seeds), from `vgp.lag_norms`.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> gradient_by_lag(ax, 0.5 ** np.arange(10.0)).get_yscale()
    'log'
    """
    norms = need_array("norms", norms, ndim=1)
    need_axes(ax), need_text("label", label)
    rows = norms.reshape(len(norms), -1)
    if not (rows[0] > 0).all() or (rows < 0).any():
        raise bad("norms", "a norm at lag 0 that is not positive, or a negative one", "norms, positive at lag 0")
    with np.errstate(invalid="ignore"):
        relative = np.where(rows > 0, rows / rows[0], np.nan)  # an underflow to 0 has no place on this axis
    shown = ~np.isnan(relative).all(axis=1)
    low, middle, high = np.nanpercentile(relative[shown], [5, 50, 95], axis=1)
    lags = np.flatnonzero(shown)
    band(ax, lags, low, high, colour=colour)
    ax.plot(lags, middle, color=need_colour(colour), label=label)
    ax.set_yscale("log")
    ax.set_xlabel("lag: steps before the loss")
    ax.set_ylabel("norm of the gradient, relative to lag 0")
    return ax


def fate_bars(ax: "Axes", fates: Mapping[str, np.ndarray]) -> "Axes":
    """Stacked bars, one for each layer: shares of units alive, sleeping, dying and dead during training.

    How to read it: "dead" units never had a slope; "dying" ones had one and lost it; "sleeping" ones came back, or
    were awake only in between, so a dead unit at one moment is not always lost.

    `fates` maps the four names to (layers,) shares, from `vgp.unit_fates` layer by layer.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> shares = {"alive": [0.5], "sleeping": [0.2], "dying": [0.2], "dead": [0.1]}
    >>> len(fate_bars(ax, shares).patches)
    4
    """
    names = ("alive", "sleeping", "dying", "dead")
    if set(need_kind("fates", fates, Mapping, "a dict of shares")) != set(names):
        raise bad("fates", sorted(fates), "the names " + ", ".join(names))
    rows = need_reals("fates", [np.atleast_1d(fates[name]) for name in names])
    need_axes(ax)
    if rows.ndim != 2 or not np.allclose(rows.sum(axis=0), 1):
        raise bad("fates", f"shares of shape {rows.shape[1:]}", "(layers,) shares that sum to 1 in each layer")
    layers = np.arange(1, rows.shape[1] + 1)
    floor = np.zeros(rows.shape[1])
    looks = zip(names, rows, ("remedy", "shade1", "shade3", "dead"), ("", "//", "xx", ""), strict=True)
    for name, share, colour, hatch in looks:
        ax.bar(layers, share, bottom=floor, label=name, color=COLOURS[colour], edgecolor=PALETTE["paper"], hatch=hatch)
        floor = floor + share
    ax.set_xticks(layers)
    ax.set_xlabel("hidden layer (1 is next to the input)")
    ax.set_ylabel("share of units")
    return ax


def confusion(ax: "Axes", table: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> "Axes":
    """A table of shares in 0..1 as shaded cells with their numbers: what was there (rows), what was said (columns).

    How to read it: on the diagonal the verdict was right. A full row off the diagonal is a disease mistaken for another
    one, or one that comes with another; a shaded cell in a healthy row is a false alarm.

    >>> from vgp.book import subplots
    >>> _, ax = subplots()
    >>> [text.get_text() for text in confusion(ax, np.eye(2), ["a", "b"], ["a", "b"]).texts]
    ['100', '0', '0', '100']
    """
    table = need_array("table", table)
    need_axes(ax)
    for name, words in (("rows", rows), ("columns", columns)):
        for word in need_kind(name, words, (list, tuple, str), "a list of names"):
            need_text(name, word)
    if table.shape != (len(rows), len(columns)) or table.min() < 0 or table.max() > 1:
        raise bad("table", f"shape {table.shape}", f"({len(rows)}, {len(columns)}) shares between 0 and 1")
    from matplotlib.colors import ListedColormap, to_rgb

    # One palette colour, more or less opaque, as in `phase_diagram`; an image would keep its colours in a dark theme.
    shades = ListedColormap([(*to_rgb(COLOURS["forward"]), a) for a in np.linspace(0, TINT, 21)])
    ax.pcolormesh(table, cmap=shades, vmin=0, vmax=1)
    ax.invert_yaxis()
    for i, row in enumerate(table):
        for j, share in enumerate(row):
            ax.text(j + 0.5, i + 0.5, f"{100 * share:.0f}", ha="center", va="center", fontsize=8)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=40, ha="right")
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.grid(visible=False)
    return ax
