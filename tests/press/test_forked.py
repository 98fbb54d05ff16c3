"""_press/cells/forked.py: cells run in a fork as they do in a kernel."""

import os

import nbformat
import pytest
from sphinx_project import DOCS, build

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
OPTIONS = (
    'nb_execution_mode = "force"\nnb_execution_show_tb = True\nnb_execution_timeout = 2\nnb_output_stderr = "warn"'
)

EXTENSIONS = ["myst_nb", "_press.repairs", "_press.cells", "_press.page.numbers"]
CELLS = {
    "1 + 1": [("execute_result", "2")],
    "1 + 1;": [],
    "x = 3": [],
    "print('a')\nprint('b')\nx": [("stream", "a\nb\n"), ("execute_result", "3")],
    "import sys\nprint('no', file=sys.stderr)": [("stream", "no\n")],
    "from IPython.display import display\ndisplay({'b': 1})\nprint('after')": [
        ("display_data", "{'b': 1}"),
        ("stream", "after\n"),
    ],
    "_": [("execute_result", "3")],
    "__name__": [("execute_result", "'__main__'")],
}

ONCE = """
import json, sys
sys.path.insert(0, {folder!r})
import nbformat
from _press.cells import forked
nb = nbformat.reads({text!r}, 4)
result = forked.run(nb, {cwd!r}, {timeout}, False)
print(json.dumps([nb.cells, result.exc_string, "leak" in globals()]))
"""


def execute(tmp_path, sources, timeout=20):
    """Run cells in a process of their own, since pytest's has threads and captured streams."""
    import json
    import subprocess
    import sys

    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    code = ONCE.format(folder=str(DOCS), text=nbformat.writes(nb), cwd=str(tmp_path), timeout=timeout)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def short(output):
    return output["output_type"], output["text"] if "text" in output else output["data"]["text/plain"]


def test_outputs_are_those_of_a_kernel(tmp_path):
    cells, error, _ = execute(tmp_path, CELLS)
    assert error is None
    for cell, expected in zip(cells, CELLS.values(), strict=True):
        assert [short(output) for output in cell["outputs"]] == expected, cell["source"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(CELLS) + 1))


def test_it_is_a_fork_in_the_given_folder(tmp_path):
    cells, _, leaked = execute(tmp_path, ["leak = 1", "import os; os.getcwd()"])
    assert not leaked
    assert short(cells[1]["outputs"][0])[1] == repr(str(tmp_path))


def test_an_error_stops_the_notebook_and_is_told(tmp_path):
    cells, error, _ = execute(tmp_path, ["1 / 0", "print('never')"])
    assert "ZeroDivisionError: division by zero" in error
    assert "1 / 0" in error
    assert cells[1]["outputs"] == []


def test_a_syntax_error_is_told(tmp_path):
    assert "SyntaxError" in execute(tmp_path, ["x ="])[1]


def test_a_cell_has_limited_time(tmp_path):
    assert "TimeoutError" in execute(tmp_path, ["while True: pass"], timeout=1)[1]


def test_a_killed_process_is_told(tmp_path):
    assert "ended with status 9" in execute(tmp_path, ["import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])[1]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("assert 1 == 2, 'one is not two'", "one is not two"),
        ("import warnings; warnings.warn('mind this')", "stderr was found in the cell outputs"),
    ],
)
def test_the_build_fails_with(tmp_path, cell, message):
    page = FRONT + f"# A\n\n```{{code-cell}} ipython3\n{cell}\n```\n"
    code, said, _ = build(tmp_path, {"a.md": page}, extensions=["myst_nb", "_press.cells"], more=OPTIONS)
    assert code != 0
    assert message in said


def test_a_page_from_the_cache_keeps_its_records(tmp_path):
    page = FRONT + "\n# Page\n\nIt is {v}`number`.\n\n```{code-cell} ipython3\n:tags: [remove-cell]\n"
    page += "from vgp.book import record\nrecord('number', 2.5)\n```\n"
    more = f"""
nb_execution_mode = "cache"
nb_execution_cache_path = {str(tmp_path / "_build" / "cells")!r}
nb_mime_priority_overrides = [("html", "application/vnd.vgp.record+json", 0)]
"""
    for time in ("executed", "from the cache"):
        code, said, html = build(tmp_path, {"page.md": page}, extensions=EXTENSIONS, more=more)
        assert code == 0, f"{time}: {said}"
        assert ("Using cached notebook" in said) == (time == "from the cache"), said
        assert "2.50" in (html / "page.html").read_text(encoding="utf-8"), time
