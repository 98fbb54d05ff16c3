"""The page of the playground without its runtime: every preset, computed at build, as curves, a table and a sentence.

``{playground}``
    a directive: the element that the page's script fills with controls and plots;
``{playground-presets}``
    a directive: a section for each preset of `_press/live/browser/presets.json`.

The numbers are those of `_press/live/browser/playground.py`, which the page's script calls in the browser too. They
also go to `_static/live/playground.json`, rounded to five digits, so that the page has something to show before the
runtime is there. Chapters that have a preset get a line at their end that leads to it.
"""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from ..live import BROWSER, imported
from .smallplot import panel

PRESETS = BROWSER / "presets.json"
FILE = "playground.json"
ROWS = 11  # of a preset's table
COLUMNS = (  # key, heading, whether theory has it
    ("forward", "rms of z", True), ("delta", "norm of delta", True), ("weight_gradient", "norm of dL/dW", False),
    ("bias_gradient", "norm of dL/db", False), ("correlation", "cosine", True), ("saturation", "saturated", False),
    ("dead", "dead", False),
)  # fmt: skip


@cache
def core():
    """The modules of `_press/live/browser`; loaded when the page is read, since they bring NumPy and the library."""
    return imported("playground"), imported("playground_presets").said


@cache
def presets():
    """What `presets.json` holds."""
    return json.loads(PRESETS.read_text(encoding="utf-8"))


def rounded(value):
    """Floats with five digits, in whatever stands around them."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part) for part in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


# --- what is drawn ---------------------------------------------------------------------------------------------------


def plots(answer):
    """The three charts of a preset, as HTML."""
    depth, told, theory = answer["state"]["depth"], answer["summary"], answer["theory"]

    def hidden(key):
        return {name: values[:depth] for name, values in answer[key].items()}

    made = [
        panel(
            f"Line chart, root mean square of z by layer. {told['forward']}", hidden("forward"),
            theory["forward"]["values"], hue="forward", label="hidden layer: rms of z",
        ),
        panel(
            f"Line chart, norm of delta by layer. {told['backward']}", hidden("delta"), theory["delta"]["values"],
            hue="backward", label="hidden layer: norm of delta",
        ),
        panel(
            f"Line chart, mean cosine of two inputs by layer. {told['correlation']}", hidden("correlation"),
            theory["correlation"]["values"], hue="dead", label="hidden layer: cosine of two inputs",
            log=False, limits=(-1, 1) if min(v or 0 for v in answer["correlation"]["low"]) < -0.25 else (0, 1),
        ),
    ]  # fmt: skip
    return f'<div class="vgp-smalls">{"".join(made)}</div>'


def table(answer, title):
    """The numbers behind the charts, for at most `ROWS` layers, folded."""
    depth, theory = answer["state"]["depth"], answer["theory"]
    at = sorted({round(i * (depth - 1) / (ROWS - 1)) for i in range(ROWS)}) if depth > ROWS else range(depth)
    heads = ["layer"]
    for _, heading, predicted in COLUMNS:
        heads += [heading, f"{heading}, theory"] if predicted else [heading]
    body = []
    for i in at:
        cells = []
        for key, _, predicted in COLUMNS:
            cells.append(cell(answer[key]["median"][i], key))
            if predicted:
                cells.append(cell((theory[key]["values"] or [None] * depth)[i], key))
        body.append(f'<tr><th scope="row">{i + 1}</th>' + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    name = html.escape(f"Table of {title}", quote=True)
    rows = f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    frame = f'<div class="vgp-scroll" role="region" tabindex="0" aria-label="{name}">{rows}</div>'
    return f'<details class="vgp-data"><summary>The numbers</summary>{frame}</details>'


def cell(value, key):
    if value is None:
        return "–"
    return f"{value:.0%}" if key in ("saturation", "dead") else f"{value:.3g}"


# --- the directive ---------------------------------------------------------------------------------------------------

ROOT = (  # the script puts its controls in the place of the text
    '<div class="playground" id="playground" data-json="_static/live/playground.json">'
    "<p>The controls need JavaScript and WebAssembly, and a copy of the book that was built with its live parts. "
    "The stories at the end of this page were computed when it was built.</p></div>"
)


class Playground(SphinxDirective):
    """The element for the script."""

    def run(self):
        return [nodes.raw("", ROOT, format="html")]


class Presets(SphinxDirective):
    """A section for each preset, and the file for the script."""

    def run(self):
        playground, said = core()
        for path in (PRESETS, *sorted(BROWSER.glob("playground*.py"))):
            self.env.note_dependency(str(path))
        made, found = [], []
        for preset in presets():
            answer = playground.evaluate(preset["state"])
            see = said(preset, answer)
            made.append(self.section(preset, see, answer))
            found.append({
                **preset, "see": see, "chapter": preset["chapter"][:2].lstrip("0"),
                "href": f"chapters/{preset['chapter']}.html", "answer": rounded(answer),
                "code": playground.code(preset["state"])["code"],
            })  # fmt: skip
        names = playground.defaults()["keys"]["activation"]["choices"]
        whole = {
            "defaults": playground.defaults(),
            "presets": found,
            "phase": {name: rounded(playground.phase(name)) for name in names},
        }
        # Kept beside the read pages: a build that does not read this page again still has it.
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False)
        Path(self.env.doctreedir, FILE).write_text(text, encoding="utf-8")
        return made

    def section(self, preset, see, answer):
        title = preset["title"]
        section = nodes.section("", nodes.title("", title), ids=[f"preset-{preset['id']}"], classes=["vgp-preset"])
        section["names"].append(section["ids"][0])
        self.state.document.note_explicit_target(section)
        section += nodes.paragraph("", see)
        section += nodes.raw("", plots(answer) + table(answer, title), format="html")
        verdict = nodes.paragraph("", f"The verdict of vgp.diagnose. {answer['verdict']['sentence']} ")
        if f"chapters/{preset['chapter']}" in self.env.found_docs:
            link = addnodes.pending_xref(
                "", nodes.inline("", ""), refdomain="std", reftype="doc", reftarget=f"/chapters/{preset['chapter']}",
                refexplicit=False, refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            verdict += [nodes.Text("The chapter: "), link, nodes.Text(".")]
        section += verdict
        return section


# --- what leads there ------------------------------------------------------------------------------------------------


def line(app, pagename, templatename, context, doctree):
    """At the end of a chapter, a link to each of its presets."""
    own = [preset for preset in presets() if f"chapters/{preset['chapter']}" == pagename]
    page = app.config.playground_page
    if doctree is None or not own or app.builder.name != "html" or page not in app.env.found_docs:
        return
    base = relative_uri(f"{pagename}.html", f"{page}.html")
    links = [f'<a href="{base}#preset-{p["id"]}">{html.escape(p["title"])}</a>' for p in own]
    context["body"] += f'<p class="vgp-takeaway">In the playground: {"; ".join(links)}.</p>\n'


def write(path, content):
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def files(site):
    """Write what the script of the page loads, if the site has that page: all settings, and each story by itself."""
    made = site.kept / FILE
    if not made.is_file():
        return
    folder = site.static / "live"
    (folder / "playground").mkdir(parents=True, exist_ok=True)
    whole = json.loads(made.read_text(encoding="utf-8"))
    for preset in whole["presets"]:
        own = {key: preset.pop(key) for key in ("answer", "code")}  # loaded when the story is chosen
        write(folder / "playground" / f"{preset['id']}.json", own)
        title = site.app.env.longtitles.get(preset["href"].removesuffix(".html"))
        preset["chapter_title"] = title.astext() if title is not None else ""
    for diagram in whole["phase"].values():
        if diagram["critical"]:
            del diagram["chi"]  # of use only where there is no line
    write(folder / FILE, whole)


def setup(app):
    app.add_directive("playground", Playground)
    app.add_directive("playground-presets", Presets)
    app.add_config_value("playground_page", "playground", "html", (str,))
    app.connect("html-page-context", line, priority=450)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
