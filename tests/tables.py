"""Write what others would copy: the stubs of `vgp`, the tables of ARCHITECTURE.md and CONTRIBUTING.md, and the drawing.

Their sources are `vgp/_layout.py` and the docstrings of the modules, those of the sessions in `noxfile.py`, and the
imports. `nox -s tables` writes them, and `tests/book/test_tables.py` says what is stale.
"""

import ast
import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = "docs/_press/page/structure.py"  # draws what imports what
STUB = '''"""Public names, for type checkers and editors: `nox -s tables` writes this file from `vgp/_layout.py`."""
'''


def layout(root):
    """What `vgp/_layout.py` defines, without importing `vgp`."""
    return runpy.run_path(str(root / "vgp" / "_layout.py"))


# --- stubs -----------------------------------------------------------------------------------------------------------


def again(module, names):
    """Import lines that say `as`: what a stub imports in this way is public."""
    return [f"from {module} import {name} as {name}" for name in names]


def stub(told, package):
    """The stub of a wing, or of `vgp` itself for ""."""
    lines = [] if package else again(".", sorted([*told["WINGS"], *told["NAMESPACES"]]))
    for module, names in told["modules"](package):
        lines += again(f".{module}", names)
    if not package:
        lines += [line for wing in told["FLAT"] if wing for line in again(f".{wing}", told["names"](wing))]
    return "\n".join([STUB, *lines, *([] if package else ["", "__version__: str"])]) + "\n"


# --- tables ----------------------------------------------------------------------------------------------------------


def sentence(docstring):
    """The first sentence of a docstring, on one line; a question takes its answer along."""
    paragraph = " ".join(docstring.strip().split("\n\n")[0].split())
    return re.match(r".*?(?:\.(?=\s|$)|$)", paragraph)[0]


def cell(text):
    return text.replace("|", r"\|")


def modules(root, told):
    """For each package a table of its modules, in the order in which they may import each other."""
    rows = {path: rank for rank, row in enumerate(told["RANKS"]) for path in row}
    lines = []
    for package in ("", *told["WINGS"]):
        name = f"vgp.{package}" if package else "vgp"
        own = ast.get_docstring(ast.parse((root / name.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")))
        lines += ["", f"**`{name}`.** {sentence(own) if package else 'The core.'}"]
        lines += ["", "| row | module | what it holds |", "|---|---|---|"]
        for module, _ in told["modules"](package):
            path = f"{package}.{module}".lstrip(".")
            text = (root / "vgp" / f"{path.replace('.', '/')}.py").read_text(encoding="utf-8")
            said = sentence(ast.get_docstring(ast.parse(text)))
            lines.append(f"| {rows[path]} | `{module}` | {cell(said)} |")
    return "\n".join(lines).strip()


def sessions(root):
    """The sessions of `noxfile.py` and the first line of their docstrings: what `nox -l` prints."""
    lines = ["| session | what it does |", "|---|---|"]
    for node in ast.parse((root / "noxfile.py").read_text(encoding="utf-8")).body:
        for mark in getattr(node, "decorator_list", ()):
            if ast.unparse(mark).startswith("nox.session"):
                options = {option.arg: ast.literal_eval(option.value) for option in getattr(mark, "keywords", ())}
                name, said = options.get("name", node.name), ast.get_docstring(node).splitlines()[0]
                lines.append(f"| `{name}` | {cell(said)} |")
    return "\n".join(lines)


def between(text, name, made):
    """Put `made` between the two comments that name the table."""
    begin, end = f"<!-- `nox -s tables` writes this: {name} -->\n", f"<!-- end: {name} -->\n"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"there must be one line {begin.strip()!r} and, below it, one line {end.strip()!r}")
    return text.partition(begin)[0] + begin + f"\n{made}\n\n" + end + text.partition(end)[2]


# --- all of it -------------------------------------------------------------------------------------------------------


def tables(root=ROOT):
    """Each file that is written here, by its path, with what it should hold."""
    told = layout(root)
    made = {f"vgp/{package}/__init__.pyi".replace("//", "/"): stub(told, package) for package in ("", *told["WINGS"])}
    for name, table, text in (
        ("ARCHITECTURE.md", "modules", modules(root, told)),
        ("CONTRIBUTING.md", "sessions", sessions(root)),
    ):
        made[name] = between((root / name).read_text(encoding="utf-8"), table, text)
    made[".github/structure.svg"] = runpy.run_path(str(root / PICTURE))["alone"](root)
    return made


def stale(root=ROOT):
    """The paths of the files that hold something else."""
    made = tables(root)
    return [path for path in made if not (root / path).is_file() or (root / path).read_text("utf-8") != made[path]]


def write(root=ROOT):
    """Write the files that are stale, and return their paths."""
    made, found = tables(root), stale(root)
    for path in found:
        (root / path).write_text(made[path], encoding="utf-8", newline="\n")
    return found


if __name__ == "__main__":
    print("written:", ", ".join(write()) or "nothing, all is fresh")
