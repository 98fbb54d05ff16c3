"""What can be said of the built pages by reading them."""

import json
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from built import HTML, PAGES, ROOT, soup

from vgp.book.ledger import verdict

LEDGER = json.loads((HTML / "ledger.json").read_text(encoding="utf-8"))
RECORDS = LEDGER["records"]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]


@pytest.mark.xdist_group("together")
def test_processes_keep_to_the_groups_of_tests(request):
    """Without its group a page would be parsed in each process, and nothing but the time would tell."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("one process, or processes without groups")
    assert request.node.nodeid.endswith("@together")


# --- the ledger -------------------------------------------------------------------------------------------------------


def test_there_are_records():
    assert RECORDS
    names = [record["name"] for record in RECORDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["name"])
def test_record_meets_its_own_tolerance(record):
    assert record["ok"] is True
    assert verdict(record) == []


@pytest.mark.parametrize("claim", LEDGER["claims"], ids=lambda claim: claim["name"])
def test_a_claim_holds_and_is_on_the_ledger_page(claim):
    assert claim["ok"] is True
    assert claim["text"] in {row.td.get_text() for row in soup("ledger.html").select("table.vgp-claims tbody tr")}


def test_published_values_have_their_source_in_the_bibliography():
    keys = set(
        re.findall(r"^@\w+\{([^,]+),", (ROOT / "docs" / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    )
    sources = {record["source"] for record in RECORDS if record["published"] is not None}
    assert sources
    assert sources <= keys


def test_ledger_page_shows_every_record():
    names = {code.get_text() for code in soup("ledger.html").select("table.vgp-values code")}
    assert names == {record["name"] for record in RECORDS}


# --- what the cells print ---------------------------------------------------------------------------------------------

NOISE = {
    "the name of an object": r"<[\w.]+( object)? at 0x|\bat 0x[0-9a-f]{6,}|<Axes|<Figure|<matplotlib|\[<|<function ",
    "a warning": r"\bWarning\b|\bDeprecat",
    "a traceback": r"Traceback \(most recent call last\)",
    "a path of this machine": r"(?<![\w/.])/(home|root|tmp|work|usr|opt|Users|private|builds?|runner)/",
    "a progress bar": r"\d+%\|",
}


@pytest.mark.parametrize("what", NOISE)
def test_outputs_show_no(page, parsed, what):
    for output in parsed.select(".cell_output"):
        found = re.search(NOISE[what], output.get_text())
        assert not found, (
            f"{page}: {what} in an output: {output.get_text()[max(0, found.start() - 80) : found.end() + 80]}"
        )


def test_nothing_on_the_error_stream(page, parsed):
    assert not parsed.select(".stderr, .traceback"), page


def test_no_page_names_the_folder_of_this_build(page):
    text = (HTML / page).read_text(encoding="utf-8")
    for folder in {str(ROOT), str(HTML), str(Path.home()) + "/"}:
        assert folder not in text


# --- prose ------------------------------------------------------------------------------------------------------------


def test_no_number_is_missing(page, parsed):
    assert not [n.get_text() for n in parsed.select(".vgp-number") if n.get_text().startswith("?")]


def test_all_markdown_was_understood(page, parsed):
    """A fence of backticks with a backtick in its title, for instance, is silently read as text."""
    article = parsed.select_one("article")
    if article is None:
        return
    for text in article.find_all(string=re.compile(r"`{3}|:{3}|\{[a-z:]+\}`|\$\$|\\(frac|begin|mathbb)\b")):
        assert text.find_parent(["code", "pre", "script", "style", "math"]), f"{page}: {text.strip()[:200]!r}"


def test_formulas_are_mathml(page, parsed):
    for formula in parsed.select("article .math"):
        assert formula.find("math"), f"{page}: {formula.get_text()[:100]!r}"
    assert not parsed.find("merror")


def test_one_main_heading(page, parsed):
    assert len(parsed.select("h1")) == 1
    assert parsed.title.get_text(strip=True)
    assert parsed.html["lang"] == "en"


def test_one_viewport(page, parsed):
    (viewport,) = parsed.select("meta[name=viewport]")
    assert "width=device-width" in viewport["content"]
    assert not re.search("maximum-scale|user-scalable", viewport["content"])  # one may enlarge the page


def test_heads_of_tables_say_what_they_head(page, parsed):
    assert not [str(cell) for cell in parsed.select("th") if cell.get("scope") not in ("col", "row")]


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_have_alternative_text_and_caption(page, parsed):
    for svg in parsed.select("svg.vgp-figure"):
        assert svg["role"] == "img"
        assert len(svg["aria-label"]) >= 20
        figure = svg.find_parent("figure")
        assert figure, f"{page}: a figure without a caption: {svg['aria-label']!r}"
        caption = figure.find("figcaption")
        assert len(caption.get_text(strip=True)) >= 40, f"{page}: {svg['aria-label']!r}"
    for image in parsed.select("article img"):
        assert image.get("alt", "").strip(), f"{page}: {image}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_have_figures(chapter):
    assert len(soup(chapter).select("svg.vgp-figure")) >= 2


# --- links and resources ----------------------------------------------------------------------------------------------


@cache
def ids(page):
    return {tag["id"] for tag in soup(page).find_all(id=True)} | {a["name"] for a in soup(page).select("a[name]")}


def test_ids_are_unique(page, parsed):
    found = [tag["id"] for tag in parsed.find_all(id=True) if tag["id"]]
    assert not {name for name in found if found.count(name) > 1}


def test_internal_links_have_a_target(page, parsed):
    for link in parsed.select("a[href]"):
        target = urlsplit(link["href"])
        if target.scheme or target.netloc:
            continue
        path = (HTML / page).parent / unquote(target.path) if target.path else HTML / page
        if path.is_dir():
            path /= "index.html"
        assert path.is_file(), f"{page}: no file for {link['href']!r}"
        if target.fragment and path.suffix == ".html":
            name = path.resolve().relative_to(HTML.resolve()).as_posix()
            assert unquote(target.fragment) in ids(name), f"{page}: no such place: {link['href']!r}"


def test_a_button_for_a_list_has_a_list(page, parsed):
    for side in ("primary", "secondary"):
        button, link = parsed.select_one(f".{side}-toggle"), parsed.select_one(f'a[href="#pst-{side}-sidebar"]')
        assert bool(button) == bool(link) == bool(parsed.select(f"#pst-{side}-sidebar li"))


LOADS = (
    "script[src], img[src], iframe[src], source[src], video[src], audio[src], embed[src], object[data], form[action]"
)
NOT_LOADED = {"canonical", "author", "license", "next", "prev", "index", "search", "alternate"}


def test_resources_come_from_this_site(page, parsed):
    addresses = [tag.get("src") or tag.get("data") or tag.get("action") for tag in parsed.select(LOADS)]
    addresses += [tag["href"] for tag in parsed.select("link[href]") if not NOT_LOADED & set(tag.get("rel", ()))]
    for style in [*parsed.find_all("style"), *parsed.select("[style]")]:
        addresses += re.findall(r"url\(['\"]?([^'\")]+)", style.get("style") or style.get_text())
    for address in filter(None, addresses):
        target = urlsplit(address)
        assert not target.netloc, f"{page}: {address}"
        assert target.scheme in ("", "data"), f"{page}: {address}"


def test_style_sheets_load_nothing_from_elsewhere():
    for sheet in HTML.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s;]+)", sheet.read_text(encoding="utf-8")):
            assert not urlsplit(address).netloc, f"{sheet.name}: {address}"


def test_headings_are_in_order(page, parsed):
    article = parsed.select_one("article")
    levels = [int(tag.name[1]) for tag in (article or parsed).find_all(re.compile(r"^h[1-6]$"))]
    if article is not None and levels:
        assert levels[0] == 1, f"{page}: the first heading is h{levels[0]}"
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    assert not jumps, f"{page}: {jumps}"
