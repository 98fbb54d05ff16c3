"""The glossary says that the text of at least one chapter links to each term."""

import functools

import pytest
from built import PAGES, soup

CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
NOT_LINKED = {}  # a term, and why no chapter links to it


def entries():
    """The ids of each entry: an entry may have several names, which share one explanation."""
    found = []
    for tag in soup("glossary.html").select("dl.glossary > *"):
        if tag.name == "dt":
            if found and not found[-1][1]:
                found[-1][0].append(tag["id"])
            else:
                found.append(([tag["id"]], False))
        else:
            found[-1] = (found[-1][0], True)
    return [names for names, explained in found]


@functools.cache
def linked(chapter):
    """The terms that the running text links to; what stands in headings, captions and code does not count."""
    links = soup(chapter).select('article a[href*="glossary.html#"]')
    outside = [a for a in links if not a.find_parent(["figcaption", "caption", "pre", "h1", "h2", "h3", "h4"])]
    return {a["href"].partition("#")[2] for a in outside}


def test_entries_have_an_explanation_and_the_names_of_one_share_it():
    assert ["term-stochastic-gradient-descent", "term-SGD"] in entries()


@pytest.mark.xdist_group("glossary")
@pytest.mark.parametrize("names", entries(), ids=lambda names: names[0])
def test_a_chapter_links_to_the_term(names):
    chapters = [chapter for chapter in CHAPTERS if linked(chapter) & set(names)]
    assert bool(chapters) != bool(set(names) & set(NOT_LINKED)), chapters
