"""Draw what is special in a page: numbers, formulas, folds, figures, tables, citations, its head, the playground."""

from __future__ import annotations

from . import book, cards, figures, mathml, playground, search

__all__ = ["book", "cards", "figures", "mathml", "playground", "search"]
PARTS = (
    "apipages", "structure", "numbers", "mathml", "fold", "figures", "light", "book", "head", "cite", "search",
    "playground",
)  # fmt: skip


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
