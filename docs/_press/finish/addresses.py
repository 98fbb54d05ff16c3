"""What lies beside the pages so that they are found: the page for a wrong address, site map, robots.txt, pictures."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from ..page import book, cards


def from_the_root(page, base):
    """The page with every relative address counted from the root of the site, since it is shown at any depth."""
    page = page.replace('data-content_root="./"', f'data-content_root="{base}"')
    return re.sub(r'(<[^>]*\s(?:href|src|action)=")(?![a-z]+:|[#/])(?:\./)?([^"]*)', lambda m: m[1] + base + m[2], page)


def missing(site):
    """Make the addresses in 404.html right at any depth; after all steps that put addresses into pages."""
    site.pages["404.html"] = from_the_root(site.pages["404.html"], urlsplit(site.config.html_baseurl).path or "/")


def site_map(site):
    """List all pages in sitemap.xml, where the site has an address, and name it in robots.txt."""
    home, robots = site.config.html_baseurl, "User-agent: *\nAllow: /\n"
    if home:
        addresses = sorted(book.address(site.app, docname) for docname in site.app.env.found_docs)
        listed = "".join(f"  <url><loc>{html.escape(address)}</loc></url>\n" for address in addresses)
        (site.out / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{listed}</urlset>\n',
            encoding="utf-8",
        )
        robots += f"\nSitemap: {home}sitemap.xml\n"
    (site.out / "robots.txt").write_text(robots, encoding="utf-8")


def pictures(site):
    """Draw the pictures that go with a link to the book or to a chapter; a link needs an address."""
    if not site.config.html_baseurl:
        return
    folder = site.static / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    project = site.config.project
    (folder / "book.png").write_bytes(cards.card(project, "Why a deep network does not train", ""))
    for n, _, title in book.chapters(site.app.env):
        (folder / f"chapter-{n}.png").write_bytes(cards.card(title, project, f"Chapter {n}"))
