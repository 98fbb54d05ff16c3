"""Keep every page as Sphinx has written it, so that a later build that writes few pages makes the same site.

The other steps change the finished pages, all of them together: the stylesheet depends on every page. A build after an
edit writes a few pages only. So each written page is kept beside the doctrees, and the pages that were not written
begin as they were then.
"""

from __future__ import annotations

import time


def begin(app):
    app.began = time.time()


def as_written(site):
    folder = site.kept / "written"
    for name in site.pages:
        copy = folder / name
        if (site.out / name).stat().st_mtime >= site.app.began or not copy.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(site.pages[name], encoding="utf-8")
        else:
            site.pages[name] = copy.read_text(encoding="utf-8")
