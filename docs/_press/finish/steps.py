"""What is done with the site when Sphinx has written it, one step after the other."""

from __future__ import annotations

import shutil

from ..cells import ledger
from ..live import notices, parts
from ..page import figures, playground, search
from ..take import chapters
from . import addresses, kept, policy, scripts, styles


def unneeded(site):
    """Remove what no page loads: the whole icon font, the theme's translations, maps, the icon script."""
    for folder in ("vendor", "locales"):
        shutil.rmtree(site.static / folder, ignore_errors=True)
    site.remove("_static", "**/*.map", "**/fontawesome.js*", "**/*webpack-macros.html")


STEPS = [
    kept.as_written,  # first: the others change pages
    figures.files,
    ledger.file,
    chapters.library,
    playground.files,
    scripts.join,
    styles.unite,  # looks at the scripts that are there: they switch classes on
    policy.forbid,  # the stylesheet's step adds a script
    unneeded,
    addresses.missing,
    addresses.site_map,
    addresses.pictures,
    parts.files,  # with the library's wheel; what looks at the site's scripts need not look at these
    search.index,
    notices.licences,
]
# Left out in the plain theme (VGP_DOCS=plain), which the book's pages are compared with.
NOT_IN_PLAIN = [scripts.join, styles.unite, policy.forbid, unneeded]
