"""Let a page be found and shared: description, Open Graph, canonical address, structured data; the page 404.

The description of a page is `description` in its front matter, or else its first paragraphs. What needs the address of
the site (canonical, og:url, og:image) is there only where the setting ``html_baseurl`` is, see `book`.
"""

from __future__ import annotations

import html
import json
import re

from docutils import nodes

from . import book, cards, mathml
from .plain import plain

LENGTH = (50, 200)  # a description is at least, at most so long
LONGEST = 300  # ... or so, where its first sentence is: a whole one says more than the same cut at a word
LICENCES = ("CC-BY-4.0", "BSD-3-Clause")  # of the text with its figures, of the code in it: see LICENSE
GENERATED = {  # title and description of the pages that no file of ours makes
    "genindex": ("Index", "Index of {}: every function, class and term, each with the places where it is explained."),
    "py-modindex": ("Modules", "The modules of vgp, the library of {}, in alphabetical order."),
    "search": ("Search", "Search {} for a word, a symbol, an author or the name of a function."),
    "404": ("Page not found", "There is no page of {} at this address."),
}
MISSING = """<h1>There is no such page</h1>
<p>The address may be mistyped, or the page has moved. You can <a href="search.html">search the book</a>, look into the
<a href="genindex.html">index</a>, or begin <a href="index.html">at the first page</a>.</p>"""


# --- the description --------------------------------------------------------------------------------------------------


def text_of(node, macros):
    """The text of a paragraph, formulas included."""
    if isinstance(node, nodes.math):
        try:
            return plain(mathml.convert(node.astext(), macros, display=False))
        except mathml.LatexError:
            return ""
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(text_of(child, macros) for child in node.children)


def shortened(text):
    """Whole sentences of at most `LENGTH[1]` characters, or one of at most `LONGEST`, or else whole words."""
    ends = [found.end() for found in re.finditer(r"[.?!](?= [A-Z]|$)", text)]
    ends = [end for end in ends if LENGTH[0] <= end <= LONGEST]
    if not ends:
        return text[: LENGTH[1] - 2].rsplit(" ", 1)[0].rstrip(" ,;:(") + " …" if len(text) > LENGTH[1] else text
    return text[: max((end for end in ends if end <= LENGTH[1]), default=ends[0])]


def described(doctree, macros):
    """The first paragraphs of a page that stand in the text itself, not in a box, a table or a list."""
    found = ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            found = f"{found} {' '.join(text_of(paragraph, macros).split())}".strip()
            if len(found) >= LENGTH[0]:
                break
    return shortened(found)


# --- structured data --------------------------------------------------------------------------------------------------


def licence(name):
    """The address of the text of a licence, from its SPDX name."""
    if name.startswith("CC-"):
        kind, version = name[3:].lower().rsplit("-", 1)
        return f"https://creativecommons.org/licenses/{kind}/{version}/"
    return f"https://spdx.org/licenses/{name}.html"


def common(app, name, url):
    facts = book.citation()
    return {
        "name": name,
        "inLanguage": app.config.language,
        "isAccessibleForFree": True,
        "author": [
            {"@type": "Person", "givenName": given, "familyName": family}
            if given
            else {"@type": "Organization", "name": family}
            for given, family in book.authors()
        ],
        "license": [licence(name) for name in LICENCES],
        "version": str(facts["version"]),
    } | ({"url": url} if url else {})


def structured(app, pagename, description):
    """schema.org's Book on the first page, with its chapters, and a Chapter on each of them; None elsewhere."""
    facts, home = book.citation(), book.address(app, app.config.root_doc)
    whole = {"@context": "https://schema.org", "@type": "Book"} | common(app, facts["title"], home)
    parts = [
        {"@type": "Chapter", "position": n, "name": title} | ({"url": book.address(app, docname)} if home else {})
        for n, docname, title in book.chapters(app.env)
    ]
    if pagename == app.config.root_doc:
        return whole | {"abstract": facts["abstract"].strip(), "keywords": facts["keywords"], "hasPart": parts}
    n = book.number(pagename)
    if n is None:
        return None
    title = app.env.longtitles[pagename].astext()
    chapter = {"@context": "https://schema.org", "@type": "Chapter", "position": n, "description": description}
    of = {"@type": "Book", "name": facts["title"]} | ({"url": home} if home else {})
    return chapter | common(app, title, book.address(app, pagename)) | {"isPartOf": of}


# --- the head of a page -----------------------------------------------------------------------------------------------


def tag(kind, name, content):
    return f'    <meta {kind}="{name}" content="{html.escape(content)}" />\n'


def head(app, pagename, templatename, context, doctree):
    if app.builder.name != "html":
        return
    project = app.config.project
    title, description = GENERATED.get(pagename, (context.get("title") or project, ""))
    title, description = html.unescape(re.sub(r"<[^>]*>", "", title)), description.format(project)
    if doctree is not None:
        meta = context.get("meta") or {}
        description = meta.get("description") or described(doctree, app.config.mathml_macros)
    n, home = book.number(pagename), pagename == app.config.root_doc
    shared = {
        "og:title": title,
        "og:type": "book" if home else "article",
        "og:site_name": project,
        "og:description": description,
    }
    metatags, made = context.get("metatags", ""), ""
    if app.config.html_baseurl and pagename != "404":
        context["pageurl"] = shared["og:url"] = book.address(app, pagename)
        name = f"chapter-{n}" if n else "book"
        shared["og:image"] = f"{app.config.html_baseurl}_static/cards/{name}.png"
        shared["og:image:width"], shared["og:image:height"] = map(str, cards.SIZE)
        shared["og:image:alt"] = f"Chapter {n} of {project}: {title}" if n else project
        made += tag("name", "twitter:card", "summary_large_image")
    else:
        context.pop("pageurl", None)
    if not re.search(r'<meta[^>]*name="description"', metatags):
        made = tag("name", "description", description) + made
    made += "".join(tag("property", name, content) for name, content in shared.items())
    data = structured(app, pagename, description)
    if data:
        text = json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")
        made += f'    <script type="application/ld+json">{text}</script>\n'
    made += tag("name", "author", "; ".join(" ".join(filter(None, who)) for who in book.authors()))
    context["metatags"] = metatags + "\n" + made


# --- the page for a wrong address -------------------------------------------------------------------------------------


def pages(app):
    if app.builder.name == "html":
        yield "404", {"title": GENERATED["404"][0], "body": MISSING}, "page.html"


def setup(app):
    app.setup_extension("_press.page.book")
    app.connect("html-page-context", head, priority=600)
    app.connect("html-collect-pages", pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
