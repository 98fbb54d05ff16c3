"""Find the cells of a chapter, and run them all as one script.

An exercise may hold an answer cell, which gives each name that the reader is to fill a `...` (the starter). A check
cell in its solution then looks at these names. While the script runs, each check is tried as a reader may meet it: with
what the chapter has defined before the exercise, and with the starters, or with the answers of the solution.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
CHAPTERS = [DOCS / "index.md", DOCS / "anchors.md", *sorted((DOCS / "chapters").glob("*.md"))]


def every_chapter(test):
    """Decorate a test that is given the path of each chapter."""
    import pytest  # where chapters are only run, it need not be installed

    return pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)(test)


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


def taken(found, codes):
    """Return those cells of the chapter that its script has, with their tags; they must come in the same order."""
    rest = iter(found)
    kept = [next((cell for cell in rest if cell.code.strip() == code), None) for code in codes]
    if None in kept:
        raise ValueError(f"not a cell of the chapter, or not in its place:\n{codes[kept.index(None)]}")
    return kept


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


def run(found):
    """Run the cells in a fresh interpreter, warnings as errors; return what went wrong, or "", and every trial."""
    with tempfile.TemporaryDirectory() as folder:
        code, trials = Path(folder, "chapter.py"), Path(folder, "trials.jsonl")
        code.write_text(script(found), encoding="utf-8")
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-I", "-W", "error", code.name],
            cwd=folder,
            env={**os.environ, **threads, "MPLBACKEND": "agg", "VGP_EXERCISES": str(trials)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        wrong = done.stderr or (f"ended with {done.returncode}" if done.returncode else "")
        rows = [json.loads(line) for line in trials.read_text(encoding="utf-8").splitlines()] if trials.exists() else []
        if left := sorted(path.name for path in Path(folder).iterdir() if path not in (code, trials)):
            wrong += f"left behind: {left}"
        return wrong, rows


def unhelpful(found, trials):
    """Return what is wrong with the checks: one is not tried, accepts what is missing, or does not explain it."""
    said = []
    tried, labels = {row["exercise"] for row in trials}, {c.within[1] for c in found if "answer" in c.tags}
    if tried != labels:
        said.append(f"tried are {sorted(tried)}, and there are {sorted(labels)}")
    for row in trials:
        where, outcome = f"{row['exercise']}, missing: {row['missing']}", row["outcome"]
        if row["missing"] == "none":
            if outcome is not None:
                said.append(f"{where}: {outcome}")
        elif outcome is None:
            said.append(f"{where}: accepted")
        elif outcome[0] != "AssertionError" or len(outcome[1]) <= 15:
            said.append(f"{where}: the reader is told nothing: {': '.join(outcome)}")
    return said


if __name__ == "__main__":
    chosen = [path for path in CHAPTERS if any(path.name.startswith(word) for word in sys.argv[1:])]
    if not chosen:
        sys.exit(f"which chapter? {', '.join(path.stem for path in CHAPTERS)}")
    for path in chosen:
        found = cells(path.read_text(encoding="utf-8"))
        wrong, trials = run(found)
        said = [wrong.strip(), *unhelpful(found, trials)] if wrong else unhelpful(found, trials)
        print(f"{path.stem}: {len(found)} cells, {len(trials)} trials of checks", *(said or ["all is right"]), sep="\n")
        if said:
            sys.exit(1)
