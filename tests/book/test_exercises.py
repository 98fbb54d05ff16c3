"""A check accepts the solution's answers, and tells a reader who has not answered, or not all of it, what is missing.

It has what the chapter has defined before the exercise, and the answers: nothing of the solution else. So it works for
a reader who has run the cells above, and who has not opened the solution.

Here is what can be said without running a chapter; `takeaway.py` runs them all, and tries every check on its way.
"""

import ast
import builtins

from chapters import cells, defined, every_chapter, run, unhelpful


def by_exercise(path, tag):
    """The cells with the tag, by the label of the exercise or solution that holds them."""
    found = {}
    for cell in cells(path.read_text(encoding="utf-8")):
        if tag in cell.tags:
            found.setdefault(cell.within, []).append(cell)
    return found


@every_chapter
def test_each_answer_has_one_check_in_its_solution(path):
    answers, checks = by_exercise(path, "answer"), by_exercise(path, "check")
    assert all(within and within[0] == "exercise" for within in answers)
    assert all(within and within[0] == "solution" for within in checks)
    assert {label for _, label in answers} == {label for _, label in checks}
    assert all(len(found) == 1 for found in (*answers.values(), *checks.values()))
    assert all("hide-input" in cell.tags for (cell,) in checks.values())
    if path.stem[:2].isdigit():
        assert len(answers) >= 4, "let code check four answers or more: cells tagged answer and check"


def names_in(found):
    """Every name that the cells use."""
    return {part.id for cell in found for part in ast.walk(ast.parse(cell.code)) if isinstance(part, ast.Name)}


@every_chapter
def test_names_of_answers_are_used_in_their_exercise_alone(path):
    found = cells(path.read_text(encoding="utf-8"))
    answers = {within[1]: defined(cell.code) for within, (cell,) in by_exercise(path, "answer").items()}
    for label, names in answers.items():
        others = names_in(cell for cell in found if not cell.within or cell.within[1] != label)
        assert not others & set(names), f"{label}: these names are used elsewhere"
        assert not set(names) & set(dir(builtins))
    every = [name for names in answers.values() for name in names]
    assert len(every) == len(set(every))


@every_chapter
def test_a_check_changes_no_name_of_the_chapter(path):
    found = cells(path.read_text(encoding="utf-8"))
    others = names_in(cell for cell in found if "check" not in cell.tags)
    for (cell,) in by_exercise(path, "check").values():
        assert not others & set(defined(cell.code)), f"{cell.within[1]}: these names are used elsewhere"


@every_chapter
def test_starters_leave_a_gap_and_solutions_fill_it(path):
    found = cells(path.read_text(encoding="utf-8"))
    for within, (starter,) in by_exercise(path, "answer").items():
        assert "..." in starter.code
        solution = [c for c in found if c.within == ("solution", within[1]) and "check" not in c.tags]
        filled = {name for cell in solution for name in defined(cell.code)}
        assert set(defined(starter.code)) <= filled, f"{within[1]}: the solution gives these names no value"


def test_a_wrong_check_is_found():
    text = """
```{code-cell}
above = 1
```
:::{exercise-start} One
:label: ex-one
:::
```{code-cell}
:tags: [answer]
a, b = ..., ...
```
:::{exercise-end}
:::
:::{solution-start} ex-one
:::
```{code-cell}
above = 2
within = 1
a = b = 2
```
```{code-cell}
:tags: [check, hide-input]
CHECK
```
:::{solution-end}
:::
"""
    every = ("all", "a", "b", "none")
    outcomes = {
        'assert a == 2, "a: too small, too large, or missing"': dict.fromkeys(("all", "a"), "AssertionError"),
        "a + 1": dict.fromkeys(("all", "a"), "TypeError"),
        "assert a == b != within": dict.fromkeys(every, "NameError") | dict.fromkeys("ab", "AssertionError"),
        "assert above == 2": dict.fromkeys(every, "AssertionError"),
    }
    for check, expected in outcomes.items():
        found = cells(text.replace("CHECK", check))
        wrong, trials = run(found)
        assert not wrong
        assert unhelpful(found, trials)
        assert {row["missing"]: row["outcome"][0] for row in trials if row["outcome"]} == expected, check
    found = cells(text.replace("CHECK", 'assert a == b == 2, "both are twice the number above"'))
    wrong, trials = run(found)
    assert not wrong
    assert {row["missing"] for row in trials} == set(every)
    assert unhelpful(found, trials) == []
    assert unhelpful(found, []) == ["tried are [], and there are ['ex-one']"]


def test_what_goes_wrong_in_a_run_is_told():
    for code, expected in {
        "import warnings; warnings.warn('old')": "UserWarning: old",
        "import sys; sys.exit(3)": "ended with 3",
        "open('left.txt', 'w').close()": "left behind: ['left.txt']",
        "1 / 0": "ZeroDivisionError",
    }.items():
        wrong, trials = run(cells(f"```{{code-cell}}\n{code}\n```\n"))
        assert expected in wrong
        assert trials == []
