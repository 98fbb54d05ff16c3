"""Build the site a second time, from a copy of the repository in another folder, and once more after an edit.

Use: `python tests/rebuild.py SITE FOLDER [addresses]`, where SITE was built by the session `docs` just before, and
FOLDER is for the copy. It fails unless

- the second build has the same files with the same bytes,
- after an edit of one chapter's prose the page shows the new sentence, without any cell being executed again,
- taking the edit back gives the first bytes again,
- with `addresses`, the checks of the pages hold too where the site knows its address and its repository, as when it is
  published.

It prints how long each build took, beside the aim. A machine that does other work besides may need more, so only
`PATIENCE` times as long is an error.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from same import differences

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "chapters/04-one-factor-per-layer"
SENTENCE = "This sentence was added to see how long an edit takes."
AIMS = {"the second build": 90, "after an edit": 10, "after taking it back": 10, "with addresses": 45}  # in seconds
ADDRESSES = {"VGP_SITE_URL": "https://example.org/book/", "VGP_REPOSITORY_URL": "https://github.com/example/book"}
CHECKS = ("head", "takeaway", "styles")  # of tests/press/site
PATIENCE = 3
LEFT = shutil.ignore_patterns(".git", ".venv", ".nox", ".*_cache", "__pycache__", "_build", "build", "dist")


def sphinx(copy, what, *options, **environment):
    """Build the copy's site, print the seconds, and return what Sphinx has printed."""
    out = copy / "docs" / "_build"
    command = ["sphinx-build", "-b", "html", "-n", "-W", "--keep-going", "-j", "2", "-d", str(out / "doctrees")]
    start = time.monotonic()
    done = subprocess.run(
        [*command, *options, "docs", str(out / "html")],
        cwd=copy, env=os.environ | environment, capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.monotonic() - start
    print(f"{seconds:6.1f} s  {what} (aim {AIMS[what]} s)", flush=True)
    if done.returncode or seconds > PATIENCE * AIMS[what]:
        sys.exit(done.stdout[-4000:] + done.stderr + f"\n{what}: status {done.returncode} after {seconds:.0f} s")
    return done.stdout


def compare(site, copy, what):
    found, count = differences(site, copy / "docs" / "_build" / "html")
    if found or not count:
        sys.exit("\n".join([f"{what}: {len(found)} of {count} files differ", *found[:20]]))
    print(f"          {count} files, byte for byte those of {site}", flush=True)


def check(copy):
    """Try the copy's pages by the checks that depend on addresses."""
    looks = [f"tests/press/site/test_{name}.py" for name in CHECKS]
    html = str(copy / "docs" / "_build" / "html")
    options = ["-q", "-n", "2", "--dist", "loadgroup", "--confcutdir=tests/press/site"]
    command = [sys.executable, "-m", "pytest", *options, *looks]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"VGP_HTML": html}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-8000:] + done.stderr + "\nwith addresses: the checks of the pages fail")
    print(f"          checks of the pages: {done.stdout.strip().splitlines()[-1]}", flush=True)


def main(site, copy, *more):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=LEFT)
    sphinx(copy, "the second build", "-E", "-a")
    compare(site, copy, "the second build")

    source, page = copy / "docs" / f"{CHAPTER}.md", copy / "docs" / "_build" / "html" / f"{CHAPTER}.html"
    text = source.read_text(encoding="utf-8")
    heading = text.index("\n## ")
    source.write_text(f"{text[:heading]}\n{SENTENCE}\n{text[heading:]}", encoding="utf-8")
    printed = sphinx(copy, "after an edit")
    if SENTENCE not in page.read_text(encoding="utf-8") or "Executing notebook" in printed:
        sys.exit(f"{CHAPTER} does not show the edit, or a cell ran again:\n{printed}")

    source.write_text(text, encoding="utf-8")
    sphinx(copy, "after taking it back")
    compare(site, copy, "after taking it back")

    if "addresses" in more:
        sphinx(copy, "with addresses", **ADDRESSES)
        check(copy)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:])
