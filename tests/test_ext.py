"""Every file of docs/_ext says what it does, fits in the head, stands in ARCHITECTURE.md and is tested."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "_ext").glob("*.py"))}
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
TABLE = ARCHITECTURE[ARCHITECTURE.index("| extension |") :].split("\n\n")[0]
TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if path.name != Path(__file__).name
)
every_file = pytest.mark.parametrize("name", FILES)


def test_the_table_names_files_that_exist():
    names = [name for line in TABLE.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(names) == sorted(FILES)


@every_file
def test_an_extension_says_what_it_does(name):
    text = ast.get_docstring(ast.parse(FILES[name]))
    assert text
    assert re.search(r"[.:`]$", text.split("\n\n")[0]), "the first paragraph is a sentence"


@every_file
def test_an_extension_fits_in_the_head(name):
    assert len(FILES[name].splitlines()) <= 250


@every_file
def test_an_extension_is_used_by_a_test(name):
    """A test imports it, builds with it, or says that it is what the file is about."""
    imported = rf"^\s*(?:import|from) {name}\b"
    built = rf'extensions\b.*"{name}"'
    assert re.search(rf'(?m){imported}|(?i:{built})|^""".*_ext/(?:\w+\.py[, and]+)*{name}\.py', TESTS)
