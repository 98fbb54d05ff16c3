"""tables.py: what it writes is fresh; each table follows its source; the drawing says what imports what."""

import re
import shutil
from xml.etree import ElementTree

import pytest
import tables
from tables import ROOT

from _press.page import structure


def test_all_of_it_is_fresh():
    assert not tables.stale(), "run `nox -s tables`"


@pytest.fixture
def copy(tmp_path):
    """What the tables need of the repository, to be changed."""
    for name in ("vgp", "docs/_press", ".github"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.npz", "*.whl", "static", "__pycache__")
        )
    for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_module_and_a_changed_session_make_them_stale_until_they_are_written(copy):
    assert tables.stale(copy) == []
    edit(copy / "vgp" / "_layout.py", '"book.style": "', '"theory.extra": "guess", "book.style": "')
    (copy / "vgp" / "theory" / "extra.py").write_text('"""What a|b is: it depends. More."""\nfrom .. import data\n')
    edit(
        copy / "noxfile.py",
        'def lint(session: nox.Session) -> None:\n    """Check',
        'def lint(session):\n    """Look at',
    )
    found = tables.write(copy)
    assert set(found) == {"vgp/theory/__init__.pyi", "ARCHITECTURE.md", "CONTRIBUTING.md", ".github/structure.svg"}
    assert "\nfrom .extra import guess as guess\n" in (copy / "vgp/theory/__init__.pyi").read_text(encoding="utf-8")
    assert "| 6 | `extra` | What a\\|b is: it depends. |\n" in (copy / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert "\n| `lint` | Look at" in (copy / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert ">extra<" in (copy / ".github/structure.svg").read_text(encoding="utf-8")
    assert tables.stale(copy) == tables.write(copy) == []


def test_a_table_without_its_place_is_an_error(copy):
    edit(copy / "ARCHITECTURE.md", "<!-- end: modules -->", "")
    with pytest.raises(ValueError, match="one line '<!-- end: modules -->'"):
        tables.tables(copy)


def test_the_stubs_name_what_is_there():
    import vgp

    for package in ("", "theory", "measure", "book"):
        stub = (ROOT / "vgp" / package / "__init__.pyi").read_text(encoding="utf-8")
        names = re.findall(r"^from \S+ import (\w+) as \1$", stub, flags=re.M)
        whole = vgp if not package else getattr(vgp, package)
        assert sorted(names) == whole.__all__


def test_the_package_says_that_it_is_typed():
    from importlib.resources import files

    assert files("vgp").joinpath("py.typed").is_file()
    assert files("vgp").joinpath("theory", "__init__.pyi").is_file()


TREE = {
    "pyproject.toml": "",
    "vgp/__init__.py": "from . import _layout",
    "vgp/_layout.py": (
        'RANKS = ({"a": ""}, {"b": "", "w.c": ""})\nWINGS = ("w",)\n'
        'def modules(package):\n    return {"": [("a", []), ("b", [])], "w": [("c", [])]}[package]\n'
    ),
    "vgp/a.py": "import os",
    "vgp/b.py": "from .a import x\nfrom . import a",
    "vgp/w/__init__.py": "",
    "vgp/w/c.py": "def f():\n    from .. import a, b\n    from ..b import g",
    "docs/_press/__init__.py": "",
    "docs/_press/one/__init__.py": "",
    "docs/_press/one/x.py": "from ..two.y import z\nfrom ..two import y\nfrom . import w",
    "docs/_press/two/__init__.py": "",
    "docs/_press/two/y.py": "",
}


def test_imports_are_counted_and_drawn(tmp_path):
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = structure.structure(tmp_path)
    assert told["imports"] == {"a": set(), "b": {"a"}, "w.c": {"a", "b"}}
    assert structure.between(told) == {("w", ""): 2}
    assert told["rooms"] == {"one": (1, {"two": 1}), "two": (1, {})}
    svg, alt = structure.draw(told)
    assert alt == (
        "Diagram of the library: 3 modules in 2 rows, with 3 imports, each from a row above. The core has 2 modules; "
        "w has 1 and imports the core 2 times. The room one of the press has 1 modules and imports two 1 time. "
        "The room two of the press has 1 modules."
    )
    shown = [part.text for part in ElementTree.fromstring(svg).iter() if part.text]
    assert {"a", "b", "c", "one", "two", "vgp.w", "↑1 ↓1", "1 modules, ↑two 1"} <= set(shown)
    assert structure.alone(tmp_path) == structure.alone(tmp_path)
    assert "var(" in svg
    assert "var(" not in structure.alone(tmp_path)
