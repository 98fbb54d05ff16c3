"""Every file of the press says what it is about and fits in the head, and rooms hold no generic names in front."""

import ast
import re
from pathlib import Path

import pytest

PRESS = Path(__file__).parents[2] / "docs" / "_press"
FILES = {path.relative_to(PRESS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(PRESS.rglob("*.py"))}
every_file = pytest.mark.parametrize("name", FILES)


@every_file
def test_a_file_says_what_it_does(name):
    text = ast.get_docstring(ast.parse(FILES[name]))
    assert text
    assert re.search(r"[.:`]$", text.split("\n\n")[0]), "the first paragraph is a sentence"


@every_file
def test_a_file_fits_in_the_head(name):
    assert len(FILES[name].splitlines()) <= 250
