"""chapters.py finds the cells; the library that the other tests meet is the installed one, where there is one.

The chapters themselves are run by the build of the site, and as scripts by `takeaway.py`.
"""

import ast
import builtins
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import cases
import chapters
import pytest
from chapters import Cell, cells, taken


def test_code_cells_are_found_and_nothing_else():
    text = """
```{code-cell} ipython3
:tags: [remove-cell]
a = 1
```
````md
```{code-cell}
not = "a cell, but an example of one"
```
````
```python
b = 2
```
```{code-cell} ipython3
:tags: [remove-input]
---
mystnb:
  figure:
    name: fig
---
s = '''
---
'''
```
:::{exercise-start} \\* A title
:label: ex-one
:::
```{code-cell}
---
tags: [answer, hide-output]
---
c = ...
```
:::{exercise-end}
:::
:::{solution-start} ex-one
:class: dropdown
:::
```{code-cell}
c = 2
```
:::{solution-end}
:::
"""
    assert cells(text) == [
        Cell("a = 1", ("remove-cell",), None),
        Cell("s = '''\n---\n'''", ("remove-input",), None),
        Cell("c = ...", ("answer", "hide-output"), ("exercise", "ex-one")),
        Cell("c = 2", (), ("solution", "ex-one")),
    ]


def test_the_cells_of_a_script_are_some_of_the_chapter_in_their_order():
    found = cells("".join(f"```{{code-cell}}\n{name} = 1\n```\n" for name in "abc"))
    assert taken(found, ["a = 1", "c = 1"]) == [found[0], found[2]]
    for codes in (["c = 1", "a = 1"], ["a = 1", "a = 1"], ["d = 1"]):
        with pytest.raises(ValueError, match="not a cell of the chapter"):
            taken(found, codes)


def test_the_installed_package_is_the_one_that_runs(tmp_path):
    try:
        origin = importlib.metadata.distribution("vgp").read_text("direct_url.json") or "{}"
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("not installed: this copy of the repository is what runs")
    if json.loads(origin).get("dir_info", {}).get("editable"):
        pytest.skip("an editable installation: this copy of the repository is what runs")
    code = "import vgp; print(vgp.__file__)"
    where = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(where.stdout.strip()).parent != cases.ROOT / "vgp"


def needs_hidden(found):
    """The names that a shown cell takes from a hidden one: its script, and the live page, would not know them."""
    known, hidden, missing = set(dir(builtins)), set(), set()
    for cell in found:
        nodes = list(ast.walk(ast.parse(cell.code)))
        bound = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        bound |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        bound |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
        bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        if "remove-cell" in cell.tags:
            hidden |= bound - known
        else:
            used = {node.id for node in nodes if isinstance(node, ast.Name)}
            missing |= (used - known - bound) & hidden
            known |= bound
    return missing


@chapters.every_chapter
def test_no_shown_cell_needs_a_hidden_one(path):
    assert not needs_hidden(chapters.cells(path.read_text(encoding="utf-8")))


def test_a_shown_cell_that_needs_a_hidden_one_is_found():
    text = "```{code-cell}\n:tags: [remove-cell]\nfrom a import b\nc = 1\n```\n\n```{code-cell}\nprint(b, c, d)\n```\n"
    assert needs_hidden(chapters.cells(text)) == {"b", "c"}
    assert needs_hidden(chapters.cells(text.replace("[remove-cell]", "[hide-input]"))) == set()
