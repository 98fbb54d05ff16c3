"""Carry measured numbers from the cells of the chapters into the prose, and collect them in the ledger.

A cell calls ``vgp.book.record("name", value, ...)``; its output holds the record as JSON under the mime type
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
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from vgp.book.ledger import MIME, VERDICT_MIME

from ..page.tables import Tables

logger = logging.getLogger(__name__)

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
    """Return {docname: [conclusion, ...]}: what `vgp.book.conclude` said on each page."""
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
        node.replace_self(Tables(app, docname, records(app.env), conclusions(app.env)).build())


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
