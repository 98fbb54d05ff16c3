"""_press/finish: what is cut from the theme is what no page needs."""

import gzip
import io
import re

from built import HTML, PAGES, ROOT, soup

from _press.finish import fonts
from _press.finish.policy import policy
from _press.finish.styles import MATH_FONT

LARGEST = 25_500  # bytes of the stylesheet, compressed


def test_every_property_that_pages_and_rules_use_is_declared():
    """Or has a fallback: a curve whose colour is gone cannot be seen."""
    css = next((HTML / "_static").glob("book.*.css")).read_text(encoding="utf-8")
    used = {name for page in PAGES for name in re.findall(r"var\((--vgp-[\w-]+)", (HTML / page).read_text("utf-8"))}
    assert len(used) > 5
    assert [name for name in sorted(used) if not re.search(rf"[{{;]{name}:", css)] == []


def test_the_stylesheet_stays_small():
    css = next((HTML / "_static").glob("book.*.css")).read_bytes()
    assert len(gzip.compress(css)) < LARGEST


def test_the_icons_of_titles_are_in_the_font():
    from fontTools.ttLib import TTFont

    assert fonts.icons_in('a{--fa:"\uf0c9";--pst-icon-lightbulb:"\uf0eb"} b{content:"x"}') == {0xF0C9, 0xF0EB}
    (path,) = (HTML / "_static" / "fonts").glob("fa-solid-900.*.woff2")
    assert {0xF05A, 0xF0EB, 0xF0F3} <= set(TTFont(path).getBestCmap())  # a note, a hint, any other box


def test_lone_letters_of_formulas_are_also_italic():
    found = fonts.formula_characters(["x <math><mi>h</mi><mi>&chi;</mi><mo>+</mo></math> y"])
    assert found == {ord("h"), 0x210E, ord("χ"), 0x1D712, ord("+")}


def test_the_sign_of_a_root_is_in_the_font_though_no_formula_writes_it():
    from fontTools.ttLib import TTFont

    assert 0x221A in fonts.formula_characters(["<math><msqrt><mi>x</mi></msqrt></math>"])
    assert any("<msqrt" in (HTML / page).read_text(encoding="utf-8") for page in PAGES)
    (path,) = (HTML / "_static" / "fonts").glob("stix-two-math.*.woff2")
    font = TTFont(path)
    variants = font["MATH"].table.MathVariants
    tall = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    assert tall[font.getBestCmap()[0x221A]].VariantCount > 1  # it grows with what stands under it


def test_a_subset_has_the_characters_asked_for():
    from fontTools.ttLib import TTFont

    font = (ROOT / "docs" / "_press" / "web" / "static" / "fonts" / MATH_FONT).read_bytes()
    small = fonts.subset(font, {ord("x"), 0x2211})
    assert set(TTFont(io.BytesIO(small)).getBestCmap()) == {ord("x"), 0x2211}
    assert len(small) < len(font) / 10
    assert small == fonts.subset(font, {0x2211, ord("x")})  # the same bytes


def test_the_policy_names_each_inline_script():
    empty = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    assert f"script-src 'self' {empty};" in policy('<script data-x="1"></script><script src="a.js"></script>')
    assert "script-src 'self';" in policy('<script type="application/ld+json">{}</script>')


def test_only_pages_with_live_parts_may_start_a_worker():
    live = policy('<script data-alone="" data-live="_static/live/" src="a.js"></script>')
    assert live.endswith("; worker-src 'self'")
    assert "worker-src" not in policy('<script src="a.js"></script>')
    assert "eval" not in live  # what WebAssembly needs is the worker's own affair


# --- the built pages --------------------------------------------------------------------------------------------------


def test_a_page_has_one_stylesheet_and_waits_for_no_script(page):
    sheets = soup(page).select("link[rel=stylesheet]")
    assert len(sheets) == 1
    assert (HTML / page).parent.joinpath(sheets[0]["href"]).is_file()
    waits = [s["src"] for s in soup(page).select("script[src]") if not (s.has_attr("defer") or s.has_attr("async"))]
    assert waits == []


def test_a_page_has_a_strict_policy(page):
    (meta,) = soup(page).select("meta[http-equiv=Content-Security-Policy]")
    assert "default-src 'none'" in meta["content"]
    assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline", meta["content"])
    assert [tag.name for tag in soup(page).select("[onclick], [onload], [onchange], [onsubmit], style")] == []


def test_every_icon_of_the_pages_is_in_the_stylesheet():
    css = next((HTML / "_static").glob("book.*.css")).read_text(encoding="utf-8")
    icons = {
        name
        for page in PAGES
        for tag in soup(page).select("[class*=fa-]")
        for name in tag["class"]
        if re.fullmatch(r"fa-(?!solid|lg|fw)[\w-]+", name)
    }
    assert icons
    assert [name for name in sorted(icons) if not re.search(rf"\.{name}[,{{][^}}]*--fa:", css)] == []


def test_nothing_big_is_left_behind():
    assert [
        str(p)
        for p in (HTML / "_static").rglob("*")
        if p.suffix in (".map", ".mo", ".po") or p.name.startswith("fontawesome")
    ] == []
