"""In Chromium, at the width of a phone: figures as wide as they can be, captions that stay, roots with their sign."""

import pytest
from built import PAGES, holding
from waiting import until

WIDTH = 390
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
TABLES = holding(r"<table[^>]*>\s*<caption\b")


@pytest.fixture
def tab(chromium):
    context = chromium.new_context(viewport={"width": WIDTH, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page_", CHAPTERS)
def test_browser_figures_use_the_margins_and_roots_have_a_sign(tab, server, page_):
    tab.goto(server + page_)
    until(tab, "document.fonts.status === 'loaded'")
    widths = tab.evaluate(
        """[...document.querySelectorAll('figure:not(.admonition figure) svg.vgp-figure')]
        .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().width)"""
    )
    assert widths
    assert all(WIDTH - 10 <= width <= WIDTH for width in widths), widths
    signs = tab.evaluate(
        """[...document.querySelectorAll('article msqrt')].filter(e => e.checkVisibility()).map(e =>
        [...e.children].reduce((left, c) => left - c.getBoundingClientRect().width, e.getBoundingClientRect().width))"""
    )
    assert all(sign > 4 for sign in signs), signs  # pixels that the sign takes beside what stands under the root


@pytest.mark.parametrize("page_", TABLES)
def test_browser_captions_stay_while_their_table_scrolls(tab, server, page_):
    tab.goto(server + page_)
    for caption in tab.locator("article table > caption").locator("visible=true").all():
        before = caption.bounding_box()
        assert before["width"] <= WIDTH
        caption.evaluate("e => { e.closest('.pst-scrollable-table-container, div').scrollLeft = 200 }")
        assert abs(caption.bounding_box()["x"] - before["x"]) < 1
