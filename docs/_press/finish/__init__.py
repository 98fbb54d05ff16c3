"""Finish the site when Sphinx has written all of its pages."""

from __future__ import annotations

PARTS = ("bundle", "lean")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
