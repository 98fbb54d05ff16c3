"""What can be said of the built pages only by looking at them: in Chromium, phone and desk, light and dark."""

import contextlib
import io
import re
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from built import FEW_ROWS, HTML, ILLUSTRATED, PAGES, soup
from waiting import until

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
# Every page is looked at, by axe too, at each width and in each scheme once; one page of each kind in all four
# combinations, since what differs with both is the furniture around the article, which pages of a kind share.
AXE = ((390, "light"), (1440, "dark"))
AXE_ALWAYS = (min(page for page in PAGES if page.startswith("chapters/")), "index.html", "search.html")
# axe looks at the colours of every piece of text, one by one, which takes most of the time of these tests. Of what is
# alike it is given a few: the first rows of a long table; of the words of code, and of the formulas, three of each
# colour on each ground. Figures, whose colours it cannot tell, are for test_figures.py.
ALIKE = """() => {
    FEW_ROWS
    for (const figure of document.querySelectorAll('article svg[role=img]')) figure.replaceChildren();
    const grounds = new Map();
    const ground = (e) => {
        if (!grounds.has(e)) {
            const own = getComputedStyle(e).backgroundColor;
            grounds.set(e, own !== 'rgba(0, 0, 0, 0)' || !e.parentElement ? own : ground(e.parentElement));
        }
        return grounds.get(e);
    };
    const seen = {};
    const spare = [...document.querySelectorAll('article :is(pre span[class]:not(:has(*)), math)')].filter((word) => {
        const key = [word.localName, word.className, getComputedStyle(word).color, ground(word)].join('|');
        return (seen[key] = (seen[key] ?? 0) + 1) > 3;
    });
    for (const word of spare) word.replaceWith(word.textContent);
    document.body.normalize();  // axe asks for the place of every single text
}""".replace("FEW_ROWS", FEW_ROWS)

# What sticks out at the right of a page that is wider than the window.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [document.documentElement.scrollWidth + " pixels", ...[...document.querySelectorAll('article *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 200))]"""

# Rules of axe that a page breaks and that could not be mended yet: rule -> reason. Keep it empty.
KNOWN = {}


def dress(tab, width, scheme):
    """Give the page a width and colours, and the theme 300 ms to make the boxes that are too wide reachable by keys."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.wait_for_timeout(400)
    until(tab, f"document.documentElement.dataset.theme === '{scheme}'")


@contextlib.contextmanager
def opened(chromium, server, page, scheme):
    """The page in a fresh browser, all its folds open, with what it asked for and said written down."""
    context = chromium.new_context(
        viewport={"width": WIDTHS[-1], "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    tab = context.new_page()
    tab.requests, tab.messages = [], []
    tab.on("request", lambda asked: tab.requests.append(asked.url))
    tab.on("requestfailed", lambda asked: tab.messages.append(f"request failed: {asked.url}"))
    tab.on("response", lambda got: got.status >= 400 and tab.messages.append(f"{got.status}: {got.url}"))
    tab.on("console", lambda said: said.type in ("error", "warning") and tab.messages.append(said.text))
    tab.on("pageerror", lambda error: tab.messages.append(str(error)))
    tab.goto(server + page, wait_until="load")
    tab.evaluate("document.fonts.ready")
    assert tab.evaluate("document.documentElement.dataset.theme") == scheme
    tab.evaluate("document.querySelectorAll('article details').forEach(fold => fold.open = true)")
    yield tab
    context.close()


def complaints(violations):
    return [
        f"{v['id']} ({v['impact']}): {v['help']}\n"
        + "\n".join(f"    {n['html'][:200]}\n    {n.get('failureSummary', '')}" for n in v["nodes"][:5])
        for v in violations
        if v["id"] not in KNOWN
    ]


def test_browser_page(chromium, server, page):
    """No request to others, no complaint, nothing too wide, and axe finds nothing."""
    for scheme in SCHEMES if page in AXE_ALWAYS else SCHEMES[:1]:
        with opened(chromium, server, page, scheme) as tab:
            ways = [(width, scheme) for width in WIDTHS] if page in AXE_ALWAYS else AXE
            for width, colours in ways:
                dress(tab, width, colours)
                wide = tab.evaluate(TOO_WIDE)
                assert not wide, f"at {width}: {wide}"
            tab.evaluate(ALIKE)
            for width, colours in reversed(ways):
                dress(tab, width, colours)
                found = complaints(Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"])
                assert not found, f"at {width}, {colours}:\n" + "\n".join(found)
            assert not [url for url in tab.requests if not url.startswith((server, "data:", "blob:"))]
            assert not tab.messages


@pytest.mark.parametrize("illustrated", ILLUSTRATED)
def test_browser_figures_are_visible(chromium, server, illustrated):
    """At least some share of a figure differs from its ground: a lost colour would leave it empty."""
    from PIL import Image

    with opened(chromium, server, illustrated, "light") as tab:
        for width, scheme in AXE:
            dress(tab, width, scheme)
            for figure in tab.locator("svg.vgp-figure").all():
                box = figure.bounding_box()
                label = figure.get_attribute("aria-label")
                assert box["width"] >= min(300, width - 90), label
                assert box["height"] >= 80, label
                assert 0 <= box["x"] <= width - box["width"], label
                image = Image.open(io.BytesIO(figure.screenshot())).convert("L")
                ground = image.getpixel((1, 1))
                drawn = sum(count for value, count in enumerate(image.histogram()) if abs(value - ground) > 60)
                assert drawn > 0.005 * image.width * image.height, f"almost empty: {label}"


@pytest.mark.parametrize("chapter", [page for page in PAGES if page.startswith("chapters/")])
def test_browser_without_javascript(chromium, server, chapter):
    """Every fold opens by keyboard, every tab and formula is there, without a script."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    context.set_default_timeout(30_000)
    tab = context.new_page()
    tab.goto(server + chapter)
    folds = tab.locator("article details:not([open]) > summary")
    for _ in range(folds.count()):
        fold = tab.locator("article details:not([open]) > summary").locator("visible=true").first
        fold.focus()
        tab.keyboard.press("Enter")
    assert folds.count() == 0
    assert tab.locator("article math").count() == len(soup(chapter).select("article math"))
    for label in tab.locator("article .sd-tab-set > label.sd-tab-label").all():
        label.click()
        panel = tab.locator(f"article #{label.get_attribute('for')} ~ .sd-tab-content").locator("visible=true")
        assert panel.count() >= 1
    context.close()


# What is typed, and the place that one of the links must lead to.
SEARCHES = {
    "chi": "glossary.html#term-chi",
    r"\chi": "glossary.html#term-chi",
    "χ": "chapters/04-one-factor-per-layer.html",
    "sigma_w": "api/theory/meanfield.html#vgp.theory.q_map",
    "Glorot": "bibliography.html#",
    "vgp.theory.q_map": "api/theory/meanfield.html#vgp.theory.q_map",
    "bias_speed": "api/measure/trace.html#vgp.Trace",
    "learning speed": "chapters/03-layer-speeds.html",
}


def found(tab, query):
    """The addresses on the search page for `query`, each shown with a title, and with an excerpt at each page."""
    tab.locator("#search-results [role=status]", has_text=re.compile("Found|Nothing")).wait_for()
    for item in tab.locator("#search-results li").all():
        assert item.locator("a").first.inner_text()
        assert item.locator(".vgp-excerpt mark").count() >= 1, query
    return [link.get_attribute("href") for link in tab.locator("#search-results li a").all()]


@pytest.mark.parametrize("width", WIDTHS)
def test_browser_search_finds_symbols_authors_and_names(chromium, server, width):
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(30_000)
    tab = context.new_page()
    for query, place in SEARCHES.items():
        tab.goto(f"{server}search.html?q={quote(query)}")
        assert [link for link in found(tab, query) if place in link], query
    tab.goto(f"{server}search.html?q=zzzz")
    assert found(tab, "zzzz") == []
    assert not Axe().run(tab).response["violations"]
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_browser_search_dialog(chromium, server, scheme):
    """By keyboard alone, from a page in a folder, with a link that leads there."""
    with opened(chromium, server, "api/index.html", scheme) as tab:
        tab.keyboard.press("Control+k")
        tab.keyboard.type("Glorot")
        tab.locator("#pst-search-dialog li a").first.wait_for()
        assert complaints(Axe().run(tab).response["violations"]) == []
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        tab.wait_for_url(lambda url: "api/index.html" not in url)
        assert not tab.messages


def test_browser_search_in_a_folder_says_what_it_needs(chromium):
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto((HTML / "search.html").as_uri())
    tab.locator("#search-results [role=status]", has_text="needs a web server").wait_for(timeout=30_000)
    context.close()


def test_browser_missing_page_at_any_depth(chromium, server):
    """The server answers an unknown address with 404.html, as static hosts do: it looks and leads as it should."""
    context = chromium.new_context()
    tab = context.new_page()
    text = (HTML / "404.html").read_text(encoding="utf-8")
    tab.route("**/no/such/*", lambda route: route.fulfill(status=404, body=text, content_type="text/html"))
    tab.goto(f"{server}no/such/page.html")
    assert tab.evaluate("document.styleSheets.length") == 1
    tab.get_by_role("link", name="at the first page").click()
    assert tab.url == f"{server}index.html"
    context.close()


def test_browser_was_given_the_built_site():
    assert (HTML / "index.html").is_file()
