"""Make the pages light: one small stylesheet, deferred scripts, no icon script, and a policy that forbids other hosts.

The theme sends 377 KB of CSS, of which a page uses a tenth, an icon script of 1.5 MB, and the search index with every
page. This extension
- leaves code without marks where a mark would not change its colour: names, brackets and commas are half of it;
- joins the stylesheets that the pages link, keeps the rules that can match something in some page or that a script may
  switch on, and writes one file, named by its content;
- cuts the icon font down to the icons that are left in it;
- gives every page a Content-Security-Policy with the hashes of its inline scripts.
What the theme's templates load besides is left out in `_templates/layout.html`, and here from the list of scripts.
`tests/site/test_lean.py` looks at the theme and says when a new version has moved what this relies on.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import logging
import re
import shutil
import sys
from pathlib import Path

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import Name
from sphinx.highlighting import PygmentsBridge
from sphinx.util.logging import getLogger
from written import pages

sys.path.append(str(Path(__file__).parents[1] / "_tools"))
import assets

logger = getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
# Pages with live parts start a worker. A worker has the policy of its own response, not that of the page, so the page
# needs no 'wasm-unsafe-eval'; a server that sends policies of its own must allow it for _static/live/worker.js.
WORKER = "; worker-src 'self'"
LINK = re.compile(
    r'\s*<link[^>]*\brel="stylesheet"[^>]*?href="([^"]+)"[^>]*>|\s*<link[^>]*href="([^"]+)"[^>]*rel="stylesheet"[^>]*>'
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>(.*?)</script>", re.S)
# The font for formulas comes with the page: when it comes later, lines break anew and what follows them moves. A page
# that is read from a folder may not ask for it so, and Chromium would say that in its console.
EARLY = (
    '<script>if (location.protocol !== "file:") document.head.append(Object.assign(document.createElement("link"), '
    '{{rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: "{font}"}}));</script>'
)
FACE = re.compile(r"@font-face\s*\{[^}]*font-?awesome[^}]*\}", re.I)  # of the icon font
ICON_FONT, BRAND_FONT, MATH_FONT = "fa-solid-900.woff2", "fa-brands-400.woff2", "stix-two-math.woff2"
# Unicode's mathematical italics: Latin and Greek letters, and the Greek variants behind them.
ITALIC = (
    {0x41 + i: 0x1D434 + i for i in range(26)}
    | {0x61 + i: 0x1D44E + i for i in range(26)}
    | {ord("h"): 0x210E}
    | {0x391 + i: 0x1D6E2 + i for i in range(25)}
    | {0x3B1 + i: 0x1D6FC + i for i in range(25)}
    | {ord(variant): 0x1D715 + i for i, variant in enumerate("\u2202\u03f5\u03d1\u03f0\u03d5\u03f1\u03d6")}
)


# --- while pages are written ------------------------------------------------------------------------------------------


class Formatter(HtmlFormatter):
    """Marks only what the book's styles colour otherwise than a plain name; `vgp.css` gives that colour to the rest."""

    styles = ()

    def _get_css_class(self, ttype):
        plain = all(style.style_for_token(ttype) == style.style_for_token(Name) for style in self.styles)
        return "" if plain and self.styles else super()._get_css_class(ttype)


def use_styles(app, config):
    names = [config.html_theme_options.get(f"pygments_{mode}_style", "default") for mode in ("light", "dark")]
    Formatter.styles = tuple(get_style_by_name(name) for name in names)
    PygmentsBridge.html_formatter = Formatter


def defer(app, pagename, templatename, context, doctree):
    """Scripts wait for the page; what only sets options that nothing here reads is left out."""
    kept = []
    for script in context.get("script_files", ()):
        if not getattr(script, "filename", True):
            continue  # options of the version switcher and of search as you type
        if hasattr(script, "attributes") and not {"defer", "async"} & set(script.attributes):
            script.attributes["defer"] = "defer"
        kept.append(script)
    context["script_files"] = kept


# --- fonts -----------------------------------------------------------------------------------------------------------


def icons_in(css):
    """The characters of the icons that are left, all private ones; the reader of the CSS has resolved "\\f0c9"."""
    return {ord(character) for character in re.findall("[\ue000-\uf8ff]", css)}


def formula_characters(pages):
    """Every character of a formula in any page; letters also in italics, which is how browsers show a lone one.

    The sign of a root is no character of its element, and without it the browser draws no root at all.
    """
    inside = [text for page in pages for text in re.findall(r"<math.*?</math>", page, re.S)]
    root = {0x221A} if any("<msqrt" in text or "<mroot" in text for text in inside) else set()
    found = root | {ord(character) for text in inside for character in html.unescape(re.sub(r"<[^>]*>", "", text))}
    return found | {ITALIC[character] for character in found & ITALIC.keys()}


def subset(font, characters):
    """The font with these characters alone, and the taller variants of those that grow in a formula."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel("ERROR")  # it reports each table
    made = TTFont(io.BytesIO(font), recalcTimestamp=False)
    subsetter = Subsetter(Options(drop_tables=["FFTM"], name_IDs=[0, 13, 14], notdef_outline=False))
    subsetter.populate(unicodes=characters)
    subsetter.subset(made)
    made.flavor = "woff2"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


# --- when all pages are written ---------------------------------------------------------------------------------------


def named(folder, stem, suffix, content):
    """Write a file whose name carries the hash of its content; return the name."""
    name = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}{suffix}"
    (folder / name).write_bytes(content)
    return name


def forget(folder, stem, suffix):
    """Remove what an earlier build has written under such names."""
    for path in folder.glob(f"{stem}.{'[0-9a-f]' * 10}{suffix}"):
        path.unlink()


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
    icons = [ICON_FONT, BRAND_FONT] if {"fab", "fa-brands"} & set(words) else [ICON_FONT]  # a button to a repository
    joined = FACE.sub(lambda face: face[0] if any(font in face[0] for font in icons) else "", "\n".join(parts))
    properties = assets.properties_of([*texts[0], *texts[1]])
    made = assets.made(sheets=[{"css": joined, "words": words, "properties": properties}])
    for said in made["warnings"]:
        logger.warning("lean: %s", said, type="lean")
    (css,) = made["sheets"]
    for name, characters in (*((icon, icons_in(css)) for icon in icons), (MATH_FONT, formulas)):
        font = next(static.rglob(name), None)
        forget(static / "fonts", Path(name).stem, ".woff2")
        if font is not None and characters:
            small = named(static / "fonts", Path(name).stem, ".woff2", subset(font.read_bytes(), characters))
            css = css.replace(font.relative_to(static).as_posix(), f"fonts/{small}")
            font.unlink()
            math = f"_static/fonts/{small}" if name == MATH_FONT else math
    return "_static/" + named(static, "book", ".css", css.encode()), math


def policy(page):
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'"
        for body in INLINE.findall(page)
    }
    made = POLICY.format(scripts=" ".join(sorted(hashes))).replace("  ", " ").replace(" ;", ";")
    return made + WORKER if " data-live=" in page else made


def finish(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    forget(out / "_static", "book", ".css")
    texts = {path: path.read_text(encoding="utf-8") for path in pages(out)}
    files = []  # of all pages, in the order of the links
    for path, text in texts.items():
        for found in LINK.finditer(text):
            target = (
                (path.parent / (found[1] or found[2]).split("?")[0]).resolve().relative_to(out.resolve()).as_posix()
            )
            if target not in files:
                files.append(target)
    scripts = app.script_texts
    files = list(imported(out, files))
    sheet, math = stylesheet(out, files, (texts.values(), scripts), formula_characters(texts.values()))
    for path, text in texts.items():
        up = "../" * (len(path.relative_to(out).parts) - 1)
        first = LINK.search(text)
        links = f'\n    <link rel="stylesheet" href="{up}{sheet}" />'
        if math and "<math" in text:
            links = "\n    " + EARLY.format(font=up + math) + links
        text = LINK.sub("", text[: first.start()]) + links + LINK.sub("", text[first.end() :])
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(text)}" />'
        text = text.replace('<meta charset="utf-8" />', f'<meta charset="utf-8" />\n    {meta}', 1)
        path.write_text(text, encoding="utf-8")
    for name in set(files):
        (out / name).unlink()
    for folder in ("vendor", "locales"):  # the whole icon font; the theme's translations, which the build has read
        shutil.rmtree(out / "_static" / folder, ignore_errors=True)
    for pattern in ("*.map", "fontawesome.js*", "*webpack-macros.html"):
        for path in (out / "_static").rglob(pattern):
            path.unlink()


def setup(app):
    app.setup_extension("written")
    app.connect("config-inited", use_styles)
    app.connect("html-page-context", defer, priority=950)  # after the theme, which adds scripts at 500
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
