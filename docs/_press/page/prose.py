"""What a reader of a page has before him, read from its Markdown: its words, formulas, numbers and cells, in order.

`pieces(text)` reads the page as MyST does, but runs nothing. Folded are dropdowns, admonitions of the class
``dropdown`` (hints, for instance) and solutions; the title of a fold is seen. A piece is a paragraph, an item of a
list, a heading, a title, a field of a table, a caption, or a cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

ROLES = ("v", "ci", "pub")  # print numbers that a cell has recorded
MARK = "\ue000"  # stands for such a number in the text of a piece
WORD = re.compile(rf"[^\W_{MARK}]+(?:[-'’.,/×^][^\W_]+)*|{MARK}")
# A typed number, but not the "32" of "float32", the number of a chapter or figure, or a year.
NUMBER = re.compile(
    r"(?i:\b(?:chapters?|figures?|tables?|sections?|equations?|eqs?\.|exercises?|parts?|steps?|python|numpy|pytorch)"
    r"[ \N{NO-BREAK SPACE}]+\(?\d[\d.]*(?:(?:, | and | to | or )\d+)*)"
    r"|(?i:\b(?:in|since|until|year) (?:19|20)\d\d(?=[,.;:)]|$| and\b))"
    r"|(?P<number>(?<![\w.-])\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?)"
)
BARE = ("toctree", "literalinclude", "bibliography", "code", "code-block", "raw", "tableofcontents", "exercise-end")
TABLES = ("table", "list-table", "csv-table")
PICTURES = ("figure", "image")


@dataclass
class Piece:
    """One thing that a reader meets; `kind`: paragraph, heading, title, table, caption, or cell."""

    kind: str
    line: int  # of the page; of a cell, where its code begins
    folded: bool = False
    option: bool = False  # within a prediction that one may choose
    text: str = ""  # without formulas; MARK for each recorded number
    formulas: int = 0
    names: list[tuple[str, str]] = field(default_factory=list)  # (role, record) of each MARK
    code: str = ""
    tags: tuple[str, ...] = ()
    figure: bool = False

    @property
    def words(self):
        return len(WORD.findall(self.text))

    @property
    def numbers(self):
        """How many numbers the piece has: a recorded value, with its interval, is one, and so is a typed number."""
        values = {record for role, record in self.names if role == "v"}
        with_value = sum(role == "ci" and record in values for role, record in self.names)
        return self.text.count(MARK) - with_value + sum(bool(found["number"]) for found in NUMBER.finditer(self.text))


def reader():
    """Return a parser with the extensions of the book's pages."""
    made = (
        MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(myst_block_plugin).use(myst_role_plugin)
    )
    made.use(dollarmath_plugin, double_inline=True, allow_labels=True).use(colon_fence_plugin).use(amsmath_plugin)
    return (
        made.use(deflist_plugin)
        .use(attrs_plugin, after=("image", "code_inline", "link_close", "span_end"))
        .use(attrs_block_plugin)
    )


MARKDOWN = reader()


def opened(content):
    """Split what stands in a directive into its options, its body, and the lines before the body."""
    lines = content.split("\n")
    if lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        end = next(n for n, line in enumerate(lines) if n and line.strip() == "---")
        options, first = yaml.safe_load("\n".join(lines[1:end])) or {}, end + 1
    else:
        first = next((n for n, line in enumerate(lines) if not re.match(r"\s*:[\w-]+:", line)), len(lines))
        pairs = (re.match(r"\s*:([\w-]+): *(.*)", line).groups() for line in lines[:first])
        options = {name: yaml.safe_load(value) if value.startswith("[") else value for name, value in pairs}
    return options, "\n".join(lines[first:]), first


class Reading:
    """Collects the pieces of one page."""

    def __init__(self):
        self.pieces = []
        self.solution = False

    def read(self, text, line=1, **state):
        """Read some Markdown that begins in a line of the page; `state` says where it stands."""
        heading = False
        for token in MARKDOWN.parse(text):
            at = line + (token.map[0] if token.map else 0)
            if token.type in ("heading_open", "heading_close"):
                heading = token.type == "heading_open"
            elif token.type == "table_open":
                state = {**state, "kind": "table"}
            elif token.type == "table_close":
                state = {**state, "kind": state.get("outer", "paragraph")}
            elif token.type == "inline":
                self.inline(token, at, **({**state, "kind": "heading"} if heading else state))
            elif token.type in ("math_block", "math_block_label", "amsmath"):
                self.piece(at, **state).formulas = 1
            elif token.type in ("fence", "colon_fence"):
                found = re.match(r"\{([\w:-]+)\}\s*(.*)", token.info.strip())
                if found:
                    self.directive(found[1], found[2], token.content, at, state)

    def piece(self, line, kind="paragraph", folded=False, option=False, outer=""):
        self.pieces.append(Piece(kind, line, folded or self.solution, option))
        return self.pieces[-1]

    def inline(self, token, line, **state):
        made, parts = self.piece(line, **state), []
        for part in token.children or ():
            if part.type in ("math_inline", "math_inline_double", "math_single"):
                made.formulas += 1
                parts.append(" ")
            elif part.type == "myst_role":
                parts.append(self.role(part, made))
            elif part.type in ("softbreak", "hardbreak"):
                parts.append(" ")
            elif part.type == "image":
                made.figure = True
            elif part.type == "code_inline":
                parts.append(re.sub(r"\d", "n", part.content))  # code has no numbers
            elif part.type in ("text", "text_special"):
                parts.append(part.content)
        made.text = "".join(parts)

    @staticmethod
    def role(part, made):
        name = part.meta["name"]
        if name in ROLES:
            made.names.append((name, part.content.strip()))
            return MARK
        if name == "math":
            made.formulas += 1
            return " "
        shown = re.match(r"(.*?)\s*<[^<>]*>$", part.content, re.S)
        if shown:
            return shown[1]
        return {"cite": "Author", "ref": "reference", "num": "Figure", "eq": "equation"}.get(
            re.match(r"cite|ref|num|eq|", name)[0], part.content
        )

    def directive(self, name, argument, content, line, state):
        options, body, first = opened(content)
        classes = f"{options.get('class', '')} {options.get('class-container', '')}".split()
        inside = line + 1 + first
        if name == "code-cell":
            self.cell(body, options, inside, state, line)
        elif name == "solution-start":
            self.solution = True
        elif name == "solution-end":
            self.solution = False
        elif name == "math":
            self.piece(line, **state).formulas = 1
        elif name not in BARE:
            title = {**state, "kind": "caption" if name in (*TABLES, *PICTURES) else "title"}
            if argument and name not in PICTURES:
                self.read(argument, line, **title)
            fold = {"folded": True} if name == "dropdown" or "dropdown" in classes else {}
            fold |= {"option": True} if "vgp-option" in classes else {}
            kind = {"kind": "table", "outer": "table"} if name in TABLES else {}
            kind |= {"kind": "caption", "outer": "caption"} if name in PICTURES else {}
            self.read(body, inside, **{**state, **fold, **kind})
            if name in PICTURES:
                self.pieces[-1].figure = True

    def cell(self, body, options, line, state, fence):
        tags = options.get("tags") or ()
        tags = tuple(tags if isinstance(tags, list) else re.findall(r"[\w-]+", str(tags)))
        made = self.piece(line, **{**state, "kind": "cell"})
        made.code, made.tags = body.removesuffix("\n"), tags
        figure = ((options.get("mystnb") or {}).get("figure") or {}) if isinstance(options.get("mystnb"), dict) else {}
        made.figure = bool(figure)
        if figure.get("caption"):
            self.read(str(figure["caption"]), fence, **{**state, "kind": "caption", "outer": "caption"})


def pieces(text):
    """Return the pieces of a page, in order."""
    reading = Reading()
    reading.read(text)
    return reading.pieces
