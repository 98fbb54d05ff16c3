"""_press/cells/notebooks.py: notebooks are handed out one by one, and a failing cell ends the build."""

from types import SimpleNamespace

import pytest
from sphinx_project import build

from _press.cells import notebooks

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (FRONT + "# A\n", True),
        ("# A\n", False),
        ("---\ntitle: A\n---\nfile_format: mystnb\n", False),
        ("\n" + FRONT, False),
        ("", False),
    ],
)
def test_is_notebook(tmp_path, text, answer):
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert notebooks.is_notebook(tmp_path / "a.md") is answer


def test_each_notebook_is_a_chunk_of_its_own(tmp_path):
    import sphinx.builders

    class Environment:
        def doc2path(self, name):
            return tmp_path / f"{name}.md"

    names = ["a", "b", "c", "d"]
    for name in names:
        (tmp_path / f"{name}.md").write_text(FRONT if name in "bd" else "# Page\n", encoding="utf-8")
    original = sphinx.builders.make_chunks
    notebooks.schedule(None, Environment(), names)
    try:
        assert names == ["b", "d", "a", "c"]
        assert sphinx.builders.make_chunks(names, 2) == [["b"], ["d"], ["a"], ["c"]]
        assert sphinx.builders.make_chunks is original
    finally:
        sphinx.builders.make_chunks = original


@pytest.mark.parametrize(("mode", "made"), [("cache", True), ("force", False)])
def test_the_database_of_executed_cells_is_there_before_two_processes_look_for_it(tmp_path, mode, made):
    config = SimpleNamespace(nb_execution_mode=mode, nb_execution_cache_path=str(tmp_path / "cells"))
    notebooks.prepare(SimpleNamespace(config=config), None, [])
    assert (tmp_path / "cells" / "global.db").is_file() is made


def test_a_failing_cell_is_shown_and_ends_the_build(tmp_path):
    page = FRONT + "# A\n\n```{code-cell} ipython3\nassert 1 == 2, 'one is not two'\n```\n"
    options = 'nb_execution_mode = "force"\nnb_execution_show_tb = True'
    code, said, html = build(tmp_path, {"a.md": page}, extensions=["myst_nb", "_press.cells.notebooks"], more=options)
    assert code != 0
    assert "one is not two" in said
    assert "a cell failed in a" in said
    assert not (html / "a.html").exists()
