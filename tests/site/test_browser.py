"""What can be said of the built pages only by looking at them: in Chromium, phone and desk, light and dark."""

import contextlib
import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from built import HTML, PAGES, soup

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
AXE = {(390, "light"), (1440, "dark")}  # each width and each scheme once: axe takes a second

# What sticks out at the right of a page that is wider than the window.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [document.documentElement.scrollWidth + " pixels", ...[...document.querySelectorAll('article *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 200))]"""

# Rules of axe that a page breaks and that could not be mended yet: rule -> reason. Keep it empty.
KNOWN = {}


def resize(tab, width):
    """Give the page a width, and the theme 300 ms to make the boxes that are too wide reachable by keyboard."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(400)


ILLUSTRATED = [page for page in PAGES if soup(page).select_one("svg.vgp-figure")]


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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_browser_page(chromium, server, page, scheme):
    with opened(chromium, server, page, scheme) as tab:
        assert not [url for url in tab.requests if not url.startswith((server, "data:", "blob:"))]
        assert not tab.messages
        for width in WIDTHS:
            resize(tab, width)
            wide = tab.evaluate(TOO_WIDE)
            assert not wide, f"at {width}: {wide}"
            if (width, scheme) in AXE:
                found = complaints(Axe().run(tab).response["violations"])
                assert not found, f"at {width}:\n" + "\n".join(found)


@pytest.mark.parametrize("illustrated", ILLUSTRATED)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_browser_figures_are_visible(chromium, server, illustrated, scheme):
    """At least some share of a figure differs from its ground: a lost colour would leave it empty."""
    from PIL import Image

    with opened(chromium, server, illustrated, scheme) as tab:
        for width in WIDTHS:
            resize(tab, width)
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


@pytest.mark.parametrize("width", WIDTHS)
def test_browser_search_finds_a_word(chromium, server, width):
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(30_000)
    tab = context.new_page()
    tab.goto(server + "search.html?q=gradient")
    tab.locator("#search-results li a").first.wait_for()
    context.close()


def test_browser_was_given_the_built_site():
    assert (HTML / "index.html").is_file()
