"""One classic script of each module, one script for each page in place of ten, a small one in place of Bootstrap's.

Our scripts are modules (`web/scripts`), and browsers import no module from a folder. When the build begins, each that a
page loads is made one script with all that it imports, for Sphinx to copy.

When all pages are written, the deferred scripts of a page are joined in their order, made smaller and written to one
file, named by its content; pages with the same scripts share it. Attributes ``data-*`` of a script move to the joined
one. A script stays as it is if it is a module or has the attribute ``data-alone``.

Of Bootstrap's 81 KB the pages use menus and tooltips; `web/scripts/menus.js` does both, and
`tests/press/site/test_scripts.py` looks whether a page, or a new version of the theme, wants more.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import assets
from .site import forget, named, up

SOURCES = Path(__file__).resolve().parents[1] / "web" / "scripts"
# The modules that pages load, with the global name of what they export.
MODULES = {"menus": "", "figures": "", "search": ""}
MODULES |= {"live/cells": "", "live/live": "vgpLive", "live/playground": "", "live/worker": ""}

SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)></script>\s*?\n?")
REPLACED = {"_static/scripts/bootstrap.js": "_static/menus.js"}


def bundle(app):
    """Make one script of each module, in a folder whose files Sphinx copies: so their checksums are in the pages."""
    if app.builder.name != "html":
        return
    folder = Path(app.doctreedir, "scripts")
    shutil.rmtree(folder, ignore_errors=True)
    modules = [{"path": str(SOURCES / f"{name}.js"), "name": given} for name, given in MODULES.items()]
    for name, text in zip(MODULES, assets.made(modules=modules)["modules"], strict=True):
        path = folder / f"{name}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    app.config.html_static_path = [*app.config.html_static_path, str(folder)]


def sources(site):
    """The texts of all scripts that pages load but Bootstrap's; ours as they are written, where every name is whole."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SOURCES.rglob("*.js"))]
    ours = {f"{name}.js" for name in MODULES}
    for path in sorted(site.static.rglob("*.js")):
        name = path.relative_to(site.static)
        left_out = name.as_posix() in ours or path.match("book.*.js") or {"locales", "runtime"} & set(name.parts)
        if not left_out and path.name not in ("fontawesome.js", "bootstrap.js"):
            texts.append(path.read_text(encoding="utf-8"))
    return texts


def joined(site, page, text, made):
    """Return the text of a page with its deferred scripts as one; `made` keeps the files, by their parts."""
    found = []
    for tag in SCRIPT.finditer(text):
        source = re.search(r'\ssrc="([^"?]+)', tag[1])
        words = re.sub(r'"[^"]*"', "", tag[1])
        if source and "defer" in words and "data-alone" not in words and "type=" not in words:
            path = site.target(page, source[1])
            found.append((tag, REPLACED.get(path, path)))
    if not found:
        return text
    names = tuple(name for _, name in found)
    if names not in made:
        parts = [(site.out / name).read_text(encoding="utf-8") for name in names]
        (one,) = assets.made(scripts=[parts])["scripts"]
        made[names] = named(site.static, "book", ".js", one.encode())
    data = sorted({data for tag, _ in found for data in re.findall(r'\sdata-[\w-]+(?:="[^"]*")?', tag[1])})
    new = f'    <script defer src="{up(page)}_static/{made[names]}"{"".join(data)}></script>\n'
    for number, (tag, _) in reversed(list(enumerate(found))):
        text = text[: tag.start()] + (new if number == 0 else "") + text[tag.end() :]
    return text


def join(site):
    """Join the scripts of every page."""
    forget(site.static, "book", ".js")
    made = {}
    for page, text in site.pages.items():
        site.pages[page] = joined(site, page, text, made)
    for name in REPLACED:
        (site.out / name).unlink(missing_ok=True)


def setup(app):
    app.connect("builder-inited", bundle)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
