"""Numbers of the book: how they are printed, what a record must state, and when it fails."""

import inspect
import json
import math
import re
import sys
import types

import cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp.book import ledger
from vgp.book.evidence import estimate
from vgp.book.ledger import claim, conclude, fmt, published, record, record_mean, verdict


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (4.8818, 3, "4.88"),
        (4.8818, 2, "4.9"),
        (4.8818, 1, "5"),
        (0.0, 3, "0"),
        (-0.5, 2, "−0.50"),
        (123.4, 3, "123"),
        (999.6, 3, "1000"),
        (1500.0, 3, "1500"),
        (4882.3, 3, "4880"),
        (9994.0, 3, "9990"),
        (9999.9, 3, "1.00 × 10⁴"),
        (12345.6, 3, "1.23 × 10⁴"),
        (0.00123, 2, "0.0012"),
        (0.00099999, 3, "0.00100"),
        (0.000999, 3, "9.99 × 10⁻⁴"),
        (-3.2e-12, 2, "−3.2 × 10⁻¹²"),
        (np.float32(0.25), 2, "0.25"),
        (12345, 3, "12345"),
        (-7, 3, "−7"),
        (np.int64(40), 3, "40"),
        (True, 3, "True"),
        (np.bool_(False), 3, "False"),
        ("relu", 3, "relu"),
        (math.nan, 3, "not a number"),
        (math.inf, 3, "infinity"),
        (-math.inf, 3, "−infinity"),
    ],
)
def test_fmt(x, digits, text):
    assert fmt(x, digits) == text


@given(st.floats(1e-300, 1e300), st.integers(1, 6))
def test_fmt_keeps_the_digits(x, digits):
    text = fmt(x, digits)
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    value = float(re.sub(r" × 10(.+)", lambda m: "e" + m[1].translate(superscripts), text))
    assert value == pytest.approx(x, rel=0.5000001 * 10 ** (1 - digits))


# --- verdict --------------------------------------------------------------------------------------------------------

PASS = [
    {"value": 2.0, "status": "simulation", "expect": (2.0, 3.0)},  # the range is closed
    {"value": 3.0, "status": "shape", "expect": (2.0, 3.0)},
    {"value": 1.039, "status": "theory", "theory": 1.0, "se": 0.01},
    {"value": 1.089, "status": "theory", "theory": 1.0, "se": 0.01, "allowance": 0.05},
    {"value": -1.05, "status": "theory", "theory": -1.0, "allowance": 0.051},
    {"value": 1.0, "status": "exact", "theory": 1.0},
    {"value": 9.0, "status": "simulation", "expect": (8, 10), "theory": 1.0},  # the theory is shown, not tested
    {"value": 99.0, "status": "open", "expect": (0, 1), "theory": 1.0},
    {"value": math.nan, "status": "open"},
    {"value": "relu", "status": "setting"},
]
FAIL = [
    ({"value": 1.999, "status": "simulation", "expect": (2.0, 3.0)}, "value 1.999 outside the expected range 2 to 3"),
    ({"value": 3.001, "status": "shape", "expect": (2.0, 3.0)}, "value 3.001 outside the expected range 2 to 3"),
    (
        {"value": 1.05, "status": "theory", "theory": 1.0, "se": 0.01},
        "1.05 is 0.05 from theory 1.0, allowed 0.04",
    ),
    ({"value": -1.06, "status": "theory", "theory": -1.0, "allowance": 0.05}, "is 0.06 from theory -1.0, allowed 0.05"),
    ({"value": 1.1, "status": "exact", "theory": 1.0}, "value 1.1 is 0.1 from theory 1.0, allowed 0"),
    ({"value": math.nan, "status": "simulation", "expect": (0, 1)}, "value is nan"),
    ({"value": math.inf, "status": "theory", "theory": 1.0}, "value is inf"),
]


@pytest.mark.parametrize("entry", PASS, ids=str)
def test_a_record_that_holds(entry):
    assert verdict(entry) == []


@pytest.mark.parametrize(("entry", "problem"), FAIL, ids=[problem for _, problem in FAIL])
def test_a_record_that_misses(entry, problem):
    (found,) = verdict(entry)
    assert problem in found


def test_both_misses_are_told():
    assert len(verdict({"value": 5.0, "status": "theory", "theory": 1.0, "expect": (0, 2)})) == 2


# --- record ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """What has been written into the ledger so far."""
    path = tmp_path / "ledger.jsonl"
    monkeypatch.setenv("VGP_LEDGER", str(path))
    return lambda: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_record_carries_the_texts_of_the_prose(rows):
    record(
        "ratio", np.float64(4.8818), what="a factor", status="theory", theory=4.9, allowance=0.05, low=np.float32(4.5),
        high=5.25, interval="5 to 95 % of nets", seeds=200, published=5.44, source="nielsen2015", unit="%", digits=2,
        expect=np.array([4.0, 5.0]),
    )  # fmt: skip
    record("name", "relu", text="ReLU")
    ratio, name = rows()
    assert (ratio["text"], ratio["interval_text"]) == ("4.9\N{NO-BREAK SPACE}%", "4.5 to 5.2\N{NO-BREAK SPACE}%")
    assert (ratio["theory_text"], ratio["published_text"]) == ("4.9\N{NO-BREAK SPACE}%", "5.4\N{NO-BREAK SPACE}%")
    assert (ratio["value"], ratio["expect"], ratio["seeds"], ratio["ok"]) == (4.8818, [4.0, 5.0], 200, True)
    assert (name["text"], name["interval_text"], name["theory_text"], name["status"]) == ("ReLU", "", "", "setting")
    assert verdict(ratio) == verdict(name) == []  # also after the way through JSON


def test_a_record_has_the_fields_that_are_documented_and_no_more(rows):
    record("n", 3, what="it", status="theory", theory=3.0)
    options = set(inspect.signature(record).parameters)
    assert rows()[0].keys() == options | {"interval_text", "theory_text", "published_text", "ok"}


def test_a_miss_is_written_down_and_stops_the_cell(rows):
    with pytest.raises(AssertionError, match=r"^ratio: value 7 outside the expected range 4 to 5$"):
        record("ratio", 7.0, what="a factor", status="simulation", expect=(4, 5))
    assert [row["ok"] for row in rows()] == [False]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_has_not(rows, value):
    """An open question may have infinity as its answer; a claim may not be NaN."""
    record("time", value, what="steps to escape", status="open")
    assert (rows()[0]["value"], rows()[0]["text"]) == (None, fmt(value))
    with pytest.raises(AssertionError, match=f"ratio: value is {value}"):
        record("ratio", value, what="a factor", status="simulation", expect=(4, 5))


def test_a_theory_that_the_status_does_not_compare_is_no_test(rows):
    with pytest.raises(ValueError, match="expect: got nothing; allowed: a range"):
        record("ratio", 7.0, what="a factor", status="simulation", theory=5.0)


def test_outside_a_notebook_nothing_is_shown(capsys, monkeypatch):
    monkeypatch.delenv("VGP_LEDGER", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert record("n", 3) is None
    assert capsys.readouterr() == ("", "")


def test_in_a_notebook_the_record_is_shown_under_its_mime_type(monkeypatch):
    shown = []
    display = types.SimpleNamespace(publish_display_data=shown.append)
    monkeypatch.delenv("VGP_LEDGER", raising=False)
    for name, module in {"ipykernel": None, "IPython": types.ModuleType("IPython"), "IPython.display": display}.items():
        monkeypatch.setitem(sys.modules, name, module)
    record("n", 3)
    assert shown[0]["application/vnd.vgp.record+json"]["text"] == "3"


def test_a_conclusion_is_written_down(rows):
    conclude("demo2015", "reproduced", claim="Two and two is four.", because="We counted 4.", read="full text")
    (row,) = rows()
    assert row == {
        "entry": "demo2015",
        "verdict": "reproduced",
        "claim": "Two and two is four.",
        "because": "We counted 4.",
        "read": "full text",
    }


@pytest.mark.parametrize("name", ["entry", "claim", "because"])
def test_a_conclusion_needs_all_its_words(name):
    words = {"entry": "demo2015", "claim": "a", "because": "b"} | {name: " "}
    with pytest.raises(ValueError, match=f"^{name}: got an empty text"):
        conclude(words.pop("entry"), "reproduced", read="full text", **words)


# --- published numbers ----------------------------------------------------------------------------------------------

PUBLISHED = ledger._published()


def test_a_published_number():
    """Nielsen (2015), chapter 5: the initial speeds of his net with four hidden layers."""
    assert published("nielsen2015-speeds-4") == [0.003, 0.017, 0.07, 0.285]


def test_published_numbers_are_sorted_and_say_where_they_stand():
    assert list(PUBLISHED) == sorted(PUBLISHED)
    for key, entry in PUBLISHED.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key), key
        assert entry.keys() - {"text"} == {"value", "source", "where", "read", "note"}, key
        assert entry["where"], key
        values = np.array(entry["value"])  # a number, a list or a table
        assert values.size, key
        assert values.dtype.kind == "U" or np.isfinite(values).all(), key


@pytest.mark.skipif(not (cases.ROOT / "docs" / "references.bib").exists(), reason="the bibliography is not here")
def test_every_source_is_in_the_bibliography():
    bibliography = (cases.ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,\s]+),", bibliography, flags=re.M)
    assert len(keys) == len(set(keys))
    assert {entry["source"] for entry in PUBLISHED.values()} <= set(keys)


# --- claims ----------------------------------------------------------------------------------------------------------


def test_a_claim_says_how_far_it_is_from_failing(rows):
    claim("a", "Each is positive", holds=np.array([1, 2, 3]) > 0)
    claim("b", "Most are above one", holds=[False, True, True], least=2)
    claim("c", "It grows", holds=True, margin=np.float64(3.2), seeds=40)
    claim("d", "It is so", holds=np.bool_(True), seeds=0, entry="somebody1999")
    numbers = [(r["kind"], r["held"], r["nets"], r["least"], r["margin"], r["ok"], r["entry"]) for r in rows()]
    assert numbers == [
        ("count", 3, 3, 3, None, True, ""),
        ("count", 2, 3, 2, None, True, ""),
        ("margin", None, 40, None, 3.2, True, ""),
        ("exact", None, 0, None, None, True, "somebody1999"),
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"holds": [True, False]}, r'x: "It is so" holds for 1 of 2 nets, needs 2'),
        ({"holds": [True, False, False], "least": 2}, "holds for 1 of 3 nets, needs 2"),
        ({"holds": False, "margin": 2.0, "seeds": 5}, r"is false \(5 nets\)"),
        ({"holds": True, "margin": -1.0, "seeds": 5}, "misses by 1 standard errors"),
        ({"holds": True, "margin": math.nan, "seeds": 5}, "misses by nan standard errors"),
        ({"holds": False, "seeds": 0}, "is false"),
    ],
)
def test_a_claim_that_does_not_hold_fails_and_is_counted_at_other_seeds(given, says, rows, monkeypatch):
    with pytest.raises(AssertionError, match=says):
        claim("x", "It is so", **given)
    monkeypatch.setenv("VGP_RESEED", "1")
    claim("x", "It is so", **given)
    assert [row["ok"] for row in rows()] == [False, False]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"holds": True}, "a margin with the number of nets"),
        ({"holds": True, "seeds": 5}, "a margin with the number of nets"),
        ({"holds": True, "margin": 2.0}, "seeds: got 0"),
        ({"holds": True, "margin": "2", "seeds": 5}, "margin: got"),
        ({"holds": 1}, "True or False"),
        ({"holds": []}, "True or False"),
        ({"holds": np.ones((2, 2), bool)}, "one value for each net"),
        ({"holds": [True], "margin": 2.0}, "one value for each net"),
        ({"holds": [True, True], "seeds": 3}, "one value for each net"),
        ({"holds": [True, True], "least": 3}, "at most the 2 nets"),
        ({"holds": True, "least": 1, "seeds": 0}, "one value of `holds` for each net"),
    ],
)
def test_a_claim_without_a_distance_is_refused(given, says):
    with pytest.raises(ValueError, match=says):
        claim("x", "It is so", **given)
    for name, text in (("", "It is so"), ("x", " ")):
        with pytest.raises(ValueError, match="an empty text"):
            claim(name, text, holds=True, seeds=0)


def test_a_mean_is_recorded_with_all_that_belongs_to_it(rows):
    values = np.array([2.0, 4.0, 4.0, 4.0, 6.0])
    record_mean("m", values, what="a share", scale=100, unit="%", status="simulation", expect=(300, 500), digits=2)
    (row,) = rows()
    mean, low, high, se, nets, words = estimate(values)
    assert (row["value"], row["low"], row["high"], row["se"]) == pytest.approx(
        (100 * mean, 100 * low, 100 * high, 100 * se)
    )
    assert (row["seeds"], row["interval"], row["unit"], row["digits"]) == (nets, words, "%", 2)
    with pytest.raises(AssertionError, match="outside the expected range"):
        record_mean("m", values, what="a share", status="simulation", expect=(5, 6))
    record_mean("w", [1.0, 2, 3, 4, 5, 6, np.inf], of="median", what="a wait", status="simulation", expect=(3, 5))
    assert (rows()[-1]["high"], rows()[-1]["se"]) == (None, None)


def test_at_other_seeds_a_record_is_counted(rows, monkeypatch):
    monkeypatch.setenv("VGP_RESEED", "1")
    record("demo", 3.5, what="a number", status="simulation", expect=(2, 3))
    assert [row["ok"] for row in rows()] == [False]


def test_how_a_source_was_read_is_one_of_four(rows):
    conclude("demo", "reproduced", claim="a", because="b", read="secondary")
    assert rows()[0]["read"] == "secondary"
    with pytest.raises(ValueError, match="read: got 'skimmed'"):
        conclude("demo", "reproduced", claim="a", because="b", read="skimmed")
    assert {entry["read"] for entry in ledger._published().values()} <= set(ledger.READ)


def test_an_interval_of_four_nets_is_refused(rows):
    given = {"what": "a number", "status": "simulation", "expect": (1, 3), "low": 1.5, "high": 2.5}
    with pytest.raises(ValueError, match="of 4 nets; allowed: an interval of 5 nets or more"):
        record("few", 2.0, interval="95 % of the mean, Student's t", seeds=4, **given)
    record("few", 2.0, interval="both nets", seeds=2, **given)
    record("five", 2.0, interval="95 % of the mean, Student's t", seeds=5, **given)
    assert [row["name"] for row in rows()] == ["few", "five"]
