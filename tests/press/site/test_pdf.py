"""_press/take/pdf.py: the book as one PDF, made by `nox -s pdf`; without it these tests are skipped."""

import re

import pytest
from built import HTML, soup

from _press.take import pdf as make

FILE = HTML / make.NAME
pypdf = pytest.importorskip("pypdf")
printed = pytest.mark.skipif(not FILE.is_file(), reason="no PDF: run `nox -s pdf`")
CHAPTERS = [(page, number, title) for _, pages in make.contents(HTML) for page, number, title in pages if number]


@pytest.fixture(scope="module")
def reader():
    return pypdf.PdfReader(FILE)


@pytest.fixture(scope="module")
def texts(reader):
    return [page.extract_text() for page in reader.pages]


def flat(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


def plain(text):
    return re.sub(r"\W+", "", text)


def test_the_contents_are_those_of_the_site():
    assert [page for page, _, _ in CHAPTERS] == sorted(str(p.relative_to(HTML)) for p in HTML.glob("chapters/*.html"))


@printed
def test_outline_has_every_chapter_and_leads_to_it(reader, texts):
    found = {plain(entry.title): entry for entry in flat(reader.outline)}
    for page, number, _ in CHAPTERS:
        title = plain(number + soup(page).select_one("article h1").find(string=True))
        assert title in found, sorted(found)[:20]
        text = texts[reader.get_destination_page_number(found[title])]
        assert title in plain(text)


@printed
def test_the_outline_has_the_parts_and_the_words_of_the_headings(reader):
    top = reader.outline
    for part, pages in make.contents(HTML):
        (at,) = [n for n, entry in enumerate(top) if not isinstance(entry, list) and entry.title == part]
        assert reader.get_destination_page_number(top[at]) == reader.get_destination_page_number(top[at + 1][0])
        titles = [entry.title for entry in top[at + 1] if not isinstance(entry, list)]
        assert titles == [
            " ".join(f"{number} {soup(page).select_one('article h1').find(string=True)}".split())
            for page, number, _ in pages
        ]


@printed
def test_contents_name_the_pages_of_the_chapters(reader, texts):
    contents = next(plain(text) for text in texts if text.lstrip().startswith("Contents"))
    begins = make.beginnings(FILE, [page for page, _, _ in CHAPTERS])
    for page, number, title in CHAPTERS:
        assert plain(f"{number}{title}{begins[make.slug(page)]}") in contents


@printed
def test_internal_links_have_a_target(reader):
    known, links = set(reader.named_destinations), 0
    for number, page in enumerate(reader.pages, 1):
        for annotation in page.get("/Annots") or ():
            note = annotation.get_object()
            target = note.get("/Dest") or (note.get("/A", {}).get_object().get("/D"))
            uri = note.get("/A", {}).get("/URI", "")
            assert not uri.startswith("file:"), f"page {number}: {uri}"
            if target is not None and not isinstance(target, pypdf.generic.ArrayObject):
                assert str(target).lstrip("/") in {name.lstrip("/") for name in known}, f"page {number}: {target}"
                links += 1
    assert links > 100


@printed
def test_what_a_reader_needs_is_there(reader, texts):
    everything = plain("".join(texts))
    assert len(reader.pages) >= 10 * len(CHAPTERS)
    assert reader.metadata.title
    assert reader.metadata.creation_date is None
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"] == "en"
    assert everything.count("SolutiontoExercise") >= sum(len(soup(page).select(".solution")) for page, _, _ in CHAPTERS)
    assert "Showcodecell" not in everything
    assert not [n for n, text in enumerate(texts, 1) if len(text.strip()) < 20], "an empty page"


@printed
def test_the_index_links_the_file():
    (link,) = soup("index.html").select(f'article a[href="{make.NAME}"]')
    assert "PDF" in link.get_text()


@pytest.mark.parametrize("chapter", [page for page, _, _ in CHAPTERS])
def test_links_stay_within_the_document_or_become_text(chapter):
    known = frozenset(page for page, _, _ in CHAPTERS)
    text = make.article(HTML, chapter, known)
    assert not re.findall(r'href="(?!#|https?:|mailto:)[^"]*"', re.sub(r"<svg.*?</svg>", "", text, flags=re.S))
    assert "<details" not in text
    assert "<script" not in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "https://b.example/" in make.article(HTML, chapter, known, "https://b.example/")
