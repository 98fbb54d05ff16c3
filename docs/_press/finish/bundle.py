"""One script for each page in place of ten, and a small one in place of Bootstrap's.

When all pages are written, the deferred scripts of a page are joined in their order, made smaller and written to one
file, named by its content; pages with the same scripts share it. Attributes ``data-*`` of a script move to the joined
one. A script stays as it is if it is a module or has the attribute ``data-alone``.

Of Bootstrap's 81 KB the pages use menus and tooltips; `web/static/menus.js` does both, and
`tests/press/site/test_bundle.py` looks whether a page, or a new version of the theme, wants more.
"""

from __future__ import annotations

import re
from pathlib import Path

import rjsmin

from .lean import forget, named
from .written import pages

SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)></script>\s*?\n?")
REPLACED = {"_static/scripts/bootstrap.js": "_static/menus.js"}


def joined(out, page, text, made):
    """Return the text of a page with its deferred scripts as one; `made` keeps the files, by their parts."""
    found = []
    for tag in SCRIPT.finditer(text):
        source = re.search(r'\ssrc="([^"?]+)', tag[1])
        words = re.sub(r'"[^"]*"', "", tag[1])
        if source and "defer" in words and "data-alone" not in words and "type=" not in words:
            path = (page.parent / source[1]).resolve().relative_to(out.resolve()).as_posix()
            found.append((tag, REPLACED.get(path, path)))
    if not found:
        return text
    names = tuple(name for _, name in found)
    if names not in made:
        parts = (rjsmin.jsmin((out / name).read_text(encoding="utf-8")) for name in names)
        made[names] = named(out / "_static", "book", ".js", "\n;".join(parts).encode())
    data = sorted({data for tag, _ in found for data in re.findall(r'\sdata-[\w-]+(?:="[^"]*")?', tag[1])})
    up = "../" * (len(page.relative_to(out).parts) - 1)
    new = f'    <script defer src="{up}_static/{made[names]}"{"".join(data)}></script>\n'
    for number, (tag, _) in reversed(list(enumerate(found))):
        text = text[: tag.start()] + (new if number == 0 else "") + text[tag.end() :]
    return text


def finish(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    out, made = Path(app.outdir), {}
    forget(out / "_static", "book", ".js")
    for page in pages(out):
        page.write_text(joined(out, page, page.read_text(encoding="utf-8"), made), encoding="utf-8")
    for name in REPLACED:
        (out / name).unlink(missing_ok=True)


def setup(app):
    app.setup_extension("_press.finish.written")
    app.connect("build-finished", finish, priority=890)  # before the stylesheets, which look at the scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
