"""A formula as a line of plain text, for descriptions and for the search: ``σ_w^2 E φ′(z)^2``."""

from __future__ import annotations

import html
import re
import unicodedata
import xml.etree.ElementTree as ET

MATH = re.compile(r"<math.*?</math>", re.S)
NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;")  # XML knows no others
BETWEEN = {"msub": "_", "msup": "^", "mfrac": "/", "munder": "_", "mover": "^"}
SPACED = re.compile(r"[=<>≈≤≥≪≫∝→←↦∼≠+−·×⊙:]")
HIDDEN = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b\ufe00"))  # invisible operators, a variant of a letter


def _text(element):
    kind = element.tag.rpartition("}")[2]
    if kind == "annotation":
        return ""
    if not len(element):
        text = (element.text or "").translate(HIDDEN).strip()
        if kind == "mo" and SPACED.fullmatch(text):
            return f" {text} "
        if text and text in "𝔼ℒ":
            return f" {text} "
        return f"{text} " if text == "," or (kind == "mi" and len(text) > 1) else text
    parts = [_text(child) for child in element]
    if kind in ("msubsup", "munderover") and len(parts) == 3:
        return f"{parts[0].strip()}_{_group(parts[1])}^{_group(parts[2])}"
    if kind in BETWEEN and len(parts) == 2:
        if re.fullmatch("[′″‴]+", parts[1]):  # a prime
            return parts[0].strip() + parts[1]
        return f"{_group(parts[0])}{BETWEEN[kind]}{_group(parts[1])}"
    if kind == "msqrt":
        text = "".join(parts).strip()
        return f"√{text}" if len(text) == 1 else f"√({text})"
    return "".join(parts) + (" " if kind in ("mtr", "mtd") else "")


def _group(text):
    text = text.strip()
    return text if re.fullmatch(r"\w+[′″‴]?|\W|\S\(\w\)", text) else f"({text})"


def plain(mathml):
    """Return a ``<math>`` element as text, its letters upright (``ϕ`` as ``φ``, ``𝔼`` as ``E``)."""
    mathml = NAMED.sub(lambda found: html.unescape(found[0]), mathml)
    try:
        text = _text(ET.fromstring(mathml))
    except ET.ParseError:
        text = re.sub(r"<[^>]*>", "", mathml)
    text = " ".join(unicodedata.normalize("NFKC", text.replace("″", "''")).replace("''", "″").split())
    return re.sub(r"(^|[(,=^] ?)([−+]) ", r"\1\2", text)  # a sign, not an operation
