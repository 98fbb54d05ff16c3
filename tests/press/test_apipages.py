"""page/apipages: the pages of a small library, under the names that a reader writes."""

import re
import zlib

import pytest
from sphinx_project import build

LAYOUT = """
RANKS = (
    {"_trees": "Params norm", "init": "Start"}, {"train": "train"}, {"wing.maps": "follow"}, {"look.trace": "Trace"},
)
WINGS, FLAT, NAMESPACES = ("wing", "look"), ("", "look"), ("init",)

def modules(package):
    for row in RANKS:
        for path, names in row.items():
            owner, _, module = path.rpartition(".")
            if owner == package:
                yield module, names.split()
"""
INIT = """'''Is it a start? Yes.'''

class _Hidden:
    '''No.'''

class Start(_Hidden):
    '''A start.'''

    def draw(self):
        '''Draw.'''

def normal(sd):
    '''Normal.'''

def _no():
    '''No.'''
"""
FILES = {
    "__init__.py": (
        "'''Small.'''\nfrom ._trees import Params, norm\nfrom .init import Start\nfrom .train import train\n"
        "from .look.trace import Trace\n"
    ),
    "_layout.py": LAYOUT,
    "_trees.py": (
        "'''Dicts of arrays. And more.'''\nParams = dict[str, float]  # by name\n\ndef norm(a):\n    '''A norm.'''\n"
    ),
    "init.py": INIT,
    "train.py": "'''The loop.'''\n\ndef train(net):\n    '''Train.'''\n",
    "wing/__init__.py": "'''A wing.'''\nfrom .maps import follow\n",
    "wing/maps.py": "'''Maps.'''\n\ndef follow(q):\n    '''Follow.'''\n",
    "look/__init__.py": "'''A look.'''\nfrom .trace import Trace\n",
    "look/trace.py": "'''Traces.'''\nfrom ..init import Start\n\nclass Trace(Start):\n    '''A trace.'''\n",
}
USES = """# Uses

{func}`small.norm`, {func}`small.train`, {func}`small.wing.follow`, {func}`small.init.normal`, {class}`small.Trace`,
{meth}`small.Start.draw`, {data}`small.Params`, {mod}`small.wing.maps`, {mod}`small.look`, {class}`small.init.Start`

```{toctree}
api/index
```
"""
MORE = "import os\nsys.path.insert(0, os.path.dirname(__file__))\napipages_package = 'small'"
EVERY = ["myst_nb", "sphinx.ext.autodoc", "_press.page.apipages"]


def project(folder, files=FILES, fresh=True):
    for name, text in files.items():
        (folder / "small" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "small" / name).write_text(text, encoding="utf-8")
    (folder / "api").mkdir(exist_ok=True)
    (folder / "api" / "index.md").write_text("# The library\n\n```{api-modules}\n```\n", encoding="utf-8")
    return build(folder, {"uses.md": USES}, extensions=EVERY, more=MORE, fresh=fresh)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "api").mkdir()
    (folder / "api" / "gone.md").write_text("# A module that is gone\n", encoding="utf-8")
    code, said, out = project(folder)
    assert code == 0, said
    return folder, out


def objects(out):
    """What the site says that others may refer to: name -> (kind, address)."""
    packed = (out / "objects.inv").read_bytes().split(b"\n", 4)[4]
    rows = (re.match(r"(\S+) py:(\w+) \S+ (\S+) ", line) for line in zlib.decompress(packed).decode().splitlines())
    return {row[1]: (row[2], row[3].replace("$", row[1])) for row in rows if row}


@pytest.mark.xdist_group("apipages")
def test_names_are_flat_and_each_module_has_its_page(made):
    found = objects(made[1])
    for name, expected in {
        "small.norm": ("function", "api/trees.html#small.norm"),
        "small.Params": ("data", "api/trees.html#small.Params"),
        "small.Start": ("class", "api/init.html#small.Start"),
        "small.init.normal": ("function", "api/init.html#small.init.normal"),
        "small.train": ("function", "api/train.html#small.train"),  # not the module of that name
        "small.wing.follow": ("function", "api/wing/maps.html#small.wing.follow"),
        "small.Trace": ("class", "api/look/trace.html#small.Trace"),
        "small.look.trace": ("module", "api/look/trace.html#module-small.look.trace"),
        "small.look": ("module", "api/index.html#module-small.look"),
    }.items():
        assert found[name] == expected
    assert "small.init._no" not in found


@pytest.mark.xdist_group("apipages")
def test_pages_show_what_a_reader_needs(made):
    read = {name: (made[1] / "api" / f"{name}.html").read_text(encoding="utf-8") for name in ("trees", "init", "index")}
    assert re.search(r"<h1>Init: <code[^>]*><span class=\"pre\">small.init</span></code>", read["init"])
    assert "_Hidden" not in read["init"]
    assert "by name" in read["trees"]
    assert "dict[str, float]" in re.sub("<[^>]*>", "", read["trees"])
    assert "<p>Is it a start? Yes</p>" in read["index"]
    assert "<p>Dicts of arrays</p>" in read["index"]
    table = read["index"].partition("<table")[2]
    assert table.index("small.train") < table.index("small.norm"), "private modules come last"


@pytest.mark.xdist_group("apipages")
def test_only_what_changed_is_written_again_and_what_is_gone_goes(made):
    folder, _ = made
    assert not (folder / "api" / "gone.md").exists()
    before = {path: path.stat().st_mtime_ns for path in (folder / "api").rglob("*.md") if path.name != "index.md"}
    code, said, out = project(folder, {"wing/maps.py": FILES["wing/maps.py"].replace("Follow", "On")}, fresh=False)
    assert code == 0, said
    assert "<p>On.</p>" in (out / "api" / "wing" / "maps.html").read_text(encoding="utf-8")
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_listed_name_that_is_missing_is_told(tmp_path):
    code, said, _ = project(tmp_path, FILES | {"wing/maps.py": "'Maps.'\n", "wing/__init__.py": "'A wing.'\n"})
    assert code
    assert "small.wing.maps does not define follow, which _layout.py lists" in said
