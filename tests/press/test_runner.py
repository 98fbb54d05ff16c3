"""What the page's worker runs (_press/live/browser/runner.py): outputs, streams, errors at the right line, calls."""

import json
import sys

import pytest
import runner


@pytest.fixture(autouse=True)
def _fresh():
    runner.reset()


def run(code, name="cell 1", **options):
    said = []
    made = json.loads(runner.run(code, name, send=lambda stream, text: said.append((stream, text)), **options))
    return {**made, "stdout": "".join(text for stream, text in said if stream == "stdout"), "said": said}


def test_the_last_expression_is_the_output():
    assert run("x = 2\nx + 1")["outputs"] == [{"text/plain": "3"}]
    assert run("x = 2\nx + 1;")["outputs"] == []
    assert run("x = 2")["outputs"] == []
    assert run("")["outputs"] == []
    assert run("# nothing")["outputs"] == []


def test_variables_stay_until_reset():
    run("x = 2")
    assert run("x")["outputs"] == [{"text/plain": "2"}]
    runner.reset()
    assert run("x")["error"]["name"] == "NameError"


def test_a_copy_leaves_no_names():
    run("x = 2")
    assert run("x = 3\ny = 4\nx", scope="copy")["outputs"] == [{"text/plain": "3"}]
    assert run("x")["outputs"] == [{"text/plain": "2"}]
    assert run("y")["error"]["name"] == "NameError"
    assert "allowed: page, copy" in run("x", scope="elsewhere")["error"]["message"]


def test_streams_and_warnings():
    run("import warnings\nwarnings.simplefilter('default')")  # stays for the next cell
    made = run("import sys\nprint('a', end='')\nprint('b')\nwarnings.warn('hm')\nsys.stderr.write('c');")
    assert made["stdout"] == "ab\n"
    assert "".join(text for stream, text in made["said"] if stream == "stderr") == "cell 1, line 4: UserWarning: hm\nc"


def test_a_rich_value_says_itself_in_html():
    made = run("class Rich:\n    def _repr_html_(self):\n        return '<b>rich</b>'\nRich()")
    assert made["outputs"][0]["text/html"] == "<b>rich</b>"


def test_a_figure_that_is_not_shown_is_shown():
    made = run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert "<svg" in made["outputs"][0]["text/html"]
    made = run("from vgp.book import show, subplots\nfig, ax = subplots()\nshow(fig, alt='An empty pair of axes.')")
    assert len(made["outputs"]) == 1


def test_an_error_names_lines_of_cells_and_of_the_library():
    run("def f(n):\n    return vgp.mlp(n, 3, 2, depth=1, rng=rng)", "cell 1")
    run("import numpy as np, vgp\nrng = np.random.default_rng(0)", "cell 2")
    error = run("a = 1\nf(-1)", "cell 3")["error"]
    assert (error["name"], error["line"]) == ("ValueError", 2)
    assert error["message"] == "n_in: got -1; allowed: an integer of at least 1"
    frames = error["traceback"]
    assert [(frame["name"], frame["line"]) for frame in frames[:2]] == [("cell 3", 2), ("cell 1", 2)]
    assert frames[0]["text"] == "f(-1)"
    assert {frame["name"] for frame in frames[2:]} == {"vgp/layers.py", "vgp/_errors.py"}
    assert [frame["cell"] for frame in frames[:3]] == [True, True, False]
    assert error["text"].startswith("Traceback (most recent call last):\n  cell 3, line 2\n    f(-1)\n")


def test_an_edited_cell_shows_the_line_that_ran():
    run("def f():\n    return 1 / 0")
    run("# a new text\n\n\nx = 1")
    assert run("f()", "cell 2")["error"]["traceback"][1]["text"] == "return 1 / 0"


def test_a_syntax_error_has_its_line():
    error = run("x = 1\nif x\n    pass", "cell 7")["error"]
    assert (error["name"], error["line"], error["message"]) == ("SyntaxError", 2, "expected ':'")
    assert error["traceback"][0]["text"].strip() == "if x"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "division by zero"),
        ("assert False, 'twice'", "twice"),
        ("{}['key']", "'key'"),
        ("import no", "No module named 'no'. In the page there are Python's own modules, numpy, matplotlib and vgp"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e",
         "no (after ZeroDivisionError: division by zero)"),
        ("raise SystemExit(3)", "3"),
    ],
)  # fmt: skip
def test_messages(code, message):
    assert run(code)["error"]["message"] == message


def test_a_long_way_is_shortened():
    error = run("def f(n):\n    return f(n + 1)\nf(0)")["error"]
    assert error["name"] == "RecursionError"
    assert len(error["traceback"]) == 2 * runner.FRAMES + 1


def test_calls(monkeypatch, tmp_path):
    (tmp_path / "told.py").write_text(
        "import numpy as np\ndef f(a, b=2):\n    return {'x': np.array([a, b, np.nan]), 'y': float('inf')}\n"
        "def g():\n    raise ValueError('g: got nothing')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert json.loads(runner.call("told", "f", "[1]"))["value"] == {"x": [1.0, 2.0, None], "y": None}
    assert json.loads(runner.call("told", "f", '{"a": 1, "b": 0.5}'))["value"]["x"] == [1.0, 0.5, None]
    assert json.loads(runner.call("told", "g"))["error"]["message"] == "g: got nothing"
    assert "allowed: names" in json.loads(runner.call("told", "__class__"))["error"]["message"]
    assert json.loads(runner.call("told", "h"))["error"]["name"] == "AttributeError"


def test_matplotlib_is_loaded_when_it_is_imported(monkeypatch):
    asked = []
    late = runner.Late(lambda: asked.append(1))
    monkeypatch.setattr(sys, "meta_path", [late, *sys.meta_path])
    assert late.find_spec("numpy") is None
    assert not asked
    assert late.find_spec("matplotlib") is None
    assert asked == [1]
    assert late not in sys.meta_path
