"""The book's press: one Sphinx extension that makes pages of what stands in `docs`.

The way of a page:

1. `cells` runs the cells of all chapters, in parallel, and keeps the numbers that they record.
2. `page` draws what is special in a page: numbers from the cells, formulas, figures, folds, tables, descriptions.
3. `live` marks the cells that a reader can run, and `take` writes the chapter as a notebook and as a script.
4. When Sphinx has written every page, `finish` takes all of them through its steps: one script, one stylesheet, fonts,
   a policy, the search.
5. `take` also makes the PDF and the EPUB, from the finished site.

`web` has what the pages load, and the templates; `repairs` what other packages ought to do.
"""

from __future__ import annotations

ROOMS = ("cells", "page", "repairs", "take", "live", "finish")


def setup(app):
    for room in ROOMS:
        app.setup_extension(f"{__name__}.{room}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
