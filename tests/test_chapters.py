"""A reader pastes all cells of a chapter into one script: it runs, outside the repository, with the installed package.

The script goes through every `record` of the chapter, and its records are then checked once more. That a name is
unique in the book, and that the prose quotes no other, is for the build of the site to say: see test_ext_ledger.py.
"""

import functools
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cases
import pytest

from vgp.ledger import verdict

DOCS = cases.ROOT / "docs"
CHAPTERS = [DOCS / "index.md", *sorted((DOCS / "chapters").glob("*.md"))]
# a group keeps the tests of one chapter in one process, where its records are cached
every_chapter = pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(path.stem)) for path in CHAPTERS]
)


def code_cells(text):
    """The code of every cell, in order: fences of {code-cell}, without their options."""
    cells, fence, keep = [], None, False
    for line in text.splitlines():
        mark = re.match(r"(`{3,}|~{3,})(.*)", line)
        if fence is None and mark:
            fence, keep = mark[1], mark[2].lstrip().startswith("{code-cell}")
            if keep:
                cells.append([])
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = None
        elif fence is not None and keep:
            cells[-1].append(line)
    return ["\n".join(without_options(cell)) for cell in cells]


def without_options(lines):
    """Drop lines such as `:tags: [hide-input]` and a block of YAML between two `---`, both at the top of a cell."""
    while lines and re.match(r":[\w-]+:", lines[0]):
        lines = lines[1:]
    return lines[lines.index("---", 1) + 1 :] if lines and lines[0] == "---" else lines


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
"""
    assert code_cells(text) == ["a = 1", "s = '''\n---\n'''"]


@functools.cache
def records(path):
    """Run the chapter as one script in a fresh interpreter; return what it wrote into the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        script, ledger = Path(folder, "chapter.py"), Path(folder, "ledger.jsonl")
        cells = code_cells(path.read_text(encoding="utf-8"))
        script.write_text("\n\n".join(f"# cell {n}\n{cell}" for n, cell in enumerate(cells, 1)), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", "-W", "error", script.name],
            cwd=folder,
            env={**os.environ, "MPLBACKEND": "agg", "VGP_LEDGER": str(ledger)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        rows = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()] if ledger.exists() else []
        return [row for row in rows if "name" in row]  # conclusions about whole entries have none


@every_chapter
def test_the_cells_run_as_a_script_and_every_record_holds(path):
    rows = records(path)
    assert rows
    assert {row["name"]: verdict(row) for row in rows if verdict(row) or not row["ok"]} == {}


@every_chapter
def test_published_values_have_their_source_in_the_bibliography(path):
    keys = set(re.findall(r"^@\w+\{([^,]+),", (DOCS / "references.bib").read_text(encoding="utf-8"), flags=re.M))
    for row in records(path):
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
