"""What the build refuses, beside names and numbers that do not exist: each kind of it has a name.

"ranges"
    a range that tests nothing, an allowance that forgives all, a measured number without its number of nets;
"seeds"
    a claim that does not hold at other seeds, or was never tried there;
"lengths"
    a chapter, a paragraph or a cell that is too long;
"alone"
    a measured number without its nets or its interval.

Each is a warning, which ends a build with ``-W``. Configuration:

press_lenient : list of str
    Kinds that are only counted, at the end of the reading; ``sphinx-build -v`` prints them. Empty unless `settings.py`
    says otherwise.
"""

from __future__ import annotations

from collections import Counter

from sphinx.errors import ConfigError
from sphinx.util import logging

logger = logging.getLogger(__name__)
KINDS = ("ranges", "seeds", "lengths", "alone")


def refuse(app, kind, message, *, location=None):
    """Warn, or count, where the kind is let pass."""
    if kind in app.config.press_lenient:
        app.let_pass[kind] += 1
        logger.verbose("let pass: %s: %s", location, message)
    else:
        logger.warning("%s", message, location=location, type="press", subtype=kind)


def begin(app, config=None):
    unknown = set(app.config.press_lenient) - set(KINDS)
    if unknown:
        raise ConfigError(f"press_lenient: no kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    app.let_pass = Counter()


def report(app, env):
    for kind, count in sorted(app.let_pass.items()):
        logger.info("let pass, since press_lenient names it: %s, %d times (sphinx-build -v lists them)", kind, count)
    return []


def setup(app):
    app.add_config_value("press_lenient", [], "", (list, tuple, set))
    app.connect("builder-inited", begin)
    app.connect("env-updated", report, priority=990)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
