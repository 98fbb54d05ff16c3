"""One script for each page in place of ten, and a small one in place of Bootstrap's.

When all pages are written, the deferred scripts of a page are joined in their order, made smaller and written to one
file, named by its content; pages with the same scripts share it. Attributes ``data-*`` of a script move to the joined
one. A script stays as it is if it is a module or has the attribute ``data-alone``.

Of Bootstrap's 81 KB the pages use menus and tooltips; `_static/menus.js` does both. `tests/site/test_bundle.py` looks
whether a page, or a new version of the theme, wants more.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from lean import forget, named
from written import pages

sys.path.append(str(Path(__file__).parents[1] / "_tools"))
import assets

SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)></script>\s*?\n?")
REPLACED = {"_static/scripts/bootstrap.js": "_static/menus.js"}
STATIC = Path(__file__).parents[1] / "_static"
MODULES = {"menus": "", "figures": "", "search": ""}  # that pages load, and the name of what they export
MODULES |= {"live/cells": "", "live/live": "vgpLive", "live/playground": "", "live/worker": ""}


def modules(out):
    """Put one classic script in the place of each module that pages load, and of all that it imports."""
    entries = [{"path": str(STATIC / f"{name}.js"), "name": given} for name, given in MODULES.items()]
    for name, text in zip(MODULES, assets.made(modules=entries)["modules"], strict=True):
        (out / "_static" / f"{name}.js").write_text(text, encoding="utf-8")
    for source in STATIC.rglob("*.js"):
        name = source.relative_to(STATIC).with_suffix("").as_posix()
        if name not in MODULES:
            (out / "_static" / f"{name}.js").unlink(missing_ok=True)


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
        parts = [(out / name).read_text(encoding="utf-8") for name in names]
        (text_of,) = assets.made(scripts=[parts])["scripts"]
        made[names] = named(out / "_static", "book", ".js", text_of.encode())
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
    app.script_texts = [path.read_text(encoding="utf-8") for path in scripts(out)]  # their names are whole yet
    modules(out)
    for page in pages(out):
        page.write_text(joined(out, page, page.read_text(encoding="utf-8"), made), encoding="utf-8")
    for name in REPLACED:
        (out / name).unlink(missing_ok=True)


def scripts(out):
    """The scripts that pages load, Bootstrap's excepted."""
    for path in sorted((out / "_static").rglob("*.js")):
        if path.name not in ("fontawesome.js", "bootstrap.js") and not {"locales", "runtime"} & set(path.parts):
            yield path


def setup(app):
    app.setup_extension("written")
    app.connect("build-finished", finish, priority=890)  # before the stylesheets, which look at the scripts
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
