"""Make a figure quick to draw as pixels: without the clips that cut nothing off.

Matplotlib clips every line, band and row of markers to its axes. For each of them resvg draws a picture of its own and
joins them, which takes two thirds of its time (linebender/resvg#363). Nearly all of them lie inside.
"""

from __future__ import annotations

import re

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
CLIP = re.compile(r'<clipPath id="([^"]+)">\s*<rect x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"')
SHAPE = re.compile(r'<path( id="[^"]*")? d="([MLCQz\d\s.-]*)"( clip-path="url\(#([^)]+)\)")?( style="[^"]*")?')
MARKERS = re.compile(r'<g( clip-path="url\(#([^)]+)\)")>((?:<use [^>]*/>\s*)+)</g>')
USE = re.compile(r'<use xlink:href="#([^"]+)" x="([^"]+)" y="([^"]+)"')
BEYOND = 0.5  # points by which a stroke may leave its box unseen: the frame is as wide, and grid lines end there


def half_stroke(style):
    """Half the width of the line that an element draws; 0 if it draws none."""
    found = re.search(r"stroke-width: ([\d.]+)", style or "")
    return 0.0 if "stroke: none" in (style or "") else float(found[1]) / 2 if found else 0.5


def unclipped(svg):
    """Return the SVG `svg`, as matplotlib writes it, without the clips of what lies inside its box anyway."""
    boxes = {name: tuple(map(float, box)) for name, *box in CLIP.findall(svg)}

    def within(points, name, reach):
        x, y, width, height = boxes[name]
        reach -= BEYOND
        return all(x + reach <= a <= x + width - reach and y + reach <= b <= y + height - reach for a, b in points)

    reaches = {}  # of each marker, from its middle
    for shape in SHAPE.finditer(svg):
        if shape[1]:
            numbers = [abs(float(value)) for value in NUMBER.findall(shape[2])]
            reaches[shape[1][5:-1]] = max(numbers, default=0.0) + half_stroke(shape[5])

    def bare_shape(shape):
        values = [float(value) for value in NUMBER.findall(shape[2])]
        points = list(zip(values[::2], values[1::2], strict=True))
        inside = shape[3] and within(points, shape[4], half_stroke(shape[5]))
        return shape[0].replace(shape[3], "") if inside else shape[0]

    def bare_markers(group):
        for name, x, y in USE.findall(group[3]):
            if name not in reaches or not within([(float(x), float(y))], group[2], reaches[name]):
                return group[0]
        return group[0].replace(group[1], "", 1)

    return MARKERS.sub(bare_markers, SHAPE.sub(bare_shape, svg))
