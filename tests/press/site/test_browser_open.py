"""In Chromium, by keyboard: what opens over a page satisfies axe, holds the focus, and gives it back when it closes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from built import PAGES, soup
from waiting import until

CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
ONE = next(page for page in CHAPTERS if soup(page).select_one(".vgp-enlarge"))

# name: width of the window, what opens it, what is then open, whether the focus cannot leave it
THINGS = {
    "chapters": (390, ".primary-toggle", "dialog#pst-primary-sidebar-modal", True),
    "on this page, phone": (390, ".secondary-toggle", "dialog#pst-secondary-sidebar-modal", True),
    "on this page, tablet": (1000, ".secondary-toggle", "dialog#pst-secondary-sidebar-modal", True),
    "search, phone": (390, ".search-button__button", "dialog#pst-search-dialog", True),
    "search, desk": (1440, ".search-button__button", "dialog#pst-search-dialog", True),
    "figure": (390, "a.vgp-enlarge", "dialog.vgp-large", True),
    "download": (390, ".dropdown-download-buttons > button", ".dropdown-download-buttons > .dropdown-menu", False),
    "launch": (390, ".dropdown-launch-buttons > button", ".dropdown-launch-buttons > .dropdown-menu", False),
    "source": (390, ".dropdown-source-buttons > button", ".dropdown-source-buttons > .dropdown-menu", False),
    "run": (390, ".dropdown-live-buttons > button", ".dropdown-live-buttons > .dropdown-menu", False),
    "colours": (390, ".theme-switch-button", ".theme-switch-container .dropdown-menu.show", False),
    "citation": (390, "details.vgp-cite > summary", "details.vgp-cite > :nth-child(2)", None),
}
# What the book may be built without: two menus need an address of the repository, one the runtime.
OPTIONAL = {name: f".dropdown-{name}-buttons" for name in ("launch", "source")} | {"run": ".dropdown-live-buttons"}

# Where the focus is: what has it, whether one sees that, whether it is in the window, and whether it is in `box`.
FOCUS = """(box) => {
  const e = document.activeElement, r = e.getBoundingClientRect();
  const drawn = e.matches('input[type=search]') ? e.closest('form') : e.querySelector(':scope > .toctree-toggle') || e;
  const ring = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== 'none';
  return {what: e.outerHTML.slice(0, 120), nowhere: e === document.body, held: !!e.closest(box),
    ring: ring(getComputedStyle(drawn)) || ring(getComputedStyle(e)),
    inside: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth};
}"""


@pytest.fixture
def tab(chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def openers(tab, server, name, page=ONE):
    """The page, with the control that opens `name`; return that and what it opens."""
    width, opener, opened, _ = THINGS[name]
    if name in OPTIONAL and not soup(page).select_one(OPTIONAL[name]):
        pytest.skip(f"this book has no menu {name!r}")
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(server + page)
    tab.wait_for_timeout(400)
    return tab.locator(opener).locator("visible=true").first, tab.locator(opened).first


def press(tab, opener, opened):
    opener.focus()
    tab.keyboard.press("Enter")
    opened.wait_for()


def wait_for_focus(tab, opener):
    for _ in range(100):
        if opener.evaluate("e => e === document.activeElement"):
            return
        tab.wait_for_timeout(20)
    raise AssertionError(tab.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


# The theme's script gives menus a colour when the page is loaded: they are tried from both sides.
STARTS = [(name, "light") for name in THINGS] + [(name, "dark") for name in ("colours", "download", "run")]


@pytest.mark.parametrize(("name", "first"), STARTS)
def test_browser_axe_finds_nothing_in_what_is_open(tab, server, name, first):
    """Also after the system has changed its colours meanwhile."""
    tab.emulate_media(color_scheme=first, reduced_motion="reduce")
    press(tab, *openers(tab, server, name))
    looked_at = [".bd-header-article", THINGS[name][2].replace(".show", "")]  # the whole page: test_browser.py
    for scheme in sorted(("light", "dark"), key=lambda scheme: scheme != first):
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        until(tab, f"document.documentElement.dataset.theme === '{scheme}'")
        violations = Axe().run(tab, looked_at, {"resultTypes": ["violations"]}).response["violations"]
        assert not [(scheme, v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in violations]


@pytest.mark.parametrize("name", [name for name, thing in THINGS.items() if thing[3] is not None])
def test_browser_what_is_open_holds_the_focus_and_gives_it_back(tab, server, name):
    """Escape closes from wherever the focus is in it: at once, after a step, and after all steps."""
    opener, opened = openers(tab, server, name)
    box, modal = THINGS[name][2:]
    press(tab, opener, opened)
    inside = opened.locator("a[href], button, input, [tabindex='0']").locator("visible=true").count()
    assert inside
    tab.keyboard.press("Escape")
    opened.wait_for(state="hidden")
    for steps in {0, 1, inside - 1, inside + 1 if modal else inside}:
        press(tab, opener, opened)
        for _ in range(steps):
            tab.keyboard.press("Tab")
            at = tab.evaluate(FOCUS, box)
            # outside a dialog there is the browser's own frame alone
            assert at["held"] or (modal and at["nowhere"]), at
            assert at["nowhere"] or (at["ring"] and at["inside"]), at
        tab.keyboard.press("Escape")
        opened.wait_for(state="hidden")
        until(tab, f"!document.querySelector({box.replace('.show', '') + '.show, ' + box + '[open]'!r})")
        wait_for_focus(tab, opener)  # a dialog tells that it is closed a moment later
        assert tab.evaluate(FOCUS, box)["ring"]


@pytest.mark.parametrize("width", [390, 1000])
def test_browser_a_link_in_the_list_of_the_page_closes_it(tab, server, width):
    """One sees the part that the link leads to, and goes on from there."""
    opener, opened = openers(tab, server, "on this page, phone" if width == 390 else "on this page, tablet")
    press(tab, opener, opened)
    link = opened.locator("a[href^='#']").nth(2)
    place = link.get_attribute("href")
    link.click()
    opened.wait_for(state="hidden")
    assert tab.url.endswith(place)
    top = f"document.querySelector({place!r}).getBoundingClientRect().top"
    until(tab, f"0 <= {top} && {top} < 200")
    assert not opener.evaluate("e => e === document.activeElement")
    tab.keyboard.press("Tab")
    assert tab.evaluate(f"!!document.activeElement.closest({place!r})")


def test_browser_names_of_buttons_and_dialogs_agree(tab, server):
    for name, words in {
        "chapters": "Chapters",
        "on this page, phone": "On this page",
        "search, phone": "Search",
    }.items():
        opener, opened = openers(tab, server, name)
        press(tab, opener, opened)
        assert tab.get_by_role("dialog", name=words, exact=True).count() == 1
        tab.keyboard.press("Escape")
        opened.wait_for(state="hidden")
        assert tab.get_by_role("button", name=words, exact=True).and_(opener).count() == 1
    assert tab.locator(".onthispage").first.text_content().strip() == "On this page"


def test_browser_a_tooltip_is_beside_its_button(tab, server):
    opener, _ = openers(tab, server, "colours")
    opener.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    tip, box = tab.locator(".tooltip.show").bounding_box(), opener.bounding_box()
    assert abs(tip["x"] + tip["width"] / 2 - box["x"] - box["width"] / 2) < 10
    assert tip["y"] >= box["y"] + box["height"] - 10
    assert tip["x"] + tip["width"] <= 390
    tab.keyboard.press("Escape")
    assert tab.locator(".tooltip").count() == 0
