"""The drawing of what imports what: the modules of `vgp` in their rows, and the rooms of the press.

``{structure}``
    a directive: the drawing, made from the files as they are when the page is read.

`structure(root)` reads the imports with `ast`, also those inside functions; `draw` makes a picture of them, with an
alternative text that has its numbers. `alone(root)` is the same as a file, with real colours on a white ground.
"""

from __future__ import annotations

import ast
import html
import re
import runpy
from collections import Counter
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PRESS = ("docs", "_press")  # one package, a folder for each room
WIDTH, HIGH, STEP, LETTER = 620, 36, 50, 7.3  # of the drawing; of a box, from line to line, and of a letter, in pixels
COLOURS = {"ink": "#22272e", "paper": "#fefefe", "grid": "#d5d9de", "plain": "#5f6b76", "forward": "#0b62a8"}
HUE = {name: f"var(--vgp-{name}, {colour})" for name, colour in COLOURS.items()}


# --- what imports what -----------------------------------------------------------------------------------------------


def imports(folder):
    """Each module of the package in `folder`, by its dotted path there ("" is the package), and those it imports."""
    paths = {".".join(p.relative_to(folder).with_suffix("").parts): p for p in sorted(folder.rglob("*.py"))}
    paths = {re.sub(r"\.?__init__$", "", name): path for name, path in paths.items()}
    found = {}
    for name, path in paths.items():
        own = name.split(".") if name else []
        own = own if path.name == "__init__.py" else own[:-1]  # the package that holds it
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and 0 < node.level <= len(own) + 1:
                base = own[: len(own) + 1 - node.level] + (node.module.split(".") if node.module else [])
                for alias in node.names:
                    inside = ".".join([*base, alias.name])
                    found[name].add(inside if inside in paths else ".".join(base))
        found[name] -= {name}
    return found


def structure(root):
    """The packages of `vgp` with their modules in rows, what each imports, and the rooms of the press with theirs."""
    told = runpy.run_path(str(root / "vgp" / "_layout.py"))
    rank = {path: n for n, row in enumerate(told["RANKS"]) for path in row}
    found = {name: {other for other in used if other in rank} for name, used in imports(root / "vgp").items()}
    packages = {
        package: [f"{package}.{module}".lstrip(".") for module, _ in told["modules"](package)]
        for package in ("", *told["WINGS"])
    }
    press, rooms = root.joinpath(*PRESS), {}
    if press.is_dir():
        every = imports(press)
        of = {name: name.partition(".")[0] for name in every}
        for room in sorted({of[name] for name in every if "." in name}):
            own = [name for name in every if of[name] == room]
            used = Counter(of[other] for name in own for other in every[name] if of[other] not in ("", room))
            rooms[room] = (len(own) - 1, dict(sorted(used.items())))  # without its door, `__init__`
    return {"rank": rank, "packages": packages, "imports": {name: found[name] for name in rank}, "rooms": rooms}


def between(told):
    """How often a module of one package imports one of another: (importer, imported) -> number."""
    of = {name: package for package, names in told["packages"].items() for name in names}
    pairs = Counter((of[name], of[other]) for name, used in told["imports"].items() for other in used)
    return {pair: number for pair, number in sorted(pairs.items()) if pair[0] != pair[1]}


# --- the drawing -----------------------------------------------------------------------------------------------------


def text(x, y, words, *, size=12, hue="ink", anchor="middle", bold=False):
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}"{weight} fill="{HUE[hue]}">'
        f"{html.escape(words)}</text>"
    )


def box(x, y, wide, high, *, hue="plain", fill="paper"):
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="4" fill="{HUE[fill]}" '
        f'stroke="{HUE[hue]}"/>'
    )


def line_of_boxes(left, wide, y, boxes):
    """Boxes beside each other, in the middle of their column: (name, what stands below it)."""
    sizes = [max(len(name), len(below) * 0.85) * LETTER + 14 for name, below in boxes]
    x, made = left + (wide - sum(sizes) - 8 * (len(sizes) - 1)) / 2, []
    for size, (name, below) in zip(sizes, boxes, strict=True):
        made += [box(x, y, size, HIGH), text(x + size / 2, y + 15, name)]
        made.append(text(x + size / 2, y + 29, below, size=11, hue="plain"))
        x += size + 8
    return made


def by_rank(told, names, across):
    """(rank, lines of at most `across` names) for each rank that the names have."""
    for rank, same in groupby(sorted(names, key=told["rank"].get), key=told["rank"].get):
        own = list(same)
        yield rank, [own[at : at + across] for at in range(0, len(own), across)]


def draw(told):
    """Return the drawing as an SVG element without a name, and its alternative text."""
    used_by = Counter(other for used in told["imports"].values() for other in used)

    def boxes(line):
        return [(name.rpartition(".")[2], f"↑{len(told['imports'][name])} ↓{used_by[name]}") for name in line]

    core, *wings = told["packages"]
    pairs, made, y = between(told), [], 34
    made.append(text(12, 20, "vgp", bold=True, anchor="start"))
    made.append(text(WIDTH - 12, 20, "↑ imports so many, ↓ is imported by so many", hue="plain", anchor="end"))
    for rank, lines in by_rank(told, told["packages"][core], 6):
        made.append(text(20, y + 22, str(rank), hue="plain"))
        for line in lines:
            made += line_of_boxes(30, WIDTH - 40, y, boxes(line))
            y += STEP
    frame = [box(4, 4, WIDTH - 8, y - 6, hue="grid")]
    begin = y + 58  # of the wings' boxes, below an arrow and a heading

    shares = {wing: 3 if len(told["packages"][wing]) > 5 else 2 for wing in wings}
    wide = (WIDTH - 34) / sum(shares.values())
    rows = {wing: dict(by_rank(told, told["packages"][wing], shares[wing])) for wing in wings}
    tops, y = {}, begin
    for rank in sorted({rank for lines in rows.values() for rank in lines}):
        tops[rank] = y
        made.append(text(20, y + 22, str(rank), hue="plain"))
        y += STEP * max(len(lines.get(rank, ())) for lines in rows.values())
    left = 30
    for wing in wings:
        across = wide * shares[wing]
        frame.append(box(left, begin - 28, across - 8, y - begin + 24, hue="grid"))
        made.append(text(left + 8, begin - 10, f"vgp.{wing}", bold=True, anchor="start"))
        middle, count = left + across / 2, pairs.get((wing, core), 0)
        made.append(f'<path d="M{middle:.0f} {begin - 30}v-18m-4 6l4 -6l4 6" fill="none" stroke="{HUE["forward"]}"/>')
        made.append(text(middle + 10, begin - 34, str(count), hue="forward", anchor="start"))
        for rank, lines in rows[wing].items():
            for n, line in enumerate(lines):
                made += line_of_boxes(left, across - 8, tops[rank] + n * STEP, boxes(line))
        left += across
    sides = [f"{a} imports {b} {n}×" for (a, b), n in pairs.items() if core not in (a, b)]
    if sides:
        made.append(text(34, y + 10, "; ".join(sides), hue="forward", anchor="start"))
        y += 22

    if told["rooms"]:
        made.append(text(12, y + 26, "docs/_press", bold=True, anchor="start"))
        made.append(
            text(
                110,
                y + 26,
                "rooms with one door each, __init__; ↑ imports from other rooms",
                hue="plain",
                anchor="start",
            )
        )
        of = [
            (room, ", ".join([f"{n} modules", *(f"↑{other} {k}" for other, k in used.items())]))
            for room, (n, used) in told["rooms"].items()
        ]
        top, y = y + 10, y + 36
        for at in range(0, len(of), 3):
            made += line_of_boxes(4, WIDTH - 8, y, of[at : at + 3])
            y += STEP
        frame.append(box(4, top, WIDTH - 8, y - top - 6, hue="grid"))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y:.0f}" viewBox="0 0 {WIDTH} {y:.0f}" '
        f'font-family="DejaVu Sans, Verdana, sans-serif">{"".join(frame + made)}</svg>'
    )
    return svg, words(told)


def times(n):
    return f"{n} time" if n == 1 else f"{n} times"


def words(told):
    """The alternative text."""
    core, *wings = told["packages"]
    modules, edges = len(told["rank"]), sum(map(len, told["imports"].values()))
    rows = len(set(told["rank"].values()))
    pairs = between(told)
    said = [
        f"Diagram of the library: {modules} modules in {rows} rows, with {edges} imports, each from a row above.",
        f"The core has {len(told['packages'][core])} modules;",
        ", ".join(
            f"{wing} has {len(told['packages'][wing])} and imports the core {times(pairs.get((wing, core), 0))}"
            for wing in wings
        )
        + ".",
        *(f"{a} imports {b} {times(n)}." for (a, b), n in pairs.items() if core not in (a, b)),
    ]
    for room, (n, used) in told["rooms"].items():
        others = " and ".join(f"{other} {times(k)}" for other, k in used.items())
        said.append(f"The room {room} of the press has {n} modules{' and imports ' + others if others else ''}.")
    return " ".join(said)


def alone(root):
    """The drawing as a file."""
    svg, alt = draw(structure(root))
    head, _, rest = svg.partition(">")
    ground = f'<title>{html.escape(alt)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
    return re.sub(r"var\(--vgp-\w+, (#\w+)\)", r"\1", f"{head}>{ground}{rest}\n")


# --- the directive ---------------------------------------------------------------------------------------------------


class Structure(SphinxDirective):
    """The drawing, in a box that scrolls where the window is narrow."""

    def run(self):
        for path in sorted([*(ROOT / "vgp").rglob("*.py"), *ROOT.joinpath(*PRESS).rglob("*.py")]):
            self.env.note_dependency(str(path))
        svg, alt = draw(structure(ROOT))
        named = svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', 1)
        frame = '<div class="vgp-scroll" role="region" tabindex="0" aria-label="What imports what">'
        return [nodes.raw("", f"{frame}{named}</div>", format="html")]


def setup(app):
    app.add_directive("structure", Structure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
