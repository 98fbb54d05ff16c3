"""Configuration of the book's pages. See 'How this book is built' (how-built.md) for the way from Markdown to page."""

import gc
import hashlib
import importlib
import os
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(ROOT))

gc.set_threshold(200_000, 20, 100)  # Sphinx keeps most of what it makes: a quarter of the time went into looking at it

# --- the cells' environment: one thread for each notebook (they run in parallel), no window, reproducible hashes ------

os.environ |= {
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, whatever the user has installed
    "JUPYTER_PLATFORM_DIRS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "IPYTHONDIR": str(HERE / "_build" / "ipython"),  # no start-up files of the user
}

# Made here once: otherwise the first cells that draw would report it, in the page.
importlib.import_module("matplotlib.font_manager")

# --- addresses: what needs one is left out where it is not set -------------------------------------------------------

SITE_URL = os.environ.get("VGP_SITE_URL", "")  # where the site is served, such as https://example.org/book/
REPOSITORY_URL = os.environ.get("VGP_REPOSITORY_URL", "")
takeaway_branch = os.environ.get("VGP_SITE_BRANCH", "gh-pages")  # the branch there that holds the built site

# --- project --------------------------------------------------------------------------------------------------------

project = "The Vanishing Gradient Problem"
author = "The Vanishing Gradient Problem contributors"
copyright = "The Vanishing Gradient Problem contributors"
release = version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "sphinx_exercise",
    "numpydoc",
    "_press",  # this book's own
]
root_doc = "index"
exclude_patterns = ["_build", "_press", "slow", "snippets"]
templates_path = ["_press/web/templates"]
nitpicky = True
numfig = True
numfig_secnum_depth = 0
numfig_format = {"figure": "Figure %s", "table": "Table %s", "section": "Section %s"}
suppress_warnings = ["mystnb.lexer"]

# --- Markdown and notebooks -----------------------------------------------------------------------------------------

myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

nb_merge_streams = True
nb_output_stderr = "warn"  # no cell of the book may write to the error stream
nb_execution_timeout = 120
nb_execution_show_tb = True  # a failing cell is shown with its traceback; _press/cells then stops the build
# these render to nothing: see _press/cells/ledger.py
nb_mime_priority_overrides = [("html", f"application/vnd.vgp.{kind}+json", 0) for kind in ("record", "verdict")]

nb_execution_mode = "force"
if os.environ.get("VGP_CELLS"):
    # A folder that keeps executed notebooks, for the preview. MyST-NB looks at the cells only, so the folder's name
    # carries a hash of the library and of the lock: after an edit of vgp nothing stale is shown.
    digest = hashlib.sha256()
    for path in [
        *sorted((ROOT / "vgp").rglob("*.py")),
        *sorted((ROOT / "vgp").rglob("*.json")),
        ROOT / "locks" / "docs.txt",
    ]:
        digest.update(path.read_bytes() if path.exists() else b"")
    nb_execution_mode = "cache"
    nb_execution_cache_path = str(Path(os.environ["VGP_CELLS"]) / digest.hexdigest()[:16])
if os.environ.get("VGP_DOCS") == "live":
    notebooks_keep_going = True
    takeaway_wheel = False  # a second for each save

# --- mathematics ----------------------------------------------------------------------------------------------------

html_math_renderer = "mathml"
math_eqref_format = "({number})"
mathml_macros = {
    "E": r"\mathbb{E}",
    "R": r"\mathbb{R}",
    "Var": r"\operatorname{Var}",
    "diag": r"\operatorname{diag}",
    "loss": r"\mathcal{L}",
}

# --- bibliography ---------------------------------------------------------------------------------------------------

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_default_style = "unsrt"

# --- API reference --------------------------------------------------------------------------------------------------

default_role = "code"  # in docstrings `x` is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings name types and shapes
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
modindex_common_prefix = ["vgp."]

# --- pages ----------------------------------------------------------------------------------------------------------

html_theme = "sphinx_book_theme"
html_title = project
html_baseurl = SITE_URL
repository_url = REPOSITORY_URL
html_favicon = "_press/web/static/favicon.svg"
html_static_path = ["_press/web/static"]
html_css_files = ["vgp.css", "live.css", "playground.css"]
html_last_updated_fmt = None
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_context = {"default_mode": "light"}  # without JavaScript; with it the system's mode: see web/templates/layout.html
html_sidebars = {"**": ["brand.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
linkcheck_anchors = False  # many sites make them by script
linkcheck_timeout = 20
linkcheck_retries = 2
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "article_header_end": ["live.html", "takeaway.html", "article-header-buttons.html"],
    "navbar_persistent": [],
    "toc_title": "On this page",  # as the button says that opens it
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "navigation_with_keys": False,
    "enable_search_shortcuts": False,  # Sphinx's script would take Escape, which closes menus and dialogs; Ctrl+K stays
    "search_bar_text": "Search the book",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if REPOSITORY_URL:
    html_theme_options |= {"repository_url": REPOSITORY_URL, "use_repository_button": True, "use_issues_button": True}
    provider = next((name for name in ("gitlab", "bitbucket") if name in REPOSITORY_URL), "github")
    html_theme_options["repository_provider"] = provider  # the theme wants one; other hosts have GitHub's addresses
copybutton_exclude = ".linenos, .gp, .go"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

if os.environ.get("VGP_DOCS") == "plain":  # the theme as it comes, to compare with: see the session `plain`
    press_plain = True
    templates_path = []
    html_sidebars = {}
    html_theme_options.pop("article_header_end", None)
