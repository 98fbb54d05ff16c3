"""What the other extensions ask about the book: its citation file, its addresses, the numbers of its chapters.

Two settings hold every address, both empty unless the environment sets them (see `conf.py`): ``html_baseurl``, where
the site is served, from VGP_SITE_URL, and ``repository_url``, from VGP_REPOSITORY_URL. Whatever needs an address that
is not set is left out.

The module also puts the number of a chapter before its title in the table of contents and in the links to the previous
and the next page; the heading of the chapter itself and references to it stay as they are.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import yaml
from docutils import nodes

ROOT = Path(__file__).parents[3]
CHAPTER = re.compile(r"chapters/0*(\d+)-")


@functools.cache
def citation(path=ROOT / "CITATION.cff"):
    """Return what stands in CITATION.cff."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def authors():
    """Return one (given, family) for each person and one ("", name) for each group."""
    return [
        (who.get("given-names", ""), who["family-names"]) if "family-names" in who else ("", who["name"])
        for who in citation()["authors"]
    ]


def number(docname):
    """Return the number of a chapter, from the name of its file, or None."""
    found = CHAPTER.match(docname)
    return int(found[1]) if found else None


def chapters(env):
    """Return (number, docname, title) of every chapter, in order."""
    found = ((number(docname), docname) for docname in env.found_docs)
    return [(n, docname, env.longtitles[docname].astext()) for n, docname in sorted(f for f in found if f[0])]


def address(app, docname):
    """Return the address of a page, or "" where the site has none."""
    base = app.config.html_baseurl
    return base + ("" if docname == app.config.root_doc else app.builder.get_target_uri(docname)) if base else ""


def number_titles(app, env):
    """Put the chapter's number before its title, where pages are listed; the long title stays as it is."""
    for n, docname, _ in chapters(env):
        env.titles[docname] = env.longtitles[docname].deepcopy()
        links = (link for link in env.tocs[docname].findall(nodes.reference) if not link["anchorname"])
        for node in (env.titles[docname], next(links, None)):
            if node is not None and not node.get("numbered"):  # the table of contents is kept between builds
                node["numbered"] = True
                node.insert(0, [nodes.inline("", str(n), classes=["vgp-chapter-number"]), nodes.Text(" ")])
    return []


def with_slash(app, config):
    if config.html_baseurl:
        config.html_baseurl = config.html_baseurl.rstrip("/") + "/"
    for name in ("html_baseurl", "repository_url"):
        if config[name] and not re.match(r"https?://[^/\s]+", config[name]):
            raise ValueError(f"{name} must be an address such as https://example.org/book/, not {config[name]!r}")


def setup(app):
    app.add_config_value("repository_url", "", "html", (str,))
    app.connect("config-inited", with_slash)
    app.connect("env-updated", number_titles)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
