"""_press/page/playground.py: what the playground shows without a script, and its links with the chapters."""

import json
import math

import pytest
from built import HTML, PAGES, ROOT, soup

from _press.page.smallplot import panel

PAGE = "playground.html"
STORED = json.loads((ROOT / "docs" / "_press" / "live" / "browser" / "presets.json").read_text(encoding="utf-8"))
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]


@pytest.fixture(scope="module")
def data():
    """What the script loads at once, with what it loads for each preset."""
    folder = HTML / "_static" / "live"
    if not folder.is_dir():
        pytest.skip("the site has no live parts (VGP_LIVE=0)")
    whole = json.loads((folder / "playground.json").read_text(encoding="utf-8"))
    for preset in whole["presets"]:
        preset |= json.loads((folder / "playground" / f"{preset['id']}.json").read_text(encoding="utf-8"))
    return whole


@pytest.mark.parametrize("preset", STORED, ids=[preset["id"] for preset in STORED])
def test_a_preset_has_charts_a_table_and_its_chapter(preset, data):
    section = soup(PAGE).find(id=f"preset-{preset['id']}")
    made = next(p for p in data["presets"] if p["id"] == preset["id"])
    assert made["see"] in section.get_text().replace("’", "'")
    assert section.select_one("a.reference.internal[href]:not(.headerlink)")["href"] == made["href"]
    assert made["chapter_title"]
    charts = section.select("svg[role=img]")
    assert len(charts) == 3
    for chart in charts:
        assert sum(c.isdigit() for c in chart["aria-label"]) >= 2
        assert chart.select("path[stroke-width='1.8']")
    rows = section.select("tbody tr")
    assert 1 < len(rows) <= 11
    assert rows[0].td.text == f"{made['answer']['forward']['median'][0]:.3g}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_leads_to_its_presets(chapter):
    own = [p["id"] for p in STORED if f"chapters/{p['chapter']}.html" == chapter]
    links = [a["href"] for a in soup(chapter).select(".vgp-takeaway a[href*=preset-]")]
    assert links == [f"../{PAGE}#preset-{name}" for name in own]


def test_the_file_for_the_script_is_complete(data):
    assert [p["id"] for p in data["presets"]] == [p["id"] for p in STORED]
    assert set(data["phase"]) == set(data["defaults"]["keys"]["activation"]["choices"])
    assert set(data["defaults"]["state"]) == set(data["defaults"]["keys"])
    for preset in data["presets"]:
        assert preset["answer"]["verdict"]["sentence"]
        compile(preset["code"], preset["id"], "exec")
    for name, diagram in data["phase"].items():
        assert bool(diagram["critical"]) != ("chi" in diagram), name  # the grid is for the maps without a line
        assert all(math.isfinite(v) for point in diagram["critical"] for v in point), name


def test_a_chart_leaves_gaps_where_there_is_no_number():
    band = {"low": [1.0, None, 0.0, 1.0, 2.0], "median": [1.0, None, 1.0, 1.0, 2.0], "high": [1.0, None, 2.0, 1.0, 4.0]}
    made = panel("a <chart>", band, [1.0, math.nan, 1.0, 1.0, 1.0], hue="forward", label="x")
    assert 'aria-label="a &lt;chart&gt;"' in made
    assert "nan" not in made
    assert "None" not in made
    assert panel("flat", {k: [0.5] for k in band}, None, hue="dead", label="x", log=False).count("<circle") == 1
