"""A small line chart by layer as inline SVG: a median, its range, a prediction; in the colours of the house style.

The playground's page has some forty of them; drawn by hand they take no time and a few kilobytes each.
"""

from __future__ import annotations

import html
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300, 190, 46, 8, 10, 34
COLOURS = {"ink": "#22272e", "grid": "#d5d9de", "forward": "#0b62a8", "backward": "#b3400b", "dead": "#7a3e9d"}
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def colour(name):
    return f"var(--vgp-{name}, {COLOURS[name]})"


def usable(value, log):
    return value is not None and math.isfinite(value) and (value > 0 or not log)


def scale(values, log, limits):
    """(lowest, highest, [(tick, text)]) of an axis that holds the values."""
    if not log:
        low, high = limits
        ticks = [low, (low + high) / 2, high]
        return low, high, [(t, f"{t:g}".replace("-", "−")) for t in ticks]
    found = [math.log10(v) for v in values if usable(v, True)] or [0.0]
    low, high = math.floor(min(found)), math.ceil(max(found))
    low, high = (low - 1, high + 1) if high == low else (low, high)
    step = max(1, math.ceil((high - low) / 5))
    return low, high, [(t, "10" + str(t).translate(SUPERSCRIPT)) for t in range(low, high + 1, step)]


def runs(points):
    """The points in runs without gaps (None)."""
    made = [[]]
    for point in points:
        if point is None:
            made.append([])
        else:
            made[-1].append(point)
    return [run for run in made if run]


def path(points):
    return "".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))


def panel(alt, band, predicted, *, hue, label, log=True, limits=(0, 1)):
    """One chart: `band` = {"median", "low", "high"} by layer, `predicted` a list or None; `alt` says it in words."""
    depth = len(band["median"])
    rows = [band["low"], band["median"], band["high"], predicted or []]
    low, high, ticks = scale([v for row in rows for v in row], log, limits)

    def at(i, value):
        if not usable(value, log):
            return None
        value = math.log10(value) if log else value
        value = min(max(value, low), high)
        x = LEFT + (WIDTH - LEFT - RIGHT) * (i / (depth - 1) if depth > 1 else 0.5)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = []
    for tick, text in ticks:
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - tick) / (high - low)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{colour("grid")}" stroke-width="0.8"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for layer in sorted({1, (depth + 1) // 2, depth}):
        x = LEFT + (WIDTH - LEFT - RIGHT) * ((layer - 1) / (depth - 1) if depth > 1 else 0.5)
        anchor = "end" if layer == depth > 1 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="{anchor}">{layer}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 5}" text-anchor="middle">{html.escape(label)}</text>'
    )
    ranges = [
        (a, b) if a and b else None
        for a, b in ((at(i, lo), at(i, hi)) for i, (lo, hi) in enumerate(zip(band["low"], band["high"], strict=True)))
    ]
    for run in runs(ranges):
        outline = [a for a, _ in run] + [b for _, b in reversed(run)]
        parts.append(f'<path d="{path(outline)}Z" fill="{colour(hue)}" fill-opacity="0.22"/>')
    for run in runs(at(i, v) for i, v in enumerate(band["median"])):
        parts.append(f'<path d="{path(run)}" fill="none" stroke="{colour(hue)}" stroke-width="1.8"/>')
        if depth <= 12 or len(run) == 1:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour(hue)}"/>' for x, y in run]
    for run in runs(at(i, v) for i, v in enumerate(predicted or [])):
        parts.append(
            f'<path d="{path(run)}" fill="none" stroke="{colour("ink")}" stroke-width="1.3" stroke-dasharray="4 3"/>'
        )
    head = f'class="vgp-small" role="img" aria-label="{html.escape(alt)}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg {head} fill="{colour("ink")}">{"".join(parts)}</svg>'
