"""docs/_ext/docstrings.py: what docstrings may contain."""

import pytest
from sphinx_project import EXTENSIONS as FOLDER


@pytest.fixture
def docstrings(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import docstrings

    return docstrings


def test_bars_are_text_outside_code(docstrings):
    assert docstrings.escape("where |z| > 19, `|z|` and ``a | b``") == r"where \|z\| > 19, `|z|` and ``a | b``"
    assert docstrings.escape(">>> a | b") == ">>> a | b"


def test_an_indented_block_is_a_display(docstrings):
    text = ["A pair:", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert docstrings.display(text) == ["A pair:", "", "::", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert docstrings.display(["A::", "", "    code"]) == ["A::", "", "    code"]
