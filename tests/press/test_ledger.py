"""cells/ledger.py, page/numbers.py: a number gets from a cell to every page that names it; nothing wrong does."""

import json

import pytest
from sphinx_project import build, notebook

from _press.page import tables

EXTENSIONS = ["myst_nb", "sphinx_design", "_press.cells.ledger", "_press.page.fold", "_press.page.numbers"]
OPTIONS = 'myst_enable_extensions = ["colon_fence"]'


def row(name, text, **more):
    return {"name": name, "value": float(text), "text": text, "status": "simulation", "ok": True, "what": "", **more}


ONE = row("one", "1.23", low=1.2, high=1.3, interval_text="1.20 to 1.30", theory=1.2, theory_text="1.20", seeds=7)
TWO = row("two", "4.56", low=4.0, high=5.0, interval_text="4.00 to 5.00", published=9.0, published_text="9.00")

HELD = {"entry": "held2000", "verdict": "reproduced", "claim": "It holds.", "because": "We measured 1.23."}
MISSED = {"entry": "missed2001", "verdict": "not reproduced", "claim": "So they say.", "because": "We measured 4.56."}

PROSE = """# Second page

Here {v}`two`, there {v}`one` ({ci}`one`), published {pub}`two`.

| table |
|---|
| {v}`one` |

:::{dropdown} In a title {v}`two`
In a fold {ci}`two`.
:::
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    pages = {
        "a.ipynb": notebook("# First page\n\nOn another page: {v}`two`.", ONE, HELD),
        "b.ipynb": notebook(PROSE, TWO, MISSED),
        "c.md": "# The ledger\n\n```{ledger}\n```\n",
    }
    code, said, html = build(
        tmp_path_factory.mktemp("ledger"),
        pages,
        extensions=EXTENSIONS,
        more=OPTIONS,
        jobs=2,
        steps=["_press.cells.ledger.file"],
    )
    assert code == 0, said
    return html


def test_numbers_reach_every_kind_of_place(good):
    page = (good / "b.html").read_text(encoding="utf-8")
    number = '<span class="vgp-number">{}</span>'.format
    assert (
        f"Here {number('4.56')}, there {number('1.23')} ({number('1.20 to 1.30')}), published {number('9.00')}." in page
    )
    assert f"<td><p>{number('1.23')}</p></td>" in page
    assert f"In a title {number('4.56')}" in page
    assert f"In a fold {number('4.00 to 5.00')}." in page


def test_a_page_can_use_the_records_of_a_later_one(good):
    assert '<span class="vgp-number">4.56</span>' in (good / "a.html").read_text(encoding="utf-8")


def test_the_file_holds_all_records_sorted(good):
    records = json.loads((good / "ledger.json").read_text(encoding="utf-8"))
    assert [(r["page"], r["name"]) for r in records] == [("a", "one"), ("b", "two")]
    assert records[0]["low"] == 1.2


def test_what_became_of_each_published_result_misses_first(good):
    page = (good / "c.html").read_text(encoding="utf-8")
    table = page[page.index("What became of each") : page.index("Every number that is compared")]
    places = [
        table.index(word) for word in ("missed2001", "not reproduced", "4.56", "held2000", ">reproduced<", "1.23")
    ]
    assert places[0] < places[1] < places[2] < places[3] < places[4] < places[5]
    assert "missed2001" in table[: table.index("So they say.")]


def test_the_ledger_puts_misses_first_and_lists_all(good):
    page = (good / "c.html").read_text(encoding="utf-8")
    assert "published value outside the interval" in page
    page = page[page.index("Every number that is compared") :]
    assert page.index("9.00") < page.index("1.20")  # 'two' misses, so it stands before 'one'
    assert page.count("<details") == 2


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ({"a.ipynb": notebook("# A\n\n{v}`nobody`", ONE)}, "no cell records 'nobody'"),
        ({"a.ipynb": notebook("# A\n\n{pub}`one`", ONE)}, "the record 'one' has no published value"),
        ({"a.ipynb": notebook("# A\n\n{ci}`x`", row("x", "1"))}, "the record 'x' has no interval"),
        (
            {"a.ipynb": notebook("# A", ONE), "b.ipynb": notebook("# B", ONE)},
            "the record 'one' exists already, on page a",
        ),
        ({"a.ipynb": notebook("# A", ONE, ONE)}, "the record 'one' exists already, on page a"),
    ],
)
def test_what_is_wrong_stops_the_build(tmp_path, pages, message):
    code, said, _ = build(tmp_path, pages, extensions=EXTENSIONS)
    assert code != 0
    assert message in said


def test_a_changed_number_is_written_anew_on_pages_that_did_not_change(tmp_path):
    user = {"b.md": "# B\n\n{v}`one`\n"}
    build(tmp_path, {"a.ipynb": notebook("# A", ONE), **user}, extensions=EXTENSIONS)
    changed = {"a.ipynb": notebook("# A", ONE | {"text": "7.89"})}
    (tmp_path / "a.ipynb").write_text(changed["a.ipynb"], encoding="utf-8")
    code, said, html = build(tmp_path, {**changed, **user}, extensions=EXTENSIONS, fresh=False)
    assert code == 0, said
    assert "7.89" in (html / "b.html").read_text(encoding="utf-8")


# --- the tables, one row at a time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (row("a", "1"), ("in range", "")),
        (row("a", "1", ok=False), ("", "misses its range")),
        (row("a", "1", status="open"), ("", "open")),
        (row("a", "1", status="theory"), ("meets the theory", "")),
        (row("a", "1", low=0, high=2, published=1), ("in range; published value inside the interval", "")),
        (row("a", "1", low=0, high=2, published=3), ("in range", "published value outside the interval")),
        (row("a", "1", low=0, high=2, published="about 1"), ("in range", "")),
        (row("a", "1", published=1), ("in range", "")),  # no interval to compare with
    ],
)
def test_a_verdict_says_what_agrees_and_what_does_not(record, said):
    assert tables.verdict(record) == said


def test_only_what_is_compared_has_a_row():
    assert not tables.is_entry(row("a", "1"))
    assert tables.is_entry(row("a", "1", theory=0.0))
    assert tables.is_entry(row("a", "1", published=0.0))
