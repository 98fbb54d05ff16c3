"""The box 'Cite this chapter' at the end of a chapter: a sentence and BibTeX, from CITATION.cff, without a script."""

from __future__ import annotations

import re

from docutils import nodes

from . import book
from .fold import fold, fold_title


def escaped(text):
    """`text` as BibTeX reads it."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def entry(n, key, title, url, facts, who):
    """The chapter as an entry of a .bib file."""
    year = str(facts.get("date-released", ""))[:4]
    fields = {
        "author": " and ".join(
            f"{escaped(family)}, {escaped(given)}" if given else f"{{{escaped(family)}}}" for given, family in who
        ),
        "title": escaped(title),
        "booktitle": escaped(facts["title"]),
        "chapter": n,
        "year": year,
        "note": f"Version {facts['version']}",
        "url": url,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@incollection{{{key},", *lines, "}"])


def sentence(n, title, url, facts, who):
    """The chapter as a reader would cite it, as nodes."""
    year = str(facts.get("date-released", ""))[:4]
    names = ", ".join(" ".join(filter(None, name)) for name in who)
    end = "" if title[-1] in ".?!" else "."
    made = nodes.paragraph("", f"{names}{f' ({year})' if year else ''}. “{title}{end}” Chapter {n} of ")
    made += [nodes.emphasis("", facts["title"]), nodes.Text(f", version {facts['version']}.")]
    if url:
        made += [nodes.Text(" "), nodes.reference("", url, refuri=url, internal=False), nodes.Text(".")]
    return made


def add(app, doctree, docname):
    n = book.number(docname)
    section = doctree.next_node(nodes.section)
    if n is None or section is None or app.builder.name != "html":
        return
    what = (n, app.env.longtitles[docname].astext(), book.address(app, docname), book.citation(), book.authors())
    key = "vgp-" + docname.rpartition("/")[2].partition("-")[2]
    box = fold("", fold_title("", "Cite this chapter", classes=["admonition-title"]), ids=["cite-this-chapter"])
    box["classes"] = ["admonition", "vgp-fold", "vgp-cite"]
    box += sentence(*what)
    text = entry(n, key, *what[1:])
    box += nodes.literal_block(text, text, language="bibtex")
    section += box


def setup(app):
    app.setup_extension("_press.page.book")
    app.connect("doctree-resolved", add, priority=910)  # a notebook, which `take` writes at 900, has no such box
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
