"""page/prose.py, lengths.py, alone.py: what a reader meets is counted; what is too much, or alone, ends the build."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx_project import build

from _press.page import alone, lengths
from _press.page.prose import pieces

PAGE = """---
file_format: mystnb
---

% A comment of six words here.

(label)=
# A title of five words

Three words here, and $x^2$ with `code`. {v}`one` {ref}`label` {ref}`Chapter 4 <label>`

:::{admonition} A visible box
:class: note

Two words.
:::

:::{admonition} Hint
:class: hint dropdown

Not seen, and $x$.
:::

```{code-cell} ipython3
---
tags: [hide-input]
mystnb:
  figure:
    name: fig
    caption: |
      Its caption: {v}`one`
---
drawn = "a line that is far too long but hidden, so that nobody minds how it is written in the file"
```

```{code-cell} ipython3
:tags: [remove-cell]
record("not seen")
```

$$
y = z
$$

```{math}
:label: eq
a = b
```

:::{exercise-start} \\* Grade
:label: ex
:::
The statement counts.
:::{exercise-end}
:::

:::{solution-start} ex
:class: dropdown
:::
The solution does not.

```{code-cell} ipython3
solved = 1
```
:::{solution-end}
:::

| a | table |
|---|---|
| with | {v}`one` |

:::::{tab-set}
::::{tab-item} First
In a tab.
::::
:::::
"""


def test_what_is_seen_is_counted():
    found = lengths.measured(PAGE)
    # title 5, paragraph 5 + value + reference + 2, box 3 + 2, Hint 1, caption 2 + 1, exercise 1 + 3, table 4, tab 1 + 3
    assert found.words == 5 + 6 + 1 + 1 + 2 + 5 + 1 + 3 + 4 + 4 + 4
    assert found.formulas == 3
    assert found.before == 5 + 6 + 1 + 1 + 2 + 5 + 1
    assert (found.crowded, found.wide, found.long) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("{v}`a` ({ci}`a`), {pub}`a`", 2),  # a value with its interval is one number
        ("{v}`a` ({ci}`b`) and {ci}`c`", 3),
        ("5 of 40, 1,000 images, 3.5 %, 1e-5 and 95", 6),
        ("float32, Chapter 4, figures 2 and 3, Figure 5, the year 2015, c6-x and $3 + 4$, `5`", 0),
        ("200 to 300 nets, 2000 of them", 3),
        ("{numref}`fig` {cite:t}`glorot2010` {math}`1/4`", 0),
        ("one two three", 0),
    ],
)
def test_numbers_of_a_paragraph(text, n):
    (piece,) = pieces(text)
    assert piece.numbers == n


def test_where_a_line_stands():
    text = "# T\n\n```{code-cell}\n:tags: [x]\na = 1\n" + f"b = '{'x' * 90}'\n" + "c = 1\n" * 24 + "```\n"
    found = lengths.measured(text)
    assert found.wide == ((6, 96),)
    assert found.long == ((5, 26),)
    assert [line for line, _ in found.problems()] == [6, 5]


FIGURE = "\n```{code-cell}\n---\nmystnb:\n  figure:\n    caption: Seen.\n---\n1\n```\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("word " * 100 + FIGURE + "word " * 2900, "3002 words outside folds, at most 3000"),
        ("word " * 600, "no figure outside folds"),
        ("word " * 400, ""),  # too short to need one
        ("word " * 501 + FIGURE, "502 words before the first figure, at most 500"),
        (FIGURE + "$x$ " * 101, "101 formulas outside folds, at most 100"),
        (FIGURE + "1 2 3 {v}`a` 4 5 6\n\nor 1", "7 numbers in a paragraph, at most 6"),
        (FIGURE + "- 1 2 3\n- 4 5 6", ""),
        (FIGURE + ":::{dropdown} Going deeper: a title\n" + "word $x$ " * 3000 + "\n:::\n", ""),
        (FIGURE + "```{code-cell}\n:tags: [hide-input]\n" + "x\n" * 30 + "```\n", ""),
        (FIGURE + "```{code-cell}\n" + "x\n" * 26 + "```\n", "a cell of 26 lines, at most 25"),
    ],
)
def test_what_is_too_long_is_told(text, said):
    told = [message for _, message in lengths.measured(f"# T\n\n{text}").problems()]
    assert len(told) == bool(said)
    assert said in "".join(told)


def test_a_chapter_that_is_too_long_ends_the_build_and_a_table_says_where_each_stands(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "01-a.md").write_text("# A\n\n" + "1 2 3 4 5 6 7\n", encoding="utf-8")
    (tmp_path / "a.md").write_text("", encoding="utf-8")
    pages = {
        "b.md": "# B\n\n1 2 3 4 5 6 7 8 9\n\n```{lengths}\n```\n\n```{toctree}\nchapters/01-a\n```\n",
        "a.md": "# P",
    }
    extensions = ["myst_parser", "_press.page.lengths"]
    code, said, _ = build(tmp_path, pages, extensions=extensions)
    assert code != 0
    assert "01-a.md:3: WARNING: 7 numbers in a paragraph, at most 6" in said
    assert "b.md:" not in said  # no chapter
    code, said, html = build(tmp_path, pages, extensions=extensions, more='press_lenient = ["lengths"]')
    assert code == 0, said
    assert "8 0 – 1 0 chapters/01-a" in re.sub(" +", " ", said)
    assert "vgp-lengths" in (html / "b.html").read_text(encoding="utf-8")


# --- numbers that stand alone -----------------------------------------------------------------------------------------

RECORDS = {"m": {"seeds": 40}, "one": {"seeds": 1}, "t": {"seeds": 0}, "s": {"seeds": None}}
OPTION = ":::{dropdown} An option {v}`m`\n:class-container: vgp-option\n\nMeasured: %s\n:::\n"
CAPTION = "```{code-cell}\n---\nmystnb:\n  figure:\n    caption: |\n      A curve: %s\n---\n1\n```\n"


@pytest.mark.parametrize("frame", [OPTION, CAPTION, "%s"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{v}`m`", ["m"]),
        ("{v}`m` and {v}`one`", ["m, one"]),
        ("{v}`t` and {v}`s`", []),
        ("{v}`m` ({ci}`m`)", []),
        ("{v}`m`, over {v}`s` nets", []),
        ("{v}`m` in 40 random sigmoid nets", []),
        ("{v}`m`, in 13 of 40", []),
        ("{v}`one`, a single run", []),
        ("{v}`m` in each net", []),
        ("{v}`m` of the images right", ["m"]),
        ("{v}`m` of 200 images", []),
        ("{v}`m`: nets do not train", ["m"]),
        ("nothing measured", []),
    ],
)
def test_a_number_that_stands_alone_is_told(frame, text, names):
    found = alone.lonely(frame % text, RECORDS, everywhere=frame == "%s")
    assert len(found) == len(names)
    for (_, message), name in zip(found, names):
        assert message.startswith(f"{name} stand")


def test_in_a_chapter_a_paragraph_may_build_on_the_one_before():
    assert alone.lonely("{v}`m`", RECORDS) == []


def test_the_first_page_ends_the_build_where_a_number_stands_alone(tmp_path):
    text = (
        "---\nfile_format: mystnb\n---\n# P\n\nIt is {v}`m`.\n\n```{code-cell}\nfrom vgp.book import record\n%s\n```\n"
    )
    cell = 'record("m", 1.5, what="x", status="simulation", expect=(1, 2), seeds=3)'
    extensions = ["myst_nb", "_press.cells.forked", "_press.cells.ledger", "_press.page.numbers", "_press.page.alone"]
    more = 'nb_execution_mode = "force"\n'
    more += 'nb_mime_priority_overrides = [("html", "application/vnd.vgp.record+json", 0)]\n'
    pages = {"claims.md": text % cell}
    code, said, _ = build(tmp_path, pages, extensions=extensions, more=more)
    assert code != 0
    assert "claims.md:6: WARNING: m stands alone: print the interval of one" in said


def test_the_script_counts_without_a_build(tmp_path):
    chapter, ledger = tmp_path / "chapters" / "01-a.md", tmp_path / "ledger.jsonl"
    chapter.parent.mkdir()
    chapter.write_text("# T\n\n" + CAPTION % "{v}`m`", encoding="utf-8")
    rows = [{"name": "m", "value": 1.0, "seeds": 40}, {"entry": "x", "verdict": "reproduced"}]
    ledger.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    script = Path(__file__).parents[1] / "lengths.py"
    command = [sys.executable, str(script), str(chapter), "--ledger", str(ledger)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[0] == "01-a: 4 words, 0 formulas, first figure after 1"
    assert "01-a.md:3: m stands alone" in done.stdout
