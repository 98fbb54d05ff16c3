"""No measured number stands alone: whoever reads it there learns from how many nets it is.

Looked at are captions of figures and tables, the options of a prediction, and all paragraphs of the first page and of
the page of claims: what people read by itself, or quote. Where one of them prints, by ``{v}``, a record that was
measured (its `seeds` are 1 or more), it must also print the interval of a record, by ``{ci}``, or say a number of nets,
seeds, runs, draws, images, pairs or starts: "of 40 nets", "in 13 of 40", "{v}`c1-seeds` random nets", "each net", "a
single run".
"""

from __future__ import annotations

import re
from pathlib import Path

from ..cells import by_name, refuse
from . import book
from .prose import MARK, pieces

CLAIMS = "claims"
COUNTED = r"nets?|networks?|seeds?|runs?|draws?|images?|pairs?|starts?"
WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|thousand"
SAID = re.compile(
    rf"(?:{MARK}|\d|\b(?:{WORDS}|all|each|every|no|none|single|both|per)\b)(?:[\s-]+(?!of\b)[\w-]+){{0,4}}?[\s-]+(?:{COUNTED})\b"
    rf"|\bin\s+(?:{MARK}|\d+|{WORDS})\s+of\s+(?:the\s+)?(?:{MARK}|\d+|{WORDS})\b",
    re.I,
)
MESSAGE = (
    "%s stand%s alone: print the interval of one, {ci}`...`, in the same %s, "
    'or say the nets ("of 40 nets", "in 13 of 40", "each net", "a single run")'
)


def candidates(text, everywhere=False):
    """Yield (line, kind, names of printed values) of pieces that tell neither an interval nor how many nets."""
    for piece in pieces(text):
        looked_at = piece.kind in ("caption", "paragraph") if everywhere or piece.option else piece.kind == "caption"
        values = [name for role, name in piece.names if role == "v"]
        if looked_at and values and not any(role == "ci" for role, _ in piece.names) and not SAID.search(piece.text):
            yield piece.line, piece.kind, values


def lonely(text, records, everywhere=False):
    """Return (line, message) for each piece where a measured value of `records` (name -> record) stands alone."""
    found = []
    for line, kind, values in candidates(text, everywhere):
        measured = [name for name in values if (records.get(name, {}).get("seeds") or 0) >= 1]
        if measured:
            names = ", ".join(dict.fromkeys(measured))
            found.append((line, MESSAGE % (names, "s" if len({*measured}) == 1 else "", kind)))
    return found


def check(app, env):
    """After all pages are read: say which numbers stand alone."""
    records = {name: record for name, (_, record) in by_name(env).items()}
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        everywhere = docname in (app.config.root_doc, CLAIMS)
        if path.suffix == ".md" and (everywhere or book.number(docname)):
            for line, message in lonely(path.read_text(encoding="utf-8"), records, everywhere):
                refuse(app, "alone", message, location=(docname, line))
    return []


def setup(app):
    app.setup_extension(refuse.__module__)
    app.connect("env-updated", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
