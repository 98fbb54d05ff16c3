r"""Render LaTeX mathematics to MathML while the page is built.

The reader's browser draws MathML itself, so a page needs neither MathJax nor a network. The conversion is done by
the package ``math-core``. Sphinx numbers the equations and links to them as usual.

Configuration
-------------
mathml_macros : dict of str to str
    Macros for all pages, name without backslash: ``{"R": r"\mathbb{R}", "norm": r"\lVert #1\rVert"}``.

A formula that cannot be converted is a warning, so that ``sphinx-build -W`` stops on it.
"""

from __future__ import annotations

import re

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

# Environments that math-core does not know, or that ask for numbers of their own although Sphinx gives the numbers.
_ENVIRONMENTS = {
    "split": "aligned",
    "align": "aligned",
    "align*": "aligned",
    "gather*": "gathered",
    "gather": "gathered",
}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(" + "|".join(map(re.escape, _ENVIRONMENTS)) + r")\}")
# A \bigr) with an exponent: Chromium lets a sign alone in its place grow in a row only.
_LARGE_BASE = re.compile(r"(<m(?:sub|sup|subsup)>)(<mo [^>]*minsize=[^>]*>[^<]*</mo>)")
# As high as a digit: over a lower letter, Chromium would hang the sign of the root below the line.
_STRUT = '<mspace height="0.7em"></mspace>'
_WRAPPER = re.compile(r"\\(?:begin|end)\{equation\*?\}")


def prepare(latex: str) -> str:
    """Return display mathematics in the form that math-core reads: one formula, aligned if it has several lines."""
    latex = _WRAPPER.sub("", latex).strip()
    latex = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_ENVIRONMENTS[m[2]]}}}", latex)
    parts = [part.strip() for part in re.split(r"\n\s*\n", latex) if part.strip()]
    if len(parts) > 1:
        return r"\begin{gathered}" + r"\\".join(parts) + r"\end{gathered}"
    if r"\\" in latex and r"\begin{" not in latex:
        return rf"\begin{{aligned}}{latex}\end{{aligned}}"
    return latex


def convert(latex: str, macros: dict[str, str], *, display: bool) -> str:
    """Return `latex` as a ``<math>`` element; raise `math_core.LatexError` when it is wrong."""
    key = tuple(sorted(macros.items()))
    if key not in _converters:
        _converters[key] = LatexToMathML(macros=dict(macros), fancy_error=False)
    made = _converters[key].convert_with_local_state(prepare(latex) if display else latex, displaystyle=display)
    return _LARGE_BASE.sub(r"\1<mrow>\2</mrow>", made).replace("<msqrt>", f"<msqrt>{_STRUT}")


_converters: dict[tuple[tuple[str, str], ...], LatexToMathML] = {}


def _mathml(translator, node, *, display):
    latex = node.astext()
    try:
        return convert(latex, translator.config.mathml_macros, display=display)
    except LatexError as error:
        logger.warning("mathematics %r: %s", latex, error, location=node, type="mathml")
        return f"<code>{translator.encode(latex)}</code>"


def visit_inline(translator, node):
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    translator.body.append(_mathml(translator, node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(translator, node):
    # A wide equation scrolls inside its own box, which the keyboard can reach.
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append('<div class="math-scroll" tabindex="0" role="group" aria-label="Equation">')
    translator.body.append(_mathml(translator, node, display=True) + "</div></div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_config_value("mathml_macros", {}, "env", (dict,))
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
