"""Tables that a directive makes when all pages have been read: rows of cells, links to pages, folds."""

from __future__ import annotations

import re

from docutils import nodes

from .fold import fold, fold_title


class Tabular:
    """Makes nodes for the page `docname`."""

    def __init__(self, app, docname):
        self.app, self.env, self.docname = app, app.env, docname

    @staticmethod
    def heading(text):
        return nodes.rubric("", text, heading_level=2)

    @staticmethod
    def number(page):
        """The number of a chapter as text, from the name of its file, or ""."""
        found = re.match(r"(?:.*/)?(\d\d)-", page)
        return str(int(found[1])) if found else ""

    def title(self, page):
        title = self.env.longtitles[page].astext() if page in self.env.longtitles else page  # without a number
        return f"{self.number(page)} {title}".strip()

    def link(self, page, text=""):
        uri = self.app.builder.get_relative_uri(self.docname, page)
        shown = text or self.number(page) or self.title(page)
        return nodes.reference("", shown, internal=True, refuri=uri)

    @staticmethod
    def text(value):
        if value is None:
            return nodes.inline("", "–")
        if isinstance(value, float):
            value = f"{value:.3g}"
        return nodes.inline("", str(value))

    @staticmethod
    def table(head, rows, name):
        group = nodes.tgroup("", cols=len(head))
        group += [nodes.colspec("", colwidth=1) for _ in head]

        def row(cells):
            made = nodes.row()
            for cell in cells:
                made += nodes.entry("", nodes.paragraph("", "", *(cell if isinstance(cell, list) else [cell])))
            return made

        group += nodes.thead("", row([nodes.Text(text) for text in head]))
        body = nodes.tbody()
        body += [row(cells) for cells in rows]
        group += body
        scroll = nodes.container(classes=["pst-scrollable-table-container"])
        scroll += nodes.table("", group, classes=["table", name])
        return scroll

    @staticmethod
    def folded(title, content):
        made = fold("", fold_title("", title, classes=["admonition-title"]), content)
        made["classes"] = ["admonition", "dropdown", "vgp-fold"]
        return made
