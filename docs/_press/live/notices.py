"""Whose files the live parts bring along: a table, and each licence as a text file beside the pages.

``{notices}``
    a directive: the table. Names, versions and homes of the wheels come from their own metadata, the licences' texts
    from the files in them; `licences` says the rest.
"""

from __future__ import annotations

import email
import html
import json
import re
import zipfile
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

LIVE = Path(__file__).resolve().parent
FOLDER = "_static/live/licences/"
LICENCE = re.compile(r"\.dist-info/(licenses/)?(LICEN[CS]E|COPYING|NOTICE)|/fonts/ttf/LICENSE|^numpy/\w+/LICENSE")


def home(metadata):
    """The address of a project: its home page, else its repository."""
    found = {"homepage": metadata["Home-page"]}
    for line in metadata.get_all("Project-URL") or ():
        name, _, address = line.partition(", ")
        found.setdefault(name.lower(), address)
        found["homepage"] = found["homepage"] or (address if name.lower() == "homepage" else None)
    return found["homepage"] or found.get("source") or found.get("repository")


def of_wheel(path, known):
    """The entry of a wheel, and its licences as one text."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(wheel.read(metadata))
        name = metadata["Name"].lower()
        if name not in known:
            raise ExtensionError(f"notices: {path.name} has no entry in docs/_press/live/licences/wheels.json")
        texts = [part for part in names if LICENCE.search(part) and not part.endswith((".py", "/"))]
        if not texts:
            raise ExtensionError(f"notices: {path.name} has no file with its licence")
        text = "\n\n".join(f"{part}\n\n{wheel.read(part).decode('utf-8')}" for part in sorted(texts))
    licence, what = known[name]
    entry = {"name": metadata["Name"], "version": metadata["Version"], "licence": licence, "what": what}
    return entry | {"home": home(metadata), "text": f"{name}.txt"}, text


def entries():
    """[(entry, text of its licence)] of all that the live parts bring along."""
    folder = LIVE / "licences"
    others = json.loads((folder / "others.json").read_text(encoding="utf-8"))
    known = json.loads((folder / "wheels.json").read_text(encoding="utf-8"))
    made = [(entry, (folder / entry["text"]).read_text(encoding="utf-8")) for entry in others]
    return made + [of_wheel(path, known) for path in sorted((LIVE / "wheels").glob("*.whl"))]


def row(entry):
    name = f"{entry['name']} {entry['version']}".strip()
    cells = (
        f'<a href="{html.escape(entry["home"])}">{html.escape(name)}</a>',
        f'<a href="{FOLDER}{entry["text"]}">{html.escape(entry["licence"])}</a>',
        html.escape(entry["what"]),
    )
    return f"<tr><td>{'</td><td>'.join(cells)}</td></tr>"


class Notices(SphinxDirective):
    def run(self):
        if not self.config.live:
            return [
                nodes.paragraph("", "This copy of the site was built without its live parts, so it has none of them.")
            ]
        rows = "\n".join(row(entry) for entry, _ in entries())
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Part", "Licence", "What it does here"))
        text = f'<table class="table">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n'
        return [nodes.raw("", f'<div class="pst-scrollable-table-container">{text}</div>', format="html")]


def licences(site):
    """Write the licences beside the pages."""
    if site.config.live:
        folder = site.out / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for entry, text in entries():
            (folder / entry["text"]).write_text(text, encoding="utf-8")


def setup(app):
    app.setup_extension("_press.live.parts")  # its setting
    app.add_directive("notices", Notices)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
