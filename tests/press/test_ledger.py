"""cells/ledger.py, page/numbers.py: a number gets from a cell to every page that names it; nothing wrong does."""

import json
import re

import pytest
from sphinx_project import build, notebook

from _press.cells import ledger
from _press.page import verdicts

EXTENSIONS = ["myst_nb", "sphinx_design", "_press.cells.ledger", "_press.page.fold", "_press.page.numbers"]
LENIENT = 'press_lenient = ["seeds"]'
OPTIONS = 'myst_enable_extensions = ["colon_fence"]'


def row(name, text, **more):
    made = {
        "name": name,
        "value": float(text),
        "text": text,
        "status": "simulation",
        "ok": True,
        "what": "",
        "seeds": 5,
    }
    return made | {"expect": [0, 100]} | more


def claim(name, text, kind="count", **more):
    made = {
        "name": name,
        "text": text,
        "kind": kind,
        "held": None,
        "nets": 0,
        "least": None,
        "margin": None,
        "ok": True,
    }
    return made | more


ONE = row("one", "1.23", low=1.2, high=1.3, interval_text="1.20 to 1.30", theory=1.2, theory_text="1.20", seeds=7)
ONE |= {"expect": [1, 2], "interval": "95 % of the mean"}
TWO = row("two", "4.56", low=4.0, high=5.0, interval_text="4.00 to 5.00", published=9.0, published_text="9.00")
THREE = row("three", "7.00", low=6.0, high=8.0, published=5.0, published_text="5.00", entry="missed2001", expect=None)
THREE |= {"status": "open", "seeds": None}

HELD = {"entry": "held2000", "verdict": "reproduced", "claim": "It holds.", "because": "We measured 1.23."}
HELD |= {"read": "abstract"}
MISSED = {"entry": "missed2001", "verdict": "not reproduced", "claim": "So they say.", "because": "We measured 4.56."}
MISSED |= {"read": "full text"}

EXACT = claim("exact", "Two and two is four.", "exact")
MEAN = claim("mean", "The mean is above one.", "margin", margin=2.5, nets=40)
EACH = claim("each", "No net falls.", held=40, least=40, nets=40)
SOME = claim("some", "In 13 of 40 nets it does.", held=13, least=8, nets=40)

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
        "a.ipynb": notebook("# First page\n\nOn another page: {v}`two`.", EXACT, ONE, MEAN, HELD),
        "b.ipynb": notebook(PROSE, TWO, MISSED, EACH, THREE, SOME),
        "c.md": "# The ledger\n\n```{ledger}\n```\n",
    }
    folder = tmp_path_factory.mktemp("ledger")
    tried = {
        "made": {},
        "seeds": [201, 202],
        "code": "",
        "runs": 20,
        "failed": {},
        "records": {"two": 19},
        "intervals": {},
    }
    chapters = {"a": tried | {"claims": {"exact": 20, "mean": 20}}, "b": tried | {"claims": {"each": 20, "some": 17}}}
    (folder / "reseed.json").write_text(json.dumps({"chapters": chapters}), encoding="utf-8")
    code, said, html = build(
        folder,
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


def test_the_file_holds_all_sorted(good):
    made = json.loads((good / "ledger.json").read_text(encoding="utf-8"))
    named = {kind: [(r["page"], r.get("name", r.get("entry"))) for r in rows] for kind, rows in made.items()}
    assert named == {
        "records": [("a", "one"), ("b", "three"), ("b", "two")],
        "claims": [("a", "exact"), ("a", "mean"), ("b", "each"), ("b", "some")],
        "verdicts": [("a", "held2000"), ("b", "missed2001")],
    }
    assert made["records"][0]["low"] == 1.2
    assert made["claims"][1]["margin"] == 2.5


def rows(page, name):
    """The texts of the fields of a table, row by row."""
    table = re.search(rf'<table class="[^"]*{name}[^"]*">(.*?)</table>', page, re.S)[1]
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S) for line in re.findall("<tr.*?</tr>", table, re.S)]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in line] for line in found]


def test_claims_come_with_the_smallest_margin_first_and_how_they_did_elsewhere(good):
    assert rows((good / "c.html").read_text(encoding="utf-8"), "vgp-claims") == [
        ["Claim", "Margin", "Nets", "Other seeds", "Chapter"],
        ["No net falls.", "40 of 40", "40", "20 of 20", "Second page"],
        ["In 13 of 40 nets it does.", "13 of 40, at least 8 asked", "40", "17 of 20", "Second page"],
        ["The mean is above one.", "2.5 standard errors", "40", "20 of 20", "First page"],
        ["Two and two is four.", "nothing is random", "–", "20 of 20", "First page"],
    ]


def test_what_was_not_read_in_full_is_as_reported(good):
    (_, missed, held) = rows((good / "c.html").read_text(encoding="utf-8"), "vgp-verdicts")
    assert held[1] == "reproduced, as reported (the abstract was read)"
    assert missed[1] == "not reproduced"


def test_published_values_outside_have_their_reason_or_none(good):
    (_, first, second) = rows((good / "c.html").read_text(encoding="utf-8"), "vgp-outside")
    assert [first[1], first[3]] == ["9.00", "unexplained"]
    assert [second[1], second[3]] == ["5.00", "We measured 4.56."]


def test_rows_of_values_say_what_is_asserted(good):
    page = (good / "c.html").read_text(encoding="utf-8")
    assert rows(page, "vgp-values")[1][2:5] == ["1.20; range 1 to 2; it is 1.2 standard errors away", "7", "–"]
    second = rows(page[page.index("Second page: 2 values") :], "vgp-values")
    assert [line[2:] for line in second[1:]] == [
        ["range 0 to 100", "5", "19 of 20", "two"],
        ["shown, not tested", "–", "–", "three"],
    ]


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
        ({"a.ipynb": notebook("# A", EXACT, EXACT)}, "the claim 'exact' exists already, on page a"),
        ({"a.ipynb": notebook("# A", row("x", "1", seeds=None))}, "the record 'x': seeds is missing"),
    ],
)
def test_what_is_wrong_stops_the_build(tmp_path, pages, message):
    code, said, _ = build(tmp_path, pages, extensions=EXTENSIONS, more=LENIENT)
    assert code != 0
    assert message in said


def test_what_is_let_pass_is_counted(tmp_path):
    page = {"a.ipynb": notebook("# A", row("x", "1", seeds=None))}
    code, said, _ = build(tmp_path, page, extensions=EXTENSIONS, more='press_lenient = ["ranges"]')
    assert code == 0, said
    assert "let pass, since press_lenient names it: ranges, 1 times" in said
    code, said, _ = build(tmp_path, page, extensions=EXTENSIONS, more='press_lenient = ["rages"]')
    assert code != 0
    assert "no kind rages; there are ranges, seeds, lengths, alone" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"theory": 1.0, "expect": [0.34, 2.9]}, ""),
        ({"theory": 1.0, "expect": [0.3, 2.9]}, "the range 0.3 to 2.9 is wider than a factor of 3 around the theory 1"),
        ({"theory": 1.0, "expect": [0.5, 3.1]}, "wider than a factor of 3"),
        ({"theory": 1.0, "expect": [0.5, None]}, "the range 0.5 to inf is wider"),
        ({"theory": 0.0, "expect": [-1, 1]}, ""),  # no factor of nothing
        ({"theory": -1.0, "expect": [-9, 0]}, ""),
        ({"theory": None, "expect": [0, 9]}, ""),
        ({"theory": 1.0, "expect": None, "status": "theory", "allowance": 0.4}, ""),
        ({"theory": 1.0, "expect": None, "status": "theory", "allowance": 0.5}, "an allowance of 0.5 forgives"),
        ({"theory": 1.0, "expect": None, "status": "theory", "se": 0.1, "allowance": 0.2}, ""),
        ({"theory": 1.0, "se": 0.5}, "wider than"),  # it is the range that is tested
        ({"seeds": 0}, ""),
        ({"seeds": None}, "seeds is missing"),
        ({"seeds": None, "status": "shape"}, "seeds is missing"),
        ({"seeds": None, "status": "exact"}, ""),
        ({"seeds": None, "status": "setting"}, ""),
        ({"seeds": None, "status": "open"}, ""),
    ],
)
def test_a_test_that_could_not_fail_is_told(more, said):
    found = ledger.untested(row("a", "1", **more))
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_a_changed_number_is_written_anew_on_pages_that_did_not_change(tmp_path):
    user = {"b.md": "# B\n\n{v}`one`\n"}
    build(tmp_path, {"a.ipynb": notebook("# A", ONE), **user}, extensions=EXTENSIONS, more=LENIENT)
    changed = {"a.ipynb": notebook("# A", ONE | {"text": "7.89"})}
    (tmp_path / "a.ipynb").write_text(changed["a.ipynb"], encoding="utf-8")
    code, said, html = build(tmp_path, {**changed, **user}, extensions=EXTENSIONS, more=LENIENT, fresh=False)
    assert code == 0, said
    assert "7.89" in (html / "b.html").read_text(encoding="utf-8")


# --- the tables, one row at a time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (row("a", "1"), ("in range", "")),
        (row("a", "1", expect=[1, 11]), ("", "shown, not tested")),
        (row("a", "1", expect=[1, 9]), ("in range", "")),
        (row("a", "1", expect=[-11, -1]), ("", "shown, not tested")),
        (row("a", "1", expect=[-11, 2]), ("in range", "")),
        (row("a", "1", expect=None), ("", "shown, not tested")),
        (row("a", "1", ok=False), ("", "misses its range")),
        (row("a", "1", status="open"), ("", "shown, not tested")),
        (row("a", "1", status="theory", theory=1.0, expect=None), ("meets the theory", "")),
        (row("a", "1", status="setting"), ("a setting", "")),
        (row("a", "1", low=0, high=2, published=1), ("in range; published value inside the interval", "")),
        (row("a", "1", low=0, high=2, published=3), ("in range", "published value outside the interval")),
        (row("a", "1", low=0, high=2, published="about 1"), ("in range", "")),
        (row("a", "1", published=1), ("in range", "")),  # no interval to compare with
    ],
)
def test_a_verdict_says_what_agrees_and_what_does_not(record, said):
    assert verdicts.verdict(record) == said


def test_only_what_is_compared_has_a_row():
    assert not verdicts.is_entry(row("a", "1"))
    assert verdicts.is_entry(row("a", "1", theory=0.0))
    assert verdicts.is_entry(row("a", "1", published=0.0))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "theory", "theory": 1.1, "se": 0.05, "allowance": 0.02, "expect": None},
         "1.10, within 4 standard errors and 2.0 %; it is 2.0 standard errors away"),
        ({"status": "theory", "theory": 1.2, "se": 0.2, "expect": None},
         "1.20, within 4 standard errors; it is 1.0 standard errors away, a coarse test"),
        ({"status": "exact", "theory": 1.0, "expect": None}, "1.00, within rounding alone"),
        ({"status": "shape", "expect": [0.5, 2]}, "range 0.500 to 2"),
        ({"expect": [0.01, 2]}, "shown, not tested (range 0.0100 to 2)"),
        ({"status": "setting", "expect": None}, "chosen, not measured"),
    ],
)  # fmt: skip
def test_a_value_says_its_allowance_and_its_range(more, said):
    assert verdicts.asserted(row("a", "1", **more)) == said


def test_a_count_is_as_far_from_failing_as_its_standard_error_says():
    assert verdicts.margin(EACH) == pytest.approx(0.72, abs=0.005)
    assert verdicts.margin(SOME) == pytest.approx(1.85, abs=0.005)
    assert verdicts.margin(claim("x", "", held=0, least=1, nets=40)) < 0
    assert verdicts.margin(EXACT) == float("inf")
