"""Which rules of a stylesheet could match something in the pages: the part of `styles` that knows CSS."""

from __future__ import annotations

import re

import tinycss2
from sphinx.util import logging

logger = logging.getLogger(__name__)

# What Bootstrap's script switches on in these pages (menu and tooltip); of its other components none is used.
BOOTSTRAP = {
    *("show", "fade", "collapse", "collapsing", "active", "disabled", "dropdown-menu", "tooltip"),
    *("tooltip-arrow", "tooltip-inner", "bs-tooltip-auto"),
}


def words_of(pages, scripts):
    """Names of elements, classes and ids in the pages, and every word of the scripts, which switch classes on."""
    words = {"html", "body", "root", "host"} | BOOTSTRAP
    for text in pages:
        words.update(re.findall(r"<([a-zA-Z][\w-]*)", text))
        for value in re.findall(r'\s(?:class|id)="([^"]*)"', text):
            words.update(value.split())
    for text in scripts:
        words.update(re.findall(r"[A-Za-z_][\w-]*", text))
    return words


def names_in(selector):
    """Classes, ids and elements that a selector needs; what stands in brackets (:not, :is, ...) is not looked at."""
    names, previous = [], None
    for token in selector:
        pseudo = previous is not None and previous.type == "literal" and previous.value in ":|"
        if (token.type == "hash" and token.is_identifier) or (token.type == "ident" and not pseudo):
            names.append(token.value)
        previous = token
    return names


def selectors(prelude):
    """Split at the commas outside brackets."""
    parts = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def purge(css, words):
    """The rules of `css` that could match something made of `words`."""
    made = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            kept = [part for part in selectors(rule.prelude) if all(name in words for name in names_in(part))]
            if kept:
                made.append(",".join(tinycss2.serialize(part).strip() for part in kept))
                made.append("{" + tinycss2.serialize(rule.content) + "}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer") and rule.content:
            inner = purge(tinycss2.serialize(rule.content), words)
            if inner:
                made.append(f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{inner}}}")
        elif rule.type == "error":
            logger.warning("styles: CSS that cannot be read: %s", rule.message, type="styles")
        elif rule.lower_at_keyword != "charset":
            made.append(rule.serialize())
    return "".join(made)


def used_only(css, icon_fonts):
    """Without @keyframes that nothing names, and without the faces of the icon font that no icon uses."""
    for whole, name in re.findall(r"(@keyframes\s+([\w-]+)\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", css):
        if len(re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", css)) == css.count(whole):
            css = css.replace(whole, "")
    for face in re.findall(r"@font-face\s*\{[^}]*\}", css):
        if "fontawesome" in face.replace(" ", "").lower() and not any(font in face for font in icon_fonts):
            css = css.replace(face, "")
    return css


VALUE = r"""(?:[^;{}"'()]|"[^"]*"|'[^']*'|\((?:[^"'()]|"[^"]*"|'[^']*'|\([^()]*\))*\))*"""
DECLARED = re.compile(rf"(?<=[{{;])\s*(--[\w-]+)\s*:({VALUE})(?:;|(?=\}}))")
KEPT = ("--vgp-", "--fa")  # figures, scripts and the list of icons put such names together


def without_unused_properties(css, texts):
    """Without the custom properties that no rule left, and none of the texts (pages and scripts), mentions."""
    mentioned = {name for text in texts for name in re.findall(r"--[\w-]+", text)}
    while True:
        used = mentioned | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        unused = {name for name, _ in DECLARED.findall(css) if name not in used and not name.startswith(KEPT)}
        cut = DECLARED.sub(lambda found, unused=unused: "" if found[1] in unused else found[0], css)
        if cut == css:
            return re.sub(r"(?:\A|(?<=[{}]))[^{}@;]+\{\s*\}", "", css)
        css = cut  # what is gone may have been the last to mention another
