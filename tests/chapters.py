"""Find the cells of a chapter and run them all as one script, once for all tests of that chapter.

An exercise may hold an answer cell, which gives each name that the reader is to fill a `...` (the starter). A check
cell in its solution then looks at these names. While the script runs, each check is tried as a reader may meet it: with
what the chapter has defined before the exercise, and with the starters, or with the answers of the solution.
"""

import ast
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cases
import pytest

DOCS = cases.ROOT / "docs"
CHAPTERS = [DOCS / "index.md", *sorted((DOCS / "chapters").glob("*.md"))]
# a group keeps the tests of one chapter in one process, where its run is cached
every_chapter = pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(path.stem)) for path in CHAPTERS]
)


@dataclass(frozen=True)
class Cell:
    """The code of a cell, its tags, and the exercise or solution that holds it: ("exercise", label), or None."""

    code: str
    tags: tuple[str, ...]
    within: tuple[str, str] | None


def cells(text):
    """Every cell, in order: fences of {code-cell}, without their options."""
    found, fence, lines, within = [], None, None, None
    for line in text.splitlines():
        mark = re.match(r"(`{3,}|~{3,})(.*)", line)
        if fence is None and mark:
            fence = mark[1]
            lines = [] if mark[2].lstrip().startswith("{code-cell}") else None
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2].strip():
            if lines is not None:
                found.append(Cell(*_code_and_tags(lines), within))
            fence = None
        elif fence is not None:
            if lines is not None:
                lines.append(line)
        elif edge := re.match(r":{3,}\{(exercise|solution)-(start|end)\} *(\S*)", line):
            within = None if edge[2] == "end" else (edge[1], edge[3] if edge[1] == "solution" else "")
        elif within == ("exercise", "") and line.startswith(":label: "):
            within = "exercise", line.removeprefix(":label: ")
    return found


def _code_and_tags(lines):
    """Split off lines such as `:tags: [hide-input]` and a block of YAML between two `---`, at the top of a cell."""
    start = next((n for n, line in enumerate(lines) if not re.match(r":[\w-]+:", line)), len(lines))
    if lines[start:] and lines[start] == "---":
        start = lines.index("---", start + 1) + 1
    tags = re.search(r"^:?tags: *\[(.*)\]", "\n".join(lines[:start]), flags=re.M)
    return "\n".join(lines[start:]), tuple(re.split(r", *", tags[1])) if tags else ()


def defined(code):
    """The names that a cell binds at its top level, other than by import."""
    found = []

    def look(node):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        elif not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda):
            for part in ast.iter_child_nodes(node):  # what those bind is theirs alone
                look(part)

    look(ast.parse(code))
    return list(dict.fromkeys(found))


# Names with two underscores are those of the script, not the chapter's. A `...` in a function makes it return None.
TRIALS = '''
def __try(label, code, before, starters, solved):
    """Run a check on the starters, with one answer missing, and on the solution; write down what came of each."""
    import json, os
    trials = {"all": starters, **{name: {name: starters[name]} for name in starters}, "none": {}}
    for missing, left in trials.items():
        try:
            exec(compile(code, f"check of {label}", "exec"), {**before, **solved, **left})
        except Exception as error:
            outcome = [type(error).__name__, str(error)]
        else:
            outcome = None
        row = {"exercise": label, "missing": missing, "outcome": outcome}
        with open(os.environ["VGP_EXERCISES"], "a", encoding="utf-8") as file:
            print(json.dumps(row), file=file)
'''


def script(found):
    """The cells as one script that tries the checks on its way."""
    parts, answers = [TRIALS], {}
    for n, cell in enumerate(found, 1):
        label = cell.within[1] if cell.within else ""
        if "check" in cell.tags:
            names = answers.get(label, [])
            values = "{" + ", ".join(f"{name!r}: {name}" for name in names) + "}"
            parts.append(f"__try({label!r}, {cell.code!r}, *__begun[{label!r}], {values})")
        parts.append(f"# cell {n}\n{cell.code}")
        if "answer" in cell.tags:
            answers[label] = defined(cell.code)
            values = "{" + ", ".join(f"{name!r}: {name}" for name in answers[label]) + "}"
            kept = '{name: value for name, value in globals().items() if name not in ("__begun", "__try")}'
            parts.append(f"__begun = {{**globals().get('__begun', {{}}), {label!r}: ({kept}, {values})}}")
    return "\n\n".join(parts)


def _rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@functools.cache
def run(path):
    """Run the chapter in a fresh interpreter; return its records, and what came of each trial of a check."""
    with tempfile.TemporaryDirectory() as folder:
        code, ledger, trials = (Path(folder, name) for name in ("chapter.py", "ledger.jsonl", "exercises.jsonl"))
        code.write_text(script(cells(path.read_text(encoding="utf-8"))), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", "-W", "error", code.name],
            cwd=folder,
            env={**os.environ, "MPLBACKEND": "agg", "VGP_LEDGER": str(ledger), "VGP_EXERCISES": str(trials)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        # conclusions about whole entries of the ledger have no name
        return [row for row in _rows(ledger) if "name" in row], _rows(trials)
