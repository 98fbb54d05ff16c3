"""What a reader takes away: chapters as notebooks and scripts, the library as a wheel, the book as PDF and EPUB."""

from __future__ import annotations

from . import chapters

__all__ = ["chapters"]


def setup(app):
    app.setup_extension(f"{__name__}.chapters")  # `pdf` and `epub` are programs: they read the finished site
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
