"""The built site, as the checks see it. VGP_HTML names another folder than docs/_build/html."""

import functools
import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[3]
HTML = Path(os.environ.get("VGP_HTML", ROOT / "docs" / "_build" / "html"))
PAGES = sorted(p.relative_to(HTML).as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts)
if not PAGES:
    raise pytest.UsageError(f"no pages in {HTML}: run `nox -s docs` first")


def holding(pattern):
    """Return the pages whose text holds the pattern; to parse them all would take each process ten seconds."""
    return [page for page in PAGES if re.search(pattern, (HTML / page).read_text(encoding="utf-8"))]


ILLUSTRATED = holding(r'<svg[^>]*\bclass="[^"]*\bvgp-figure\b')

# In the browser: the rows of a long table are alike, a thousand of them in the ledger, and the first will do.
FEW_ROWS = "for (const row of document.querySelectorAll('article tbody > tr:nth-child(n + 13)')) row.remove();"


@functools.cache
def soup(page):
    """Return the parsed page, read once; the addresses in 404.html, which begin at the root, as relative ones."""
    parsed = BeautifulSoup((HTML / page).read_text(encoding="utf-8"), "html.parser")
    root = parsed.html.get("data-content_root", "")
    if root.startswith("/"):
        for name in ("href", "src", "action"):
            for tag in parsed.select(f'[{name}^="{root}"]'):
                tag[name] = tag[name].removeprefix(root)
    return parsed
