"""_press/take/epub.py: the book as EPUB, made by `nox -s pdf`; without it most of these tests are skipped."""

import posixpath
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from built import HTML, soup

from _press.take import epub
from _press.take import pdf as make

FILE = HTML / epub.NAME
packed = pytest.mark.skipif(not FILE.is_file(), reason="no EPUB: run `nox -s pdf`")
CHECKER = Path("/usr/share/java/epubcheck.jar")  # Debian's package epubcheck
CHAPTERS = [(page, number, title) for _, pages in make.contents(HTML) for page, number, title in pages if number]


@pytest.fixture(scope="module")
def book():
    with zipfile.ZipFile(FILE) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_what_xml_wants():
    made = epub.strict(
        '<p>a &lt; b<br><math><mfrac displaystyle="true"><mi>a</mi><mn>2</mn></mfrac></math></p>'
        '<svg viewBox="0 0 1 1" xmlns="http://www.w3.org/2000/svg"><path/>'
        '<clipPath id="c"><path d="M 0 0" style="fill: var(--vgp-ink, #000)"/></clipPath></svg>'
    )
    root = ElementTree.fromstring(f"<div>{made}</div>")
    assert root.find(".//{*}math/{*}mstyle[@displaystyle='true']/{*}mfrac") is not None
    assert root.find(".//{http://www.w3.org/2000/svg}svg").get("viewBox") == "0 0 1 1"
    assert [path.get("style") for path in root.iterfind(".//{*}clipPath/{*}path")] == ["fill: #22272e"]
    assert len(list(root.iterfind(".//{*}path"))) == 1  # the empty one has gone


def test_links_lead_to_the_file_of_their_target():
    texts = {"a": '<p id="a--x"><a href="#b--y">1</a> <a href="#b--no">2</a> <a href="#b">3</a> <use href="#z"/></p>'}
    made = epub.mapped(texts | {"b": '<p id="b--y"></p>'})["a"]
    assert re.findall('href="([^"]*)"', made) == ["b.xhtml#b--y", "b.xhtml", "b.xhtml", "#z"]


@packed
def test_the_archive_is_as_the_format_asks(book):
    with zipfile.ZipFile(FILE) as archive:
        first = archive.infolist()[0]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book["mimetype"] == b"application/epub+zip"
    items = ElementTree.fromstring(book["book/package.opf"]).findall(".//{*}item")
    listed = {f"book/{item.get('href')}" for item in items}
    assert listed == set(book) - {"mimetype", "META-INF/container.xml", "book/package.opf"}


@packed
def test_every_chapter_is_there_and_in_the_contents(book):
    contents = ElementTree.fromstring(book["book/nav.xhtml"])
    named = {link.get("href"): link.text for link in contents.iterfind(".//{*}a")}
    for page, number, title in CHAPTERS:
        name = f"{make.slug(page)}.xhtml"
        assert named[name] == f"{number} {title}"
        root = ElementTree.fromstring(book[f"book/{name}"])
        assert len(list(root.iterfind(".//{*}math"))) == len(soup(page).select("article math"))
        assert len(list(root.iterfind(".//{*}figure//{*}svg"))) == len(soup(page).select("article figure svg"))


@packed
def test_links_within_the_book_have_a_target(book):
    pages = {name: ElementTree.fromstring(text) for name, text in book.items() if name.endswith(".xhtml")}
    ids = {name: {node.get("id") for node in root.iter()} for name, root in pages.items()}
    count = 0
    for name, root in pages.items():
        for node in root.iterfind(".//{*}a[@href]"):
            target = urlsplit(node.get("href"))
            if target.scheme:
                assert target.scheme in {"http", "https", "mailto"}
                continue
            place = posixpath.join("book", target.path) if target.path else name
            assert place in pages, f"{name}: {node.get('href')}"
            assert not target.fragment or unquote(target.fragment) in ids[place], f"{name}: {node.get('href')}"
            count += 1
    assert count > 100


@packed
def test_the_same_site_gives_the_same_files(book):
    assert {f"book/{name}": text for name, text in epub.files(HTML).items()}.items() <= book.items()


@packed
def test_the_index_links_the_book():
    (link,) = soup("index.html").select(f'article a[href="{epub.NAME}"]')
    assert "EPUB" in link.get_text()


@packed
@pytest.mark.skipif(not CHECKER.is_file() or shutil.which("java") is None, reason="no epubcheck")
def test_epubcheck_finds_nothing():
    done = subprocess.run(["java", "-jar", str(CHECKER), str(FILE)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors / 0 warnings" in done.stdout
