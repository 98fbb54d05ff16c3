"""What a chapter must have, each rule with a message that says what to do. `docs/chapters/TEMPLATE.md` keeps them all.

The build says the rest: a page in no table of contents, a source that the bibliography lacks, a number that no cell
records, a reference without a target; and `tests/press/site` reads the pages: two figures or more, each with a caption
and an alternative text.
"""

import re

import pytest
from chapters import DOCS, cells, run, unhelpful

TEMPLATE = DOCS / "chapters" / "TEMPLATE.md"
CHAPTERS = sorted((DOCS / "chapters").glob("*.md"))
SECTIONS = (
    "Predict, then run", "What this does not show", "Misconceptions corrected", "Exercises", "Further reading",
)  # fmt: skip
TAKE = "Take it with you"  # may be missing


def missing(name, text, files=()):
    """What the chapter in the file `name` lacks; `files` are the paths of snippets and their tests that there are."""
    said = []

    def need(what, told):
        if not what:
            said.append(told)

    found = re.fullmatch(r"(\d\d)-([a-z0-9-]+)\.md", name)
    need(
        found or name == TEMPLATE.name, "name the file NN-slug.md, with a number of two digits and a slug in lower case"
    )
    number = int(found[1]) if found else 0
    text = re.sub(r"^%.*\n", "", text, flags=re.M)
    code = "\n".join(cell.code for cell in cells(text))
    prose = re.sub(r"^(`{3,})\{code-cell\}.*?^\1 *$", "", text, flags=re.M | re.S)
    titles = re.findall(r"^# (.+)$", prose, flags=re.M)
    need(len(titles) == 1, f"give it one title, '# ...'; it has {len(titles)}")
    need(
        re.search(r"^\([\w-]+\)=\n# ", prose, flags=re.M),
        "put a label, '(what-it-is-about)=', on the line above the title",
    )
    need(
        re.search(r"^# .+\n\n+\*[^*]", prose, flags=re.M), "begin with what the reader can do at the end, in *emphasis*"
    )
    need("{admonition} Before you start" in prose, "add the box ':::{admonition} Before you start' with what is needed")

    heads = re.findall(r"^## (.+)$", prose, flags=re.M)
    for section in SECTIONS:
        need(section in heads, f"add the section '## {section}'")
    places = [heads.index(section) for section in (*SECTIONS[:2], TAKE, *SECTIONS[2:]) if section in heads]
    need(
        places == sorted(places), f"put the sections into this order: {', '.join((*SECTIONS[:2], TAKE, *SECTIONS[2:]))}"
    )
    need(
        heads and heads[-1] not in SECTIONS,
        "end with a section that leads to the next chapter, such as '## What is left'",
    )
    options = prose.count(":class-container: vgp-option")
    need(
        3 <= options <= 5,
        f"offer three to five predictions, each a dropdown of the class vgp-option; there are {options}",
    )

    used = re.findall(r"""^\s*record\(f?["']([^"'{]+)""", code, flags=re.M)
    used += re.findall(r"^ {4}name: ([\w-]+)$", text, flags=re.M)  # of figures
    for wrong in [name for name in used if not name.startswith(f"c{number}-")]:
        said.append(f"begin the name of each record and figure with c{number}-, not {wrong!r}")

    parts = re.findall(
        r"^:{3,}\{exercise-start\} ([^\n]*)\n:label: (\S+)\n(.*?)\{exercise-end\}", text, flags=re.M | re.S
    )
    for title, label, body in parts:
        need(label.startswith((f"ex-c{number}-", f"c{number}-ex-")), f"{label}: begin its label with ex-c{number}-")
        stars = re.match(r"(?:\\\*)*", title)[0].count("*")
        need(1 <= stars <= 4, rf"{label}: begin the title of each exercise with its grade, \* to \*\*\*\*")
        need("{admonition} Hint" in body, f"{label}: give it a hint, ':::{{admonition}} Hint'")
        solved = re.search(rf"\{{solution-start\}} {re.escape(label)}\n", text)
        need(solved or stars == 4, f"{label}: give it a solution, or four stars if it is open")
    answers = sum("answer" in cell.tags for cell in cells(text))
    need(
        answers >= 4, f"let code check the answers of four exercises or more (cells tagged answer and check): {answers}"
    )

    base = name.removesuffix(".md").replace("-", "_")
    own = {path for path in files if path.startswith(f"docs/snippets/{base}_")}
    included = {
        f"docs/snippets/{path}"
        for path in re.findall(r"^`{3}\{literalinclude\} \.\./snippets/(\S+)$", prose, flags=re.M)
    }
    for path in sorted(included - own):
        said.append(
            f"write {path}, which it includes; the name is that of the chapter, with _numpy or _torch at its end"
        )
    for path in sorted(own - included):
        said.append(f"include {path} in a tab of the section '## {TAKE}', or remove it")
    trial = f"tests/peers/test_snippet_{number:02}.py"
    need(
        not own or trial in files, f"write {trial}, which compares the snippets with vgp, after that of another chapter"
    )
    return said


@pytest.fixture(scope="module")
def files():
    folders = (DOCS / "snippets", DOCS.parent / "tests" / "peers")
    return {path.relative_to(DOCS.parent).as_posix() for folder in folders for path in folder.glob("*.py")}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_all_its_parts(path, files):
    told = missing(path.name, path.read_text(encoding="utf-8"), files)
    assert not told, f"docs/chapters/{path.name}:\n- " + "\n- ".join(told)


def test_each_snippet_belongs_to_a_chapter(files):
    names = tuple(f"docs/snippets/{path.stem.replace('-', '_')}_" for path in CHAPTERS)
    assert not [path for path in files if path.startswith("docs/snippets/") and not path.startswith(names)]


def test_the_template_runs_and_its_checks_help():
    found = cells(TEMPLATE.read_text(encoding="utf-8"))
    wrong, trials = run(found)
    assert not wrong
    assert unhelpful(found, trials) == []


def numbered(text):
    """The template as a chapter 12."""
    return text.replace("c0-", "c12-")


BROKEN = {  # what is changed in a good chapter, and a part of what is said
    "name the file": lambda name, text: ("12_try.md", text),
    "one title": lambda name, text: (name, text.replace("## Exercises", "# Exercises")),
    "put a label": lambda name, text: (name, text.replace("(template)=", "")),
    "in *emphasis*": lambda name, text: (name, text.replace("*After", "After").replace("costs the gradient.*", "")),
    "Before you start": lambda name, text: (name, text.replace("Before you start", "Before")),
    "add the section '## What this does not show'": lambda name, text: (name, text.replace("does not show", "hides")),
    "into this order": lambda name, text: (
        name,
        text.replace("## Further reading", "## X").replace("## Misconc", "## Further reading\n\n## Misconc"),
    ),
    "leads to the next chapter": lambda name, text: (name, text.replace("## What is left", "### What is left")),
    "three to five predictions": lambda name, text: (name, text.replace("vgp-option", "option", 1)),
    "with c12-, not 'c1-depth'": lambda name, text: (name, text.replace('record("c12-depth"', 'record("c1-depth"')),
    "with c12-, not 'fig-theory'": lambda name, text: (name, text.replace("name: c12-fig-theory", "name: fig-theory")),
    "with ex-c12-": lambda name, text: (name, text.replace("ex-c12-one", "ex-one")),
    "with its grade": lambda name, text: (name, text.replace("\\*\\*\\*\\* After", "After")),
    "give it a hint": lambda name, text: (name, text.replace("{admonition} Hint", "{admonition} Help", 1)),
    "give it a solution": lambda name, text: (name, text.replace("{solution-start} ex-c12-one", "{solution-start} x")),
    "four exercises or more": lambda name, text: (name, text.replace("[answer]", "[reply]", 1)),
    "write docs/snippets/12_try_numpy.py": lambda name, text: (
        name,
        text.replace("## Misconc", "```{literalinclude} ../snippets/12_try_numpy.py\n```\n\n## Misconc"),
    ),
}


def test_a_copy_of_the_template_needs_no_other_file():
    assert missing("12-try.md", numbered(TEMPLATE.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("expected", BROKEN)
def test_what_is_missing_is_told(expected):
    name, text = BROKEN[expected]("12-try.md", numbered(TEMPLATE.read_text(encoding="utf-8")))
    told = missing(name, text)
    assert any(expected in line for line in told), told


def test_a_snippet_needs_its_place_and_its_trial():
    text = numbered(TEMPLATE.read_text(encoding="utf-8"))
    told = missing("12-try.md", text, {"docs/snippets/12_try_torch.py"})
    assert len(told) == 2
    assert told[0].startswith("include docs/snippets/12_try_torch.py")
    assert told[1].startswith("write tests/peers/test_snippet_12.py")
