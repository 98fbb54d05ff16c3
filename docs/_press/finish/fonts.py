"""Cut fonts down to what the pages show: icons that a style still asks for, characters that stand in a formula."""

from __future__ import annotations

import html
import io
import logging
import re

# Unicode's mathematical italics: Latin and Greek letters, and the Greek variants behind them.
ITALIC = (
    {0x41 + i: 0x1D434 + i for i in range(26)}
    | {0x61 + i: 0x1D44E + i for i in range(26)}
    | {ord("h"): 0x210E}
    | {0x391 + i: 0x1D6E2 + i for i in range(25)}
    | {0x3B1 + i: 0x1D6FC + i for i in range(25)}
    | {ord(variant): 0x1D715 + i for i, variant in enumerate("\u2202\u03f5\u03d1\u03f0\u03d5\u03f1\u03d6")}
)


def icons_in(css):
    """The characters of the icons that are left, all private ones; the reader of the CSS has resolved "\\f0c9"."""
    return {ord(character) for character in re.findall("[\ue000-\uf8ff]", css)}


def formula_characters(pages):
    """Every character of a formula in any page; letters also in italics, which is how browsers show a lone one.

    The sign of a root is no character of its element, and without it the browser draws no root at all.
    """
    inside = [text for page in pages for text in re.findall(r"<math.*?</math>", page, re.S)]
    root = {0x221A} if any("<msqrt" in text or "<mroot" in text for text in inside) else set()
    found = root | {ord(character) for text in inside for character in html.unescape(re.sub(r"<[^>]*>", "", text))}
    return found | {ITALIC[character] for character in found & ITALIC.keys()}


def subset(font, characters):
    """The font with these characters alone, and the taller variants of those that grow in a formula."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel("ERROR")  # it reports each table
    made = TTFont(io.BytesIO(font), recalcTimestamp=False)
    subsetter = Subsetter(Options(drop_tables=["FFTM"], name_IDs=[0, 13, 14], notdef_outline=False))
    subsetter.populate(unicodes=characters)
    subsetter.subset(made)
    made.flavor = "woff2"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
