"""Pages are found and shared: descriptions, structured data, site map, 404, citation, search."""

import json
import re

import pytest
from built import HTML, PAGES, soup

from _press.page import head, search

CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
PROJECT = "The Vanishing Gradient Problem"
LICENCES = ["https://creativecommons.org/licenses/by/4.0/", "https://spdx.org/licenses/BSD-3-Clause.html"]
SITE = soup("index.html").find("link", rel="canonical")  # the whole book may be built with or without an address


def numbered(address):
    return int(re.search(r"/(\d+)-", address)[1])


def meta(page, **which):
    return [tag["content"] for tag in page.find_all("meta", attrs=which)]


# --- the built pages --------------------------------------------------------------------------------------------------


def test_a_page_has_one_description(page, parsed):
    (text,) = meta(parsed, name="description")
    assert 20 <= len(text) <= head.LONGEST
    assert not re.search(r"[\\$]|\s\s|<|\?\?", text)
    assert meta(parsed, property="og:description") == [text]
    for name in ("og:title", "og:type", "og:site_name"):
        assert len(meta(parsed, property=name)) == 1


def test_a_description_ends_with_its_sentence(page, parsed):
    (text,) = meta(parsed, name="description")
    assert re.search(r"[.?!][”’)]?$", text), text


def test_a_title_does_not_repeat_itself(page, parsed):
    title = parsed.title.get_text(strip=True)
    assert title.count(PROJECT) == 1
    parts = re.split(r" — |: ", title)
    assert len(set(parts)) == len(parts), title


def test_descriptions_differ():
    texts = [meta(soup(page), name="description")[0] for page in PAGES]
    assert [text for text in set(texts) if texts.count(text) > 1] == []


def test_addresses_are_on_all_pages_or_on_none(page, parsed):
    canonical = [tag["href"] for tag in parsed.find_all("link", rel="canonical")]
    assert meta(parsed, property="og:url") == canonical
    assert bool(canonical) == bool(SITE and page != "404.html")
    assert bool(meta(parsed, property="og:image")) == bool(canonical)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_says_how_to_cite_it(chapter):
    box = soup(chapter).select_one("article details.vgp-cite")
    title = soup(chapter).select_one("article h1").find(string=True).strip()
    n = numbered(chapter)
    assert title in box.p.get_text()
    assert f"Chapter {n} of" in box.p.get_text()
    bibtex = box.pre.get_text()
    assert bibtex.startswith("@incollection{vgp-")
    assert f"chapter = {{{n}}}" in bibtex
    assert bibtex.count("{") == bibtex.count("}")


def test_the_book_and_its_chapters_are_described_to_machines():
    whole = json.loads(soup("index.html").find("script", type="application/ld+json").string)
    assert whole["@type"] == "Book"
    assert [part["position"] for part in whole["hasPart"]] == list(map(numbered, CHAPTERS))
    assert whole["name"] == PROJECT
    assert whole["license"] == LICENCES
    for chapter, part in zip(CHAPTERS, whole["hasPart"], strict=True):
        data = json.loads(soup(chapter).find("script", type="application/ld+json").string)
        assert (data["@type"], data["position"], data["name"]) == ("Chapter", part["position"], part["name"])
        assert data["isPartOf"]["name"] == whole["name"]
        assert data["license"] == LICENCES


def test_chapters_are_numbered_where_pages_are_listed():
    for page in ("index.html", "glossary.html", CHAPTERS[-1]):
        for link in soup(page).select(".bd-sidebar-primary a[href*='chapters/']"):
            assert link.get_text().startswith(f"{numbered(link['href'])} ")
    assert soup("index.html").select_one(".prev-next-title").get_text().startswith(f"{numbered(CHAPTERS[0])} ")
    assert not re.match(r"\d", soup(CHAPTERS[0]).select_one("article h1").get_text())
    assert not re.match(r"\d", soup(CHAPTERS[0]).title.get_text())


def test_the_page_for_missing_addresses_works_at_any_depth():
    """Its own text is read here, since `soup` takes the root away."""
    text = (HTML / "404.html").read_text(encoding="utf-8")
    addresses = re.findall(r'<[^>]*\s(?:href|src|action)="([^"]*)"', text)
    assert [address for address in addresses if re.fullmatch(r"/(.*/)?search\.html", address)], "no way on"
    assert [address for address in addresses if not re.match(r"/(?!/)|#|https?:|data:", address)] == []
    assert re.search(r'data-content_root="/', text)


def test_robots():
    assert (HTML / "robots.txt").read_text(encoding="utf-8").startswith("User-agent: *\nAllow: /\n")
    assert (HTML / "sitemap.xml").exists() == bool(SITE)


def test_the_search_is_pagefind_and_small():
    for pattern in (*search.UNUSED, *search.SPHINX):
        assert list(HTML.glob(pattern)) == []
    assert (HTML / "pagefind" / "pagefind.js").is_file()
    sizes = [path.stat().st_size for path in (HTML / "pagefind").rglob("*") if path.is_file()]
    assert max(sizes) < 150_000  # what one search loads is a few of these files
    assert "searchtools" not in (HTML / "search.html").read_text(encoding="utf-8")
