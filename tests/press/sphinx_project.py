"""Build small Sphinx projects with the book's own extensions, as a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

CONF = """
import sys
sys.path.insert(0, {docs!r})
extensions = {extensions!r}
root_doc = "index"
html_theme = "basic"
exclude_patterns = ["_build"]
nitpicky = True
nb_execution_mode = "off"
{more}


def setup(app):
    from importlib import import_module

    def finish(app, error):
        from _press.finish.site import Site

        named = [name.rpartition(".") for name in {steps!r}]
        if error is None:
            Site(app).run([getattr(import_module(module), step) for module, _, step in named])

    app.connect("build-finished", finish)
"""


def build(folder, pages, *, extensions, more="", jobs=1, fresh=True, steps=()):
    """Write `pages` (name -> text), build them, and return (exit code, what Sphinx said, folder of the pages).

    The pages are listed in an index. Warnings are errors, but all pages are built first. `steps`
    names those of the last steps of a site that are taken, such as "_press.cells.ledger.file".
    """
    folder = Path(folder)
    (folder / "conf.py").write_text(
        CONF.format(docs=str(DOCS), extensions=extensions, more=more, steps=list(steps)), encoding="utf-8"
    )
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    listed = "\n".join(sorted(Path(name).stem for name in pages))
    (folder / "index.md").write_text(f"# Index\n\n```{{toctree}}\n{listed}\n```\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-j", str(jobs)]
    command += ["-E", "-a"] if fresh else []
    done = subprocess.run(
        [*command, str(folder), str(folder / "_build" / "html")],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"JUPYTER_PREFER_ENV_PATH": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr, folder / "_build" / "html"


def notebook(text, *records):
    """Return an executed notebook: `text`, then one cell that has written down `records` (or claims, or verdicts)."""
    kinds = ["verdict" if "verdict" in r else "claim" if "kind" in r else "record" for r in records]
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {f"application/vnd.vgp.{kind}+json": r}}
        for kind, r in zip(kinds, records)
    ]
    code = {"cell_type": "code", "id": "b", "execution_count": 1, "source": "record(...)", "outputs": outputs}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text},
        {**code, "metadata": {"tags": ["remove-cell"]}},
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
