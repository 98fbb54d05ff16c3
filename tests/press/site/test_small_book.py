"""A small book through the whole press, with and without an address; and parts of _press/page."""

import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from built import ROOT

from _press.page import book, cards, cite, head, mathml, search
from _press.page.plain import plain

CONF = """
import collections, json, sys
from pathlib import Path

sys.path.insert(0, {docs!r})
from _press import settings

globals().update(settings.prepared(site={site!r}))
project = "The Vanishing Gradient Problem"
extensions = ["myst_nb", "sphinxcontrib.bibtex", "sphinx.ext.autodoc", "_press"]
exclude_patterns = ["_build", "_press", "api"]  # pages of the library, which the press writes
html_static_path.append("own")  # a script that this book has and no other
html_js_files = [("own.js", dict(defer="defer"))]
bibtex_bibfiles, nb_execution_mode, myst_enable_extensions = [], "off", ["dollarmath"]
live = takeaway_wheel = False
takeaway_pages = "none"


def setup(app):
    counts = collections.Counter()

    def counted(name, original):
        def call(path, *args, **options):
            if path.suffix == ".html" and path.is_relative_to(app.outdir) and ".doctrees" not in path.parts:
                counts[name + " " + path.relative_to(app.outdir).as_posix()] += 1
            return original(path, *args, **options)

        setattr(Path, name, call)

    def begin(app, error):
        counted("read_text", Path.read_text)
        counted("write_text", Path.write_text)

    def end(app, error):
        Path(app.srcdir, "counts.json").write_text(json.dumps(counts))

    app.connect("build-finished", begin, priority=899)  # the steps are taken at 900
    app.connect("build-finished", end, priority=901)
"""
INDEX = "# The book\n\nWhy a deep net does not train.\n\n```{toctree}\nchapters/03-speeds\n```\n"
CHAPTER = """# How fast does $\\chi$ & each layer learn?

```{note}
A box does not describe a page.
```

The factor $\\chi = \\sigma_w^2 \\mathbb{E}\\phi'(z)^2$ says *how fast*. A net of width 30 has it too.

## A part

See `vgp`.
"""


def prepared(folder, site):
    """Write the sources of a small book, with the whole press, into the folder."""
    (folder / "_press").symlink_to(ROOT / "docs" / "_press", target_is_directory=True)  # for its static files
    (folder / "conf.py").write_text(CONF.format(site=site, docs=str(ROOT / "docs")), encoding="utf-8")
    (folder / "index.md").write_text(INDEX, encoding="utf-8")
    (folder / "chapters").mkdir()
    (folder / "chapters" / "03-speeds.md").write_text(CHAPTER, encoding="utf-8")
    (folder / "own").mkdir()
    (folder / "own" / "own.js").write_text("let ownScript = 1;\n", encoding="utf-8")


def sphinx(folder, *options):
    """Build the book in the folder's _build; as Sphinx does if not told otherwise, the doctrees lie among the pages."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", *options, str(folder), str(folder / "_build")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["", "https://example.org/book"])
def small(request, tmp_path_factory):
    """A book of one chapter; return (address of the site, folder of the pages). With an address it is edited once."""
    folder = tmp_path_factory.mktemp("book")
    prepared(folder, request.param)
    for text in [INDEX, INDEX + "\nEdited.\n"] if request.param else [INDEX]:
        (folder / "index.md").write_text(text, encoding="utf-8")
        done = sphinx(folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return request.param, folder / "_build"


def pages(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
        if not {"_static", ".doctrees"} & set(path.relative_to(folder).parts)
    }


def test_every_page_is_finished_though_the_doctrees_lie_among_them(small):
    texts = pages(small[1])
    assert {"index.html", "chapters/03-speeds.html", "404.html", "search.html"} <= set(texts)
    for name, text in texts.items():
        assert text.count("Content-Security-Policy") == 1, name
        assert text.count('rel="stylesheet"') == 1, name
    assert "ownScript" in next((small[1] / "_static").glob("book.*.js")).read_text(encoding="utf-8")
    assert (small[1] / "pagefind" / "pagefind.js").is_file()
    assert not list((small[1] / "pagefind").rglob("*ui*"))


def test_every_page_is_read_once_and_written_once(small):
    """Of those that the last build did not write, only the copy is read that was made when Sphinx had written them."""
    site, out = small
    counts = json.loads((out.parent / "counts.json").read_text(encoding="utf-8"))
    assert set(counts.values()) == {1}
    read, written = (
        {name for how, name in map(str.split, counts) if how == what} for what in ("read_text", "write_text")
    )
    assert written == set(pages(out))
    assert written - read == ({"chapters/03-speeds.html"} if site else set())


def test_an_edit_is_on_the_page(small):
    assert ("Edited." in pages(small[1])["index.html"]) == bool(small[0])


def test_what_needs_an_address_is_there_only_with_one(small):
    site, out = small
    page = (out / "chapters" / "03-speeds.html").read_text(encoding="utf-8")
    page += re.sub(r"<[^>]*>", "", page)  # BibTeX is in colours
    needs = ("canonical", "og:url", "og:image", "twitter:card", '"url"', "url = {")
    assert [name for name in needs if (name in page) != bool(site)] == []
    assert (out / "_static" / "cards").exists() == bool(site)
    assert (out / "sitemap.xml").exists() == bool(site)
    assert ("Sitemap:" in (out / "robots.txt").read_text(encoding="utf-8")) == bool(site)
    if site:
        assert f'<link rel="canonical" href="{site}/chapters/03-speeds.html"' in page
        assert f"<loc>{site}/chapters/03-speeds.html</loc>" in (out / "sitemap.xml").read_text(encoding="utf-8")
        image, *_ = re.findall(r'og:image" content="([^"]*)"', page)
        image = (out / Path(image.removeprefix(site + "/"))).read_bytes()
        assert struct.unpack(">II", image[16:24]) == cards.SIZE


def test_a_description_is_the_first_text_with_its_formulas(small):
    page = (small[1] / "chapters" / "03-speeds.html").read_text(encoding="utf-8")
    (text,) = re.findall(r'name="description" content="([^"]*)"', page)
    assert text == "The factor χ = σ_w^2 E φ′(z)^2 says how fast. A net of width 30 has it too."


def test_a_title_is_numbered_once_in_lists(small):
    index = (small[1] / "index.html").read_text(encoding="utf-8")
    listed = re.findall(r'<li class="toctree-l1"><a[^>]*>(.*?)</a>', index)
    assert listed
    assert all(text.count('<span class="vgp-chapter-number">3</span> How') == 1 for text in listed)


def test_the_missing_page_counts_from_the_root(small):
    site, out = small
    base = urlsplit(site + "/").path
    text = (out / "404.html").read_text(encoding="utf-8")
    assert f'href="{base}chapters/03-speeds.html"' in text
    assert f'href="{base}search.html"' in text


def test_an_address_must_be_one(tmp_path):
    prepared(tmp_path, "example.org")
    done = sphinx(tmp_path)
    assert done.returncode
    assert "must be an address" in done.stdout + done.stderr


def test_without_the_tools_a_build_ends_before_it_reads_a_page(tmp_path, monkeypatch):
    monkeypatch.delenv("VGP_WEB_TOOLS", raising=False)
    prepared(tmp_path, "")
    done = sphinx(tmp_path)
    assert done.returncode
    assert "`nox -s docs` installs them" in " ".join((done.stdout + done.stderr).split())
    assert not list(tmp_path.rglob("*.doctree"))


# --- parts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\sigma_w^2", "σ_w^2"),
        (r"\chi = 1", "χ = 1"),
        (r"W_{l+1}", "W_(l + 1)"),
        (r"\frac{1}{n}", "1/n"),
        (r"\sqrt{q_l}", "√(q_l)"),
        (r"2^{-10}", "2^(−10)"),
        (r"\operatorname{Var} b", "Var b"),
        (r"\phi'(z)", "φ′(z)"),
        (r"\mathcal{L}", "L"),
    ],
)
def test_a_formula_as_text(latex, text):
    assert plain(mathml.convert(latex, {}, display=False)) == text


def test_what_pagefind_reads():
    body = (
        '<section id="part">\n<span id="label"></span><h2>Part<a class="headerlink" href="#part">#</a></h2>\n'
        "<p>with <math><msub><mi>σ</mi><mi>w</mi></msub></math>, <svg><text>0.1</text></svg></p></section>"
        '<dl><dt id="term-chi">chi</dt><dd>The factor.</dd></dl>'
        '<dl><dt class="sig sig-object py" id="vgp.f"><span>vgp.</span><span>f</span><span>(</span>x)</dt></dl>'
        '<div class="toctree-wrapper compound"><ul><li>Elsewhere</li></ul></div>'
    )
    made = search.prepared(body, "3 A & B")
    assert '<h2 id="part">Part</h2>' in made
    assert "with σ_w, </p>" in made
    assert '<h5 id="term-chi">chi</h5>' in made
    assert '<h5 id="vgp.f">vgp.f</h5><p>f (x)</p>' in made
    assert 'data-pagefind-meta="title:3 A &amp; B"' in made
    assert "Elsewhere" not in made


def test_descriptions_end_with_a_sentence_or_a_word():
    one = "A sentence of some length that says what the page is about, in a few words."
    assert head.shortened(one) == one
    assert head.shortened(f"{one} {one} {one}") == f"{one} {one}"
    assert head.shortened(f"{one} And the rest {'goes on ' * 20}without end") == one
    whole = f"A sentence {'of many words ' * 15}ends."  # is not cut
    assert head.LENGTH[1] < len(whole) <= head.LONGEST
    assert head.shortened(f"{whole} {one}") == whole
    long = head.shortened("word " * 80)
    assert len(long) <= head.LENGTH[1]
    assert long.endswith("word …")


def test_the_licences_are_those_of_the_files():
    """The text's and the code's; that of the images of MNIST, which are in the library, is not the book's."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert re.findall(r"^[12]\. ([\w ]+):", text, flags=re.M) == ["Code", "Text and figures of the book"]
    assert "https://creativecommons.org/licenses/by/4.0/" in text
    assert "BSD 3-Clause License" in text
    assert set(head.LICENCES) < set(book.citation()["license"])


def test_licences_have_addresses():
    assert head.licence("CC-BY-SA-3.0") == "https://creativecommons.org/licenses/by-sa/3.0/"
    assert head.licence("BSD-3-Clause") == "https://spdx.org/licenses/BSD-3-Clause.html"


def test_persons_are_cited_as_persons():
    facts = {"title": "A & B", "version": "1.0", "date-released": "2026-01-02"}
    text = cite.entry(3, "key", "50 % of it?", "", facts, [("Ada", "Lovelace"), ("", "A group")])
    assert "author = {Lovelace, Ada and {A group}}" in text
    assert r"title = {50 \% of it?}" in text
    assert "year = {2026}" in text
    assert "url" not in text


def test_a_card_has_the_same_bytes_again():
    assert cards.card("A title", "below", "Chapter 1") == cards.card("A title", "below", "Chapter 1")


def test_chapters_are_told_by_their_names():
    assert book.number("chapters/03-layer-speeds") == 3
    assert book.number("chapters/12-x") == 12
    assert book.number("api/index") is None
