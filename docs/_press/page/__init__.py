"""Draw what is special in a page."""

from __future__ import annotations

PARTS = ("docstrings", "mathml", "fold", "accessible", "figures", "book", "found", "cite", "search", "playground")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
