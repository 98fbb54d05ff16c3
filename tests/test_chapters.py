"""A reader pastes all cells of a chapter into one script: it runs, outside the repository, with the installed package.

The script goes through every `record` of the chapter, and its records are then checked once more. That a name is
unique in the book, and that the prose quotes no other, is for the build of the site to say: see test_ext_ledger.py.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import cases
import pytest
from chapters import DOCS, Cell, cells, every_chapter, run

from vgp.ledger import verdict


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


@pytest.mark.xdist_group("together")
def test_processes_keep_to_the_groups_of_tests(request):
    """Without its group a chapter would run once for each of its tests, and nothing but the time would tell."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("one process, or processes without groups")
    assert request.node.nodeid.endswith("@together")


@every_chapter
def test_the_cells_run_as_a_script_and_every_record_holds(path):
    rows, _ = run(path)
    assert rows
    assert {row["name"]: verdict(row) for row in rows if verdict(row) or not row["ok"]} == {}


@every_chapter
def test_published_values_have_their_source_in_the_bibliography(path):
    keys = set(re.findall(r"^@\w+\{([^,]+),", (DOCS / "references.bib").read_text(encoding="utf-8"), flags=re.M))
    for row in run(path)[0]:
        assert row["published"] is None or row["source"] in keys, row["name"]


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
