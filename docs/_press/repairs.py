"""Look each style of the bibliography up once.

pybtex asks every installed package for a style whenever sphinxcontrib-bibtex resolves a citation: some 240 times in a
build, which takes two of its seconds.
"""

from __future__ import annotations

import functools

import pybtex.plugin


def setup(app):
    look = pybtex.plugin._load_entry_point
    if not hasattr(look, "cache_info"):
        pybtex.plugin._load_entry_point = functools.cache(look)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
