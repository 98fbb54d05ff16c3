"""_press/live/browser/answers.py: the names of an answer are unset before its check, and what is missing is named."""

import json

import answers
import chapters
import pytest
import runner


@pytest.fixture(autouse=True)
def _fresh():
    runner.reset()


STARTER = "a = ...\n\n\ndef f(x):\n    inner = 1\n    ...\n\n\nunused, (b, *rest) = ..., ..."
CHECK = "assert a == 1 and f(2) == 2, 'no'\nassert b"


def ran(code, scope="page"):
    return json.loads(runner.run(code, "cell", scope))


def test_names_of_an_earlier_answer_are_gone():
    ran("a = 1\nb = 2\nother = 3\ndef f(x): return x")
    assert answers.absent(STARTER, CHECK) == []
    assert answers.unset(STARTER) == ["a", "f", "b"]
    assert answers.unset(STARTER) == []
    assert ran("other")["outputs"] == [{"text/plain": "3"}]
    assert ran(CHECK, "copy")["error"]["name"] == "NameError"


@pytest.mark.parametrize(
    ("code", "missing"),
    [("", ["a", "f", "b"]), ("a = 1\nb = 2", ["f"]), ("a = b = 1\nf = abs", []), (STARTER.replace("...", "[1]"), [])],
)
def test_what_an_answer_has_not_defined_is_named(code, missing):
    ran("a = b = 1\nf = abs")
    answers.unset(STARTER)
    ran(code)
    assert answers.absent(STARTER, CHECK) == missing


def test_it_is_called_as_the_page_calls_it():
    ran("a = 1")
    assert json.loads(runner.call("answers", "unset", json.dumps([STARTER])))["value"] == ["a"]
    assert json.loads(runner.call("answers", "absent", json.dumps([STARTER, CHECK])))["value"] == ["a", "f", "b"]


@chapters.every_chapter
def test_starters_define_what_the_checks_of_the_build_try(path):
    for cell in chapters.cells(path.read_text(encoding="utf-8")):
        if "answer" in cell.tags:
            assert answers.defined(cell.code) == chapters.defined(cell.code)


def test_a_text_that_cannot_be_read_defines_nothing():
    assert answers.defined("a = (") == []
