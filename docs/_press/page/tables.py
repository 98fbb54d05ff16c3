"""The tables of the page 'The ledger': what became of each published result, every comparison, and all values."""

from __future__ import annotations

import re

from docutils import nodes

from vgp.book.ledger import VERDICTS  # what does not hold comes first

from .fold import fold, fold_title


def is_entry(record):
    """Return whether the record is compared with something: a theory or a published value."""
    return record.get("theory") is not None or record.get("published") is not None


WORDS = {
    "exact": "exact",
    "theory": "meets the theory",
    "simulation": "in range",
    "shape": "in range",
    "open": "open",
    "setting": "a setting",
}


def verdict(record):
    """Return the verdict in words, and what disagrees, if anything: then the entry belongs to the top of the table."""
    low, high, published = (record.get(key) for key in ("low", "high", "published"))
    if not record.get("ok", True):
        return "", "misses its range"
    words = WORDS.get(record.get("status"), record.get("status") or "")
    if words == "open":
        return "", "open"
    if None in (low, high, published) or isinstance(published, str):
        return words, ""
    if low <= published <= high:
        return f"{words}; published value inside the interval", ""
    return words, "published value outside the interval"


class Tables:
    """The three parts of the page 'The ledger'."""

    results = ("Published result", "Verdict", "What this build found", "Chapter")
    columns = ("What", "Theory", "Measured", "Seeds", "Published", "Verdict", "Chapter")

    def __init__(self, app, docname, records, conclusions):
        self.app, self.env, self.docname = app, app.env, docname
        self.records, self.conclusions = records, conclusions  # of all pages, by page

    def build(self):
        pages = sorted(self.records)
        entries = [(page, r) for page in pages for r in self.records[page] if is_entry(r)]
        entries.sort(key=lambda item: not verdict(item[1])[1])  # stable: misses first, else the order of the book
        made = []
        said = [(page, c) for page in sorted(self.conclusions) for c in self.conclusions[page]]
        said.sort(key=lambda item: VERDICTS.index(item[1]["verdict"]))
        if said:
            made.append(self.heading("What became of each published result"))
            made.append(self.table(self.results, [self.conclusion(*item) for item in said], "vgp-verdicts"))
            made.append(self.heading("Every number that is compared"))
        if entries:
            made.append(self.table(self.columns, [self.entry(*item) for item in entries], "vgp-ledger"))
        if said:
            made.append(self.heading("All values, page by page"))
        for page in pages:
            rows = [
                (
                    self.text(r.get("what") or r["name"]),
                    self.measured(r),
                    self.text(r.get("seeds")),
                    nodes.literal("", r["name"]),
                )
                for r in self.records[page]
            ]
            title = f"{self.title(page)}: {len(rows)} value{'s' if len(rows) > 1 else ''}"
            made.append(self.folded(title, self.table(("What", "Value", "Seeds", "Name"), rows, "vgp-values")))
        return made or [nodes.paragraph("", "No cell records a value yet.")]

    @staticmethod
    def heading(text):
        return nodes.rubric("", text, heading_level=2)

    def conclusion(self, page, said):
        held = "vgp-hit" if said["verdict"] in ("reproduced", "discussion only") else "vgp-miss"
        return (
            [nodes.literal("", said["entry"]), nodes.Text(" "), self.text(said["claim"])],
            nodes.inline("", said["verdict"], classes=[held]),
            self.text(said["because"]),
            self.link(page),
        )

    def entry(self, page, record):
        agrees, disagrees = verdict(record)
        words = nodes.inline("", "")
        if agrees:
            words += nodes.inline("", agrees + ("; " if disagrees else ""), classes=["vgp-hit"])
        if disagrees:
            words += nodes.inline("", disagrees, classes=["vgp-miss"])
        return (
            self.text(record.get("what") or record["name"]),
            self.text(record.get("theory_text") or record.get("theory")),
            self.measured(record),
            self.text(record.get("seeds")),
            self.published(record),
            words,
            self.link(page),
        )

    def measured(self, record):
        text = record.get("text") or str(record.get("value"))
        if record.get("interval_text"):
            text += f" ({record['interval_text']}{', ' + record['interval'] if record.get('interval') else ''})"
        return self.text(text)

    def published(self, record):
        made = self.text(record.get("published_text") or record.get("published"))
        source = record.get("source")
        if not source:
            return made
        made += [nodes.Text(" "), self.cite(source)]
        return made

    def cite(self, key):
        """Return a link to the entry of the bibliography, or the source as text."""
        try:
            citations = self.env.get_domain("cite").citations
        except Exception:
            citations = ()
        for citation in citations:
            if citation.key == key:
                uri = (
                    self.app.builder.get_relative_uri(self.docname, citation.bibliography_key.docname)
                    + f"#{citation.citation_id}"
                )
                return nodes.reference("", f"[{key}]", internal=True, refuri=uri)
        return nodes.inline("", f"[{key}]")

    def link(self, page):
        uri = self.app.builder.get_relative_uri(self.docname, page)
        number = re.match(r"(?:.*/)?(\d\d)-", page)
        return nodes.reference("", str(int(number[1])) if number else self.title(page), internal=True, refuri=uri)

    def title(self, page):
        number = re.match(r"(?:.*/)?(\d\d)-", page)
        title = self.env.longtitles[page].astext() if page in self.env.longtitles else page  # without a number
        return f"{int(number[1])} {title}" if number else title

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
