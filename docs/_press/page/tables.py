"""The tables of the page 'The ledger': claims, what became of published results, every comparison, and all values."""

from __future__ import annotations

from docutils import nodes

from vgp.book.ledger import VERDICTS, fmt  # what does not hold comes first

from ..cells import reseed
from .tabular import Tabular
from .verdicts import (
    AS_REPORTED,
    asserted,
    bound,
    distance,
    is_entry,
    margin,
    margin_text,
    outside,
    shown_only,
    verdict,
)


class Tables(Tabular):
    """The parts of the page 'The ledger'."""

    sentences = ("Claim", "Margin", "Nets", "Other seeds", "Chapter")
    results = ("Published result", "Verdict", "What this build found", "Chapter")
    columns = ("What", "Theory or range", "Measured", "Distance", "Seeds", "Published", "Verdict", "Chapter")
    misses = ("What", "Published", "Ours", "Reason", "Chapter")
    values = ("What", "Value", "Asserted", "Seeds", "Other seeds", "Name")

    def __init__(self, app, docname, records, claims, conclusions):
        super().__init__(app, docname)
        self.records, self.claims, self.conclusions = records, claims, conclusions  # of all pages, by page
        self.reseeded = reseed.load(app)

    def build(self):
        made = []
        self.part(made, "What the chapters claim", self.sentences, self.claimed(), "vgp-claims")
        said = [(page, c) for page in sorted(self.conclusions) for c in self.conclusions[page]]
        said.sort(key=lambda item: VERDICTS.index(item[1]["verdict"]))
        title = "What became of each published result"
        self.part(made, title, self.results, [self.conclusion(*item) for item in said], "vgp-verdicts")
        pages = sorted(self.records)
        rows = [self.outside(page, r) for page in pages for r in self.records[page] if outside(r)]
        self.part(made, "Published values outside our interval", self.misses, rows, "vgp-outside")
        entries = [(page, r) for page in pages for r in self.records[page] if is_entry(r)]
        entries.sort(key=lambda item: not verdict(item[1])[1])  # stable: misses first, else the order of the book
        rows = [self.entry(*item) for item in entries]
        self.part(made, "Every number that is compared", self.columns, rows, "vgp-ledger")
        if pages:
            made.append(self.heading("All values, page by page"))
        for page in pages:
            rows = [self.value(page, r) for r in self.records[page]]
            title = f"{self.title(page)}: {len(rows)} value{'s' if len(rows) > 1 else ''}"
            made.append(self.folded(title, self.table(self.values, rows, "vgp-values")))
        return made or [nodes.paragraph("", "No cell records a value yet.")]

    def part(self, made, title, head, rows, name):
        if rows:
            made += [self.heading(title), self.table(head, rows, name)]

    # --- one row at a time --------------------------------------------------------------------------------------------

    def claimed(self):
        found = [(page, claim) for page in sorted(self.claims) for claim in self.claims[page]]
        found.sort(key=lambda item: margin(item[1]))  # stable
        return [
            (
                nodes.inline("", claim["text"], classes=[] if claim.get("ok", True) else ["vgp-miss"]),
                self.text(margin_text(claim)),
                self.text(claim.get("nets") or claim.get("seeds") or None),
                self.other(page, "claims", claim["name"]),
                self.link(page),
            )
            for page, claim in found
        ]

    def other(self, page, kind, name):
        """How often it held at other seeds."""
        tried = reseed.of_page(self.reseeded, page) or {}
        held = tried.get(kind, {}).get(name)
        return self.text(None if held is None else f"{held} of {tried['runs']}")

    def conclusion(self, page, said):
        held = "vgp-hit" if said["verdict"] in ("reproduced", "discussion only") else "vgp-miss"
        words = [nodes.inline("", said["verdict"], classes=[held])]
        if said.get("read") in AS_REPORTED:
            words.append(nodes.inline("", f", as reported ({AS_REPORTED[said['read']]})"))
        return (
            [nodes.literal("", said["entry"]), nodes.Text(" "), self.text(said["claim"])],
            words,
            self.text(said["because"]),
            self.link(page),
        )

    def outside(self, page, record):
        reasons = [
            said["because"]
            for conclusions in self.conclusions.values()
            for said in conclusions
            if said["entry"] == record.get("entry")
        ]
        return (
            self.text(record.get("what") or record["name"]),
            self.published(record),
            self.measured(record),
            self.text(" ".join(reasons) or "unexplained"),
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
            self.text(bound(record) or None),
            self.measured(record),
            self.text(distance(record) or None),
            self.text(record.get("seeds")),
            self.published(record),
            words,
            self.link(page),
        )

    def value(self, page, record):
        words = asserted(record)
        return (
            self.text(record.get("what") or record["name"]),
            self.measured(record),
            nodes.inline("", words, classes=["vgp-miss"]) if shown_only(record) else self.text(words),
            self.text(record.get("seeds")),
            self.other(page, "records", record["name"]),
            nodes.literal("", record["name"]),
        )

    def measured(self, record):
        text = record.get("text") or str(record.get("value"))
        if record.get("interval_text"):
            text += f" ({record['interval_text']}{', ' + record['interval'] if record.get('interval') else ''})"
        return self.text(text)

    def published(self, record):
        value = record.get("published_text") or record.get("published")
        made = self.text(fmt(value) if isinstance(value, float) else value)
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
