"""In Chromium without JavaScript: both lists beside the text are reached, and nothing is shown that needs a script."""

import pytest
from built import PAGES, soup

ONE = next(page for page in PAGES if page.startswith("chapters/"))
LISTS = {"Chapters": "#pst-primary-sidebar", "On this page": "#pst-secondary-sidebar"}
WIDE = {"Chapters": 960, "On this page": 1200}  # pixels from which the theme has room for the list


@pytest.fixture(params=[390, 1000, 1300])
def tab(chromium, request):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": request.param, "height": 844})
    context.set_default_timeout(30_000)
    made = context.new_page()
    made.width = request.param
    yield made
    context.close()


def in_window(box):
    return box["y"] < 844 and box["y"] + box["height"] > 0


@pytest.mark.parametrize("page_", [ONE, "index.html", "glossary.html", "search.html"])
def test_browser_lists_are_below_the_text_where_they_have_no_room_beside_it(tab, server, page_):
    for name, place in LISTS.items():
        tab.goto(server + page_)
        if not soup(page_).select_one(place):
            assert tab.get_by_role("link", name=name, exact=True).count() == 0  # a link that led nowhere
            continue
        link = tab.get_by_role("link", name=name, exact=True).locator("visible=true")
        shown = tab.locator(place)
        if tab.width >= WIDE[name]:
            assert link.count() == 0
            assert in_window(shown.bounding_box())
            continue
        text, box = tab.locator("article, .bd-search-container").first.bounding_box(), shown.bounding_box()
        assert box["y"] >= text["y"] + text["height"]
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= tab.width
        assert all(entry.is_visible() for entry in shown.locator("li > a").all()[:3])
        link.click()
        assert in_window(shown.bounding_box())
        assert tab.locator(f"{place}:target").count() == 1


def test_browser_the_lists_lead_on(tab, server):
    tab.goto(server + "index.html")
    tab.locator("#pst-primary-sidebar a[href^='chapters/']").first.click()
    assert tab.url == server + ONE
    entry = tab.locator("#pst-secondary-sidebar a[href^='#']").nth(1)
    place = entry.get_attribute("href")
    entry.click()
    assert in_window(tab.locator(place).bounding_box())


@pytest.mark.parametrize("page_", [ONE, "index.html", "search.html"])
def test_browser_nothing_is_shown_that_needs_a_script(tab, server, page_):
    tab.goto(server + page_)
    controls = tab.locator("button, input:not([type=radio]), select, form").locator("visible=true")
    assert [control.evaluate("e => e.outerHTML.slice(0, 150)") for control in controls.all()] == []


def test_browser_the_first_steps_lead_through_the_header(tab, server):
    """The list of chapters comes first in the page, but last in the window: keys follow what one sees."""
    tab.goto(server + ONE)
    names = []
    for _ in range(3):
        tab.keyboard.press("Tab")
        names.append(tab.locator(":focus").inner_text().strip())
    assert names[0] == "Skip to main content"
    if tab.width < WIDE["Chapters"]:
        assert names[1:] == list(LISTS)
