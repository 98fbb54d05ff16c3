"""A page as Markdown that any notebook shows: what `chapters` writes between the cells.

Sphinx has resolved the page by then: numbers stand in the prose, references have their text, citations their authors.
Formulas stay LaTeX, with the book's macros written out; tables become Markdown tables, folds `<details>`, and links
lead to the web or are left out.
"""

from __future__ import annotations

import re
import textwrap
from urllib.parse import urljoin

from docutils import nodes
from sphinx.util import logging

from ..page import mathml

logger = logging.getLogger(__name__)


class Code(int):
    """The cell of this number stands here."""


# What a notebook has no use for.
SKIPPED = {"target", "raw", "comment", "colspec", "sd_tab_input", "index", "substitution_definition", "toctree"}


def escape(text):
    """`text` so that Markdown reads it as it stands."""
    return re.sub(r"([\\`*$])|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!])", lambda found: "\\" + found[0], text)


def around(mark, text):
    """`text` between two marks, which touch its first and last letter, as Markdown wants it."""
    inner = text.strip()
    if not inner:
        return text
    return text[: len(text) - len(text.lstrip())] + mark + inner + mark + text[len(text.rstrip()) :]


def wrap(text, width=100):
    """`text` in lines, none of which begins with what Markdown would take for a list, a heading or a quotation."""
    glued = re.sub(r" (?=(?:[-+*>=|#]+|\d+[.)])(?: |$))", "\0", text)
    return textwrap.fill(glued, width, break_long_words=False, break_on_hyphens=False).replace("\0", " ")


class Writer:
    """Turns the tree of one page into a list of strings, one for each block, and of `Code`, for each cell.

    Parameters
    ----------
    macros : LaTeX macros without arguments, name without backslash -> LaTeX
    number : function of a figure, table or exercise node: its number as text, or ""
    base : address of the page, for links to other pages; "" leaves the text of a link alone
    """

    def __init__(self, *, macros=(), number=lambda node: "", base=""):
        self.macros, self.number, self.base = dict(macros), number, base
        self.level = 0
        self.cited = {}  # works in the order in which they are cited: full text -> None

    # --- within a line -------------------------------------------------------------------------------------------

    def line(self, node):
        """All of `node` on one line."""
        return " ".join("".join(self.inline(child) for child in node.children).split())

    def inline(self, node):
        if isinstance(node, nodes.Text):
            return escape(str(node).replace("\n", " "))
        made = getattr(self, "inline_" + type(node).__name__, None)
        if made:
            return made(node)
        if type(node).__name__ in SKIPPED:
            return ""
        return "".join(self.inline(child) for child in node.children)

    def inline_emphasis(self, node):
        return around("*", "".join(map(self.inline, node.children)))

    def inline_strong(self, node):
        return around("**", "".join(map(self.inline, node.children)))

    def inline_literal(self, node):
        text = node.astext()
        fence = "``" if "`" in text else "`"
        return f"{fence}{text}{fence}"

    def inline_math(self, node):
        return "$" + " ".join(self.latex(node.astext()).split()) + "$"

    def inline_reference(self, node):
        text = "".join(self.inline(child) for child in node.children)
        if node.get("reftitle"):
            self.cited.setdefault(node["reftitle"])
        target = node.get("refuri", "")
        if node.get("internal"):
            target = urljoin(self.base, target) if self.base and target and not node.get("reftitle") else ""
        return f"[{text}]({target})" if target else text

    def latex(self, text):
        """LaTeX without the book's macros."""
        for name, meaning in self.macros.items():
            text = re.sub(rf"\\{name}(?![A-Za-z])", lambda found, meaning=meaning: meaning, text)
        return text.strip()

    # --- blocks --------------------------------------------------------------------------------------------------

    def blocks(self, node):
        """The blocks of one node, in order."""
        name = type(node).__name__
        made = getattr(self, "block_" + name, None)
        if made:
            return made(node)
        if name in SKIPPED:
            return []
        if isinstance(node, nodes.Admonition):
            return self.block_admonition(node)
        if isinstance(node, (nodes.Text, nodes.Inline, nodes.TextElement)):
            text = self.inline(node) if isinstance(node, (nodes.Text, nodes.Inline)) else self.line(node)
            return [wrap(text)] if text.strip() else []
        return self.inside(node)

    def inside(self, node):
        return [block for child in node.children for block in self.blocks(child)]

    def block_section(self, node):
        self.level += 1
        made = self.inside(node)
        self.level -= 1
        return made

    def block_title(self, node):
        return ["#" * max(1, self.level) + " " + self.line(node)]

    def block_rubric(self, node):
        return [around("**", self.line(node))]

    block_sd_tab_label = block_rubric

    def block_container(self, node):
        if node.get("nb_element") != "cell_code":
            return self.inside(node)
        captions = [block for figure in node.findall(nodes.figure) for block in self.block_figure(figure)]
        return [Code(node["cell_index"]), *captions]

    def block_figure(self, node):
        caption = next(iter(node.findall(nodes.caption)), None)
        return [wrap(f"**Figure {self.number(node)}.** {self.line(caption)}")] if caption is not None else []

    def block_literal_block(self, node):
        language = node.get("language", "")
        language = {"ipython3": "python", "default": "", "none": ""}.get(language, language)
        text = node.astext().rstrip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
        return [f"{fence}{language}\n{text}\n{fence}"]

    def block_math_block(self, node):
        number = node["number"] if node.get("label") else None
        tag = f" \\tag{{{number}}}" if number else ""
        return ["$$\n" + self.latex(mathml.prepare(node.astext())) + tag + "\n$$"]

    def block_bullet_list(self, node):
        return self.items(node, lambda n: "- ")

    def block_enumerated_list(self, node):
        return self.items(node, lambda n: f"{n}. ")

    def items(self, node, mark):
        parts = [self.inside(item) for item in node.children]
        if any(isinstance(block, Code) for part in parts for block in part):
            return [block for part in parts for block in part]
        loose = any(len(part) > 1 for part in parts)
        made = [
            mark(n) + textwrap.indent("\n\n".join(part), " " * len(mark(n)))[len(mark(n)) :]
            for n, part in enumerate(parts, node.get("start", 1))
        ]
        return [("\n\n" if loose else "\n").join(made)]

    def block_definition_list(self, node):
        return [
            block
            for item in node.children
            for block in [f"**{self.line(item.children[0])}**", *self.inside(item.children[-1])]
        ]

    def block_block_quote(self, node):
        return self.quoted(self.inside(node))

    def quoted(self, blocks):
        if any(isinstance(block, Code) for block in blocks):
            return blocks
        return ["\n".join(("> " + line).rstrip() for line in "\n\n".join(blocks).split("\n"))] if blocks else []

    def headed(self, node):
        """Title and the other blocks of a box."""
        titled = isinstance(node.children[0], nodes.title) if node.children else False
        title = self.line(node.children[0]) if titled else type(node).__name__.capitalize()
        return title, [block for child in node.children[titled:] for block in self.blocks(child)]

    def block_admonition(self, node):
        title, blocks = self.headed(node)
        return self.quoted([around("**", title), *blocks])

    def block_exercise_enumerable_node(self, node):
        title, blocks = self.headed(node)
        return [around("**", f"Exercise {self.number(node)} {title}"), *blocks]

    def block_fold(self, node):
        title = self.line(node.children[0])
        blocks = [block for child in node.children[1:] for block in self.blocks(child)]
        if any(isinstance(block, Code) for block in blocks):
            return [around("**", title), *blocks]
        return ["\n\n".join([f"<details>\n<summary>{title}</summary>", *blocks, "</details>"])]

    block_dropdown_main = block_fold

    def block_table(self, node):
        title = [around("**", self.line(child)) for child in node.children if isinstance(child, nodes.title)]
        rows = [[self.cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        if not any(node.findall(nodes.thead)):
            rows.insert(0, [""] * len(rows[0]))
        rows.insert(1, ["---"] * len(rows[0]))
        return [*title, "\n".join("| " + " | ".join(row) + " |" for row in rows)]

    def cell(self, entry):
        """A bar would end the cell, also within a formula."""
        parts = re.split(r"(\$[^$]*\$)", "<br>".join(" ".join(block.split()) for block in self.inside(entry)))
        for n, part in enumerate(parts):
            parts[n] = part.replace(r"\|", r"\Vert ").replace("|", r"\vert ") if n % 2 else part.replace("|", r"\|")
        return "".join(parts)
