"""The live parts: what runs in the reader's browser, and what prepares it."""

from __future__ import annotations

PARTS = ("parts", "notices")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
