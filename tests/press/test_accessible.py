"""_press/page/accessible.py: what docutils, MyST-NB and the theme write is repaired, and nothing else is touched."""

import re

from sphinx_project import build

from _press.page import accessible

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
    accessible.repair(None, "page", "page.html", context, None)
    return context


def test_heads_of_columns_and_rows_are_told_apart(tmp_path):
    code, said, html = build(tmp_path, {"a.md": PAGE}, extensions=["myst_parser", "_press.page.accessible"])
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
    assert made["generate_toctree_html"]("sidebar").startswith(f"<details>{accessible.SWITCH}<span>")


def test_a_page_without_a_body_passes():
    context = {}
    accessible.repair(None, "page", "page.html", context, None)
    assert context == {}
