"""Each chapter to take away: a notebook without outputs and a script, beside the page, from the page's menu.

Both are written from the page as Sphinx has resolved it, so the prose has its numbers; cells that the page leaves out
(they only record numbers) are left out here too. `asmarkdown` turns the prose into Markdown, jupytext the notebook into
the script. The library lies beside the pages as a wheel. The menu and the line at the end of a chapter are in
`web/templates/takeaway.html` and `line`.

With `repository_url` set, the menu also opens the notebook on Binder, and on Colab if the repository is on GitHub. They
take it from the branch that holds the built site.

Configuration
-------------
takeaway_pages : str
    Regular expression for the pages that are written.
takeaway_branch : str
    The branch of the repository that holds the built site.
takeaway_wheel : bool
    Build the wheel too.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import jupytext
import nbformat
from nbformat import v4
from sphinx.errors import ExtensionError
from sphinx.util.osutil import relative_uri

from ..cells import executed
from .asmarkdown import Code, Writer, wrap

ROOT = Path(__file__).resolve().parents[3]
BINDER, COLAB = "https://mybinder.org/v2", "https://colab.research.google.com/github"
LICENCE = (
    "Code: BSD 3-Clause License. Text and figures: CC BY 4.0. "
    "The part of MNIST that comes with the library: CC BY-SA 3.0."
)


def taken(app, docname):
    """Return whether the page is one that can be taken away."""
    return app.builder.name == "html" and bool(re.fullmatch(app.config.takeaway_pages, docname))


def wheel_name(app):
    return f"vgp-{app.config.release}-py3-none-any.whl"


# --- the notebook ----------------------------------------------------------------------------------------------------


def first_cell(app, title, docname):
    """What this is, what it needs, and the licences."""
    config = app.config
    where = f" Its page: <{config.html_baseurl}{docname}.html>." if config.html_baseurl else ""
    ways = []
    if config.repository_url:
        ways.append(f'pip install "vgp[plot] @ git+{config.repository_url}"')
    if config.takeaway_wheel:
        ways.append(f'pip install "./{wheel_name(app)}[plot]"    # the file that lies beside the book\'s pages')
    ways.append('pip install ".[plot]"    # in a copy of the repository')
    return (
        wrap(
            f"*{title}* is a chapter of *{config.project}*, version {config.release}.{where} To run its cells, install "
            "the book's library with its plots, in Python 3.11 or newer, in one of these ways:"
        )
        + "\n\n```sh\n"
        + "\n".join(ways)
        + f"\n```\n\n{wrap(LICENCE)}"
    )


def install_cell(repository):
    """For hosted notebooks, which start without the library."""
    return (
        "# A hosted notebook starts without the book's library.\nimport importlib.util\n\n"
        f'if importlib.util.find_spec("vgp") is None:\n    %pip install -q "vgp[plot] @ git+{repository}"'
    )


def notebook(first, blocks, cells, cited=()):
    """Return the notebook made of `blocks`, whose `Code` are numbers of `cells`; ids are places, so they stay."""
    made, prose = [], [first]

    def flush():
        if prose:
            made.append(v4.new_markdown_cell("\n\n".join(prose)))
            prose.clear()

    flush()
    for block in blocks:
        if isinstance(block, Code):
            flush()
            made.append(v4.new_code_cell("".join(cells[block]["source"])))
        else:
            prose.append(block)
    if cited:
        prose.append("\n".join(["## References", "", *("- " + wrap(work).replace("\n", "\n  ") for work in cited)]))
    flush()
    for n, cell in enumerate(made):
        cell["id"] = f"cell-{n:03d}"
    return v4.new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )


def script(book):
    """Return the notebook as a script: prose as comments, cells between marks that editors know."""
    text = jupytext.writes(
        nbformat.from_dict({**book, "metadata": {"jupytext": {"notebook_metadata_filter": "-all"}}}), fmt="py:percent"
    )
    return re.sub(r"^# ---\n(?:#.*\n)*?# ---\n+", "", text)


def write(app, doctree, docname):
    if not taken(app, docname):
        return
    source = executed(app, docname)
    if not source.is_file():
        raise ExtensionError(f"{docname} has no executed notebook: takeaway_pages names pages with cells")
    numbers = app.env.toc_fignumbers.get(docname, {})

    def number(node):
        found = (kind[i] for kind in numbers.values() for i in node["ids"] if i in kind)
        return ".".join(map(str, next(found, ())))

    base = app.config.html_baseurl and app.config.html_baseurl + app.builder.get_target_uri(docname)
    writer = Writer(macros=app.config.mathml_macros, number=number, base=base)
    blocks = writer.inside(doctree)
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    first = first_cell(app, app.env.longtitles[docname].astext(), docname)
    book = notebook(first, blocks, cells, writer.cited)
    target = Path(app.outdir, *docname.split("/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.with_name(target.name + ".py").write_text(script(book), encoding="utf-8")
    if app.config.repository_url:
        cell = v4.new_code_cell(install_cell(app.config.repository_url), id="install")
        book["cells"].insert(1, cell)
    nbformat.validate(book)
    target.with_name(target.name + ".ipynb").write_text(nbformat.writes(book) + "\n", encoding="utf-8")


# --- menu and line ----------------------------------------------------------------------------------------------------


def launch(repository, branch, path):
    """Return [(name, what, address)] of the hosted notebooks that open `path` in the branch of the repository."""
    if not repository:
        return []
    address = urlsplit(repository.removesuffix("/").removesuffix(".git"))
    at, place = quote(branch, safe=""), address.path.strip("/")
    kind = {"github.com": f"gh/{place}", "gitlab.com": f"gl/{quote(place, safe='')}"}.get(address.netloc)
    kind = kind or f"git/{quote(address.geturl(), safe='')}"
    found = [("Binder", "notebook", f"{BINDER}/{kind}/{at}?labpath={quote(path, safe='')}")]
    if address.netloc == "github.com":
        found.append(("Colab", "notebook", f"{COLAB}/{place}/blob/{at}/{path}"))
    return found


def line(files, hosted):
    """The line of plain links at the end of the chapter."""

    def link(name, url, more=""):
        return f'<a href="{html.escape(url)}"{more}>{name}</a>'

    saved = ", ".join(link(name, url, " download") for _, name, url in files)
    opened = " or ".join(link(name, url) for name, _, url in hosted)
    opened = f", or open it on {opened}" if hosted else ""
    return f'<p class="vgp-takeaway">Take this chapter away: {saved}{opened}.</p>\n'


def offer(app, pagename, templatename, context, doctree):
    """Hand the links to the page's template, and add the line; the index has places for the PDF and the EPUB."""
    if pagename == app.config.root_doc and app.builder.name == "html":
        context["body"] += "<!-- pdf --><!-- /pdf --><!-- epub --><!-- /epub -->\n"  # see pdf.py
    if doctree is None or not taken(app, pagename):
        return
    name = pagename.rpartition("/")[2]
    files = [(".ipynb", "notebook", f"{name}.ipynb"), (".py", "script", f"{name}.py")]
    if app.config.takeaway_wheel:
        files.append((".whl", "library", relative_uri(f"{pagename}.html", wheel_name(app))))
    hosted = launch(app.config.repository_url, app.config.takeaway_branch, f"{pagename}.ipynb")
    context["takeaway"] = {"files": files, "launch": hosted}
    context["body"] += line(files, hosted)


def library(site):
    """Build the wheel, and tell Binder what to install."""
    if site.config.takeaway_wheel:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(site.out.resolve())]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        if not (site.out / wheel_name(site.app)).is_file():
            raise ExtensionError(f"hatchling did not write {wheel_name(site.app)}")
    if site.config.repository_url:
        folder = site.out / "binder"
        folder.mkdir(exist_ok=True)
        text = f"vgp[plot] @ git+{site.config.repository_url}\n"
        (folder / "requirements.txt").write_text(text, encoding="utf-8")


def setup(app):
    app.add_config_value("takeaway_pages", r"chapters/.*", "html", (str,))
    app.add_config_value("takeaway_branch", "gh-pages", "html", (str,))
    app.add_config_value("takeaway_wheel", True, "html", (bool,))
    app.setup_extension("_press.page.book")  # repository_url
    app.connect("doctree-resolved", write, priority=900)
    app.connect("html-page-context", offer)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
