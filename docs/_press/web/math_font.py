"""Make ``static/fonts/stix-two-math.woff2`` from STIX Two Math (SIL Open Font License, no reserved name).

Needs fonttools and brotli, and the font as the npm package ``@fontsource/stix-two-math`` 5.3.0 ships it::

    npm pack @fontsource/stix-two-math@5.3.0 && tar xzf fontsource-*.tgz
    python docs/_press/web/math_font.py package/files/stix-two-math-latin-400-normal.woff2

Three things are changed:

* Only the characters below are kept (400 KB become about 90).
* Browsers reserve for a root the width of its widest variant, which leaves a gap after each small root.
  The larger variants are made narrower.
* The prime is drawn for use on the baseline, and comes out small and high as a superscript, where MathML puts it.
  It is made larger and lower.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parent / "static" / "fonts" / "stix-two-math.woff2"

CHARACTERS = """
20-7E,A0-FF,131,237,2C6-2DD,300-30C,338,370-3FF,2010-2026,2030-2037,2044,2057,2061-2064,20D6-20D7,2102,210B-2115,
2119-211D,2124,2128,212C-2131,2133-2134,2190-219B,21A6,21C4,21D0-21D5,2200-22FF,2308-230B,239B-23B6,23DC-23DF,25A1,
25CB,25CF,27C2,27E8-27EF,27F5-27FA,2A00-2A06,2A7D-2A7E,2AAF-2AB0,1D400-1D4CF,1D538-1D56B,1D6A4-1D6A5,1D6A8-1D755,
1D7CE-1D7E1
"""
ROOT_WIDTH = 830  # in units of 1/1000 em; the smallest root has 794, the others up to 1212
PRIME_SCALE, PRIME_TOP = 1.4, 520


def transform(font, name, *, x=1.0, y=1.0, dy=0):
    """Scale the outline of a glyph, then move it up by `dy`."""
    glyph = font["glyf"][name]
    glyph.coordinates.scale((x, y))
    glyph.coordinates.translate((0, dy))
    glyph.coordinates.toInt()
    glyph.recalcBounds(font["glyf"])
    advance, _ = font["hmtx"][name]
    font["hmtx"][name] = (round(advance * x), glyph.xMin)


def main(source):
    font = TTFont(source)
    variants = font["MATH"].table.MathVariants
    root = font.getBestCmap()[0x221A]
    construction = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(root)]
    larger = {record.VariantGlyph for record in construction.MathGlyphVariantRecord if record.VariantGlyph != root}
    larger |= {part.glyph for part in construction.GlyphAssembly.PartRecords}
    factor = {name: ROOT_WIDTH / font["hmtx"][name][0] for name in larger}
    for name in sorted(larger):
        transform(font, name, x=factor[name])

    prime = font.getBestCmap()[0x2032]
    transform(font, prime, x=PRIME_SCALE, y=PRIME_SCALE, dy=PRIME_TOP - PRIME_SCALE * font["glyf"][prime].yMax)

    options = Options()
    options.flavor = "woff2"
    options.hinting = False
    options.recalc_timestamp = False
    options.layout_features = ["math", "ssty", "flac", "dtls", "kern", "ccmp", "mark", "mkmk"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes("".join(CHARACTERS.split())))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(TARGET)
    print(f"{TARGET.name}: {len(font.getGlyphOrder())} glyphs, {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
