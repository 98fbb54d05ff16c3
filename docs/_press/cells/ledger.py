"""Keep what the cells of each page have recorded, and write it beside the pages.

A cell calls ``vgp.book.record("name", value, ...)``; its output holds the record as JSON under the mime type
`MIME`. ``vgp.book.claim`` does the same with a sentence, ``vgp.book.conclude`` with a verdict on a published result.
All are read when the page has been executed. Names of records, and those of claims, are unique in the whole book: a
name used twice is a warning, so that ``sphinx-build -W`` stops. So is a test that cannot fail (`untested`).

``ledger.json``, next to the pages, has the same, sorted, for the tests and for other programs: an object of three
lists, ``records``, ``claims`` and ``verdicts``; each row also has its page.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from sphinx.util import logging

from vgp.book.ledger import CLAIM_MIME, MIME, VERDICT_MIME

from .refusals import refuse

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


def claims(env):
    """Return {docname: [claim, ...]}: the sentences of each page that were tested, in the order of the cells."""
    return by_page(env, "vgp_claims")


KINDS = ((records, MIME), (claims, CLAIM_MIME), (conclusions, VERDICT_MIME))


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
    for of, _ in KINDS:
        of(env).pop(docname, None)
    executed(app, docname).unlink(missing_ok=True)


def merge(app, env, docnames, other):
    for of, _ in KINDS:
        of(env).update({docname: of(other)[docname] for docname in docnames if docname in of(other)})


def collect(app, doctree):
    """After a page is read (and executed): keep its records."""
    env, docname = app.env, app.env.current_document.docname
    if executed(app, docname).is_file():
        for of, mime in KINDS:
            found = read_records(executed(app, docname), mime)
            if found:
                of(env)[docname] = found


def untested(record):
    """Return why a record's test could hardly fail, one line for each reason.

    A range more than a factor of 3 away from a theory, an allowance of one half, and
    a number that was measured on nobody knows how many nets.
    """
    said, theory = [], record.get("theory")
    expect, status = record.get("expect"), record.get("status")
    if expect and isinstance(theory, (int, float)) and theory > 0:
        low, high = (math.inf if end is None else end for end in expect)
        if low < theory / 3 or high > 3 * theory:
            said.append(f"the range {low:.3g} to {high:.3g} is wider than a factor of 3 around the theory {theory:.3g}")
    if (record.get("allowance") or 0) >= 0.5:
        said.append(f"an allowance of {record['allowance']:g} forgives a value that is half of the theory, or twice it")
    if status in ("simulation", "theory", "shape") and record.get("seeds") is None:
        said.append("seeds is missing: the number of independent nets, or 0 where nothing is random")
    return said


def check(app, env):
    """After all pages are read: report names that are used twice, and tests that could not fail."""
    for of, what in ((records, "record"), (claims, "claim")):
        seen = {}
        for docname in sorted(of(env)):
            for row in of(env)[docname]:
                name = row["name"]
                if name in seen:
                    said = "the %s %r exists already, on page %s"
                    logger.warning(said, what, name, seen[name], location=docname, type="ledger", subtype="duplicate")
                seen.setdefault(name, docname)
    for docname in sorted(records(env)):
        for record in records(env)[docname]:
            for reason in untested(record):
                refuse(app, "ranges", f"the record {record['name']!r}: {reason}", location=docname)
    return []


def file(site):
    """Write all records, claims and verdicts beside the pages."""
    made = {}
    for name, of, key in (("records", records, "name"), ("claims", claims, "name"), ("verdicts", conclusions, "entry")):
        known = of(site.app.env)
        made[name] = [
            {"page": page, **row} for page in sorted(known) for row in sorted(known[page], key=lambda r: r[key])
        ]
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False)
    (site.out / FILE).write_text(text + "\n", encoding="utf-8")


def setup(app):
    app.setup_extension(refuse.__module__)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", collect)
    app.connect("env-updated", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
