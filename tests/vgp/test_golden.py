"""The golden numbers, natively; the session `golden` computes them in the browser's Python, too, and compares."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "press" / "web"))
golden = pytest.importorskip("golden")


@pytest.fixture(scope="module")
def numbers():
    return golden.compute()


def test_every_module_has_some(numbers):
    assert all(any(name.startswith(f"{module}.") for name in numbers) for module in golden.modules())
    assert all(len(values) for values in numbers.values())


def test_they_are_numbers(numbers):
    assert not {name for name, values in numbers.items() if not np.isfinite(values).any()}


def test_a_module_without_numbers_of_its_own_has_its_examples(monkeypatch):
    monkeypatch.delitem(golden.FUNCTIONS, "of_attention")
    tried = golden.compute()["attention.examples"]
    assert tried[0] == tried[1] > 0
