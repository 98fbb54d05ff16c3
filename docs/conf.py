"""The book's settings; those of its build are in _press/settings.py. ARCHITECTURE.md tells the way of a page."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from _press import settings

# What needs an address is left out where it is not set. Where the site is served, such as https://example.org/book/,
# its repository, and the branch there that holds the built site:
addresses = {"site": os.environ.get("VGP_SITE_URL", ""), "repository": os.environ.get("VGP_REPOSITORY_URL", "")}
takeaway_branch = os.environ.get("VGP_SITE_BRANCH", "gh-pages")
globals().update(settings.prepared(**addresses))

project = html_title = "The Vanishing Gradient Problem"
author = copyright = f"{project} contributors"
language = "en"
root_doc = "index"
exclude_patterns = ["_build", "_press", "chapters/TEMPLATE.md", "slow", "snippets"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_design", "sphinx_copybutton", "sphinxcontrib.bibtex"]
extensions += ["sphinx_exercise", "numpydoc", "_press"]
nitpicky = True
nitpick_ignore = [("py:class", "numpy.ndarray")]  # the base of `vgp.Params`; other projects are not linked
suppress_warnings = ["mystnb.lexer"]
linkcheck_anchors = False  # many sites make them by script
linkcheck_timeout = 20
linkcheck_retries = 2

numfig = True
numfig_secnum_depth = 0
numfig_format = {"figure": "Figure %s", "table": "Table %s", "section": "Section %s"}
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
math_eqref_format = "({number})"
mathml_macros = {
    "E": r"\mathbb{E}",
    "R": r"\mathbb{R}",
    "Var": r"\operatorname{Var}",
    "diag": r"\operatorname{diag}",
    "loss": r"\mathcal{L}",
}
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "unsrt"

default_role = "code"  # in docstrings `x` is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name types and shapes
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
modindex_common_prefix = ["vgp."]
