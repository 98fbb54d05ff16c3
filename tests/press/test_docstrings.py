"""_press/page/docstrings.py: what docstrings may contain."""

from _press.page import docstrings


def test_bars_are_text_outside_code():
    assert docstrings.escape("where |z| > 19, `|z|` and ``a | b``") == r"where \|z\| > 19, `|z|` and ``a | b``"
    assert docstrings.escape(">>> a | b") == ">>> a | b"


def test_an_indented_block_is_a_display():
    text = ["A pair:", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert docstrings.display(text) == ["A pair:", "", "::", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert docstrings.display(["A::", "", "    code"]) == ["A::", "", "    code"]
