"""The live parts: what runs in the reader's browser (`browser`, and `web/scripts/live`), and what prepares it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

BROWSER = Path(__file__).resolve().parent / "browser"  # what lies in it, lies in /live in the page's Python

from . import notices, parts, runtime  # noqa: E402  (they ask for that folder)

__all__ = ["BROWSER", "imported", "notices", "parts", "runtime"]


def imported(name):
    """Import a module of `browser` under the name that it has in the page's Python."""
    before = list(sys.path)
    sys.path.append(str(BROWSER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:] = before


def setup(app):
    for part in ("parts", "notices"):
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
