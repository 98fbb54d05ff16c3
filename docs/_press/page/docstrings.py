"""Let docstrings be written for people.

`|z|` is a modulus, not a substitution of reStructuredText, and an indented block in the text of a module is a display
of code, not a quotation.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(``.*?``|`.*?`)")


def escape(line):
    """Return one line of a docstring with ``|`` escaped wherever it stands outside code."""
    if line.lstrip().startswith(">>>"):
        return line
    return "".join(part if part.startswith("`") else part.replace("|", r"\|") for part in _CODE.split(line))


def display(lines):
    """Return `lines` with ``::`` before each indented block that follows an empty line."""
    made = []
    for i, line in enumerate(lines):
        if line.startswith("    ") and i and not lines[i - 1]:
            before = next((text for text in reversed(lines[:i]) if text), "")
            if not before.startswith(" ") and not before.endswith("::"):
                made += ["::", ""]
        made.append(line)
    return made


def process(app, what, name, obj, options, lines):
    if what == "module":
        lines[:] = display(lines)
    lines[:] = [line if line == "::" else escape(line) for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", process, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
