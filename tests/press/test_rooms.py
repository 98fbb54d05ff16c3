"""Every file of the press says what it is about and fits in the head; its rooms have one door each."""

import ast
import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import _press
from _press import live

PRESS = Path(_press.__file__).parent
FILES = {path.relative_to(PRESS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(PRESS.rglob("*.py"))}
every_file = pytest.mark.parametrize("name", FILES)


def asked_of_rooms(name):
    """What a file imports from other rooms: (the room, the way behind its door, the name) of each import."""
    levels = name.count("/") + 1
    for node in ast.walk(ast.parse(FILES[name])):
        if isinstance(node, ast.ImportFrom) and node.level == levels and node.module:
            room, _, behind = node.module.partition(".")
            yield from ((room, behind, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == levels:
            yield from ((alias.name, "", None) for alias in node.names)


def named_by(room):
    """The names in `__all__` of a room."""
    for node in ast.parse(FILES[f"{room}/__init__.py"]).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return ast.literal_eval(node.value)
    return []


@every_file
def test_a_file_says_what_it_does(name):
    text = ast.get_docstring(ast.parse(FILES[name]))
    assert text
    assert re.search(r"[.:`]$", text.split("\n\n")[0]), "the first paragraph is a sentence"


@every_file
def test_a_file_fits_in_the_head(name):
    assert len(FILES[name].splitlines()) <= 250


@pytest.mark.parametrize("name", [name for name in FILES if name.split("/")[0] in _press.ROOMS])
def test_a_room_asks_rooms_before_it_for_what_their_doors_name(name):
    own = _press.ROOMS.index(name.split("/")[0])
    for room, behind, wanted in asked_of_rooms(name):
        assert _press.ROOMS.index(room) < own, f"{name} asks {room}, which comes later in ROOMS of _press/__init__.py"
        assert not behind, f"{name} goes past the door of {room}: import what {room}/__init__.py names"
        assert wanted in named_by(room), f"{wanted}, which {name} wants, is not in __all__ of {room}/__init__.py"


def test_this_notices_a_way_past_a_door(monkeypatch):
    monkeypatch.setitem(FILES, "take/x.py", "from ..page.mathml import convert\nfrom ..page import book\n")
    assert list(asked_of_rooms("take/x.py")) == [("page", "mathml", "convert"), ("page", "", "book")]
    assert "book" in named_by("page")


def test_the_table_in_architecture_has_the_rooms_in_their_order():
    text = (PRESS.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text[text.index("| room |") :].split("\n\n")[0]
    assert re.findall(r"(?m)^\| `(\w+)(?:\.py)?` \|", table) == [*_press.ROOMS, "web"]


def test_docs_makes_no_name_public_but_that_of_the_press():
    """It is on the path of the build, where `figures` or `live` might be somebody's package."""
    names = {Path(name).stem for name in FILES}
    specs = [PathFinder.find_spec(name, [str(PRESS.parent)]) for name in names]
    assert [spec.name for spec in specs if spec is not None and spec.origin is not None] == []


def test_modules_of_the_browser_leave_the_path_as_it_was():
    """The tests' own path has that folder; the build's must not, nor any that makes names such as `runner` public."""
    before = list(sys.path)
    assert live.imported("needs_names").__name__ == "needs_names"
    assert sys.path == before
