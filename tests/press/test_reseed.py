"""cells/reseed.py, page/otherseeds.py: a claim that hangs on its seed ends the build, and one that was never tried."""

import json
import math
import random
from types import SimpleNamespace

import pytest
from sphinx_project import build, notebook

from _press.cells import reseed
from _press.page import otherseeds

EXTENSIONS = ["myst_nb", "_press.cells.ledger", "_press.page.fold", "_press.page.otherseeds"]
CLAIM = {"name": "c1", "text": "All fall.", "kind": "exact", "nets": 0, "ok": True}
MADE = {"date": "2026-11-30", "numpy": "2.4", "processor": "a processor"}
TRIED = {
    "made": MADE,
    "seeds": [203, 201, 202],
    "code": "",
    "runs": 20,
    "failed": {},
    "claims": {"c1": 19},
    "records": {},
    "intervals": {},
}


def made(**chapters):
    return {"chapters": chapters}


def book(folder, claim, found, **options):
    if found is not None:
        (folder / "reseed.json").write_text(json.dumps(found), encoding="utf-8")
    pages = {"a.ipynb": notebook("# A", claim), "b.md": "# Other seeds\n\n```{other-seeds}\n```\n"}
    return build(folder, pages, extensions=EXTENSIONS, **options)


@pytest.mark.parametrize(
    ("text", "found", "message"),
    [
        ("All fall.", made(a=TRIED | {"claims": {"c1": 18}}), "the claim 'c1' held at 18 of 20 other seeds"),
        ("All fall.", made(a=TRIED | {"claims": {}}), "the claim 'c1' was not tried at other seeds"),
        ("All fall.", made(), "this page was not tried at other seeds: run `nox -s reseed -- 20 a`"),
        ("All fall.", None, "this page was not tried"),
        ("In many of the nets.", made(a=TRIED | {"claims": {"c1": 18}}), "held at 18 of 20"),
    ],
)
def test_a_claim_must_hold_at_other_seeds(tmp_path, text, found, message):
    code, said, _ = book(tmp_path, CLAIM | {"text": text}, found)
    assert code != 0
    assert message in said


@pytest.mark.parametrize(("text", "held"), [("All fall.", 19), ("It falls in 13 of 40 nets.", 3)])
def test_a_claim_that_holds_or_says_how_often_is_right(tmp_path, text, held):
    code, said, html = book(tmp_path, CLAIM | {"text": text}, made(a=TRIED | {"claims": {"c1": held}}))
    assert code == 0, said
    page = (html / "b.html").read_text(encoding="utf-8")
    assert "Seeds 201 to 203, on a processor, NumPy 2.4, 2026-11-30." in page
    assert f"<p>{held} of 20</p>" in page.replace("<span>", "").replace("</span>", "")
    assert text in page


def test_it_can_be_let_pass(tmp_path):
    code, said, html = book(tmp_path, CLAIM, None, more='press_lenient = ["seeds"]')
    assert code == 0, said
    assert "No chapter was run at other seeds yet." in (html / "b.html").read_text(encoding="utf-8")


def test_new_results_are_shown_though_no_page_has_changed(tmp_path):
    book(tmp_path, CLAIM, made(a=TRIED))
    code, said, html = book(tmp_path, CLAIM, made(a=TRIED | {"failed": {"202": ["c1-x: 3"]}}), fresh=False)
    assert code == 0, said
    assert "c1-x: 3" in (html / "b.html").read_text(encoding="utf-8")


def test_a_page_is_known_by_its_name_or_the_last_part():
    assert reseed.of_page(made(index=1), "index") == 1
    assert reseed.of_page(made(index=1), "api/index") is None
    assert reseed.of_page(made(**{"01-x": 1}), "chapters/01-x") == 1
    assert reseed.of_page(made(**{"01-x": 1}), "chapters/01-y") is None


def test_the_way_to_try_a_chapter_names_it():
    assert reseed.problems("chapters/06-x", [CLAIM], None)[0].endswith("run `nox -s reseed -- 20 06`")
    assert reseed.problems("chapters/06-x", [], TRIED) == []


def test_a_page_with_measured_numbers_alone_is_tried_too(tmp_path):
    record = {"name": "r", "value": 1.0, "text": "1", "status": "simulation", "expect": [0, 2], "ok": True}
    code, said, _ = book(tmp_path, record | {"seeds": 5}, None)
    assert code != 0
    assert "this page was not tried at other seeds" in said
    code, said, _ = book(tmp_path, record | {"seeds": 0}, None)
    assert code == 0, said


# --- intervals --------------------------------------------------------------------------------------------------------


def test_the_expected_misses_are_those_of_a_simulation():
    """400 books of 30 intervals, each compared with 20 new means; none of it is a chapter's."""
    rng, books = random.Random(1), []
    for _ in range(400):
        missed = 0
        for _ in range(30):
            centre = rng.gauss(0, 1)
            missed += sum(abs(rng.gauss(0, 1) - centre) > 1.96 for _ in range(20))
        books.append(missed / 600)
    mean = sum(books) / len(books)
    sd = math.sqrt(sum((share - mean) ** 2 for share in books) / len(books))
    share, error = reseed.expected_misses([20] * 30)
    assert share == pytest.approx(0.1657, abs=5e-4)
    assert mean == pytest.approx(share, abs=3 * error / 20)
    assert sd == pytest.approx(error, rel=0.12)


@pytest.mark.parametrize(("inside", "said"), [(500, ""), (300, ", too many"), (600, ", too few")])
def test_the_share_of_misses_says_what_is_wrong(inside, said):
    intervals = {str(n): [inside // 30, 20] for n in range(30)}
    missed, total, share, band = reseed.misses(intervals)
    assert (missed, total) == (600 - inside // 30 * 30, 600)
    assert otherseeds.Report.missed(intervals).endswith(f"{otherseeds.percent(share + band)}{said})")
    assert otherseeds.Report.missed({}) is None


def test_a_page_whose_cells_have_changed_says_so(tmp_path):
    text = "# A\n\n```{code-cell}\nx = 1\n```\n"
    rows = otherseeds.Report.rows(Stub({"a": text}, tmp_path), {"a": TRIED | {"code": otherseeds.code_of(text)}})
    assert "cells ha" not in " ".join(str(part) for part in next(rows)[0][1:])
    rows = otherseeds.Report.rows(Stub({"a": text}, tmp_path), {"a": TRIED | {"code": "other"}})
    assert "cells ha" in " ".join(str(part) for part in next(rows)[0][1:])


class Stub(otherseeds.Report):
    """A report of pages in a folder, without a build."""

    def __init__(self, pages, folder):
        self.env = SimpleNamespace(doc2path=lambda page: folder / f"{page}.md", vgp_claims={})
        for page, text in pages.items():
            (folder / f"{page}.md").write_text(text, encoding="utf-8")

    def link(self, page, text=""):
        return text

    def title(self, page):
        return page


def test_seeds_in_words():
    assert otherseeds.spans([203, 201, 202]) == "201 to 203"
    assert otherseeds.spans([1, 7]) == "1, 7"
