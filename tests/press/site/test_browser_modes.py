"""In Chromium: the pages from a folder without a server, on paper, and under their own policy."""

import re

import pytest
from built import HTML, PAGES
from waiting import until

CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
OTHERS = [page for page in PAGES if not page.startswith(("chapters/", "api/"))]
ONE_OF_EACH = ("index", "ledger", "notation", "glossary", "playground", "api/layers")
READ = [page for page in OTHERS if page not in ("404.html", "search.html")]  # these two need a server, and say so

# Space of an A4 page inside the margins, in pixels of CSS.
PAPER = {"width": 700, "height": 1000}

CUT_OFF = """() => [...document.querySelectorAll('article *')].filter(e => e.scrollWidth > e.clientWidth + 1
    && e.clientWidth > 0 && getComputedStyle(e).overflowX !== 'visible' && e.checkVisibility())
    .map(e => [e.scrollWidth, e.clientWidth, e.outerHTML.slice(0, 200)])"""


@pytest.fixture
def opened(chromium):
    """Open addresses in a fresh browser, with what it says written down."""
    contexts = []

    def open_(address, **options):
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(30_000)
        tab = context.new_page()
        tab.messages = []
        tab.on("console", lambda said: said.type in ("error", "warning") and tab.messages.append(said.text))
        tab.on("pageerror", lambda error: tab.messages.append(str(error)))
        tab.on("requestfailed", lambda asked: tab.messages.append(f"request failed: {asked.url}"))
        tab.goto(address)
        return tab

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_browser_reads_from_a_folder(opened, chapter):
    """Without a server: figures, formulas, folds, colours and the way to the next page."""
    tab = opened((HTML / chapter).as_uri(), color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"
    assert tab.evaluate("document.fonts.ready.then(() => document.fonts.check('16px STIX Two Math'))")
    assert tab.locator("article math").first.bounding_box()["height"] > 8
    assert all(figure.bounding_box()["height"] > 80 for figure in tab.locator("svg.vgp-figure").all()[:2])
    fold = tab.locator("article details > summary").first
    fold.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("article details[open]").count() >= 1
    following = tab.locator("a.right-next")
    if following.count():
        address = following.evaluate("e => e.href")
        following.click()
        tab.wait_for_url(address)
        assert tab.locator("article h1").count() == 1
    assert not tab.messages


@pytest.mark.parametrize("page_", READ)
def test_browser_other_pages_read_from_a_folder(opened, page_):
    tab = opened((HTML / page_).as_uri(), color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"
    assert all(figure.bounding_box()["height"] > 80 for figure in tab.locator("article svg.vgp-figure").all())
    assert tab.locator("article h1").count() == 1
    assert not [said for said in tab.messages if page_ != "playground.html"]  # which says on the page what it lacks


def test_browser_policy_blocks_what_the_page_does_not_name(opened, server):
    """The policy is in force: a script that somebody slips in, a style element and another host are refused."""
    tab = opened(server + CHAPTERS[0])
    assert not tab.messages
    tab.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.slipped = 1';
            const style = document.createElement('style');
            style.textContent = 'body { color: red }';
            const image = new Image();
            image.src = 'https://example.org/x.png';
            document.body.append(script, style, image);
        }"""
    )
    tab.wait_for_timeout(300)
    assert tab.evaluate("window.slipped") is None
    assert sum("Content Security Policy" in said for said in tab.messages) >= 3


@pytest.mark.parametrize("page_", [*CHAPTERS, *(f"{page}.html" for page in ONE_OF_EACH)])
def test_browser_prints(opened, server, page_):
    """On paper: light colours, nothing of the screen's furniture, and no line that runs off the page."""
    tab = opened(server + page_, color_scheme="dark", viewport=PAPER)
    tab.emulate_media(media="print", color_scheme="dark")
    tab.evaluate("document.querySelectorAll('article details').forEach(fold => fold.open = true)")
    until(tab, "document.documentElement.dataset.theme === 'light'")  # so the code has its light colours
    colours = tab.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector('article :is(p, td, dt, h1)')).color]"""
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    for furniture in ("#pst-primary-sidebar", ".bd-sidebar-secondary", ".bd-header-article", ".vgp-tools", ".copybtn"):
        assert not [part for part in tab.locator(furniture).all() if part.is_visible()], furniture
    titles = [title for title in tab.locator("h1").all() if title.is_visible()]
    assert len(titles) == 1
    assert titles[0].evaluate("e => !!e.closest('article')")
    assert not tab.evaluate(CUT_OFF)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert re.search(rb"/Type\s*/Page\b", tab.pdf(format="A4", page_ranges="1"))
    tab.emulate_media(media="screen", color_scheme="dark")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
