"""The pages of the library: one for each module, written before Sphinx looks for pages, and the list of them.

``{api-modules}``
    a directive for the page `api/index`: a table for each package, and the table of contents.

What there is stands in the package's `_layout.py`. A page has the module's docstring and each public name as a reader
writes it, `vgp.Dense` and not `vgp.layers.Dense`; a module that is used under its own name (`NAMESPACES`) shows its
functions. The package is not imported for this. What else lies in `api`, but for the index, is removed.

Considered instead: autosummary with a template and sphinx-apidoc, which name things by their modules and want a list of
them; autoapi and autodoc2, which read the source and miss the names that `__init__` fills at run time.
"""

from __future__ import annotations

import ast
import runpy
from importlib.util import find_spec
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

FOLDER = "api"
PAGE = """\
# {title}

```{{eval-rst}}
.. automodule:: {module}
{index}
{members}
```
"""
MEMBER = {
    ast.ClassDef: ".. autoclass:: {name}\n   :members:\n   :show-inheritance:\n",
    ast.FunctionDef: ".. autofunction:: {name}\n",
    ast.Assign: ".. py:data:: {last}\n   :module: {module}\n{value}\n   {comment}\n",
}
MEMBER[ast.AnnAssign] = MEMBER[ast.Assign]


class Module:
    """A module of the package: its path there ("theory.phases"), where its names stand, and what its source says."""

    def __init__(self, package, path, own, told):
        owner = path.rpartition(".")[0]
        source = (Path(find_spec(package).submodule_search_locations[0]) / f"{path.replace('.', '/')}.py").read_text(
            encoding="utf-8"
        )
        self.name = f"{package}.{path}"
        self.flat = package if owner in told["FLAT"] else f"{package}.{owner}"
        self.private = path.rpartition(".")[2].startswith("_")
        self.docname = path.replace("_", "").replace(".", "/")
        tree = ast.parse(source)
        self.sentence = sentence(ast.get_docstring(tree))
        defined = {name: node for node in tree.body for name in names(node)}
        self.members = [(f"{self.flat}.{name}", node) for name, node in defined.items() if name in own]
        if missing := set(own) - set(defined):
            raise ValueError(f"{self.name} does not define {', '.join(sorted(missing))}, which _layout.py lists")
        if path in told["NAMESPACES"]:
            rest = ((name, node) for name, node in defined.items() if name not in own and not name.startswith("_"))
            callable_ = (ast.FunctionDef, ast.ClassDef)
            self.members += [(f"{self.name}.{name}", node) for name, node in rest if isinstance(node, callable_)]
        self.lines = source.splitlines()

    def text(self):
        """The page, in MyST."""
        word = self.docname.rpartition("/")[2].capitalize()
        # where a function has the name of its module (`vgp.train`), the address is the function's
        shared = self.private or self.name in (name for name, _ in self.members)
        return PAGE.format(
            title=word if self.private else f"{word}: `{self.name}`",
            module=self.name,
            index="   :no-index:\n" if shared else "",
            members="\n".join(self.member(name, node) for name, node in self.members),
        )

    def member(self, name, node):
        """The directive for one name; a short value is shown."""
        value = ast.unparse(node.value) if isinstance(node, (ast.Assign, ast.AnnAssign)) else ""
        value = f"   :value: {value}\n" if 0 < len(value) <= 60 else ""
        module, _, last = name.rpartition(".")
        words = {"name": name, "module": module, "last": last, "value": value, "comment": comment(self.lines, node)}
        return MEMBER[type(node)].format(**words).rstrip() + "\n"

    def said(self):
        """How the list names it."""
        if self.private:
            return ", ".join(f"{{py:obj}}`{name}`" for name, _ in self.members)
        return f"[`{self.name}`]({self.docname}.md)"


def sentence(docstring):
    """The first sentence; a question takes its answer along."""
    return " ".join(docstring.split("\n\n")[0].split()).split(". ")[0].rstrip(".")


def names(node):
    """What a statement at the top of a module defines."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [node.name] if hasattr(node, "name") else [t.id for t in targets if isinstance(t, ast.Name)]


def comment(lines, node):
    """The comment at the end of the line that defines a name, or the one above it."""
    first = node.lineno - 1
    if "  # " in lines[first]:
        return lines[first].partition("  # ")[2]
    begin = first
    while begin and lines[begin - 1].startswith("# "):
        begin -= 1
    return " ".join(line[2:] for line in lines[begin:first])


def library(package):
    """Each package ("" is the core) and its modules that have a page."""
    told = runpy.run_path(str(Path(find_spec(package).submodule_search_locations[0]) / "_layout.py"))
    found = {}
    for owner in ("", *told["WINGS"]):
        every = (Module(package, f"{owner}.{name}".lstrip("."), own, told) for name, own in told["modules"](owner))
        shown = [module for module in every if module.members or not module.private]
        found[owner] = sorted(shown, key=lambda module: module.private)
    return found


def write(app):
    folder = Path(app.srcdir, FOLDER)
    made = {folder / "index.md"}
    for module in (module for modules in library(app.config.apipages_package).values() for module in modules):
        path, text = folder / f"{module.docname}.md", module.text()
        made.add(path)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in set(folder.rglob("*.md")) - made:
        path.unlink()


class Modules(SphinxDirective):
    """The list, and the table of contents."""

    def run(self):
        package = self.config.apipages_package
        root = Path(find_spec(package).submodule_search_locations[0])
        for path in sorted(root.rglob("*.py")):
            self.env.note_dependency(str(path))
        parts, pages = [], []
        for owner, modules in library(package).items():
            name = f"{package}.{owner}".rstrip(".")
            own = ast.get_docstring(ast.parse((root / owner / "__init__.py").read_text(encoding="utf-8")))
            about = f" {sentence(own)}." if owner else ""
            rows = [f"* - {module.said()}\n  - {module.sentence}" for module in modules]
            head = "```{list-table}\n:header-rows: 1\n:widths: 34 66\n\n* - Module\n  - What it holds\n"
            parts += [f"```{{py:module}} {name}\n```\n", f"**`{name}`**{about}\n", head + "\n".join(rows) + "\n```\n"]
            pages += [module.docname for module in modules]
        parts.append("```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n")
        return self.parse_text_to_nodes("\n".join(parts))


def public_bases(app, name, obj, options, bases):
    """For a base class that is private, the first public one behind it."""
    for n, base in enumerate(bases):
        if isinstance(base, type):
            bases[n] = next(above for above in base.__mro__ if not above.__name__.startswith("_"))


def setup(app):
    app.add_config_value("apipages_package", "vgp", "env", (str,))
    app.add_directive("api-modules", Modules)
    app.connect("builder-inited", write)
    app.connect("autodoc-process-bases", public_bases)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
