"""In Chromium, by keyboard: everything can be reached, seen and used, and the figures, menus and boxes behave."""

import re

import pytest
from built import FEW_ROWS, PAGES, holding
from waiting import until

CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
ONE = CHAPTERS[min(2, len(CHAPTERS) - 1)]  # what is the same on all pages is tried on one
FIGURE = holding(r'\bclass="[^"]*\bvgp-enlarge\b')

# Everything that a reader can operate, apart from what is not shown.
CONTROLS = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"], label[for^="sd-tab-item"]')].filter(e =>
    e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.disabled && e.tabIndex >= 0
    && !e.closest('dialog:not([open])')).length"""

FOLDS = """() => {
    FEW_ROWS
    for (const fold of document.querySelectorAll('article details')) fold.open = true;
}""".replace("FEW_ROWS", FEW_ROWS)

# The focused element: its place in the page, whether it is in the window, and whether one sees that it has the focus.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  if (!window.seen) window.seen = new Set();
  const again = window.seen.has(e);
  window.seen.add(e);
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  const label = e.matches('input[type=radio]') && document.querySelector(`label[for="${e.id}"]`);
  const drawn = label || e.querySelector(':scope > .toctree-toggle');
  const of = drawn ? getComputedStyle(drawn) : s;
  const ring = of.outlineStyle !== 'none' && parseFloat(of.outlineWidth) >= 1;
  const seen = ring || of.boxShadow !== 'none' || e.matches('input[type=search]');
  return {again, what: e.outerHTML.slice(0, 150), ring: seen,
          inside: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth};
}"""


@pytest.fixture
def tab(chromium, server):
    """An empty page of a fresh browser on a desk."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.rstrip("/"))
    yield context.new_page()
    context.close()


def test_browser_skip_link_comes_first_and_works(tab, server):
    tab.goto(server + ONE)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#main-content")
    tab.keyboard.press("Tab")
    assert tab.evaluate("!!document.activeElement.closest('#main-content')")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("page_", [ONE, "index.html", "ledger.html", "search.html"])
def test_browser_every_control_is_reached_and_seen(tab, server, page_, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(server + page_)
    tab.evaluate(FOLDS)
    tab.wait_for_timeout(500)
    tab.evaluate("document.activeElement.blur()")  # the search page puts the focus into its box
    count, wrong, reached = tab.evaluate(CONTROLS), [], 0
    assert count >= 5
    for _ in range(count + 20):
        tab.keyboard.press("Tab")
        at = tab.evaluate(FOCUSED)
        if at is None and not reached:
            continue  # the focus was in the last control, and starts from the top
        if at is None or at["again"]:
            break
        reached += 1
        if not (at["ring"] and at["inside"]):
            wrong.append(at)
    assert not wrong, wrong[:5]
    radios = tab.evaluate("document.querySelectorAll('input[type=radio]:not(:checked)').length")  # arrows reach these
    assert reached >= count - radios


@pytest.mark.parametrize("page_", [*CHAPTERS, "ledger.html", "index.html"])
def test_browser_what_is_wider_than_its_box_takes_the_focus(tab, server, page_):
    """Code, tables and formulas that overflow."""
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.goto(server + page_)
    tab.wait_for_timeout(700)  # the theme looks at the boxes after a while
    tab.evaluate("document.querySelectorAll('article details').forEach(fold => fold.open = true)")
    tab.evaluate("dispatchEvent(new Event('resize'))")
    tab.wait_for_timeout(400)
    stuck = tab.evaluate(
        """() => [...document.querySelectorAll('article *')].filter(e => e.scrollWidth > e.clientWidth + 1
        && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.checkVisibility() && e.tabIndex < 0
        && !e.querySelector('a[href], button, [tabindex="0"]')).map(e => e.outerHTML.slice(0, 150))"""
    )
    assert not stuck, stuck[:3]


def test_browser_what_is_wider_than_its_box_scrolls_by_key(tab, server):
    tab.set_viewport_size({"width": 390, "height": 900})
    tab.goto(server + ONE)
    code = tab.locator("article pre[tabindex='0']").first
    code.wait_for()
    code.focus()
    tab.keyboard.press("ArrowRight")
    until(tab, "document.activeElement.scrollLeft > 0")


def test_browser_copy_button_copies_the_code_alone(tab, server):
    tab.goto(server + ONE)
    block = tab.locator("div.highlight:has(button.copybtn)").first
    block.hover()
    block.locator("button.copybtn").click()
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").evaluate("e => e.textContent").strip()
    assert not re.search(r"^(>>>|\.\.\. |In \[)", copied, re.M)


def test_browser_colour_mode_by_keyboard_is_remembered(tab, server):
    tab.goto(server + ONE)
    button = tab.locator(".theme-switch-button").locator("visible=true").first
    button.focus()
    tab.keyboard.press("Enter")
    menu = tab.locator(".theme-switch-container .dropdown-menu.show")
    menu.wait_for()
    assert button.get_attribute("aria-expanded") == "true"
    for _ in range(3):
        tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.textContent.trim()") == "Dark"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    tab.goto(server + "index.html")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"


def test_browser_menu_closes(tab, server):
    tab.goto(server + ONE)
    button = tab.locator(".theme-switch-button").locator("visible=true").first
    menu = tab.locator(".theme-switch-container .dropdown-menu.show")
    button.click()
    menu.wait_for()
    box = menu.bounding_box()
    assert 0 <= box["x"] <= 1440 - box["width"]
    tab.keyboard.press("Escape")
    assert menu.count() == 0
    assert button.evaluate("e => e === document.activeElement")
    button.click()
    tab.locator("article h1").first.click()
    assert menu.count() == 0


def test_browser_tooltip_shows_for_mouse_and_keyboard(tab, server):
    tab.goto(server + ONE)
    container = tab.locator(".theme-switch-container").locator("visible=true").first
    container.hover()
    tab.locator(".tooltip.show").wait_for()
    assert tab.locator(".tooltip-inner").inner_text() == "Color mode"
    tab.mouse.move(700, 700)
    tab.locator(".tooltip").wait_for(state="detached")


def test_browser_search_opens_by_keyboard(tab, server):
    tab.goto(server + ONE)
    tab.keyboard.press("Control+k")
    dialog = tab.locator("dialog#pst-search-dialog")
    assert dialog.evaluate("e => e.open")
    assert tab.evaluate("document.activeElement.matches('input[type=search]')")
    tab.keyboard.press("Escape")
    assert not dialog.evaluate("e => e.open")
    button = tab.locator(".search-button__button").locator("visible=true").first
    button.focus()
    tab.keyboard.press("Enter")
    assert dialog.evaluate("e => e.open")
    tab.keyboard.press("Escape")
    until(tab, "document.activeElement.matches('.search-button__button')")


@pytest.mark.parametrize("page_", FIGURE)
def test_browser_figures_open_large(tab, server, page_):
    tab.goto(server + page_)
    tab.evaluate("document.querySelectorAll('article details').forEach(fold => fold.open = true)")
    figures = tab.locator("figure svg.vgp-figure")
    count = figures.count()
    for number in range(count):
        link = tab.locator("a.vgp-enlarge").nth(number)
        width = figures.nth(number).bounding_box()["width"]
        link.focus()
        tab.keyboard.press("Enter")
        large = tab.locator("dialog.vgp-large svg.vgp-figure")
        box = large.bounding_box()
        assert box["width"] > 1.2 * width, (number, width, box)
        assert box["height"] <= 900
        assert tab.locator("dialog.vgp-large button").evaluate("e => e === document.activeElement")
        tab.keyboard.press("Escape")
        tab.locator("dialog.vgp-large").wait_for(state="detached")
        assert link.evaluate("e => e === document.activeElement")
        assert figures.count() == count
    small = tab.evaluate("""() => [...document.querySelectorAll('.vgp-tools a')].map(e => e.getBoundingClientRect())
        .filter(r => r.width < 24 || r.height < 24).length""")
    assert small == 0


def test_browser_code_of_a_figure_is_in_view(tab, server):
    tab.goto(server + ONE)
    tab.locator(".vgp-tools a[href^='#code-']").first.click()
    place = tab.evaluate("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= place < 300


def test_browser_moves_nothing_for_those_who_asked(tab, server):
    """With prefers-reduced-motion no animation runs, and no transition or smooth scrolling takes noticeable time."""
    tab.goto(server + ONE)
    assert tab.evaluate("document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 10).length") == 0
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    slow = tab.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration.split(',')
        .some(t => parseFloat(t) > 0.01)).map(e => e.outerHTML.slice(0, 100))"""
    )
    assert not slow, slow[:5]
