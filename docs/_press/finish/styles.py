"""One small stylesheet for all pages, in place of the 377 KB that the theme sends, and the fonts that it names.

The stylesheets that the pages link are joined; of their rules those are kept that can match something in some page or
that a script may switch on; the result is one file, named by its content. `tests/press/site/test_theme.py` looks at the
theme and says when a new version has moved what this relies on.
"""

from __future__ import annotations

import re
from pathlib import Path

from . import assets
from .fonts import formula_characters, icons_in, subset
from .scripts import sources
from .site import forget, named, up

LINK = re.compile(
    r'\s*<link[^>]*\brel="stylesheet"[^>]*?href="([^"]+)"[^>]*>|\s*<link[^>]*href="([^"]+)"[^>]*rel="stylesheet"[^>]*>'
)
# The font for formulas comes with the page: when it comes later, lines break anew and what follows them moves. A page
# that is read from a folder may not ask for it so, and Chromium would say that in its console.
EARLY = (
    '<script>if (location.protocol !== "file:") document.head.append(Object.assign(document.createElement("link"), '
    '{{rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: "{font}"}}));</script>'
)
FACE = re.compile(r"@font-face\s*\{[^}]*font-?awesome[^}]*\}", re.I)  # of the icon font
ICON_FONT, BRAND_FONT, MATH_FONT = "fa-solid-900.woff2", "fa-brands-400.woff2", "stix-two-math.woff2"


def linked(site):
    """The stylesheets of all pages, in the order of the links."""
    files = []
    for page, text in site.pages.items():
        for found in LINK.finditer(text):
            target = site.target(page, (found[1] or found[2]).split("?")[0])
            if target not in files:
                files.append(target)
    return files


def imported(out, files):
    """The files, each behind those that it imports."""
    for path in files:
        text = (out / path).read_text(encoding="utf-8")
        for name in re.findall(r"@import\s+(?:url\()?[\"']([^\"']+)[\"']\)?\s*;", text):
            found = (out / path).parent / name  # theme.css imports a file that lies one folder up
            yield from imported(out, [(found if found.is_file() else out / "_static" / name).relative_to(out)])
        yield Path(path)


def stylesheet(out, files, texts, formulas):
    """Join, cut and write the stylesheets; return the paths below `out` of the new one and of the font for formulas.

    `texts`: those of the pages, and those of the scripts.
    """
    static, math, words = out / "_static", None, assets.words_of(*texts)
    parts = []
    for path in files:
        text = re.sub(r"@import[^;]*;", "", (out / path).read_text(encoding="utf-8"))
        base = path.parent

        def moved(found, base=base):
            if re.match(r"data:|https?:|#", found[1]):
                return found[0]
            target = (out / base / found[1].split("?")[0].split("#")[0]).resolve()
            return f'url("{target.relative_to(static.resolve()).as_posix()}")'

        parts.append(re.sub(r"url\(\s*[\"']?(?!data:)([^\"')]+)[\"']?\s*\)", moved, text))
    icons = [ICON_FONT, BRAND_FONT] if {"fab", "fa-brands"} & {*words} else [ICON_FONT]  # brands: link to a repository
    whole = FACE.sub(lambda face: face[0] if any(font in face[0] for font in icons) else "", "\n".join(parts))
    properties = assets.properties_of([*texts[0], *texts[1]])
    (css,) = assets.made(sheets=[{"css": whole, "words": words, "properties": properties}])["sheets"]
    for name, characters in (*((icon, icons_in(css)) for icon in icons), (MATH_FONT, formulas)):
        font = next(static.rglob(name), None)
        forget(static / "fonts", Path(name).stem, ".woff2")
        if font is not None and characters:
            small = named(static / "fonts", Path(name).stem, ".woff2", subset(font.read_bytes(), characters))
            css = css.replace(font.relative_to(static).as_posix(), f"fonts/{small}")
            font.unlink()
            math = f"_static/fonts/{small}" if name == MATH_FONT else math
    return "_static/" + named(static, "book", ".css", css.encode()), math


def unite(site):
    """Write the one stylesheet, link it from every page, and remove those that it is made of."""
    forget(site.static, "book", ".css")
    files, texts = list(imported(site.out, linked(site))), dict(site.pages.items())
    sheet, math = stylesheet(site.out, files, (texts.values(), sources(site)), formula_characters(texts.values()))
    for page, text in texts.items():
        first = LINK.search(text)
        links = f'\n    <link rel="stylesheet" href="{up(page)}{sheet}" />'
        if math and "<math" in text:
            links = "\n    " + EARLY.format(font=up(page) + math) + links
        site.pages[page] = LINK.sub("", text[: first.start()]) + links + LINK.sub("", text[first.end() :])
    for name in set(files):
        (site.out / name).unlink()
