"""Checks of a package's structure: each takes its folder and rows as in `vgp._layout.RANKS`, and returns what is wrong.

They read the source with `ast` and import nothing, so that tests/vgp/test_architecture.py can also try each of them on
a small package that breaks its rule.
"""

import ast
import functools
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

Ranks = Sequence[dict[str, str]]
LAYOUT = "_layout"  # the list itself, which only the packages' own `__init__` read

MAY_IMPORT = {"": {""}, "theory": {"", "theory"}, "measure": {"", "measure"}, "book": {"", "theory", "measure", "book"}}


def files(folder: Path) -> dict[str, Path]:
    """Each module by its dotted name, such as "layers" and "theory.phases", without the list of modules itself."""
    found = {".".join(path.relative_to(folder).with_suffix("").parts): path for path in sorted(folder.rglob("*.py"))}
    return {name: path for name, path in found.items() if path.stem != "__init__" and name != LAYOUT}


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def package(name: str) -> str:
    """The package of a module: "" for the core, or the name of a wing."""
    return name.rpartition(".")[0]


class Import(NamedTuple):
    target: str  # "numpy", or a module of the package itself as ".layers" and ".theory.phases"
    late: bool  # whether it waits for a call, or is for the type checker alone
    line: int


def imports(name: str, path: Path, modules: set[str], root: str) -> Iterator[Import]:
    """Every import of a module, wherever it stands."""

    def at(node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            if isinstance(child, ast.Import):
                yield from (Import(own(alias.name), late, child.lineno) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if not child.level:
                    yield Import(own(base), late, child.lineno)
                    continue
                here = name.split(".")[: -child.level] if child.level <= len(name.split(".")) else ["?"]
                base = ".".join([*here, *filter(None, [base])])
                for alias in child.names:
                    full = f"{base}.{alias.name}".strip(".")
                    yield Import("." + (full if full in modules or not base else base), late, child.lineno)
            else:
                yield from at(child, late or inside or typing)

    def own(target: str) -> str:
        top, _, rest = target.partition(".")
        return "." + rest if top == root else top

    yield from at(tree(path), False)


def own_imports(folder: Path) -> dict[str, list[Import]]:
    """For each module, what it imports from the package itself."""
    found = files(folder)
    return {
        name: [i for i in imports(name, path, set(found), folder.name) if i.target.startswith(".")]
        for name, path in found.items()
    }


def listed(folder: Path, ranks: Ranks) -> list[str]:
    """Every module has one entry, and every entry its module."""
    entries, there = [name for row in ranks for name in row], set(files(folder))
    return [
        *(f"{name}: no entry in _layout.RANKS" for name in sorted(there - set(entries))),
        *(f"{name}: an entry in _layout.RANKS and no file" for name in sorted(set(entries) - there)),
        *(
            f"{name}: more than one entry in _layout.RANKS"
            for name in sorted({n for n in entries if entries.count(n) > 1})
        ),
    ]


def upward(folder: Path, ranks: Ranks) -> list[str]:
    """A module imports from rows above its own alone."""
    rank = {name: i for i, row in enumerate(ranks) for name in row}
    return [
        f"{name}, line {i.line}: imports {i.target[1:] or 'the package'}, which is not in a row above"
        for name, found in own_imports(folder).items()
        for i in found
        if rank.get(i.target[1:], len(ranks)) >= rank.get(name, len(ranks))
    ]


def crossing(folder: Path, ranks: Ranks) -> list[str]:
    """The core imports no wing, `theory` and `measure` the core alone; `book` may import all."""
    return [
        f"{name}, line {i.line}: imports {i.target[1:]}, which {package(name) or 'the core'} must not"
        for name, found in own_imports(folder).items()
        for i in found
        if package(i.target[1:]) not in MAY_IMPORT.get(package(name), set()) or i.target[1:] in MAY_IMPORT
    ]


def cycles(folder: Path, ranks: Ranks) -> list[str]:
    """No modules that import each other, in a row of any length."""
    found = {name: {i.target[1:] for i in own} for name, own in own_imports(folder).items()}
    while free := [name for name, own in found.items() if not own & set(found)]:
        for name in free:
            del found[name]
    return [f"these import each other: {', '.join(found)}"] if found else []


def may_load(name: str) -> set[str]:
    """What a module may import beside NumPy and the standard library, when it is needed and not before."""
    if name == "book.ledger":
        return {"IPython"}
    draws = package(name) == "book" or (package(name) == "measure" and name.endswith("plot"))
    return {"matplotlib"} if draws else set()


def foreign(folder: Path, ranks: Ranks) -> list[str]:
    """NumPy is the only dependency; what draws imports matplotlib, and the ledger IPython, at the first call."""
    wrong = []
    for name, path in files(folder).items():
        for i in imports(name, path, set(), folder.name):
            if i.target.startswith(".") or i.target in {"numpy", *sys.stdlib_module_names}:
                continue
            if i.target not in may_load(name):
                wrong.append(f"{name}, line {i.line}: imports {i.target}")
            elif not i.late:
                wrong.append(f"{name}, line {i.line}: imports {i.target} before it is needed")
    return wrong


def chance(folder: Path, ranks: Ranks) -> list[str]:
    """Random numbers come from a generator that the caller gives: of np.random, the type alone is used."""
    wrong = []
    for name, path in files(folder).items():
        wrong += [
            f"{name}, line {node.lineno}: uses np.random.{node.attr}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
            if node.value.attr == "random" and node.attr != "Generator"
        ]
        wrong += [
            f"{name}, line {node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree(path))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            if re.search(r"\brandom\b", ast.unparse(node))
        ]
    return wrong


def subjects(folder: Path, ranks: Ranks) -> list[str]:
    """The first line of a file says its subject in one sentence."""
    wrong = []
    for path in sorted(folder.rglob("*.py")):
        first, _, rest = (ast.get_docstring(tree(path)) or "").partition("\n")
        sentence = first.endswith(".") and not re.search(r"[.?!] [A-Z]", first) and not rest.split("\n")[0]
        if not sentence:
            wrong.append(f"{path.relative_to(folder)}: the first line is not one sentence: {first!r}")
    return wrong


def defined(path: Path) -> dict[str, bool]:
    """The public names that a module gives to something of its own; True for functions and classes."""
    found = {}
    for node in tree(path).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = True
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id: False for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
    return {name: kind for name, kind in found.items() if not name.startswith("_")}


def absent(folder: Path, ranks: Ranks) -> list[str]:
    """Each public name of the list is defined in its module."""
    there = files(folder)
    return [
        f"{module}: {name} is in _layout.RANKS and not in the module"
        for row in ranks
        for module, names in row.items()
        if module in there
        for name in names.split()
        if name not in defined(there[module])
    ]


def doubles(folder: Path, ranks: Ranks) -> list[str]:
    """No two modules define a public function or class of the same name."""
    owners: dict[str, list[str]] = {}
    for module, path in files(folder).items():
        for name in (name for name, is_code in defined(path).items() if is_code):
            owners.setdefault(name, []).append(module)
    return [f"{name}: defined in {' and '.join(found)}" for name, found in sorted(owners.items()) if len(found) > 1]


def shadows(folder: Path, ranks: Ranks, flat: Sequence[str] = ("", "measure")) -> list[str]:
    """No public name is that of a module or wing under the same path: `vgp.NAME`, or `vgp.WING.NAME`.

    The names of the packages in `flat` stand in `vgp` itself.
    """
    there = files(folder)
    inside = {
        owner: {name.rpartition(".")[2] for name in there if package(name) == owner} for owner in map(package, there)
    }
    inside.setdefault("", set()).update(set(inside) - {""})
    found = set()
    for module, names in ((module, names) for row in ranks for module, names in row.items()):
        for path in {package(module), *([""] if package(module) in flat else [])}:
            found |= {f"{path}.{name}".strip(".") for name in set(names.split()) & inside.get(path, set())}
    return sorted(found)


def unreached(name: str, modules: Sequence[str]) -> list[str]:
    """The modules of the package that `import NAME` and attributes do not lead to.

    Where a function has the name of its module, as in `vgp.train`, the attribute is the function.
    """
    wrong = []
    for module in modules:
        full, found = f"{name}.{module}", importlib.import_module(name)
        try:
            for part in module.split("."):
                found = getattr(found, part)
        except AttributeError:
            wrong.append(module)
            continue
        if full not in (getattr(found, "__name__", None), getattr(found, "__module__", None)):
            wrong.append(module)
    return wrong
