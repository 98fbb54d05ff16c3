"""Execute the notebooks in parallel, and say how long each took.

Sphinx reads pages in parallel, but in a few large chunks of the sorted list: the chapters, neighbours by name, would
land in one chunk and run one after the other (sphinx-doc/sphinx#6330). Here each notebook becomes a chunk of its own,
ahead of all other pages, so that a free process always takes the next notebook.

Configuration
-------------
notebooks_keep_going : bool
    Build the pages even if a cell fails. For the live preview only.
"""

from __future__ import annotations

import sphinx.builders
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.parallel import make_chunks

logger = logging.getLogger(__name__)


def is_notebook(path):
    """Return whether the MyST page at `path` has cells: whether its front matter says ``file_format: mystnb``."""
    with open(path, encoding="utf-8") as file:
        if file.readline().strip() != "---":
            return False
        for line in file:
            if line.strip() == "file_format: mystnb":
                return True
            if line.strip() == "---":
                return False
    return False


def prepare(app, env, docnames):
    """Make the database of executed notebooks, which two processes that find none would both make, and one fail."""
    if app.config.nb_execution_mode == "cache" and app.config.nb_execution_cache_path:
        from jupyter_cache import get_cache

        assert get_cache(app.config.nb_execution_cache_path).db


def schedule(app, env, docnames):
    """Put the notebooks first, and let Sphinx hand them out one at a time."""
    notebooks = [name for name in docnames if is_notebook(env.doc2path(name))]
    others = [name for name in docnames if name not in set(notebooks)]
    docnames[:] = notebooks + others

    def chunks(arguments, nproc, maxbatch=10):
        sphinx.builders.make_chunks = make_chunks  # for this one call: writing the pages keeps Sphinx's chunks
        return [[name] for name in notebooks] + (make_chunks(others, nproc, maxbatch) if others else [])

    sphinx.builders.make_chunks = chunks


def stop(app, env):
    """Stop after all pages are read if a cell has failed: MyST-NB has shown each traceback as a warning by then."""
    failed = [
        name
        for name, data in getattr(env, "nb_metadata", {}).items()
        if data.get("exec_data") and not data["exec_data"]["succeeded"]
    ]
    if failed and not app.config.notebooks_keep_going:
        raise ExtensionError("a cell failed in " + ", ".join(sorted(failed)))


def report(env):
    """Print how long each notebook computed; in the console only, since the pages must not change with it."""
    runs = {
        name: data["exec_data"]["runtime"]
        for name, data in getattr(env, "nb_metadata", {}).items()
        if data.get("exec_data") and data["exec_data"]["runtime"] is not None
    }
    if runs:
        logger.info("")
        for name, seconds in sorted(runs.items()):
            logger.info("%6.1f s  %s", seconds, name)
        logger.info("%6.1f s  in the cells of %d notebooks", sum(runs.values()), len(runs))


def setup(app):
    app.add_config_value("notebooks_keep_going", False, "", (bool,))
    app.connect("env-updated", stop, priority=100)
    app.connect("env-before-read-docs", prepare)
    app.connect("env-before-read-docs", schedule, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
