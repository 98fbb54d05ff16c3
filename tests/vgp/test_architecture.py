"""The rules that ARCHITECTURE.md states, read from the source with `ast`."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import vgp

PACKAGE = Path(vgp.__file__).parent
FILES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}
MODULES = [name for name in FILES if name != "__init__"]
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}

# A module may import from rows above its own.
RANKS = [
    ["_errors", "_special", "_svg"],
    ["base", "activations", "init", "losses", "clip", "rates", "data", "gaussian"],
    ["layers", "optim", "sequences", "closed"],
    ["norm", "weight_norm", "residual", "cells", "lsuv", "meanfield", "narrow"],
    ["attention", "recurrent", "phases", "shaping"],
    ["check", "diagnostics", "train", "spectra"],
    ["measures", "findings", "_drawn"],
    ["diagnose", "plotting"],
    ["figures"],
]
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
every_module = pytest.mark.parametrize("name", MODULES)


def imports(name):
    """(top-level package or own module, whether at module level) for every import, wherever it stands."""
    tree = TREES[name]
    for node in ast.walk(tree):
        outside = node in tree.body
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.partition(".")[0] != "vgp", "relative imports only, so that the ranks can be read"
                yield alias.name.partition(".")[0], outside
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                assert node.module.partition(".")[0] != "vgp"
                yield node.module.partition(".")[0], outside
            elif node.module:
                yield "." + node.module, outside
            else:
                yield from (("." + alias.name, outside) for alias in node.names)


def own(name):
    return {module[1:] for module, _ in imports(name) if module.startswith(".")}


@every_module
def test_imports_only_from_rows_above(name):
    if name == "ledger":  # stands beside the table
        assert own(name) <= {"_errors"}
        return
    assert name in RANK, "a new module needs its place in the table"
    assert {module: RANK.get(module) for module in own(name) if RANK.get(module, 99) >= RANK[name]} == {}


def test_no_cycles():
    done: set[str] = set()
    while left := [name for name in MODULES if name not in done]:
        free = [name for name in left if own(name) <= done]
        assert free, f"these import each other: {left}"
        done.update(free)


@every_module
def test_numpy_is_the_only_dependency(name):
    """Matplotlib in what draws alone, IPython in the ledger alone, and both when they are needed."""
    lazy = {"plotting": {"matplotlib"}, "_drawn": {"matplotlib"}, "figures": {"matplotlib"}, "ledger": {"IPython"}}.get(
        name, set()
    )
    outside = {module for module, _ in imports(name) if not module.startswith(".")}
    assert outside - set(sys.stdlib_module_names) <= {"numpy"} | lazy
    assert not lazy & {module for module, at_module_level in imports(name) if at_module_level}


@every_module
def test_chance_comes_from_a_generator(name):
    """np.random is used for the types and the constructor only, and nothing in the package seeds itself."""
    used = {
        node.attr
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
    }
    assert used <= {"Generator"}
    assert "random" not in {module for module, _ in imports(name)}


@pytest.mark.parametrize("name", FILES)
def test_a_file_fits_in_the_head(name):
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= 250


def python(code):
    """Run in a fresh interpreter that ignores the environment; return what it prints."""
    done = subprocess.run([sys.executable, "-I", "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_vgp_loads_nothing_but_numpy_and_the_standard_library():
    loaded = python(
        "import sys, numpy.random; before = set(sys.modules); import vgp; print(*(set(sys.modules) - before))"
    )
    packages = {module.partition(".")[0] for module in loaded.split()}
    assert packages - set(sys.stdlib_module_names) <= {"numpy", "vgp"}


def test_import_vgp_costs_about_what_numpy_costs():
    """A loose bound, best of three: numpy takes about 0.1 s."""
    code = (
        "from time import perf_counter as now; a = now(); import numpy; b = now(); import vgp; c = now();"
        "print(b - a, c - b)"
    )
    runs = [[float(seconds) for seconds in python(code).split()] for _ in range(3)]
    numpy, ours = (min(column) for column in zip(*runs))
    assert ours < 1.5 * numpy


PUBLIC = [
    (module, name, thing)
    for module in MODULES
    if not module.startswith("_")
    for name, thing in vars(importlib.import_module(f"vgp.{module}")).items()
    if (inspect.isclass(thing) or inspect.isfunction(thing))
    and thing.__module__ == f"vgp.{module}"
    and not name.startswith("_")
]


@pytest.mark.parametrize(("module", "name", "thing"), PUBLIC, ids=[f"{m}.{n}" for m, n, _ in PUBLIC])
def test_public_things_say_what_they_do_and_show_it(module, name, thing):
    """One line that ends in a full stop, an example, and numpydoc's sections underlined as it wants them."""
    text = inspect.getdoc(thing)
    assert text
    assert text.split("\n\n")[0].rstrip().endswith((".", ":")), "the first paragraph is a sentence"
    assert ">>> " in text, "an example"
    for title, line in re.findall(r"^([A-Z][A-Za-z ]+)\n(-{3,})$", text, flags=re.M):
        assert title in {"Parameters", "Returns", "Yields", "Raises", "Notes", "References", "Examples", "Attributes"}
        assert len(line) == len(title)


def test_the_public_names_of_the_package_exist():
    assert len(set(vgp.__all__)) == len(vgp.__all__)
    assert all(hasattr(vgp, name) for name in vgp.__all__)


def test_every_module_can_be_reached_from_the_package():
    public = [name for name in MODULES if not name.startswith("_")]
    assert {getattr(vgp, name).__name__ for name in public} == {f"vgp.{name}" for name in public}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        vgp.nothing  # noqa: B018
