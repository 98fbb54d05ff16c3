"""How long a chapter is, as its reader meets it, and what is too long.

Counted is what one sees without opening a fold, from the Markdown (`prose.py`): words of the text, the titles, the
captions, the tables and the statements of exercises; formulas, which are no words; words before the first figure. In a
paragraph, or an item of a list, a recorded value, an interval of one and a typed number are one number each; those of
chapters and figures, years, and what stands in formulas and code do not count. A cell is short enough if it has at most
25 lines of 88 characters, unless its code is folded or removed.

``{lengths}``
    a directive: where each chapter stands.

A chapter over a limit is a warning: "lengths" in `cells/refusals.py` says when not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ..cells import by_page, refuse
from . import book
from .prose import pieces
from .tabular import Tabular

logger = logging.getLogger(__name__)
WORDS, FORMULAS, BEFORE, NUMBERS, WIDTH, LINES = 3000, 100, 500, 6, 88, 25  # at most
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@dataclass(frozen=True)
class Length:
    """What was counted; `crowded`, `wide` and `long` are pairs of a line of the file and how many."""

    words: int
    formulas: int
    before: int | None  # words before the first figure
    crowded: tuple[tuple[int, int], ...]  # paragraphs with many numbers
    wide: tuple[tuple[int, int], ...]  # the longest line of a cell
    long: tuple[tuple[int, int], ...]  # cells of so many lines

    def problems(self):
        """Return what is too long, as (line or None, message)."""
        said = []
        if self.words > WORDS:
            said.append((None, f"{self.words} words outside folds, at most {WORDS}"))
        if self.formulas > FORMULAS:
            said.append((None, f"{self.formulas} formulas outside folds, at most {FORMULAS}"))
        if self.before is None and self.words > BEFORE:
            said.append((None, "no figure outside folds"))
        elif self.before is not None and self.before > BEFORE:
            said.append((None, f"{self.before} words before the first figure, at most {BEFORE}"))
        said += [(line, f"{n} numbers in a paragraph, at most {NUMBERS}") for line, n in self.crowded]
        said += [(line, f"a cell with a line of {n} characters, at most {WIDTH}") for line, n in self.wide]
        said += [
            (line, f"a cell of {n} lines, at most {LINES}, or hide-input if it only draws") for line, n in self.long
        ]
        return said


def measured(text):
    """Return the length of a chapter, from its Markdown."""
    seen = [piece for piece in pieces(text) if not piece.folded]
    words, before = 0, None
    for piece in seen:
        if piece.figure and before is None:
            before = words
        words += piece.words
    cells = [
        (piece.line, piece.code.split("\n")) for piece in seen if piece.kind == "cell" and not HIDDEN & {*piece.tags}
    ]
    widths = [max((len(text), line + n) for n, text in enumerate(lines)) for line, lines in cells]
    return Length(
        words=words,
        formulas=sum(piece.formulas for piece in seen),
        before=before,
        crowded=tuple((p.line, p.numbers) for p in seen if p.kind == "paragraph" and p.numbers > NUMBERS),
        wide=tuple((line, width) for width, line in widths if width > WIDTH),
        long=tuple((line, len(lines)) for line, lines in cells if len(lines) > LINES),
    )


def line_of(length):
    """Return the row of a chapter in the table."""
    return [
        str(length.words),
        str(length.formulas),
        "–" if length.before is None else str(length.before),
        str(len(length.crowded)),
        str(len(length.wide) + len(length.long)),
    ]


HEAD = ("Words", "Formulas", "Words before a figure", "Paragraphs full of numbers", "Cells too wide or long")


def check(app, env):
    """After all pages are read: measure the chapters, and say which are too long."""
    found = by_page(env, "vgp_lengths")
    before = dict(found)
    found.clear()
    for _, docname, _ in book.chapters(env):
        path = Path(env.doc2path(docname))
        if path.suffix != ".md":
            continue
        found[docname] = measured(path.read_text(encoding="utf-8"))
        for line, message in found[docname].problems():
            refuse(app, "lengths", message, location=(docname, line))
    if found:
        logger.info(
            "\nwords, formulas, words before the first figure, paragraphs full of numbers, cells too wide or long:"
        )
        for docname, length in found.items():
            logger.info("  %s  %s", "  ".join(f"{text:>5}" for text in line_of(length)), docname)
    pages = by_page(env, "vgp_lengths_users")
    return [docname for docname in pages if found != before]


class lengths_table(nodes.General, nodes.Element):
    """Stands for the table until all pages have been read."""


class Lengths(SphinxDirective):
    def run(self):
        by_page(self.env, "vgp_lengths_users")[self.env.docname] = True
        return [lengths_table()]


def resolve(app, doctree, docname):
    for node in list(doctree.findall(lengths_table)):
        tables, found = Tabular(app, docname), by_page(app.env, "vgp_lengths")
        rows = [(tables.link(page), *map(tables.text, line_of(length))) for page, length in found.items()]
        node.replace_self(tables.table(("Chapter", *HEAD), rows, "vgp-lengths"))


def purge(app, env, docname):
    by_page(env, "vgp_lengths_users").pop(docname, None)


def merge(app, env, docnames, other):
    by_page(env, "vgp_lengths_users").update(by_page(other, "vgp_lengths_users"))


def setup(app):
    app.setup_extension(refuse.__module__)
    app.add_node(lengths_table)
    app.add_directive("lengths", Lengths)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", check)
    app.connect("doctree-resolved", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
