"""What an answer to an exercise is to define, so that its check sees this answer and none before it.

`run.js` asks `unset` before it runs an answer that is to be checked, and `absent` afterwards.
"""

from __future__ import annotations

import ast

import runner

INSIDE = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda  # what these bind is theirs alone


def defined(code: str) -> list[str]:
    """Return the names that a cell binds at its top level, other than by import; none where it cannot be read.

    >>> defined("a = 1\\ndef f(x): y = x\\nz = [i for i in range(a)]\\nimport os")
    ['a', 'f', 'z']
    """
    found: list[str] = []

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        elif not isinstance(node, INSIDE):
            for part in ast.iter_child_nodes(node):
                look(part)

    try:
        look(ast.parse(code))
    except SyntaxError:
        return []
    return list(dict.fromkeys(found))


def unset(starter: str) -> list[str]:
    """Forget the names that the book's own text of an answer cell defines, and return those that had a value."""
    had = [name for name in defined(starter) if name in runner.page]
    for name in had:
        del runner.page[name]
    return had


def absent(starter: str, check: str) -> list[str]:
    """Return the names of the starter that have no value, of those that the check uses."""
    used = {node.id for node in ast.walk(ast.parse(check)) if isinstance(node, ast.Name)}
    return [name for name in defined(starter) if name in used and name not in runner.page]
