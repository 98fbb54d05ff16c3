"""Under every figure: a larger view, the figure as SVG and as PNG to take away, and the way to the cell that drew it.

Four links, which need no script: the first opens the SVG by itself, and where scripts run it opens over the page
instead (`_static/figures.js`). The files stand in `_figures/`, named as the figure is. The SVG stands alone: it has the
light colours of the page in place of the variables, a white ground, and the alternative text as its title. The PNG is
drawn from it by resvg with matplotlib's DejaVu Sans, three pixels for each of the page's, and so comes out the same on
every machine.

The link to the code goes to the cell, also when its input is folded, and to the next cell above that is on the page if
the input is not. A cell with the tag ``code-below`` shows its code, folded, after the figure.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.parallel import ParallelTasks, SerialTasks, parallel_available

from .unclip import unclipped

logger = logging.getLogger(__name__)
FOLDER = "_figures"
CHUNK = 3  # figures that a process draws before it takes the next
STYLE = Path(__file__).parents[1] / "web" / "static" / "vgp.css"
GROUND = '<rect width="100%" height="100%" fill="#ffffff"/>'


@cache
def light():
    """The colours that a page gives to figures in its light mode: the first that the stylesheet names."""
    colours = {}
    for name, colour in re.findall(r"--vgp-(\w+): (#[0-9a-f]{6});", STYLE.read_text(encoding="utf-8")):
        colours.setdefault(name, colour)
    return colours


def alone(svg):
    """Return the inline figure `svg` as a file: real colours, a ground, and a title."""
    head, rest = svg.split(">", 1)
    alt = re.search(r'aria-label="([^"]*)"', head)[1]
    head = re.sub(r'\s(?:role|aria-label|class|style)="[^"]*"', "", head)
    if "xmlns=" not in head:
        head += ' xmlns="http://www.w3.org/2000/svg"'
    made = f"{head}><title>{html.escape(html.unescape(alt))}</title>{GROUND}{rest.strip()}\n"
    return re.sub(r"var\(--vgp-(\w+), (#\w+)\)", lambda found: light().get(found[1], found[2]), made)


def pixels(svg):
    """Return the PNG of a figure that stands alone."""
    import resvg_py
    from matplotlib import get_data_path

    fonts = sorted(str(path) for path in (Path(get_data_path()) / "fonts" / "ttf").glob("DejaVuSans*.ttf"))
    return resvg_py.svg_to_bytes(
        svg_string=unclipped(svg),
        zoom=3,
        dpi=96,
        skip_system_fonts=True,
        font_files=fonts,
        sans_serif_family="DejaVu Sans",
    )


def write(folder, name, svg):
    """Write both files, unless they are there with the same content."""
    path = folder / f"{name}.svg"
    if path.is_file() and path.with_suffix(".png").is_file() and path.read_text(encoding="utf-8") == svg:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".png").write_bytes(pixels(svg))
    path.write_text(svg, encoding="utf-8", newline="\n")


def write_some(work):
    folder, figures = work
    for name, svg in figures:
        write(folder, name, svg)


def files(site):
    """Write the figures of all pages that were written, as many at a time as Sphinx may use processes.

    To write each with its page would leave it to one process: Sphinx gives neighbouring pages, so all chapters, to one.
    """
    figures, processes = sorted(site.app.vgp_figures.items()), site.app.parallel
    tasks = ParallelTasks(processes) if parallel_available and processes > 1 else SerialTasks()
    for chunk in (figures[at : at + CHUNK] for at in range(0, len(figures), CHUNK)):
        tasks.add_task(write_some, (site.out / FOLDER, chunk))
    tasks.join()


def has(node, name):
    return isinstance(node, nodes.container) and name in node["classes"]


def cell_of(document, figure):
    """The cell that drew the figure if its code is on the page, else the last one above whose code is, or None."""
    shown = None
    for node in document.findall(lambda node: node is figure or has(node, "cell")):
        if node is figure:
            return shown
        if next(node.findall(lambda part: has(part, "cell_input")), None) is not None:
            shown = node
    return None


def tools(number, name, up, code):
    """The links as HTML; each says in its name which figure it means."""
    file = f"{up}{FOLDER}/{name}"
    links = [
        ("Enlarge", f'class="vgp-enlarge" href="{file}.svg"', "Enlarge"),
        ("SVG", f'href="{file}.svg" download="{name}.svg"', "SVG of"),
        ("PNG", f'href="{file}.png" download="{name}.png"', "PNG of"),
    ]
    if code:
        links.append(("Code", f'href="#{code}"', "Code of"))
    items = (f'<li><a {where} aria-label="{says} figure {number}">{text}</a></li>' for text, where, says in links)
    return f'<ul class="vgp-tools">{"".join(items)}</ul>'


class FigureTools(SphinxPostTransform):
    """Add the links to every figure of the house style that has a name."""

    default_priority = 500  # after MyST-NB has chosen the output's format and folded the input
    formats = ("html",)

    def run(self, **kwargs):
        if self.app.builder.name != "html":
            return
        numbers = self.env.toc_fignumbers.get(self.env.docname, {}).get("figure", {})
        for cell in list(self.document.findall(lambda node: has(node, "tag_code-below"))):
            cell.append(cell.pop(0))
        for figure in list(self.document.findall(nodes.figure)):
            raw = next((node for node in figure.findall(nodes.raw) if "vgp-figure" in node.astext()), None)
            if raw is None or not figure["ids"]:
                continue
            name = figure["ids"][0]
            source = raw.astext()
            svg = alone(source[source.index("<svg") : source.rindex("</svg>") + 6])
            try:
                ElementTree.fromstring(svg)
            except ElementTree.ParseError as error:
                logger.warning("figure %s cannot stand alone: %s", name, error, location=figure, type="figures")
                continue
            self.app.vgp_figures[name] = svg
            cell = cell_of(self.document, figure)
            if cell is not None and not cell["ids"]:
                cell["ids"].append(f"code-{name}")
            number = ".".join(map(str, numbers.get(name, ()))) or name
            up = "../" * self.env.docname.count("/")
            made = nodes.raw("", tools(number, name, up, cell["ids"][0] if cell is not None else None), format="html")
            figure += nodes.legend("", made)


def setup(app):
    app.vgp_figures = {}  # the name and the SVG of each figure on the pages that are written
    app.add_post_transform(FigureTools)
    app.add_js_file("figures.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
