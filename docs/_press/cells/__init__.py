"""Run the chapters' cells, and keep what they record."""

from __future__ import annotations

from . import ledger, reseed
from .ledger import by_name, by_page, claims, conclusions, executed, records
from .notebooks import report
from .refusals import refuse

__all__ = [
    "by_name", "by_page", "claims", "conclusions", "executed", "ledger", "records", "refuse", "report", "reseed",
]  # fmt: skip
PARTS = ("refusals", "notebooks", "forked", "ledger", "reseed")


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
