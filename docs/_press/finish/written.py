"""Keep every page as Sphinx has written it, so that a later build that writes few pages makes the same site.

`bundle` and `lean` change the finished pages, all of them together: the stylesheet depends on every page. A build after
an edit writes a few pages only. Here each written page is copied beside the doctrees, and the pages that were not
written are put back as they were, before the others begin.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path


def pages(out):
    """The paths of the site's pages, sorted."""
    return sorted(path for path in out.rglob("*.html") if "_static" not in path.relative_to(out).parts)


def begin(app):
    app.began = time.time()


def finish(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    out, kept = Path(app.outdir), Path(app.doctreedir) / "written"
    for path in pages(out):
        copy = kept / path.relative_to(out)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.stat().st_mtime >= app.began or not copy.is_file():
            shutil.copyfile(path, copy)
        else:
            shutil.copyfile(copy, path)


def setup(app):
    app.connect("builder-inited", begin)
    app.connect("build-finished", finish, priority=0)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
