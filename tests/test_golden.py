"""The golden numbers, natively; the session `golden` computes them in the browser's Python, too, and compares."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent / "press" / "web"))
golden = pytest.importorskip("golden")


@pytest.fixture(scope="module")
def numbers():
    return golden.compute()


def test_every_module_has_some(numbers):
    assert {name.split(".")[0] for name in numbers} == set(golden.modules())
    assert all(len(values) for values in numbers.values())


def test_they_are_numbers(numbers):
    assert not {name for name, values in numbers.items() if not np.isfinite(values).any()}


def test_a_module_without_numbers_is_named(monkeypatch):
    monkeypatch.delitem(golden.FUNCTIONS, "of_optim")
    with pytest.raises(LookupError, match=r"vgp/optim\.py has no golden number"):
        golden.compute()


@pytest.mark.parametrize(
    ("other", "difference"),
    [([1.0, 2.0], 0.0), ([1.0, 2.5], 0.25), ([1.0], np.inf), ([1.0, np.nan], np.inf)],
)
def test_they_are_compared_with_the_largest(other, difference):
    assert golden.compare({"a": [1.0, 2.0]}, {"a": other}) == [(difference, "a")]


def test_both_sides_have_the_same_names():
    with pytest.raises(ValueError, match="only on one side"):
        golden.compare({"a": [1.0]}, {"a": [1.0], "b": [1.0]})
