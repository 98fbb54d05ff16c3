"""The rules that ARCHITECTURE.md states, checked against the one list of modules, `vgp._layout.RANKS`.

The checks are in tests/structure.py. Each is also tried on a package that breaks its rule, and must say so.
"""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import cases
import pytest
import structure

import vgp
from vgp import _layout
from vgp._layout import RANKS

PACKAGE = Path(vgp.__file__).parent

# Two modules each have a `get`, and are used under their own names: `vgp.activations.get`, `vgp.init.get`.
TWICE = ["get: defined in activations and init"]
# A module with one public function, which has its name: the flat name is the function, `vgp.train(...)`, and nobody
# needs the module. What follows says that it is the function whatever is imported first.
ITS_FUNCTION = ["lsuv", "measure.diagnose", "measure.trace", "train"]
ALLOWED = {structure.doubles: TWICE, structure.shadows: ITS_FUNCTION}


# --- the rules, and for each a package that breaks it -----------------------------------------------------------------

GOOD = {"__init__.py": '"""A package."""\n', "low.py": '"""What is below."""\n\ndef f(): ...\n'}
# check: (files of a small package, its rows, what the check says about it)
WRONG = {
    structure.listed: (
        {"new.py": "", "theory/phases.py": ""},
        [{"low": "", "gone": ""}, {"low": ""}],
        ["new: no entry", "theory.phases: no entry", "gone: an entry", "low: more than one entry"],
    ),
    structure.upward: (
        {
            "low.py": "from . import beside, high\n",
            "beside.py": "",
            "high.py": "def f():\n    from .book import draw\n",
            "book/draw.py": "from .. import low\nimport small.high\nfrom ..nothing import f\nfrom .. import __all__\n",
        },
        [{"low": "", "beside": ""}, {"high": ""}, {"book.draw": ""}],
        ["low, line 1: imports beside,", "low, line 1: imports high,", "high, line 2: imports book.draw,",
         "book.draw, line 3: imports nothing,", "book.draw, line 4: imports __all__,"],
    ),
    structure.crossing: (
        {
            "low.py": "from .theory.wide import f\n",
            "mid.py": "from . import measure\n",
            "theory/wide.py": "from ..measure import units\nfrom .. import low\n",
            "measure/units.py": "def f():\n    from ..book.draw import g\n",
            "book/draw.py": "from ..theory.wide import f\nfrom ..measure.units import g\nfrom ..low import h\n",
        },
        [],
        ["low, line 1: imports theory.wide, which the core", "measure.units, line 2: imports book.draw, which measure",
         "mid, line 1: imports measure, which the core", "theory.wide, line 1: imports measure.units, which theory"],
    ),
    structure.cycles: (
        {"low.py": "", "a.py": "from .b import f\n", "b.py": "from . import low\nfrom .c import f\n",
         "c.py": "def f():\n    from .a import f\n"},
        [],
        ["these import each other: a, b, c"],
    ),
    structure.foreign: (
        {
            "low.py": "import numpy as np, scipy\nfrom IPython import display\n",
            "book/draw.py": "import matplotlib.pyplot\nif True:\n    import matplotlib.axes\n",
            "book/late.py": "if TYPE_CHECKING:\n    from matplotlib.axes import A\ndef f():\n    import matplotlib\n",
            "measure/plot.py": "def f():\n    import matplotlib\n",
            "measure/units.py": "def f():\n    import matplotlib\n",
            "theory/plot.py": "def f():\n    import matplotlib\n",
            "book/ledger.py": "def f():\n    import IPython\n    import matplotlib\n",
        },
        [],
        ["book.draw, line 1: imports matplotlib before", "book.draw, line 3: imports matplotlib before",
         "book.ledger, line 3: imports matplotlib", "low, line 1: imports scipy", "low, line 2: imports IPython",
         "measure.units, line 2: imports matplotlib", "theory.plot, line 2: imports matplotlib"],
    ),
    structure.chance: (
        {
            "low.py": "import numpy as np\ndef f(rng: np.random.Generator):\n    return np.random.normal()\n",
            "a.py": "import random\n",
            "b.py": "from numpy.random import default_rng\n",
            "c.py": "from numpy import random\n",
        },
        [],
        ["a, line 1: import random", "b, line 1: from numpy.random", "c, line 1: from numpy import random",
         "low, line 3: uses np.random.normal"],
    ),
    structure.subjects: (
        {"low.py": '"""Two things. One too many."""\n', "a.py": '"""A sentence that goes on\nhere."""\n', "b.py": ""},
        [],
        ["a.py: the first line", "b.py: the first line", "low.py: the first line"],
    ),
    structure.absent: (
        {"low.py": "from math import sin\nX: int = 1\na, b = 1, 2\ndef f(): ...\nclass C: ...\n"},
        [{"low": "C X a f sin g"}],
        ["low: sin is in", "low: g is in"],
    ),
    structure.doubles: (
        {"low.py": "def f(): ...\nX = 1\ndef _own(): ...\n", "theory/a.py": "class f: ...\nX = 2\ndef _own(): ...\n"},
        [],
        ["f: defined in low and theory.a"],
    ),
    structure.shadows: (
        {"low.py": "", "units.py": "", "measure/units.py": "", "theory/wide.py": ""},
        [{"low": "low theory f"}, {"measure.units": "units"}, {"theory.wide": "low g"}],
        ["low", "measure.units", "theory", "units"],
    ),
}  # fmt: skip
every_rule = pytest.mark.parametrize("rule", WRONG, ids=lambda rule: rule.__name__)


@every_rule
def test_the_package_keeps_the_rule(rule):
    """What it is: the rule's docstring in tests/structure.py."""
    assert rule(PACKAGE, RANKS) == ALLOWED.get(rule, [])


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@every_rule
def test_the_rule_finds_what_breaks_it(rule, tmp_path):
    files, ranks, said = WRONG[rule]
    found = sorted(rule(write(tmp_path / "small", GOOD | files), ranks))
    assert len(found) == len(said), found
    for message, start in zip(found, sorted(said), strict=True):
        assert message.startswith(start)


@every_rule
def test_the_rule_lets_a_good_package_be(rule, tmp_path):
    files = GOOD | {"high.py": '"""What is above."""\nimport numpy as np\nfrom .low import f\n\ndef g(): ...\n'}
    assert rule(write(tmp_path / "small", files), [{"low": "f"}, {"high": "g"}]) == []


def test_every_rule_is_one_of_these():
    checks = {check for _, check in inspect.getmembers(structure, inspect.isfunction) if takes(check)}
    assert checks == set(WRONG)


def takes(check):
    return list(inspect.signature(check).parameters)[:2] == ["folder", "ranks"]


# --- what `import vgp` gives ------------------------------------------------------------------------------------------


def test_every_module_is_reached_from_the_package():
    assert structure.unreached("vgp", list(structure.files(PACKAGE))) == []


def test_a_module_that_is_not_reached_is_found(tmp_path, monkeypatch):
    files = {
        "__init__.py": "from . import low\nfrom .alone import alone\nhidden = None\n",
        "low.py": "",
        "alone.py": "def alone(): ...\n",
        "forgotten.py": "",
        "hidden.py": "",
    }
    write(tmp_path / "small_package", files)
    monkeypatch.syspath_prepend(tmp_path)
    modules = list(structure.files(tmp_path / "small_package"))
    assert structure.unreached("small_package", modules) == ["forgotten", "hidden"]


def test_dir_shows_what_a_user_wants_and_nothing_else():
    flat = {name for package in _layout.FLAT for name in _layout.names(package)}
    assert set(dir(vgp)) == {*flat, *_layout.NAMESPACES, *_layout.WINGS, "__version__"}
    assert [name for name in dir(vgp) if name.startswith("_")] == ["__version__"]
    for wing in _layout.WINGS:
        assert dir(getattr(vgp, wing)) == sorted(_layout.names(wing))


@pytest.mark.parametrize("name", dir(vgp))
def test_every_name_that_dir_shows_can_be_got(name):
    assert getattr(vgp, name) is not None


@pytest.mark.parametrize("module", [vgp, *(getattr(vgp, wing) for wing in _layout.WINGS)], ids=lambda m: m.__name__)
def test_a_name_that_is_not_there_is_named(module):
    with pytest.raises(AttributeError, match=f"'{module.__name__}' has no attribute 'nothing'"):
        module.nothing  # noqa: B018


def python(code):
    """Run in a fresh interpreter that knows this copy of vgp and ignores the environment; return what it prints."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{code}"
    done = subprocess.run([sys.executable, "-I", "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


FIRST = [
    *(f"import vgp.{module}" for module in ITS_FUNCTION),
    *(f"from vgp.{module} import {module.rpartition('.')[2]}" for module in ITS_FUNCTION),
    "from vgp import measure",
    "import vgp.book.figures",
    "import vgp.theory",
]


@pytest.mark.parametrize("first", FIRST)
def test_a_flat_name_is_the_function_whatever_is_imported_first(first):
    names = [module.rpartition(".")[2] for module in ITS_FUNCTION]
    code = f"{first}\nimport types, vgp, vgp.measure\nprint(*(type(getattr(vgp, name)).__name__ for name in {names}))"
    assert python(code).split() == ["function"] * len(names)


def test_import_vgp_loads_no_wing_and_nothing_but_numpy_and_the_standard_library():
    code = "import numpy.random; before = set(sys.modules); import vgp; print(*(set(sys.modules) - before))"
    loaded = python(code).split()
    assert {module.partition(".")[0] for module in loaded} - set(sys.stdlib_module_names) <= {"numpy", "vgp"}
    core = {f"vgp.{module}" for module, _ in _layout.modules("")}
    assert {module for module in loaded if module.startswith("vgp.")} == core | {"vgp._layout"}


def test_import_vgp_costs_about_what_numpy_costs():
    """A loose bound, best of three: numpy takes about 0.1 s."""
    code = (
        "from time import perf_counter as now; a = now(); import numpy; b = now(); import vgp; c = now();"
        "print(b - a, c - b)"
    )
    runs = [[float(seconds) for seconds in python(code).split()] for _ in range(3)]
    numpy, ours = (min(column) for column in zip(*runs))
    assert ours < 1.5 * numpy


# --- what a reader finds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", cases.public())
def test_public_things_say_what_they_do_and_show_it(name):
    """One line that ends in a full stop, an example, and numpydoc's sections underlined as it wants them."""
    text = inspect.getdoc(cases.public()[name])
    assert text
    assert text.split("\n\n")[0].rstrip().endswith((".", ":")), "the first paragraph is a sentence"
    assert ">>> " in text, "an example"
    for title, line in re.findall(r"^([A-Z][A-Za-z ]+)\n(-{3,})$", text, flags=re.M):
        assert title in {"Parameters", "Returns", "Yields", "Raises", "Notes", "References", "Examples", "Attributes"}
        assert len(line) == len(title)
