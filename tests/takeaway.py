"""Run each chapter's script, as a reader would who has installed the wheel; called by `nox -s takeaway`.

`python tests/takeaway.py SITE` runs every script of the built site in an empty folder, as many at a time as there are
cores, with warnings as errors. It needs nothing but `vgp` with its plots. Each notebook must have the script's cells.
Between the cells the checks of the exercises are tried: see chapters.py.
"""

import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chapters


def cells(script):
    """The code of the cells of a script in jupytext's format 'percent'; all else in it must be comments."""
    first, *parts = re.split(r"^# %%(.*)\n", script, flags=re.M)
    kinds = list(zip(parts[::2], parts[1::2], strict=True))
    for text in (first, *(text for kind, text in kinds if "[markdown]" in kind)):
        if code := [line for line in text.splitlines() if line.strip() and not line.startswith("#")]:
            raise ValueError(f"outside the cells: {code[0]}")
    return [text.strip() for kind, text in kinds if "[markdown]" not in kind]


def notebook_cells(path):
    """The code of a notebook, but for the cell that installs the library where a host has none."""
    made = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]).strip() for c in made if c["cell_type"] == "code" and c["id"] != "install"]


def run(path):
    """Return what went wrong, or "", and the seconds."""
    begun = time.monotonic()
    codes = cells(path.read_text(encoding="utf-8"))
    if codes != notebook_cells(path.with_suffix(".ipynb")):
        return f"{path.with_suffix('.ipynb').name} has other cells", 0.0
    source = chapters.DOCS / "chapters" / f"{path.stem}.md"
    found = chapters.taken(chapters.cells(source.read_text(encoding="utf-8")), codes)
    wrong, trials = chapters.run(found)
    return "\n".join([*filter(None, [wrong]), *chapters.unhelpful(found, trials)]), time.monotonic() - begun


def main(site):
    import vgp

    scripts = sorted(Path(site).resolve().glob("chapters/*.py"))
    pages = sorted(Path(site).resolve().glob("chapters/*.html"))
    assert [path.stem for path in scripts] == [path.stem for path in pages], "a chapter without a script"
    assert scripts, f"no chapters in {site}: run `nox -s docs` first"
    assert "site-packages" in vgp.__file__, f"not the installed library: {vgp.__file__}"
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (wrong, seconds) in zip(scripts, pool.map(run, scripts), strict=True):
            print(f"{seconds:6.1f} s  {path.name}  {wrong}", flush=True)
            failed = failed or bool(wrong)
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
