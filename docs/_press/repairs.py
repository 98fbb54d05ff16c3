"""What other packages ought to do: every small repair of them, each with the package and the report of it.

ARCHITECTURE.md lists them again under 'What ought to go upstream'. A repair that a new version makes superfluous goes.
"""

from __future__ import annotations

import functools
import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

# --- the markup of a page, mostly as axe asks for it ------------------------------------------------------------------

REPLACED = {
    # docutils makes the bibliography a list by roles, but puts the back links between the entries; the role of an entry
    # is deprecated since DPUB-ARIA 1.1 (w3c/dpub-aria#22). Not reported to docutils yet.
    ' role="list" class="citation-list"': ' class="citation-list"',
    ' role="doc-biblioentry"': "",
    # MyST-NB names the summary of folded code by another text than the one that it shows. Not reported yet.
    '<summary aria-label="Toggle hidden content">': "<summary>",
}
# MyST-NB puts a paragraph into that summary, where HTML allows text only; `vgp.css` repeats its rules for the new
# element. Not reported yet.
PARAGRAPH = re.compile(r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>')
# docutils does not say whether a cell of a table heads its column or its row. Not reported yet.
HEADS = re.compile(r'<th class="(head|stub)\b')
SCOPES = {"head": "col", "stub": "row"}
# pydata-sphinx-theme: the switch that unfolds a part of the table of contents, a summary since its pull request #1582,
# has an arrow and no name. Not reported yet.
SWITCH = '<summary aria-label="Show or hide the pages below">'
# docutils writes a viewport for every source, which Sphinx and its theme have already: sphinx-doc/sphinx#11699.
VIEWPORT = re.compile(r'<meta[^>]*name="viewport"[^>]*>\s*')


def markup(app, pagename, templatename, context, doctree):
    if "body" in context:
        body = context["body"]
        for old, new in REPLACED.items():
            body = body.replace(old, new)
        body = PARAGRAPH.sub(r'<span class="\1 admonition-title">\2</span>', body)
        context["body"] = HEADS.sub(lambda m: f'<th scope="{SCOPES[m[1]]}" class="{m[1]}', body)
    if tree := context.get("generate_toctree_html"):

        def named(*args, **options):
            return str(tree(*args, **options) or "").replace("<summary>", SWITCH)

        context["generate_toctree_html"] = named


def one_viewport(app, pagename, templatename, context, doctree):
    if "metatags" in context:
        context["metatags"] = VIEWPORT.sub("", context["metatags"])


# --- sphinx-exercise -------------------------------------------------------------------------------------------------


class ContentWithoutIds(SphinxPostTransform):
    """sphinx-exercise gives the content of every exercise, and of every solution, the same id. Not reported yet."""

    default_priority = 150  # when it has made its titles
    formats = ("html",)

    def run(self, **kwargs):
        for section in list(self.document.findall(nodes.section)):
            if {"exercise-content", "solution-content"} & set(section["ids"]):
                section["ids"].clear()  # else docutils hands them on to the first child
                section.replace_self(section.children)


def forget_gated(app, env, docname):
    """sphinx-exercise: its list of gated directives is not cleared when a page is read again. Not reported yet."""
    getattr(env, "sphinx_exercise_gated_registry", {}).pop(docname, None)


# --- autodoc: docstrings are written for people ----------------------------------------------------------------------

# reStructuredText takes |z| for a substitution, and an indented block for a quotation; in the docstrings of a library
# of mathematics they are a modulus and a display of code. Neither autodoc nor numpydoc is at fault, or has a setting.
CODE = re.compile(r"(``.*?``|`.*?`)")


def escape(line):
    """Return one line of a docstring with ``|`` escaped wherever it stands outside code."""
    if line.lstrip().startswith(">>>"):
        return line
    return "".join(part if part.startswith("`") else part.replace("|", r"\|") for part in CODE.split(line))


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


def docstring(app, what, name, obj, options, lines):
    if what == "module":
        lines[:] = display(lines)
    lines[:] = [line if line == "::" else escape(line) for line in lines]


# --- functions that take the place of others' ------------------------------------------------------------------------


def look_styles_up_once():
    """pybtex asks every installed package for a style whenever sphinxcontrib-bibtex resolves a citation.

    That is some 240 times in a build, which takes two of its seconds. Not reported yet; Pygments had the same
    (pygments/pygments#2979).
    """
    import pybtex.plugin

    look = pybtex.plugin._load_entry_point
    if not hasattr(look, "cache_info"):
        pybtex.plugin._load_entry_point = functools.cache(look)


def keep_cached_outputs():
    """MyST-NB: on a hit of the cache, the notebook that it writes out, where records are read, has no outputs.

    Not reported yet.
    """
    from myst_nb.core.execute.cache import NotebookClientCache

    start_client = NotebookClientCache.start_client
    if hasattr(start_client, "__wrapped__"):
        return

    @functools.wraps(start_client)
    def start(self):
        written = self.notebook
        start_client(self)
        for bare, full in zip(written.cells, self.notebook.cells, strict=True):
            if full.cell_type == "code":
                bare.outputs = full.outputs

    NotebookClientCache.start_client = start


def setup(app):
    app.connect("html-page-context", one_viewport, priority=590)  # before `page.head` adds to these tags
    app.connect("html-page-context", markup, priority=900)  # after the theme
    app.add_post_transform(ContentWithoutIds)
    app.connect("env-purge-doc", forget_gated)
    if "sphinx.ext.autodoc" in app.extensions:
        app.connect("autodoc-process-docstring", docstring, priority=900)
    if "sphinxcontrib.bibtex" in app.extensions:
        look_styles_up_once()
    if "myst_nb" in app.extensions:
        keep_cached_outputs()
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
