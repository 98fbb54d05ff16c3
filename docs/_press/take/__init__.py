"""What a reader takes away: each chapter as a notebook and a script, the book as a PDF and an EPUB."""

from __future__ import annotations

PARTS = ("chapters",)


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
