"""Run the chapters' cells, and keep what they record."""

from __future__ import annotations

from . import ledger
from .ledger import by_name, by_page, conclusions, executed, records
from .notebooks import report

__all__ = ["by_name", "by_page", "conclusions", "executed", "ledger", "records", "report"]
PARTS = ("notebooks", "forked", "ledger")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
