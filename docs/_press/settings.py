"""What the press wants from Sphinx, the theme and other extensions, so that `conf.py` can be about the book.

`conf.py` takes over what `prepared` returns. What depends on the environment is decided here: VGP_CELLS names a folder
that keeps executed cells, VGP_DOCS=live is the preview, VGP_DOCS=plain gives the theme as it comes, to compare with.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent

CELLS = {
    "nb_merge_streams": True,
    "nb_output_stderr": "warn",  # no cell of the book may write to the error stream
    "nb_execution_timeout": 120,
    "nb_execution_show_tb": True,  # a failing cell is shown with its traceback; cells/notebooks.py then stops the build
    # these render to nothing: see cells/ledger.py
    "nb_mime_priority_overrides": [
        ("html", f"application/vnd.vgp.{kind}+json", 0) for kind in ("record", "claim", "verdict")
    ],
}
# What `cells/refusals.py` only counts. While chapters are being rewritten; a finished book lets nothing pass: ().
LENIENT = ("seeds",)
PAGES = {
    "html_theme": "sphinx_book_theme",
    "html_favicon": "_press/web/static/favicon.svg",
    "html_static_path": ["_press/web/static"],
    "html_css_files": ["vgp.css", "live.css", "playground.css"],
    "html_last_updated_fmt": None,
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_sphinx": False,
    "html_context": {
        "default_mode": "light"
    },  # without JavaScript; with it the system's: see web/templates/layout.html
    "html_math_renderer": "mathml",
    "copybutton_exclude": ".linenos, .gp, .go",
    "copybutton_prompt_text": r">>> |\.\.\. ",
    "copybutton_prompt_is_regexp": True,
}
OURS = {  # of our own templates
    "templates_path": ["_press/web/templates"],
    "html_sidebars": {"**": ["brand.html", "search-button-field.html", "sbt-sidebar-nav.html"]},
}
THEME = {
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


def version():
    """Return the version of the library, which is that of the book."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def environment():
    """Make the cells' environment: one thread for each notebook (they run in parallel), no window, no user's files."""
    os.environ |= {
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, whatever the user has installed
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYTHONDIR": str(DOCS / "_build" / "ipython"),
    }
    sys.path.insert(0, str(ROOT))
    # Sphinx keeps most of what it makes: a quarter of the time went into looking at it.
    gc.set_threshold(200_000, 20, 100)
    # Made here once: otherwise the first cells that draw would report it, in the page.
    importlib.import_module("matplotlib.font_manager")


def execution(folder, root=ROOT):
    """Return whether cells are executed always, or kept in `folder` for the preview.

    MyST-NB looks at the cells only, so the name of the folder within carries a hash of the library and of the lock:
    after an edit of vgp nothing stale is shown.
    """
    if not folder:
        return {"nb_execution_mode": "force"}
    library = [*sorted((root / "vgp").rglob("*.py")), *sorted((root / "vgp").rglob("*.json"))]
    digest = hashlib.sha256()
    for path in [*library, root / "locks" / "docs.txt"]:
        digest.update(path.read_bytes() if path.exists() else b"")
    kept = Path(folder) / digest.hexdigest()[:16]
    return {"nb_execution_mode": "cache", "nb_execution_cache_path": str(kept)}


def theme(repository, *, plain=False):
    """Return the options of the theme: its buttons to the repository are there where it has an address."""
    options = {name: value for name, value in THEME.items() if not (plain and name == "article_header_end")}
    if repository:
        # the theme wants a provider; other hosts have GitHub's addresses
        provider = next((name for name in ("gitlab", "bitbucket") if name in repository), "github")
        options |= {"repository_url": repository, "use_repository_button": True, "use_issues_button": True}
        options["repository_provider"] = provider
    return options


def mode(name):
    """Return what is otherwise in the preview and in the plain theme."""
    if name == "live":
        return {"notebooks_keep_going": True, "takeaway_wheel": False}  # a second for each save
    if name == "plain":
        return {"press_plain": True, "templates_path": [], "html_sidebars": {}}
    return {}


def prepared(*, site="", repository=""):
    """Make the environment, and return all settings; `site` and `repository` are addresses, or empty."""
    environment()
    kind = os.environ.get("VGP_DOCS", "")
    settings = CELLS | execution(os.environ.get("VGP_CELLS")) | PAGES | OURS | mode(kind)
    settings |= {
        "press_lenient": list(LENIENT),
        "version": version(),
        "release": version(),
        "html_baseurl": site,
        "repository_url": repository,
    }
    return settings | {"html_theme_options": theme(repository, plain=kind == "plain")}


def setup(app):
    app.add_config_value("press_plain", False, "html", (bool,))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
