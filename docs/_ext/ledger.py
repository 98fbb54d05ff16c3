"""Carry measured numbers from the cells of the chapters into the prose, and collect them in the ledger.

A cell calls ``vgp.ledger.record("name", value, ...)``; its output holds the record as JSON under the mime type
`MIME`. This extension reads the records of each page when the page has been executed, and offers

``{v}`name```
    the measured value, rounded, as text;
``{ci}`name```
    its interval;
``{pub}`name```
    the published value that belongs to it;
``{ledger}``
    a directive: what became of each published result, misses first; the table of all comparisons; and under it every
    recorded value, page by page.

The roles work on every page, also on one that is read before the record's page. Names are unique in the whole book.
An unknown name and a name used twice are warnings, so that ``sphinx-build -W`` stops. The build also writes
``ledger.json`` next to the pages: the same records, sorted, for the tests and for other programs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)

MIME = "application/vnd.vgp.record+json"
VERDICT_MIME = "application/vnd.vgp.verdict+json"
FILE = "ledger.json"

# role -> the field of the record that it prints, and what to say when the record has none
ROLES = {"v": ("text", "value"), "ci": ("interval_text", "interval"), "pub": ("published_text", "published value")}


class ledger_value(nodes.Inline, nodes.TextElement):
    """Stands for a number until all pages have been read."""


class ledger_table(nodes.General, nodes.Element):
    """Stands for the tables of the ledger until all pages have been read."""


class ValueRole(SphinxRole):
    def run(self):
        node = ledger_value(self.rawtext, role=self.name.lower(), record=self.text.strip())
        self.set_source_info(node)
        users(self.env).setdefault(self.env.docname, set()).add(self.text.strip())
        return [node], []


class LedgerDirective(SphinxDirective):
    has_content = False

    def run(self):
        node = ledger_table()
        self.set_source_info(node)
        users(self.env).setdefault(self.env.docname, set()).add("*")
        return [node]


# --- what the environment remembers: records by page, names by using page --------------------------------------------


def records(env):
    """Return {docname: [record, ...]} in the order of the cells."""
    if not hasattr(env, "vgp_records"):
        env.vgp_records = {}
    return env.vgp_records


def conclusions(env):
    """Return {docname: [conclusion, ...]}: what `vgp.ledger.conclude` said on each page."""
    if not hasattr(env, "vgp_conclusions"):
        env.vgp_conclusions = {}
    return env.vgp_conclusions


def users(env):
    """Return {docname: names used on it}; the name ``*`` stands for all."""
    if not hasattr(env, "vgp_record_users"):
        env.vgp_record_users = {}
    return env.vgp_record_users


def by_name(env):
    """Return {name: (docname, record)}."""
    return {
        record["name"]: (docname, record)
        for docname in sorted(records(env), reverse=True)  # of two records with one name, the first page's stays
        for record in reversed(records(env)[docname])
    }


def read_records(path, mime=MIME):
    """Return the records of one kind in the outputs of the executed notebook at `path`."""
    found = []
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            record = output.get("data", {}).get(mime)
            if record is not None:
                found.append(json.loads(record) if isinstance(record, str) else record)
    return found


def executed(app, docname):
    """Return where MyST-NB leaves the executed notebook of a page."""
    return Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"


def purge(app, env, docname):
    """Before a page is read anew: forget what it recorded, also on disk, in case it has no cells any more."""
    records(env).pop(docname, None)
    conclusions(env).pop(docname, None)
    users(env).pop(docname, None)
    executed(app, docname).unlink(missing_ok=True)


def merge(app, env, docnames, other):
    for docname in docnames:
        for of in (records, conclusions, users):
            mine, theirs = of(env), of(other)
            if docname in theirs:
                mine[docname] = theirs[docname]


def collect(app, doctree):
    """After a page is read (and executed): keep its records."""
    env, docname = app.env, app.env.current_document.docname
    if executed(app, docname).is_file():
        found = read_records(executed(app, docname))
        if found:
            records(env)[docname] = found
        said = read_records(executed(app, docname), VERDICT_MIME)
        if said:
            conclusions(env)[docname] = said


def check(app, env):
    """After all pages are read: report duplicates, and ask to write again the pages whose numbers have changed."""
    seen = {}
    for docname in sorted(records(env)):
        for record in records(env)[docname]:
            if record["name"] in seen:
                logger.warning(
                    "the record %r exists already, on page %s",
                    record["name"],
                    seen[record["name"]],
                    location=docname,
                    type="ledger",
                    subtype="duplicate",
                )
            seen.setdefault(record["name"], docname)
    now = {name: json.dumps(item, sort_keys=True) for name, item in by_name(env).items()}
    now["*"] = json.dumps(conclusions(env), sort_keys=True)
    before = getattr(env, "vgp_records_written", {})
    changed = {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}
    env.vgp_records_written = now
    return [page for page, names in users(env).items() if changed and ("*" in names or names & changed)]


# --- from records to text and tables ---------------------------------------------------------------------------------


def resolve(app, doctree, docname):
    known = by_name(app.env)
    for node in list(doctree.findall(ledger_value)):
        node.replace_self(value_nodes(node, known))
    for node in list(doctree.findall(ledger_table)):
        node.replace_self(Tables(app, docname, node).build())


def value_nodes(node, known):
    field, what = ROLES[node["role"]]
    name = node["record"]
    text = None
    if name not in known:
        logger.warning("no cell records %r", name, location=node, type="ledger", subtype="missing")
    else:
        text = known[name][1].get(field)
        if not text:
            logger.warning("the record %r has no %s", name, what, location=node, type="ledger", subtype="missing")
    # The class keeps a number and its unit on one line (see vgp.css).
    return [nodes.inline("", text or f"?{name}?", classes=["vgp-number"])]


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


# What does not hold comes first; the same order as vgp.ledger.VERDICTS, and a test compares them.
VERDICTS = (
    "not reproduced",
    "unresolved at this size",
    "reproduced with a correction",
    "reproduced",
    "discussion only",
)


class Tables:
    """The three parts of the page 'The ledger'."""

    results = ("Published result", "Verdict", "What this build found", "Chapter")
    columns = ("What", "Theory", "Measured", "Seeds", "Published", "Verdict", "Chapter")

    def __init__(self, app, docname, node):
        self.app, self.env, self.docname, self.node = app, app.env, docname, node

    def build(self):
        pages = sorted(records(self.env))
        entries = [(page, r) for page in pages for r in records(self.env)[page] if is_entry(r)]
        entries.sort(key=lambda item: not verdict(item[1])[1])  # stable: misses first, else the order of the book
        made = []
        said = [(page, c) for page in sorted(conclusions(self.env)) for c in conclusions(self.env)[page]]
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
                for r in records(self.env)[page]
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
        from fold import fold, fold_title

        made = fold("", fold_title("", title, classes=["admonition-title"]), content)
        made["classes"] = ["admonition", "dropdown", "vgp-fold"]
        return made


def write(app, exception):
    if exception is None and app.builder.format == "html":
        everything = [
            {"page": page, **record}
            for page in sorted(records(app.env))
            for record in sorted(records(app.env)[page], key=lambda r: r["name"])
        ]
        text = json.dumps(everything, indent=1, sort_keys=True, ensure_ascii=False)
        Path(app.outdir, FILE).write_text(text + "\n", encoding="utf-8")


def setup(app):
    app.add_node(ledger_value)
    app.add_node(ledger_table)
    for role in ROLES:
        app.add_role(role, ValueRole())
    app.add_directive("ledger", LedgerDirective)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", collect)
    app.connect("env-updated", check)
    app.connect("doctree-resolved", resolve)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
