"""finish/scripts.py: one script for each page, and the one that stands in for Bootstrap's does what the pages ask."""

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace

from built import HTML, PAGES, ROOT, soup

from _press.finish import scripts
from _press.finish.site import Site

THEME = Path(importlib.util.find_spec("pydata_sphinx_theme").origin).parent / "theme" / "pydata_sphinx_theme"
SCRIPTS = THEME / "static" / "scripts"
MENUS = (ROOT / "docs" / "_press" / "web" / "scripts" / "menus.js").read_text(encoding="utf-8")

PAGE = """<head>
    <script>inline()</script>
    <script defer src="../_static/one.js?v=1"></script>
    <script data-alone defer src="../_static/alone.js"></script>
    <script defer="defer" data-prefix="p" src="../_static/two.js"></script>
    <script type="module" defer src="../_static/module.js"></script>
    <script src="../_static/now.js"></script>
</head>"""


def test_deferred_scripts_become_one(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "_static" / "one.js").write_text("let one = 1;  // a remark\n")
    (tmp_path / "_static" / "two.js").write_text("let two = `a  b`\n")
    site, made = Site(SimpleNamespace(config=None, outdir=tmp_path, doctreedir=tmp_path / "doctrees")), {}
    text = scripts.joined(site, "a/page.html", PAGE, made)
    (name,) = made.values()
    assert (tmp_path / "_static" / name).read_text() == 'let one=1,two="a  b";\n'
    lines = [line.strip() for line in text.splitlines()]
    assert lines[2] == f'<script defer src="../_static/{name}" data-prefix="p"></script>'
    assert "/one.js" not in text
    assert "/two.js" not in text
    for other in ("inline()", "alone.js", "module.js", "now.js"):
        assert other in text
    assert scripts.joined(site, "a/page.html", PAGE, made) == text


def test_of_our_modules_the_site_has_the_scripts_that_pages_load():
    ours = {path.relative_to(scripts.SOURCES).with_suffix("").as_posix() for path in scripts.SOURCES.rglob("*.js")}
    found = {name: HTML / "_static" / f"{name}.js" for name in ours if (HTML / "_static" / f"{name}.js").is_file()}
    live = (HTML / "_static" / "live").is_dir()  # not with VGP_LIVE=0
    assert set(found) == {name for name in scripts.MODULES if live or not name.startswith("live/")}
    for path in found.values():
        assert not re.search(r"(?:^|[;}])\s*(?:import|export)\b[ {\"]", path.read_text(encoding="utf-8")), path.name


def test_the_theme_asks_of_bootstrap_what_the_small_script_has():
    used = (SCRIPTS / "pydata-sphinx-theme.js").read_text(encoding="utf-8")
    assert set(re.findall(r"\bbootstrap\.(\w+)", used)) <= {"Tooltip"}
    assert "window.bootstrap = { Tooltip }" in MENUS
    own = (SCRIPTS / "bootstrap.js").read_text(encoding="utf-8")
    assert set(re.findall(r'getElementById\("([\w-]+)"\)', own)) == {"pst-back-to-top"}
    assert "pst-back-to-top" in MENUS


def test_pages_ask_for_menus_and_tooltips_only(page, parsed):
    wanted = {tag["data-bs-toggle"] for tag in parsed.select("[data-bs-toggle]")}
    assert wanted <= {"dropdown", "tooltip"}


def test_a_page_has_one_script(page, parsed):
    (source,) = (tag["src"] for tag in parsed.select("script[src][defer]") if not tag.has_attr("data-alone"))
    assert (HTML / page).parent.joinpath(source).is_file()


def test_pages_share_few_bundles():
    assert len({soup(page).select_one("script[src][defer]")["src"].rpartition("/")[2] for page in PAGES}) <= 3
