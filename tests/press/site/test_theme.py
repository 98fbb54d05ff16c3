"""The theme is the one that docs/_press rely on: a change of it needs a look at them."""

import importlib.util
import re
from pathlib import Path

import pybtex.plugin
import pytest
from bs4 import BeautifulSoup
from built import HTML, ROOT

from _press import repairs, settings
from _press.finish import assets

THEME = Path(importlib.util.find_spec("pydata_sphinx_theme").origin).parent / "theme" / "pydata_sphinx_theme"
BOOK = Path(importlib.util.find_spec("sphinx_book_theme").origin).parent / "theme" / "sphinx_book_theme"
BASIC = Path(importlib.util.find_spec("sphinx").origin).parent / "themes" / "basic"
OURS = ROOT / "docs" / "_press" / "web" / "templates"


def block(layout, name):
    """The text of a block of a template."""
    (found,) = re.findall(rf"block {name}\b(.*?)endblock", layout, flags=re.S)
    return found


def test_the_theme_has_what_is_overridden():
    layout = (THEME / "layout.html").read_text(encoding="utf-8")
    assert {"css", "extrahead", "body_tag", "docs_body"} <= set(re.findall(r"block (\w+)", layout))
    assert "_webpack.head_pre_assets()" in layout
    assert "_webpack.head_js_preload()" in layout  # left out: the icon script
    extrahead = block(layout, "extrahead")
    assert set(re.findall(r"_static/(\w+)\.js", extrahead)) == {"searchtools", "language_data"}
    assert re.findall(r'name="([\w:-]+)"', extrahead) == [
        "viewport",  # left out: Sphinx has one
        "docsearch:language",
        "docsearch:version",
        "docbuild:last-update",  # left out: no page has it
    ]
    book = (BOOK / "layout.html").read_text(encoding="utf-8")
    assert set(re.findall(r"block (\w+)", book)) == {"docs_main", "docs_body"}
    assert set(re.findall(r'id="([\w-]+)"', block(book, "docs_body"))) == {  # left out: a title and a list for paper
        "jb-print-docs-body",
        "print-main-content",
        "jb-print-toc",
    }
    css = (BOOK / "static" / "styles" / "sphinx-book-theme.css").read_text(encoding="utf-8")
    assert ".bd-main .bd-content .bd-article h1:first-of-type{display:none}" in css  # vgp.css takes it back


def test_sphinx_has_what_is_overridden():
    layout = (BASIC / "layout.html").read_text(encoding="utf-8")
    assert layout.count('name="viewport"') == 1
    assert "<title>{{ title|striptags|e }}{{ titlesuffix }}</title>" in block(layout, "htmltitle")
    links = block(layout, "linktags")
    assert set(re.findall(r'rel="(\w+)"', links)) == {
        *("index", "prev"),  # ours too
        "search",  # _press/page/search.py has it
        "next",  # which Firefox would fetch
        *("author", "copyright"),  # of pages that the book has not
    }
    for name in ("about", "copyright"):
        assert not (HTML / f"{name}.html").exists()


def found_in(name):
    """The text of a theme's template, the book theme's own first."""
    places = (folder / part / name for folder in (BOOK, THEME) for part in ("components", ""))
    path = next(path for path in places if path.exists())
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in OURS.glob("*.html")))
def test_a_template_takes_the_place_of_the_themes_or_is_our_own(name):
    if name in ("brand.html", "live.html", "takeaway.html"):
        assert name in (*settings.OURS["html_sidebars"]["**"], *settings.THEME["article_header_end"])
        with pytest.raises(StopIteration):
            found_in(name)
    else:
        assert found_in(name) if name != "domainindex.html" else (BASIC / name).exists()
    for included in re.findall(r'include "([^"]+)"', (OURS / name).read_text(encoding="utf-8")):
        assert found_in(included.removeprefix("components/")), included


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_the_themes_buttons_differ_from_ours_by_their_names_only(side):
    """A script of the theme opens a sidebar by the class of its button."""
    name = f"toggle-{side}-sidebar.html"
    theirs = BeautifulSoup(found_in(name), "html.parser").button
    ours = BeautifulSoup((OURS / name).read_text(encoding="utf-8"), "html.parser").button
    assert theirs.span == ours.span
    assert {*theirs["class"], "pst-js-only"} == set(ours["class"])
    assert theirs.attrs | {"class": [], "title": ""} == ours.attrs | {"class": [], "title": ""}
    script = (THEME / "static" / "scripts" / "pydata-sphinx-theme.js").read_text(encoding="utf-8")
    for it in (f'querySelector(".{side}-toggle")', f'ById("pst-{side}-sidebar")', f'ById("pst-{side}-sidebar-modal")'):
        assert it in script


def test_the_theme_includes_the_buttons_where_we_expect_them():
    buttons = found_in("article-header-buttons.html")
    included = re.findall(r'include "([^"]+)"', buttons)
    assert included == ["theme-switcher.html", "search-button.html", "toggle-secondary-sidebar.html"]
    assert re.search(r"article_header_start = toggle-primary-sidebar.html\n", (BOOK / "theme.conf").read_text("utf-8"))
    assert "translate(theme_toc_title)" in found_in("page-toc.html")


def test_the_theme_has_the_field_and_the_name_that_ours_use():
    field, logo = found_in("search-field.html"), found_in("navbar-logo.html")
    assert re.search(r'<form class="bd-search\b', field)  # hidden without JavaScript: vgp.css
    assert re.search(r'<input type="search"[^>]*\sname="q"', field)  # which search.js reads
    assert re.search(r'<a class="navbar-brand logo" href="\{\{ href \}\}">', logo)


def test_the_theme_loads_the_icon_script_there_only():
    macros = (THEME / "static" / "webpack-macros.html").read_text(encoding="utf-8")
    preload = macros[macros.index("macro head_js_preload") : macros.index("macro body_post")]
    assert "fontawesome.js" in preload
    assert macros.count("fontawesome.js") == 1
    assert set(re.findall(r"styles/([\w-]+)\.css", macros)) == {"theme", "pydata-sphinx-theme"}


def test_the_scripts_still_switch_on_what_is_kept():
    script = (THEME / "static" / "scripts" / "bootstrap.js").read_text(encoding="utf-8")
    assert [name for name in assets.BOOTSTRAP if name.removeprefix("bs-").removesuffix("-auto") not in script] == []


def test_a_style_of_the_bibliography_is_looked_up_once(monkeypatch):
    asked, ask = [], pybtex.plugin.entry_points
    monkeypatch.setattr(pybtex.plugin, "_load_entry_point", pybtex.plugin._load_entry_point)  # taken back at the end
    monkeypatch.setattr(pybtex.plugin, "entry_points", lambda **wanted: asked.append(wanted) or ask(**wanted))
    for _ in range(2):
        repairs.look_styles_up_once()
        style = pybtex.plugin.find_plugin("pybtex.style.formatting", "unsrt")
    assert style.__name__ == "Style"
    assert len(asked) == 1
