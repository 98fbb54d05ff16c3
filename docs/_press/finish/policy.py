"""Give every page a Content-Security-Policy that forbids other hosts, with the hashes of its inline scripts."""

from __future__ import annotations

import base64
import hashlib
import re

POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
# Pages with live parts start a worker. A worker has the policy of its own response, not that of the page, so the page
# needs no 'wasm-unsafe-eval'; a server that sends policies of its own must allow it for _static/live/worker.js.
WORKER = "; worker-src 'self'"
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)[^>]*>(.*?)</script>", re.S)
CHARSET = '<meta charset="utf-8" />'


def policy(page):
    """Return the policy of a page, from its text."""
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'"
        for body in INLINE.findall(page)
    }
    made = POLICY.format(scripts=" ".join(sorted(hashes))).replace("  ", " ").replace(" ;", ";")
    return made + WORKER if " data-live=" in page else made


def forbid(site):
    """Put its policy into every page; after all steps that change a script of a page."""
    for page, text in site.pages.items():
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(text)}" />'
        site.pages[page] = text.replace(CHARSET, f"{CHARSET}\n    {meta}", 1)
