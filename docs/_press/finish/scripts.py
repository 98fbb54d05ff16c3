"""One script for each page in place of ten, and a small one in place of Bootstrap's.

The deferred scripts of a page are joined in their order, made smaller and written to one file, named by its content;
pages with the same scripts share it. Attributes ``data-*`` of a script move to the joined one. A script stays as it is
if it is a module or has the attribute ``data-alone``.

Of Bootstrap's 81 KB the pages use menus and tooltips; `web/static/menus.js` does both, and
`tests/press/site/test_scripts.py` looks whether a page, or a new version of the theme, wants more.
"""

from __future__ import annotations

import re

import rjsmin

from .site import forget, named, up

SCRIPT = re.compile(r"[ \t]*<script\b([^>]*)></script>\s*?\n?")
REPLACED = {"_static/scripts/bootstrap.js": "_static/menus.js"}


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
        parts = (rjsmin.jsmin((site.out / name).read_text(encoding="utf-8")) for name in names)
        made[names] = named(site.static, "book", ".js", "\n;".join(parts).encode())
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
