"""Print what the cells have recorded, on any page of the book.

``{v}`name```
    the measured value, rounded, as text;
``{ci}`name```
    its interval;
``{pub}`name```
    the published value that belongs to it;
``{ledger}``
    a directive: every claim, the nearest to failing first; what became of each published result, misses first; the
    table of all comparisons; and under it every recorded value, page by page.

The roles work also on a page that is read before the record's page. An unknown name is a warning, so that
``sphinx-build -W`` stops.
"""

from __future__ import annotations

import json

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from ..cells import by_name, by_page, claims, conclusions, records, reseed
from .tables import Tables

logger = logging.getLogger(__name__)

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
        by_page(self.env, "vgp_reseed_users")[self.env.docname] = True
        return [node]


# --- which pages print which numbers ---------------------------------------------------------------------------------


def users(env):
    """Return {docname: names used on it}; the name ``*`` stands for all."""
    return by_page(env, "vgp_record_users")


def purge(app, env, docname):
    users(env).pop(docname, None)


def merge(app, env, docnames, other):
    users(env).update({docname: users(other)[docname] for docname in docnames if docname in users(other)})


def again(app, env):
    """After all pages are read: ask to write again the pages whose numbers have changed."""
    now = {name: json.dumps(item, sort_keys=True) for name, item in by_name(env).items()}
    now["*"] = json.dumps([conclusions(env), claims(env)], sort_keys=True)
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
        node.replace_self(Tables(app, docname, *(of(app.env) for of in (records, claims, conclusions))).build())


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


def setup(app):
    app.setup_extension(reseed.__name__)
    app.add_node(ledger_value)
    app.add_node(ledger_table)
    for role in ROLES:
        app.add_role(role, ValueRole())
    app.add_directive("ledger", LedgerDirective)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", again)
    app.connect("doctree-resolved", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
