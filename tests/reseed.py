"""Run every chapter at other seeds, and count how often its records, claims and intervals hold there.

All that is random in a chapter comes from the number that it binds to SEED. Here another takes its place. Records and
claims do not raise then (VGP_RESEED), and an `assert` of a cell is counted instead of ending the run, so that one run
tells of everything. What comes of it is docs/reseed.json, from which the page 'Other seeds' is made: for each chapter
the runs in which something failed, and what; for each claim how often it held; for each interval of a mean, a median or
a share how often the value at another seed lies in it (83 % are expected of an exact one of 95 %, since both values
scatter).

    python tests/reseed.py [20] [chapters, such as 06] [--first 201] [--write] [--scheduler ADDRESS]
"""

import argparse
import ast
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import chapters
import farm

FILE = chapters.DOCS / "reseed.json"
TIMEOUT = 900  # seconds for a chapter, on a busy machine

ASSERT = '''
def __assert(ok, what, error):
    """Write down whether an assertion of the chapter held."""
    import json, os
    with open(os.environ["VGP_LEDGER"], "a", encoding="utf-8") as file:
        print(json.dumps({"assert": what, "ok": bool(ok), "error": error}), file=file)
'''


def bound_to_seed(trees):
    """The nodes of what the chapter binds to SEED."""
    found = []
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        for target in node.targets:
            both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(target.elts, node.value.elts, strict=False) if both else [(target, node.value)]
            found += [value for name, value in pairs if isinstance(name, ast.Name) and name.id == "SEED"]
    return found


def strangers(trees):
    """The generators that start from a number of their own, and not from SEED or what a function is given."""
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    made = [node for node in calls if ast.unparse(node.func).endswith(("default_rng", "PCG64", "RandomState"))]
    return [ast.unparse(n) for n in made if not any(isinstance(x, ast.Name) for a in n.args for x in ast.walk(a))]


def at_seed(text, seed):
    """Return the chapter's cells as a script in which SEED is `seed` and assertions are written down, and its own SEED.

    A chapter without a SEED has nothing random, and there is nothing to run: (None, None). Raises ValueError for one
    that binds SEED twice, or not to a number, or that starts a generator from a number of its own.
    """
    cells = [cell.code for cell in chapters.cells(text) if "check" not in cell.tags and "answer" not in cell.tags]
    trees = [ast.parse(code) for code in cells]
    if own := strangers(trees):
        raise ValueError(f"a generator that does not come from SEED: {', '.join(own)}")
    bound = bound_to_seed(trees)
    if not bound:
        return None, None
    if len(bound) > 1 or not isinstance(bound[0], ast.Constant) or not isinstance(bound[0].value, int):
        raise ValueError(f"SEED is to be bound once, to a whole number: {[ast.unparse(value) for value in bound]}")
    own_seed = bound[0].value
    bound[0].value = own_seed if seed is None else seed
    return "\n\n".join([ASSERT, *(ast.unparse(Counted().visit(tree)) for tree in trees)]), own_seed


class Counted(ast.NodeTransformer):
    """Turn each `assert` outside of functions into a note of whether it held."""

    def visit_FunctionDef(self, node):
        return node

    visit_ClassDef = visit_FunctionDef

    def visit_Assert(self, node):
        what = ast.unparse(node.test)
        source = f"""
try:
    __held, __error = bool({what}), ""
except Exception as error:
    __held, __error = False, repr(error)
__assert(__held, {what!r}, __error)
"""
        return ast.parse(source).body


def run(script, timeout=TIMEOUT):
    """Run a script of `at_seed` in a process of its own; return its rows, and the last line of an error or "".

    It needs an installed vgp and nothing of the repository, so that another machine can do it.
    """
    with tempfile.TemporaryDirectory() as folder:
        code, rows = Path(folder, "chapter.py"), Path(folder, "rows.jsonl")
        code.write_text(script, encoding="utf-8")
        own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        try:
            done = subprocess.run(
                [sys.executable, "-I", code.name],
                cwd=folder,
                env={**os.environ, **own, "VGP_RESEED": "1", "VGP_LEDGER": str(rows)},
                capture_output=True,
                text=True,
                timeout=timeout,
            )
            wrong = (done.stderr.strip().splitlines() or ["ended"])[-1] if done.returncode else ""
        except subprocess.TimeoutExpired:
            wrong = f"took more than {timeout} s"
        lines = rows.read_text(encoding="utf-8").splitlines() if rows.exists() else []
        return [json.loads(line) for line in lines], wrong


def code_of(text):
    """The name of what the cells compute, as the page 'Other seeds' finds it, to see later whether it has changed."""
    sys.path.insert(0, str(chapters.DOCS))  # here, since a worker has no pages
    from _press.page import otherseeds

    return otherseeds.code_of(text)


def is_interval(row):
    """Whether a record has an interval for an estimate, and not the range of the nets."""
    return str(row.get("interval", "")).startswith("95 %") and row["low"] is not None and row["high"] is not None


def summary(own, others):
    """What became of one chapter: `own` are its rows at its own seed, `others` is {seed: (rows, wrong)}."""
    failed, claims, records, values = {}, collections.Counter(), collections.Counter(), {}
    ours = {row["name"]: row for row in own if "name" in row and "value" in row}
    names = [row["name"] for row in own if "kind" in row]
    for seed, (rows, wrong) in sorted(others.items()):
        said = [wrong] if wrong else []
        for row in rows:
            if "assert" in row:
                said += [] if row["ok"] else [f"assert {row['assert']} {row['error']}".strip()]
                continue
            if "name" not in row:
                continue  # a verdict
            if not row["ok"]:
                said.append(row["name"])
            (claims if "kind" in row else records)[row["name"]] += row["ok"]
            before = ours.get(row["name"])
            if before and is_interval(before) and row.get("value") is not None:
                values.setdefault(row["name"], []).append(row["value"])
        if said:
            failed[str(seed)] = said
    intervals = {
        name: [sum(ours[name]["low"] <= value <= ours[name]["high"] for value in found), len(found)]
        for name, found in values.items()
        if set(found) != {ours[name]["value"]}  # the same at every seed: copied from a longer run
    }
    return {
        "runs": len(others),
        "failed": failed,
        "claims": {name: claims[name] for name in names},
        "records": {name: records[name] for name, row in ours.items() if row["status"] not in ("open", "setting")},
        "intervals": intervals,
    }


def everything(jobs, scheduler=None, on_done=lambda key, result, done: None):
    """Run {key: script}; return {key: (rows, wrong)}, and the names of the processors: see `farm.py`."""
    return farm.everything(run, jobs, scheduler, on_done)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=20, help="how many other seeds")
    parser.add_argument("chapters", nargs="*", help="beginnings of the files' names, such as 06; all if none is given")
    parser.add_argument("--first", type=int, default=201, help="the first of the seeds")
    parser.add_argument("--write", action="store_true", help="put the result into docs/reseed.json")
    parser.add_argument("--scheduler", help="address of a dask.distributed scheduler")
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.count)
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in chapters.CHAPTERS
        if not chosen.chapters or path.stem.startswith(tuple(chosen.chapters))
    }
    if not texts:
        sys.exit(f"which chapter? {', '.join(path.stem for path in chapters.CHAPTERS)}")
    jobs = {}
    for name, text in texts.items():
        script, own_seed = at_seed(text, None)
        if script is not None:
            jobs[name, None] = script
            jobs |= {(name, seed): at_seed(text, seed)[0] for seed in seeds if seed != own_seed}
    began = time.perf_counter()

    def tell(key, result, done):
        if sys.stderr.isatty() or done % 10 == 0 or done == len(jobs):
            print(f"{done} of {len(jobs)} runs, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)

    results, processors = everything(jobs, chosen.scheduler, tell)
    found = {}
    for name in dict.fromkeys(name for name, _ in jobs):
        own, wrong = results[name, None]
        if wrong:
            sys.exit(f"{name} at its own seed: {wrong}")
        others = {seed: results[name, seed] for seed in seeds if (name, seed) in results}
        found[name] = {"code": code_of(texts[name]), "seeds": list(others), **summary(own, others)}
        show(name, found[name])
    if chosen.write:
        known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"chapters": {}}
        import numpy

        made = {"date": date.today().isoformat(), "numpy": numpy.__version__, "processor": ", ".join(processors)}
        known["chapters"] |= {name: {"made": made, **row} for name, row in found.items()}
        known["chapters"] = dict(sorted(known["chapters"].items()))
        FILE.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(any(row["failed"] for row in found.values()))


def show(name, row):
    """Print what became of one chapter."""
    inside, total = (sum(pair[k] for pair in row["intervals"].values()) for k in (0, 1))
    print(f"{name}: {len(row['failed'])} of {row['runs']} runs with a failure;", end=" ")
    print(f"{total - inside} of {total} intervals miss ({100 * (total - inside) / max(total, 1):.0f} %, 17 expected)")
    for what, number in collections.Counter(what for said in row["failed"].values() for what in said).most_common():
        print(f"    {number} of {row['runs']}: {what}")


if __name__ == "__main__":
    main()
