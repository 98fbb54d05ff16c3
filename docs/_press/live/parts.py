"""The live parts: code cells and the playground run this repository's `vgp` in the reader's browser.

The runtime (Pyodide, NumPy, matplotlib) is prepared once, by `prepare.mjs`, and lies in a folder with a
manifest. Here its files are compared with the manifest and copied to `_static/live/runtime/`, together with the library
of this very build and the Python files of `browser`. Pages with cells get the script that makes them live, and each
cell gets a number; cells tagged ``answer`` and ``check`` also get the label of their exercise.

Configuration
-------------
live : bool
    Whether the site has live parts. The environment's VGP_LIVE=0 turns them off.
live_runtime : str
    The folder of the prepared runtime, from VGP_LIVE_RUNTIME; the sessions of nox set it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from . import BROWSER
from .runtime import add_compiled

ROOT = Path(__file__).resolve().parents[3]
WEB = Path(__file__).resolve().parents[1] / "web"
FOLDER = "_static/live/"

PLOTS = "matplotlib.zip"  # loaded only when a cell draws
CELL = re.compile(r'<div class="cell ([^"]*)"( id="[^"]*")?')


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# --- the runtime -----------------------------------------------------------------------------------------------------


def runtime(app):
    """Return the folder of the prepared runtime and its manifest; an error names a file that is missing or altered."""
    where = app.config.live_runtime
    way = "`nox -s docs` prepares it; VGP_LIVE=0 builds the site without live parts"
    if not where:
        raise ExtensionError(f"live: the runtime is not prepared (VGP_LIVE_RUNTIME is not set): {way}")
    folder = Path(where).resolve()
    if not (folder / "manifest.json").is_file():
        raise ExtensionError(f"live: the file {folder / 'manifest.json'} is missing: {way}")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise ExtensionError(f"live: the file {path} is missing: remove its folder, then {way}")
        if sha256(path.read_bytes()) != entry["sha256"]:
            raise ExtensionError(f"live: the file {path} is altered: its sha256 is not that of the manifest; {way}")
    return folder, manifest


def prepared(app):
    """Read the manifest before anything else is done, so that a build does not end with this error."""
    app.live = None
    if app.config.live and app.builder.name == "html":
        folder, manifest = runtime(app)
        sizes = {name: entry["size"] for name, entry in manifest["files"].items()}
        size = sum(sizes.values()) + len(archive(library(app)))
        version = sha256(json.dumps(manifest, sort_keys=True).encode())[:10]
        made_of = [*sorted((WEB / "scripts").rglob("*.js")), WEB / "tools/assets.mjs", WEB / "tools/package-lock.json"]
        scripts = sha256(b"".join(path.read_bytes() for path in made_of))[:10]
        app.live = {"folder": folder, "manifest": manifest, "version": version, "scripts": scripts}
        app.live |= {"size": size, "plots": sizes[PLOTS]}


def archive(files):
    """A zip of {name: content} that is the same for the same files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            target.writestr(entry, content)
    return made.getvalue()


def library(app):
    """The files of the wheel that lies beside the pages, or those of the repository where none was built.

    What only a type checker reads is left out.
    """
    wheel = Path(app.outdir, f"vgp-{app.config.release}-py3-none-any.whl")
    if wheel.is_file():
        with zipfile.ZipFile(wheel) as source:
            found = {name: source.read(name) for name in source.namelist() if name.startswith("vgp/")}
    else:
        paths = (path for path in (ROOT / "vgp").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if not name.endswith((".pyi", "/py.typed"))}


def files(site):
    """Copy the runtime beside the pages, with the library of this build."""
    app, target = site.app, site.out / FOLDER
    if not app.live:
        shutil.rmtree(target, ignore_errors=True)
        return
    shutil.rmtree(target / "runtime", ignore_errors=True)
    shutil.copytree(app.live["folder"], target / "runtime", copy_function=shutil.copyfile)
    own = {path.name: path.read_bytes() for path in BROWSER.glob("*.py")}
    folders = {"vgp.zip": "/lib/python3.12/site-packages", "live.zip": "/live"}
    for name, content in (("vgp.zip", archive(library(app))), ("live.zip", archive(own))):
        (target / "runtime" / name).write_bytes(content)
    if getattr(site.config, "takeaway_wheel", False):  # not for the preview, which should be quick
        add_compiled(app.live["folder"], {target / "runtime" / name: folders[name] for name in folders})
    files = dict(app.live["manifest"]["files"])
    for name, folder in folders.items():
        content = (target / "runtime" / name).read_bytes()
        files[name] = {"size": len(content), "sha256": sha256(content), "part": "vgp", "folder": folder}
    manifest = {**app.live["manifest"], "files": files}
    (target / "runtime" / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


# --- pages -----------------------------------------------------------------------------------------------------------


def script(app, pagename, name, size):
    """Add a script of the live parts to a page; it learns where they lie, their version, and what a run loads."""
    data = {
        "data-live": "../" * pagename.count("/") + FOLDER,
        "data-version": app.live["version"],
        "data-scripts": app.live["scripts"],
        "data-size": f"{size / 1e6:.0f} MB",
    }
    app.add_js_file(f"live/{name}", loading_method="defer", **{"data-alone": "", **data})


def exercise_of(cell):
    """The label of the exercise in whose text or solution the cell stands, or None."""
    node = cell.parent
    while node is not None:
        label = node.get("target_label") or (node.get("label") if "exercise" in node.get("classes", ()) else None)
        if label and isinstance(node, nodes.Element) and {"exercise", "solution"} & set(node.get("classes", ())):
            return label
        node = node.parent
    return None


def marks(doctree):
    """For every cell of a page, in order, its attributes as text; those without input have none."""
    number = 0
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and "cell" in node["classes"]):
        if not any("cell_input" in part.get("classes", ()) for part in cell.findall(nodes.Element)):
            yield ""
            continue
        number += 1
        text = f' data-cell="{number}"' + ("" if cell["ids"] else f' id="cell-{number}"')
        for kind in ("answer", "check"):
            if f"tag_{kind}" in cell["classes"]:
                label = exercise_of(cell)
                if label is None:
                    raise ExtensionError(f"live: a cell tagged {kind} stands in no exercise: {cell.astext()[:60]!r}")
                text += f' data-{kind}="{label}"'
        yield text


def mark(app, pagename, templatename, context, doctree):
    """Number the cells of a page, and add its script."""
    if not app.live or doctree is None or "body" not in context or app.builder.name != "html":
        return
    if 'id="playground"' in context["body"]:
        script(app, pagename, "playground.js", app.live["size"] - app.live["plots"])
    found = list(marks(doctree))
    if not any(found):
        return
    left = iter(found)
    context["body"] = CELL.sub(lambda tag: tag[0] + next(left), context["body"])
    if next(left, None) is not None:
        raise ExtensionError(f"live: {pagename}: the page has fewer cells than its source")
    script(app, pagename, "cells.js", app.live["size"])


def setup(app):
    app.add_config_value("live", os.environ.get("VGP_LIVE", "1") != "0", "env", (bool,))
    app.add_config_value("live_runtime", os.environ.get("VGP_LIVE_RUNTIME", ""), "", (str,))
    app.connect("builder-inited", prepared)
    app.connect("html-page-context", mark)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
