"""The snippets under 'Take it with you' run alone in an empty folder after `pip install numpy`."""

import ast
import subprocess
import sys

import cases
import pytest

SNIPPETS = sorted((cases.ROOT / "docs" / "snippets").glob("*_numpy.py"))
every_snippet = pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.stem)


@every_snippet
def test_fits_on_a_screen(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


@every_snippet
def test_needs_numpy_only(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) == {"numpy"}


@every_snippet
def test_runs_alone(path, tmp_path):
    (tmp_path / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", path.name], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "it prints what it found"
    assert not done.stderr
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "it leaves nothing behind"
