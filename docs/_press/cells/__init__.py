"""Run the chapters' cells, and carry what they record to every page that names it."""

from __future__ import annotations

PARTS = ("notebooks", "forked", "ledger")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
