"""Keep what the cells of each page have recorded, and write it beside the pages.

A cell calls ``vgp.book.record("name", value, ...)``; its output holds the record as JSON under the mime type
`MIME`. ``vgp.book.conclude`` does the same with a verdict on a published result. Both are read when the page has been
executed. Names are unique in the whole book: a name used twice is a warning, so that ``sphinx-build -W`` stops.

``ledger.json``, next to the pages, has the same records, sorted, for the tests and for other programs.
"""

from __future__ import annotations

import json
from pathlib import Path

from sphinx.util import logging

from vgp.book.ledger import MIME, VERDICT_MIME

logger = logging.getLogger(__name__)

FILE = "ledger.json"


# --- what the environment remembers ----------------------------------------------------------------------------------


def by_page(env, name):
    """Return the dict by page that the environment remembers under this name."""
    if not hasattr(env, name):
        setattr(env, name, {})
    return getattr(env, name)


def records(env):
    """Return {docname: [record, ...]} in the order of the cells."""
    return by_page(env, "vgp_records")


def conclusions(env):
    """Return {docname: [conclusion, ...]}: what `vgp.book.conclude` said on each page."""
    return by_page(env, "vgp_conclusions")


def by_name(env):
    """Return {name: (docname, record)}."""
    return {
        record["name"]: (docname, record)
        for docname in sorted(records(env), reverse=True)  # of two records with one name, the first page's stays
        for record in reversed(records(env)[docname])
    }


# --- from executed notebooks to the environment ----------------------------------------------------------------------


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
    executed(app, docname).unlink(missing_ok=True)


def merge(app, env, docnames, other):
    for of in (records, conclusions):
        of(env).update({docname: of(other)[docname] for docname in docnames if docname in of(other)})


def collect(app, doctree):
    """After a page is read (and executed): keep its records."""
    env, docname = app.env, app.env.current_document.docname
    if executed(app, docname).is_file():
        for of, mime in ((records, MIME), (conclusions, VERDICT_MIME)):
            found = read_records(executed(app, docname), mime)
            if found:
                of(env)[docname] = found


def check(app, env):
    """After all pages are read: report names that are used twice."""
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
    return []


def file(site):
    """Write all records beside the pages."""
    known = records(site.app.env)
    everything = [
        {"page": page, **record} for page in sorted(known) for record in sorted(known[page], key=lambda r: r["name"])
    ]
    text = json.dumps(everything, indent=1, sort_keys=True, ensure_ascii=False)
    (site.out / FILE).write_text(text + "\n", encoding="utf-8")


def setup(app):
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", collect)
    app.connect("env-updated", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
