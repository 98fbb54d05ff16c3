"""live/browser/needs.py: a cell that runs after only what it is said to need gives what it gives after all cells."""

import contextlib
import io

import needs
import pytest

PAGE = [
    "import numpy as np\nfrom math import *\nrng = np.random.default_rng(1)",  # 0
    "sizes = [3, 4]\nWIDTH = 2",  # 1
    "def draw(n):\n    return rng.normal(size=n).sum() * scale",  # 2
    "scale = 10",  # 3
    "x = draw(3)",  # 4
    "other = {name: n for name, n in zip('ab', sizes)}",  # 5
    "same = sizes\nsame.append(5)",  # 6
    "for i, size in enumerate(sizes):\n    sizes[i] = size + 1",  # 7
    "if scale > 100:\n    scale = 1",  # 8
    "def change(values):\n    values[0] = WIDTH\n    return len(values)",  # 9
    "count = change(sizes)",  # 10
    "class Net:\n def __init__(self, n):\n  self.n = n * scale\n def grow(self):\n  self.n += WIDTH",  # 11
    "net = Net(2)\nnets = [net]",  # 12
    "[one.grow() for one in nets]",  # 13
    "y: int = 4\ny += 1",  # 14
    "print(x, y, draw(1))",  # 15
    "print(sizes, count, other)",  # 16
    "print(net.n)",  # 17
    "total = sum(n for n in sizes)\nprint(total, (last := total + 1))",  # 18
    "print([net.n for net in nets], net.n, last)",  # 19
]
SKIPPED = {3: {0, 1, 2}, 16: {0, 2, 4, 11, 12, 13, 14, 15}, 17: {0, 2, 4, 5, 6, 7, 9, 10, 14, 15, 16}}


def printed(numbers, page=PAGE):
    """What the last of these cells prints."""
    names, out = {}, io.StringIO()
    for number in numbers:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(page[number], names)
    return out.getvalue()


@pytest.mark.parametrize("target", range(len(PAGE)))
def test_a_cell_gives_the_same_after_what_it_needs(target):
    needed = needs.plan(PAGE, [0] * len(PAGE), [0] * len(PAGE), target, [])
    assert needed == sorted(needed)
    assert all(number < target for number in needed)
    assert printed([*needed, target]) == printed(range(target + 1))
    assert not SKIPPED.get(target, set()) & set(needed)


def test_nothing_runs_again_without_need():
    ran = list(range(1, len(PAGE) + 1))  # all, from the top
    assert [number for number in range(len(PAGE)) if needs.plan(PAGE[: number + 1], ran, ran, number, [])] == []
    assert needs.old(PAGE, ran, ran, []) == []


def test_what_builds_on_a_changed_cell_runs_again():
    ran = list(range(1, len(PAGE) + 1))
    ran[3] = 0  # has another text now
    assert {3, 4} <= set(needs.plan(PAGE, ran, ran, 15, []))
    assert needs.plan(PAGE, ran, ran, 16, []) == []
    ran[3] = 99  # and has run
    assert {4, 12, 15, 17} <= set(needs.old(PAGE, ran, ran, []))
    assert not {5, 6, 16, 18} & set(needs.old(PAGE, ran, ran, []))


def test_a_name_that_a_cell_below_has_taken_is_made_again():
    page = ["a = [1]", "print(a)", "a = 2", "b = a"]
    assert needs.plan(page, [1, 0, 2, 0], [1, 0, 2, 0], 1, []) == [0]
    assert needs.plan(page, [3, 4, 2, 0], [1, 4, 2, 0], 3, []) == [2]


def test_an_object_that_a_cell_below_has_changed_is_made_again():
    page = ["a = [1]", "print(a)", "a.append(2)", "print(a)"]
    assert needs.plan(page, [1, 0, 2, 0], [1, 0, 2, 0], 1, []) == [0]
    assert needs.plan(page, [3, 4, 2, 0], [1, 4, 2, 0], 3, []) == [2]


def test_what_cannot_be_read_is_needed_by_all_below():
    assert needs.plan(["a = 1", "a = (", "print(a)"], [0] * 3, [0] * 3, 2, []) == [0, 1]
    assert needs.plan(["a = 1", "a = (", "b = 1"], [0] * 3, [0] * 3, 2, []) == []


def test_answers_and_checks_are_left_out():
    page = ["a = 1", "a = ...", "assert a == 2", "print(a)"]
    assert needs.plan(page, [0] * 4, [0] * 4, 3, [1, 2]) == [0]
    assert needs.plan(page, [0] * 4, [0] * 4, 3, [2]) == [1]
