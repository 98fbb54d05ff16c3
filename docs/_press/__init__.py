"""The book's press: one Sphinx extension that makes pages of what stands in `docs`.

The way of a page:

1. `cells` runs the cells of all chapters, in parallel, and keeps the numbers that they record.
2. `page` draws what is special in a page: numbers from the cells, formulas, folds, figures, tables, descriptions.
3. `take` writes the chapter as a notebook and as a script, and `live` marks the cells that a reader can run.
4. When Sphinx has written every page, `finish` takes all of them through its steps: one script, one stylesheet, a
   policy, the search.
5. The programs of `take` make the PDF and the EPUB, from the finished site.

`web` has what the pages load, and the templates; `repairs` what other packages ought to do; `settings` what all of this
wants from Sphinx, the theme and other extensions.

A room asks another for nothing but what its `__init__` names, and only rooms that stand before it in `ROOMS`.
"""

from __future__ import annotations

ROOMS = ("settings", "repairs", "cells", "live", "page", "take", "finish")


def setup(app):
    for room in ROOMS:
        app.setup_extension(f"{__name__}.{room}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
