"""Print the built site as one PDF: `nox -s pdf` calls this with the folder of the site, after `nox -s docs`.

The pages are joined as they were built, with every number, figure and cell: their articles in the order of the table
of contents, one below the other in one page, in the style of `print.css`. So the PDF cannot differ from the site, and
no cell runs again. Folds are open, identifiers carry the name of their page, links between pages become links within
the document. Chromium prints it twice: the first time to learn on which page each chapter begins.

Left out: the reference of the library and the folded lists of the ledger, which are made for looking up, not for
reading. A link to what is left out becomes its text, or leads to the site if that has an address.
"""

from __future__ import annotations

import functools
import html
import os
import posixpath
import re
import shutil
import sys
from pathlib import Path
from string import Template
from urllib.parse import unquote, urlsplit

import pikepdf
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pygments.formatters import HtmlFormatter
from pypdf import PdfReader

HERE = Path(__file__).resolve().parent
NAME = "the-vanishing-gradient-problem.pdf"
LEFT_OUT = re.compile(r"api/|genindex|py-modindex|search|404")
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FOOTER = (
    '<div style="width:100%;text-align:center;font:8pt sans-serif;color:#444"><span class="pageNumber"></span></div>'
)

# Formulas that are wider than the text are set smaller, and tables too.
FIT = """() => {
    for (const box of document.querySelectorAll('.math-scroll, .fit')) {
        const room = box.clientWidth, inner = box.firstElementChild;
        const full = inner && parseFloat(getComputedStyle(inner).fontSize);
        for (let size = 0.95; inner && inner.scrollWidth > room + 1 && size > 0.5; size -= 0.05)
            inner.style.fontSize = `${full * size}px`;
    }
}"""


def slug(page):
    """The name of a page within the document."""
    return page.removesuffix(".html").replace("/", "-")


def contents(site):
    """Return [(title of the part, [(page, number of the chapter or "", title)])] from the table of contents."""
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    parts = []
    for caption in index.select("nav .bd-toc-item > p.caption"):
        pages = []
        for link in caption.find_next_sibling("ul").select("li.toctree-l1 > a"):
            if LEFT_OUT.match(link["href"]):
                continue
            number = link.select_one(".vgp-chapter-number")
            number = number.extract().get_text() if number else ""
            pages.append((link["href"], number, link.get_text().strip()))
        parts.append((caption.get_text(strip=True), pages))
    return parts


@functools.cache
def article(site, page, known, address="", number=""):
    """Return the article of a page, made ready for the document; `number` goes before its title."""
    soup = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
    body = soup.select_one("article")
    for gone in body.select(
        "details:has(.vgp-values)" + (", .cell_input, details.hide" if page == "index.html" else "")
    ):
        above = gone.find_previous_sibling()
        if above is not None and "rubric" in above.get("class", ()):
            above.decompose()
        gone.decompose()  # values to look up, with their title; the code of the opening picture
    for gone in body.select(
        "a.headerlink, button, script, noscript, input, .vgp-takeaway, .toctree-wrapper, .pst-js-only, "
        ".d-print-none, .vgp-pdf, .vgp-fold-state, .sd-summary-state-marker, .vgp-tools"
    ):
        gone.decompose()
    for node in body.select(".tex2jax_ignore"):
        node["class"] = [name for name in node["class"] if "ignore" not in name]
    for fold in body.select("details"):
        fold.name = "div"
        fold["class"] = ["unfolded", *fold.get("class", [])]
        summary = fold.find("summary")
        if "hide" in fold["class"]:
            summary.decompose()  # 'Show code cell source': here it is shown
            continue
        summary.name, summary["class"] = "p", ["fold-title"]
        summary.attrs.pop("aria-label", None)
    for label in body.select("label.sd-tab-label"):
        label.name, label.attrs = "p", {"class": ["fold-title"]}
    for pre in body.select("pre"):
        if pre.get_text().count("\n") <= 16:
            pre["class"] = [*pre.get("class", []), "keep"]
    for table in body.select("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "fit"}))
    for node in body.find_all(attrs={"tabindex": True}):
        del node["tabindex"]
    if number:
        body.h1.insert(0, f"{number} ")
    me = slug(page)
    for node in body.find_all(id=True):
        if not node.find_parent("svg"):
            node["id"] = f"{me}--{node['id']}"
    for name in ("aria-labelledby", "aria-controls", "aria-describedby", "for"):
        for node in body.find_all(attrs={name: True}):
            del node[name]
    for link in body.select("a[href]"):
        target = urlsplit(link["href"])
        if target.scheme or target.netloc or link.find_parent("svg"):
            continue
        place = (
            posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(target.path))) if target.path else page
        )
        if place in known:
            link["href"] = "#" + slug(place) + (f"--{unquote(target.fragment)}" if target.fragment else "")
        elif address:
            link["href"] = address + place + (f"#{target.fragment}" if target.fragment else "")
        else:
            link.unwrap()
    return body.decode_contents()


def document(site, address="", pages=None):
    """Return the whole book as one HTML page; `pages` says on which page of the PDF each page of the site begins."""
    pages = pages or {}
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    parts = contents(site)
    known = frozenset({"index.html", *(page for _, found in parts for page, _, _ in found)})
    made, listed = [], []
    for part, found in parts:
        listed.append(f'<li class="part">{html.escape(part)}</li>')
        for page, number, name in found:
            me = slug(page)
            words = (("n", number), ("name", html.escape(name)), ("at", pages.get(me, "")))
            spans = "".join(f'<span class="{kind}">{text}</span>' for kind, text in words)
            listed.append(f'<li><a href="#{me}">{spans}</a></li>')
            text = article(site, page, known, address, number)
            made.append(f'<section class="page" id="{me}"><p class="above">{html.escape(part)}</p>{text}</section>')
    title = index.select_one("article h1").find(string=True).strip()
    style = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    text = Template((HERE / "book.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        sheet=(HERE.parent / "web" / "static" / "vgp.css").as_uri(),
        style=style + (HERE / "print.css").read_text(encoding="utf-8"),
        version=index.find("meta", attrs={"name": "docsearch:version"})["content"],
        where=f'<p><a href="{address}">{address}</a></p>' if address else "",
        opening=article(site, "index.html", known, address),
        contents="".join(listed),
        pages="".join(made),
    )
    return title, known, text


def beginnings(path, known):
    """Return {name of a page within the document: number of the page of the PDF}."""
    reader = PdfReader(path)
    found = {name.lstrip("/"): place for name, place in reader.named_destinations.items()}
    return {
        slug(page): reader.get_destination_page_number(found[slug(page)]) + 1 for page in known if slug(page) in found
    }


def outline(book, parts, text):
    """Put the pages under their parts; entries get the words of their headings, which Chromium joins at a break."""
    titles = (" ".join(node.get_text().split()) for node in BeautifulSoup(text, "html.parser").find_all(HEADINGS))
    titles = {re.sub(r"\s", "", title): title for title in titles}
    with book.open_outline() as entries:
        items = list(entries.root)
        waiting = list(items)
        while waiting:
            item = waiting.pop()
            item.title = titles.get(re.sub(r"\s", "", item.title), item.title)
            waiting += item.children
        found = sum(len(pages) for _, pages in parts)
        entries.root[:] = items[:-found]  # the contents and the opening
        for name, pages in parts:
            first = items[len(items) - found]
            part = pikepdf.OutlineItem(name, first.destination, action=first.action)
            part.children = items[len(items) - found :][: len(pages)]
            found -= len(pages)
            entries.root.append(part)


def link(site, kind, words):
    """Name a file at the end of the page 'index.html', in the place for its kind."""
    page = site / "index.html"
    text, n = re.subn(
        rf"<!-- {kind} -->.*?<!-- /{kind} -->",
        lambda found: f'<!-- {kind} --><p class="vgp-pdf">{words}</p><!-- /{kind} -->',
        page.read_text(encoding="utf-8"),
        flags=re.S,
    )
    if n != 1:
        raise SystemExit(f"{page} has no place for the link to the {kind}")
    page.write_text(text, encoding="utf-8")


def main(site, work):
    site, work = Path(site).resolve(), Path(work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    address = os.environ.get("VGP_SITE_URL", "")
    address = address.rstrip("/") + "/" if address else ""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next(filter(None, map(shutil.which, names)), None) or sys.exit("no Chromium in the path")
    source, target = work / "book.html", work / NAME
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        tab = chromium.new_page(viewport={"width": 665, "height": 900}, color_scheme="light")  # the width of the text
        tab.set_default_timeout(180_000)
        pages = None
        for _ in range(2):
            title, known, text = document(site, address, pages)
            source.write_text(text, encoding="utf-8")
            tab.goto(source.as_uri())
            tab.emulate_media(media="print")
            tab.evaluate("document.fonts.ready")
            tab.evaluate(FIT)
            tab.pdf(
                path=str(target), format="A4", print_background=True, tagged=True, outline=True,
                display_header_footer=True, header_template="<span></span>", footer_template=FOOTER,
                margin={"top": "18mm", "bottom": "18mm", "left": "17mm", "right": "17mm"},
            )  # fmt: skip
            pages = beginnings(target, known)
        chromium.close()
    with pikepdf.open(target) as book:  # Chromium's tags come out at a fifth of their size, and the dates go
        outline(book, contents(site), text)
        book.docinfo = book.make_indirect(pikepdf.Dictionary(Title=title, Author=f"{title} contributors"))
        book.save(site / NAME, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        count = len(book.pages)
    about = f"{count} pages, {(site / NAME).stat().st_size / 1e6:.1f} MB"
    link(site, "pdf", f'To read on paper: <a href="{NAME}">the book as one PDF</a> ({about}).')
    print(f"{site / NAME}: {about}")


if __name__ == "__main__":
    main(*sys.argv[1:])
