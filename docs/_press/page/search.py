"""Full-text search by Pagefind in place of Sphinx's own: finds sections, ranks them, and shows where the words stand.

Pagefind reads pages and writes an index in small pieces, of which a search loads those it needs. It gets each page in
a form made for it: the article alone, without figures and boxes to copy from; formulas as plain text (`plain`), so that
``σ_w`` is a word; and every place that can be linked to (section, function, term, work) as a heading. The script
`_static/search.js` asks for ``chi``, ``\\chi`` and ``χ`` alike.

The prepared pages are kept beside the doctrees, so that a rebuild prepares those that have changed. Sphinx's
own index is not made.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sphinx.errors import ExtensionError

from .plain import MATH, plain

DROPPED = (
    re.compile(r"<svg.*?</svg>", re.S),
    re.compile(r'<details[^>]*class="[^"]*\bvgp-cite\b.*?</details>', re.S),
    re.compile(r'<a class="headerlink".*?</a>', re.S),
    re.compile(r"<(script|style)\b.*?</\1>", re.S),
    re.compile(r'<div class="toctree-wrapper.*?</div>', re.S),
)
# Sphinx names a section on its <section>, a term and a function on its <dt>; Pagefind looks at headings.
SECTION = re.compile(r'<section id="([^"]+)"[^>]*>((?:\s*<span id="[^"]*"></span>)*\s*)<h([1-6])')
TERM = re.compile(r'<dt id="(term-[^"]+)"[^>]*>(.*?)</dt>', re.S)
NAME = re.compile(r'<dt class="sig[^>]*\bid="([^"]+)"[^>]*>(.*?)</dt>', re.S)
ENTRY = re.compile(r'<div class="citation" id="([^"]+)"[^>]*>\s*<span class="label">(.*?)</span>(?=\s*<p>)', re.S)
# What should not outweigh the text: tables of numbers, code, exercises and their solutions.
TABLE = re.compile(r'<table(?=[^>]*\bclass="[^"]*\bvgp-(?:values|ledger)\b)')
CODE = re.compile(r'<div(?= class="highlight-)|<(?:div|details)(?=[^>]*\bclass="[^"]*\b(?:exercise|solution)\b)')
# Pagefind's ready-made interfaces and Sphinx's search; the pages use neither.
UNUSED = ("pagefind/pagefind-*ui.*", "pagefind/pagefind-highlight.js", "pagefind/wasm.unknown.pagefind")
SPHINX = ("_static/searchtools.js", "_static/language_data.js", "_static/*stemmer.js")


def prepared(body, title):
    """Return the page that Pagefind reads."""
    for pattern in DROPPED:
        body = pattern.sub("", body)
    body = MATH.sub(lambda found: _escaped(plain(found[0])), body)
    body = SECTION.sub(r'<section>\2<h\3 id="\1"', body)
    body = TERM.sub(r'<h5 id="\1">\2</h5>', body)
    body = NAME.sub(_name, body)
    body = ENTRY.sub(r'<div><h5 id="\1">\2</h5>', body)
    body = TABLE.sub('<table data-pagefind-weight="0.2"', body)
    body = CODE.sub(r'\g<0> data-pagefind-weight="0.5"', body)
    meta = f'data-pagefind-meta="title:{_escaped(title)}"'
    return f'<!DOCTYPE html>\n<html lang="en"><body data-pagefind-body><div {meta}></div>\n{body}</body></html>\n'


def _name(found):
    """A function under its full name, which so does not run on into what follows; its last part is a word too."""
    full, arguments = found[1], re.sub(r"<[^>]*>", "", found[2]).partition("(")[2]
    return f'<h5 id="{full}">{full}</h5><p>{full.rpartition(".")[2]} {f"({arguments}" if arguments else ""}</p>'


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def without_sphinx(app):
    """Sphinx makes no index, and leaves the search page to us."""
    if app.builder.name == "html":
        app.builder.search = False


def page(app):
    if app.builder.name == "html":
        yield "search", {}, "search.html"


def folder(app):
    return Path(app.doctreedir) / "search"


def prepare(app, pagename, templatename, context, doctree):
    if app.builder.name != "html":
        return
    link = f'\n    <link rel="search" title="Search" href="{context["pathto"]("search")}" />'
    context["metatags"] = context.get("metatags", "") + link
    if doctree is None:
        return
    path = folder(app) / f"{pagename}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    title = app.env.titles[pagename].astext()  # with the chapter's number
    path.write_text(prepared(context["body"], title), encoding="utf-8")


def index(site):
    """Let Pagefind make its index of the prepared pages, and remove what is left of Sphinx's search."""
    site.remove(".", *SPHINX)
    shutil.rmtree(site.out / "pagefind", ignore_errors=True)
    prepared_pages = folder(site.app)
    for path in prepared_pages.rglob("*.html"):  # of pages that are gone
        if path.relative_to(prepared_pages).with_suffix("").as_posix() not in site.app.env.found_docs:
            path.unlink()
    out = site.out / "pagefind"
    command = [sys.executable, "-m", "pagefind", "--site", str(prepared_pages), "--output-path", str(out)]
    command += ["--keep-index-url", "--quiet"]
    with tempfile.TemporaryDirectory() as empty:  # it looks for a configuration file where it is started
        done = subprocess.run(command, cwd=empty, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise ExtensionError(f"the search index was not made: {done.stdout}{done.stderr}")
    site.remove(".", *UNUSED)


def setup(app):
    app.add_js_file("search.js", loading_method="defer")
    app.connect("builder-inited", without_sphinx)
    app.connect("html-collect-pages", page)
    app.connect("html-page-context", prepare, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
