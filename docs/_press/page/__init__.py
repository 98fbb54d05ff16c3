"""Draw what is special in a page: numbers, formulas, folds, figures, tables, citations, its head, the playground."""

from __future__ import annotations

from . import alone, book, cards, figures, lengths, mathml, playground, search

__all__ = ["alone", "book", "cards", "figures", "lengths", "mathml", "playground", "search"]
PARTS = (
    "apipages", "structure", "numbers", "otherseeds", "lengths", "alone", "mathml", "fold", "figures", "light", "book",
    "head", "cite", "search", "playground",
)  # fmt: skip


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
