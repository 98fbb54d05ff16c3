"""_press/repairs.py: what other packages write is repaired, and nothing else is touched."""

import re
from types import SimpleNamespace

from sphinx_project import build

from _press import repairs

PAGE = """# A page

```{list-table} A table
:header-rows: 1
:stub-columns: 1

* - Layer
  - Slope
* - 1
  - 0.25
```
"""


def repaired(body, tree=None):
    context = {"body": body} | ({"generate_toctree_html": lambda *args, **options: tree} if tree else {})
    repairs.markup(None, "page", "page.html", context, None)
    return context


def test_heads_of_columns_and_rows_are_told_apart(tmp_path):
    code, said, html = build(tmp_path, {"a.md": PAGE}, extensions=["myst_parser", "_press.repairs"])
    assert code == 0, said
    heads = re.findall(r'<th scope="(\w+)"[^>]*><p>(.*?)</p></th>', (html / "a.html").read_text(encoding="utf-8"))
    assert heads == [("col", "Layer"), ("col", "Slope"), ("row", "1")]


def test_folded_code_has_text_in_its_summary_and_the_name_that_one_sees():
    made = repaired(
        '<summary aria-label="Toggle hidden content"><p class="collapsed admonition-title">Show</p></summary>'
        '<p class="admonition-title">A box</p>'
    )
    assert made["body"] == (
        '<summary><span class="collapsed admonition-title">Show</span></summary><p class="admonition-title">A box</p>'
    )


def test_switches_of_the_list_of_chapters_have_a_name():
    made = repaired("", tree="<details><summary><span></span></summary></details>")
    assert made["generate_toctree_html"]("sidebar").startswith(f"<details>{repairs.SWITCH}<span>")


def test_a_page_without_a_body_passes():
    context = {}
    repairs.markup(None, "page", "page.html", context, None)
    assert context == {}


def test_a_page_has_one_viewport():
    context = {"metatags": '<meta name="a" />\n<meta name="viewport" content="width" />\n<meta name="b" />'}
    repairs.one_viewport(None, "page", "page.html", context, None)
    assert context["metatags"] == '<meta name="a" />\n<meta name="b" />'


def test_gated_directives_are_forgotten_when_their_page_is_read_again():
    env = SimpleNamespace(sphinx_exercise_gated_registry={"a": 1, "b": 2})
    repairs.forget_gated(None, env, "a")
    assert env.sphinx_exercise_gated_registry == {"b": 2}
    repairs.forget_gated(None, SimpleNamespace(), "a")  # without sphinx-exercise


def test_bars_are_text_outside_code():
    assert repairs.escape("where |z| > 19, `|z|` and ``a | b``") == r"where \|z\| > 19, `|z|` and ``a | b``"
    assert repairs.escape(">>> a | b") == ">>> a | b"


def test_an_indented_block_is_a_display():
    text = ["A pair:", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert repairs.display(text) == ["A pair:", "", "::", "", "    y = f(x)", "    z = g(y)", "", "Text."]
    assert repairs.display(["A::", "", "    code"]) == ["A::", "", "    code"]
