"""_press/finish/site.py, kept.py: the pages of a site are told from other files, read once and written once."""

import os
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from _press.finish import kept
from _press.finish.site import Site, pages_in, up


def written(out, pages):
    for name, text in pages.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")


def site_in(out, doctrees):
    return Site(SimpleNamespace(config=None, outdir=str(out), doctreedir=str(doctrees), began=0))


@pytest.fixture
def site(tmp_path):
    written(tmp_path / "html", {"b.html": "B", "a.html": "A", "deep/c.html": "C", "_static/part.html": "no page"})
    return site_in(tmp_path / "html", tmp_path / "doctrees")


@pytest.fixture
def counted(monkeypatch):
    """How often each file is read and written."""
    counts = Counter()

    def counting(name, original):
        def call(path, *args, **options):
            counts[name, path.name] += 1
            return original(path, *args, **options)

        monkeypatch.setattr(Path, name, call)

    counting("read_text", Path.read_text)
    counting("write_text", Path.write_text)
    return counts


# --- which files are pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("doctrees", [".doctrees", "trees", "../trees"])
def test_pages_are_found_wherever_the_doctrees_lie(tmp_path, doctrees):
    out = tmp_path / "html"
    written(out, {"a.html": "A", "deep/b.html": "B", "_static/part.html": "", f"{doctrees}/written/a.html": "kept"})
    assert list(pages_in(out, out / doctrees)) == ["a.html", "deep/b.html"]


def test_the_way_to_the_root():
    assert [up("a.html"), up("deep/er/c.html")] == ["", "../../"]


def test_an_address_on_a_page_is_a_file_of_the_site(site):
    assert site.target("deep/c.html", "../_static/x.css") == "_static/x.css"
    assert site.target("a.html", "_static/x.css") == "_static/x.css"


# --- steps -----------------------------------------------------------------------------------------------------------


def louder(site):
    for name, text in site.pages.items():
        site.pages[name] = text + "!"


def test_steps_see_what_those_before_them_have_done_and_pages_are_written_once(site, counted):
    seen = []
    site.run([louder, lambda site: seen.append(site.pages["a.html"]), louder])
    assert seen == ["A!"]
    assert counted == {(how, name): 1 for how in ("read_text", "write_text") for name in ("a.html", "b.html", "c.html")}
    assert {name: (site.out / name).read_text() for name in site.pages} == {
        "a.html": "A!!", "b.html": "B!!", "deep/c.html": "C!!",
    }  # fmt: skip


def test_a_page_that_no_step_asks_for_is_neither_read_nor_written(site, counted):
    def one(site):
        site.pages["a.html"] = site.pages["a.html"].lower()

    site.run([one])
    assert counted == {("read_text", "a.html"): 1, ("write_text", "a.html"): 1}


@pytest.mark.parametrize("name", ["404.html", "_static/part.html"])
def test_a_step_that_asks_for_a_page_in_vain_is_named(site, name):
    def missing(site):
        site.pages[name] = site.pages[name]

    with pytest.raises(ExtensionError, match=r"the step test_site\.missing asks for a file that is not there: .*html"):
        site.run([louder, missing])
    assert (site.out / "a.html").read_text() == "A"  # no half of the site is written


def test_a_step_that_asks_for_another_file_in_vain_is_named(site):
    def stylesheet(site):
        (site.static / "no.css").read_text(encoding="utf-8")

    with pytest.raises(ExtensionError, match=r"the step test_site\.stylesheet .*no\.css"):
        site.run([stylesheet])


# --- a build after an edit -------------------------------------------------------------------------------------------


def build(out, doctrees, pages):
    """What a build does: Sphinx writes some pages, the first step brings the others back, a later one changes all."""
    app = SimpleNamespace(config=None, outdir=str(out), doctreedir=str(doctrees))
    kept.begin(app)
    written(out, pages)
    site, seen = Site(app), {}
    site.run([kept.as_written, lambda site: seen.update(site.pages.items()), louder])
    for name in site.pages:
        os.utime(out / name, (app.began - 60, app.began - 60))  # the next build comes a minute later
    return seen


@pytest.mark.parametrize("doctrees", ["doctrees", "html/.doctrees"])
def test_pages_begin_as_they_were_written(tmp_path, doctrees):
    out, trees = tmp_path / "html", tmp_path / doctrees
    written(out, {"_static/part.html": "no page"})
    first = {"a.html": "A", "deep/b.html": "B"}
    assert build(out, trees, first) == first
    assert build(out, trees, {"a.html": "A, edited"}) == {"a.html": "A, edited", "deep/b.html": "B"}
    assert build(out, trees, {}) == {"a.html": "A, edited", "deep/b.html": "B"}
    (out / "deep" / "b.html").unlink()
    assert build(out, trees, {"c.html": "C"}) == {"a.html": "A, edited", "c.html": "C"}
    assert (out / "a.html").read_text() == "A, edited!"
