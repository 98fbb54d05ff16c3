"""Pack the built site as an EPUB: `nox -s pdf` calls this with the folder of the site, after `pdf.py`.

The articles are those of the PDF, one XHTML file for each page: folds open, formulas as MathML, figures as SVG in the
light colours. An EPUB is a ZIP archive of a few kinds of file, so the standard library is enough, and the same site
gives the same bytes: no clock is asked.
"""

from __future__ import annotations

import html
import os
import re
import sys
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from pygments.formatters import HtmlFormatter

from ..page import figures
from . import pdf

HERE = Path(__file__).resolve().parent

HERO = "_figures/fig-hero.svg"
NAME = "the-vanishing-gradient-problem.epub"
# What the reader of HTML writes small, and XML tells apart.
CAMEL = ("viewBox", "preserveAspectRatio", "clipPath", "clipPathUnits", "linearGradient", "gradientUnits")
PAGE = Template("""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>$title</title><link rel="stylesheet" href="book.css"/></head>
<body>$body</body>
</html>
""")
PACKAGE = Template("""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:$identifier</dc:identifier>
<dc:title>$title</dc:title>
<dc:language>en</dc:language>
<dc:creator>$title contributors</dc:creator>
<dc:rights>Text and figures: CC BY 4.0. Code: BSD 3-Clause License. MNIST: CC BY-SA 3.0. Math font: OFL.</dc:rights>
<meta property="dcterms:modified">$modified</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta property="schema:accessibilitySummary">Figures have alternative texts, formulas are MathML.</meta>
</metadata>
<manifest>
$manifest
</manifest>
<spine>
$spine
</spine>
</package>
""")
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
KINDS = {".xhtml": "application/xhtml+xml", ".css": "text/css", ".woff2": "font/woff2", ".png": "image/png"}


def strict(text):
    """Return the HTML of an article as XML: namespaces, capitals, and the figures' light colours.

    EPUB has MathML 3, where the style of a fraction or a table stands in an element of its own.
    """
    soup = BeautifulSoup(text, "html.parser")
    for empty in soup.select("svg path:not([d])"):
        empty.decompose()
    for node in soup.select("mfrac[displaystyle], mfrac[scriptlevel], mtable[scriptlevel]"):
        style = {name: node.attrs.pop(name) for name in ("displaystyle", "scriptlevel") if name in node.attrs}
        node.wrap(soup.new_tag("mstyle", attrs=style))
    text = str(soup)
    for name in CAMEL:
        text = re.sub(rf"(?<=[\s</]){name.lower()}(?=[\s=>])", name, text)
    text = re.sub(r"<math(?=[\s>])", '<math xmlns="http://www.w3.org/1998/Math/MathML"', text)
    text = re.sub(r"<svg(?![^>]*\sxmlns=)", '<svg xmlns="http://www.w3.org/2000/svg"', text)
    return re.sub(r"var\(--vgp-(\w+), (#\w+)\)", lambda found: figures.light().get(found[1], found[2]), text)


def mapped(texts):
    """Lead each link to the file that holds its target, or to the file's beginning if the target is not there."""
    places = {name: set(re.findall(r'\sid="([^"]+)"', text)) for name, text in texts.items()}

    def lead(found):
        target = html.unescape(found[1])
        name = target.partition("--")[0]
        if name not in places:
            return found[0]  # within a figure
        return f'href="{name}.xhtml{"#" + html.escape(target) if target in places[name] and target != name else ""}"'

    return {name: re.sub(r'(?<=\s)href="#([^"]+)"', lead, text) for name, text in texts.items()}


def cover(site, title):
    """The first picture of the book under its title, as PNG."""
    figure = (site / HERO).read_text(encoding="utf-8")
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', figure).groups())
    figure = re.sub(r'\s(?:width|height)="[\d.]+pt"', "", figure[figure.index("<svg") :], count=2)
    figure = figure.replace("<svg", f'<svg x="20" y="200" width="360" height="{360 * height / width:.1f}"', 1)
    words = title.split()
    half = len(words) // 2
    lines = "".join(
        f'<text x="30" y="{y}">{html.escape(" ".join(part))}</text>'
        for y, part in ((90, words[:half]), (128, words[half:]))
    )
    return figures.pixels(
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600" viewBox="0 0 400 600">'
        '<rect width="100%" height="100%" fill="#ffffff"/><rect width="400" height="14" fill="#0a3a61"/>'
        f'<g font-family="DejaVu Sans" font-weight="bold" font-size="28" fill="#0a3a61">{lines}</g>{figure}</svg>'
    )


def modified():
    """The date that the format wants: SOURCE_DATE_EPOCH, or the same as that of every file in the archive."""
    when = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", 315532800)), UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def files(site):
    """Return {name: content} of the folder `book`, the pages first and in the order of reading."""
    address = os.environ.get("VGP_SITE_URL", "")
    address = address.rstrip("/") + "/" if address else ""
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    title = index.select_one("article h1").find(string=True).strip()
    version = index.find("meta", attrs={"name": "docsearch:version"})["content"]
    parts = pdf.contents(site)
    known = frozenset({"index.html", *(page for _, found in parts for page, _, _ in found)})
    texts, titles = {"index": pdf.article(site, "index.html", known, address)}, {"index": html.escape(title)}
    listed = []
    for part, pages in parts:
        inner = []
        for page, number, name in pages:
            me = pdf.slug(page)
            titles[me] = html.escape(f"{number} {name}".strip())
            texts[me] = f'<p class="above">{html.escape(part)}</p>{pdf.article(site, page, known, address, number)}'
            inner.append(f'<li><a href="{me}.xhtml">{titles[me]}</a></li>')
        listed.append(f"<li><span>{html.escape(part)}</span><ol>{''.join(inner)}</ol></li>")
    listed.insert(0, f'<li><a href="index.xhtml">{titles["index"]}</a></li>')
    picture = '<div><img src="cover.png" alt="Cover" style="max-width:100%"/></div>'
    contents = f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(listed)}</ol></nav>'
    made = {"cover.xhtml": ("Cover", picture), "nav.xhtml": ("Contents", contents)}
    texts = mapped({name: strict(text) for name, text in texts.items()})
    made |= {f"{name}.xhtml": (titles[name], text) for name, text in texts.items()}
    out = {name: PAGE.substitute(title=head, body=body).encode() for name, (head, body) in made.items()}
    for name, content in out.items():
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            raise SystemExit(f"{name} is no XML: {error}") from error
    order = list(out)
    style = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    out["book.css"] = ((HERE / "epub.css").read_text(encoding="utf-8") + style).encode()
    out["math.woff2"] = next((site / "_static" / "fonts").glob("stix-two-math*.woff2")).read_bytes()
    out["cover.png"] = cover(site, title)
    items = []
    for name, content in out.items():
        special = {"nav.xhtml": ["nav"], "cover.png": ["cover-image"]}.get(name, [])
        special += [
            kind for kind, mark in (("mathml", b"<math"), ("svg", b"<svg")) if name in order and mark in content
        ]
        properties = f' properties="{" ".join(special)}"' if special else ""
        media = KINDS[Path(name).suffix]
        items.append(f'<item id="{name}" href="{name}" media-type="{media}"{properties}/>')
    out["package.opf"] = PACKAGE.substitute(
        title=html.escape(title),
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, f"{title} {version}"),
        modified=modified(),
        manifest="\n".join(items),
        spine="\n".join(f'<itemref idref="{name}"/>' for name in order),
    ).encode()
    return out


def main(site):
    site = Path(site).resolve()
    made = files(site)
    everything = {"mimetype": b"application/epub+zip", "META-INF/container.xml": CONTAINER.encode()}
    everything |= {f"book/{name}": content for name, content in made.items()}
    with zipfile.ZipFile(site / NAME, "w") as archive:
        for name, content in everything.items():  # the first one is not compressed, as the format asks
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=9)
    size = f"{(site / NAME).stat().st_size / 1e6:.1f} MB"
    pdf.link(site, "epub", f'For e-readers: <a href="{NAME}">the book as EPUB</a> ({size}).')
    print(f"{site / NAME}: {size}")


if __name__ == "__main__":
    main(*sys.argv[1:])
