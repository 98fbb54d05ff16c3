"""_press/page/fold.py: folds are <details>, which open without a script."""

import re

from sphinx_project import build

PAGE = """# Page

:::{admonition} Hint
:class: dropdown hint

Text of the hint.
:::

:::{note}
Not folded.
:::
"""


def test_admonitions_of_class_dropdown_fold(tmp_path):
    options = 'myst_enable_extensions = ["colon_fence"]'
    code, said, html = build(tmp_path, {"a.md": PAGE}, extensions=["myst_parser", "_press.page.fold"], more=options)
    assert code == 0, said
    page = (html / "a.html").read_text(encoding="utf-8")
    found = re.search(r'<details class="([^"]*)">\s*<summary class="admonition-title">Hint<span', page)
    assert {"admonition", "dropdown", "hint"} <= set(found[1].split())
    assert page.count("<details") == 1
    assert "Text of the hint." in page


CHECK = """---
file_format: mystnb
kernelspec:
  name: python3
---
# Page

```{code-cell} ipython3
:tags: [check, hide-input]
assert True
```
```{code-cell} ipython3
:tags: [hide-input]
assert True
```
"""


def test_the_check_of_an_exercise_is_folded_under_its_name(tmp_path):
    options = 'nb_execution_mode = "off"\nsuppress_warnings = ["myst-nb.lexer"]  # known after execution'
    code, said, html = build(tmp_path, {"a.md": CHECK}, extensions=["myst_nb", "_press.page.fold"], more=options)
    assert code == 0, said
    titles = re.findall(
        r'<p class="collapsed admonition-title">(.*?)</p>', (html / "a.html").read_text(encoding="utf-8")
    )
    assert titles == ["The check", "Show code cell source"]
