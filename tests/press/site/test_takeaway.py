"""_press/take/chapters.py, asmarkdown.py: chapters to take away, as they lie in the built site."""

import re
from types import SimpleNamespace
from urllib.parse import unquote

import jupytext
import nbformat
import pytest
from built import HTML, PAGES, soup
from docutils import nodes

from _press.take import asmarkdown
from _press.take import chapters as takeaway

CHAPTERS = [page.removesuffix(".html") for page in PAGES if page.startswith("chapters/")]
chapters = pytest.mark.parametrize("chapter", CHAPTERS)


def book(chapter):
    return nbformat.read(HTML / f"{chapter}.ipynb", as_version=4)


def prose(chapter):
    return "\n\n".join(cell.source for cell in book(chapter).cells if cell.cell_type == "markdown")


def outside_code(text):
    return re.sub(r"^(`{3,}).*?^\1$|`[^`\n]+`", "", text, flags=re.M | re.S)


@chapters
def test_the_notebook_is_valid_and_has_no_outputs(chapter):
    made = book(chapter)
    nbformat.validate(made)
    for cell in made.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert len({cell.id for cell in made.cells}) == len(made.cells)


@chapters
def test_script_and_notebook_have_the_same_cells(chapter):
    script = jupytext.read(HTML / f"{chapter}.py", fmt="py:percent")
    made = [(cell.cell_type, cell.source.strip()) for cell in book(chapter).cells if cell.id != "install"]
    assert [(cell.cell_type, cell.source.strip()) for cell in script.cells] == made


@chapters
def test_code_is_that_of_the_page(chapter):
    page = [cell.get_text().strip() for cell in soup(f"{chapter}.html").select(".cell_input pre")]
    made = [cell.source.strip() for cell in book(chapter).cells if cell.cell_type == "code" and cell.id != "install"]
    assert [code for code in page if code not in made] == []


@chapters
def test_first_cell_says_what_is_needed_and_the_licences(chapter):
    first = book(chapter).cells[0].source
    assert "pip install" in first
    assert "BSD 3-Clause" in first
    assert "CC BY 4.0" in first


@chapters
def test_prose_is_resolved(chapter):
    text = outside_code(prose(chapter))
    assert not re.search(r"\{[a-z:]+\}`|:::|\?\w+-\w+\?|\(True\)|Exercise  |Figure \.", text)
    math = "\n".join(re.findall(r"\$\$.*?\$\$|\$[^$\n]+\$", text, flags=re.S))
    assert not re.search(r"\\(loss|Var|diag|E|R)\b", math)
    page = soup(f"{chapter}.html").select_one("article")
    headings = [h.find(string=True).strip() for h in page.select("h1, h2, h3") if h.find(string=True)]
    lines = {line.lstrip("# ").strip() for line in prose(chapter).splitlines() if line.startswith("#")}
    assert {h for h in headings if "$" not in h and h.isascii()} - lines <= {
        h for h in headings if any(line.startswith(h) for line in lines)
    }
    assert prose(chapter).count("**Figure ") == len(page.select("svg.vgp-figure"))
    assert len(re.findall(r"^\*\*Exercise \d+ ", prose(chapter), flags=re.M)) == len(page.select(".exercise"))


@chapters
def test_page_links_to_its_files(chapter):
    page = soup(f"{chapter}.html")
    name = chapter.rpartition("/")[2]
    for place in (".dropdown-download-buttons a", ".vgp-takeaway a[download]"):
        found = [link["href"] for link in page.select(place)]
        assert [f"{name}.ipynb", f"{name}.py"] == found[:2], place
        assert found[2].endswith(".whl")
        assert all((HTML / chapter).parent.joinpath(link).is_file() for link in found)
    assert not page.select("[onclick]")


@pytest.mark.parametrize("other", [page for page in PAGES if not page.startswith("chapters/")])
def test_other_pages_have_no_menu(other):
    assert not soup(other).select(".dropdown-download-buttons, .vgp-takeaway")


def test_launch_where_a_repository_is_set_and_nowhere_else():
    hosted = bool(soup(f"{CHAPTERS[0]}.html").select(".dropdown-launch-buttons"))
    installs = any(cell.id == "install" for cell in book(CHAPTERS[0]).cells)
    assert hosted == installs == (HTML / "binder" / "requirements.txt").is_file()


# --- launch buttons, in both cases ------------------------------------------------------------------------------------


def test_no_repository_no_launch_buttons():
    assert takeaway.launch("", "gh-pages", "chapters/01.ipynb") == []
    assert "open it" not in takeaway.line([(".py", "script", "01.py")], [])


@pytest.mark.parametrize(
    ("repository", "names", "binder"),
    [
        ("https://github.com/someone/book", ["Binder", "Colab"], "/v2/gh/someone/book/gh-pages?"),
        ("https://github.com/someone/book.git", ["Binder", "Colab"], "/v2/gh/someone/book/gh-pages?"),
        ("https://gitlab.com/some/one/book", ["Binder"], "/v2/gl/some%2Fone%2Fbook/gh-pages?"),
        ("https://example.org/book", ["Binder"], "/v2/git/https%3A%2F%2Fexample.org%2Fbook/gh-pages?"),
    ],
)
def test_launch_buttons_follow_the_repository(repository, names, binder):
    found = takeaway.launch(repository, "gh-pages", "chapters/01.ipynb")
    assert [name for name, _, _ in found] == names
    assert binder in found[0][2]
    assert unquote(found[0][2]).endswith("labpath=chapters/01.ipynb")
    if "Colab" in names:
        assert found[1][2].endswith("/github/someone/book/blob/gh-pages/chapters/01.ipynb")
    for name, _, url in found:
        assert f'<a href="{url}">{name}</a>' in takeaway.line([(".py", "script", "01.py")], found)


def test_first_cell_names_repository_and_page_where_they_are_set():
    config = {"project": "Book", "release": "1.0", "takeaway_wheel": True}
    bare = SimpleNamespace(config=SimpleNamespace(html_baseurl="", repository_url="", **config))
    full = SimpleNamespace(
        config=SimpleNamespace(html_baseurl="https://b.example/", repository_url="https://r.example/b", **config)
    )
    assert "example" not in takeaway.first_cell(bare, "Title", "chapters/01")
    text = takeaway.first_cell(full, "Title", "chapters/01")
    assert "git+https://r.example/b" in text
    assert "<https://b.example/chapters/01.html>" in text
    assert "git+https://r.example/b" in takeaway.install_cell("https://r.example/b")


# --- Markdown ---------------------------------------------------------------------------------------------------------


def test_what_markdown_would_misread_is_escaped():
    assert asmarkdown.escape("2 * 3, a_b, _c, <b>, 1 < 2, $5, `x`") == r"2 \* 3, a_b, \_c, \<b>, 1 < 2, \$5, \`x\`"


def test_no_line_begins_like_a_list():
    text = "word " * 20 + "- and 1. or # or > then"
    wrapped = asmarkdown.wrap(text, 99)
    assert wrapped.split() == text.split()
    for width in range(20, 110):
        assert not re.search(r"^(- |1\. |# |> )", asmarkdown.wrap(text, width), flags=re.M)


def test_macros_are_written_out():
    writer = asmarkdown.Writer(macros={"E": r"\mathbb{E}"})
    assert writer.latex(r"\E x + \Ex") == r"\mathbb{E} x + \Ex"


def test_bars_in_tables_do_not_end_the_cell():
    entry = nodes.entry("", nodes.paragraph("", "", nodes.math("", r"|x| + \|y\|"), nodes.Text(" a|b")))
    cell = asmarkdown.Writer().cell(entry)
    assert cell == r"$\vert x\vert  + \Vert y\Vert $ a\|b"


def test_links_lead_to_the_site_or_become_text():
    inner = nodes.reference("", "two", internal=True, refuri="02.html#b")
    outer = nodes.reference("", "out", refuri="https://x.example/")
    there = asmarkdown.Writer(base="https://b.example/chapters/01.html")
    assert asmarkdown.Writer().inline(inner) == "two"
    assert there.inline(inner) == "[two](https://b.example/chapters/02.html#b)"
    assert there.inline(outer) == "[out](https://x.example/)"
