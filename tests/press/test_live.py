"""_press/live/parts.py: the runtime is checked and copied, cells are numbered; runtime.py checks the wheels."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from sphinx_project import build

from _press.live import runtime as preparing

PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
language_info:
  name: python
  pygments_lexer: ipython3
---
# Page

```{code-cell} ipython3
1 + 1
```

```{code-cell} ipython3
:tags: [remove-input]
2
```

```{code-cell} ipython3
:tags: [hide-input]
3
```
"""
ANSWER = PAGE + "\n```{code-cell} ipython3\n:tags: [answer]\n4\n```\n"
PLAIN = "# Plain\n\nNo cells.\n"


@pytest.fixture
def runtime(tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    files = {}
    for name in ("pyodide.js", "numpy.zip", "matplotlib.zip"):
        content = name.encode() * 10
        (folder / name).write_bytes(content)
        files[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "part": "Python"}
    (folder / "manifest.json").write_text(json.dumps({"python": "3.12.7", "files": files}), encoding="utf-8")
    return folder


@pytest.fixture
def site(tmp_path, runtime, monkeypatch):
    monkeypatch.delenv("VGP_LIVE", raising=False)
    monkeypatch.delenv("VGP_LIVE_RUNTIME", raising=False)
    folder = tmp_path / "site"
    folder.mkdir()

    def make(pages, more=f"live_runtime = {str(runtime)!r}"):
        return build(
            folder, pages, extensions=["myst_nb", "_press.live.parts"], more=more, steps=["_press.live.parts.files"]
        )

    return make


def test_cells_with_input_are_numbered_and_only_their_page_has_the_script(site):
    code, said, html = site({"a.md": PAGE, "b.md": PLAIN})
    assert code == 0, said
    page = (html / "a.html").read_text(encoding="utf-8")
    tags = re.findall(r'<div class="cell [^>]*>', page)
    assert [re.search(r'data-cell="(\d)" id="cell-\1"|$', tag)[0] != "" for tag in tags] == [True, False, True]
    assert re.findall(r'data-cell="(\d)"', page) == ["1", "2"]
    script = re.search(r"<script[^>]*live/cells\.js[^>]*>", page)[0]
    assert 'data-live="_static/live/"' in script
    assert "data-alone" in script
    assert re.search(r'data-size="\d+ MB"', script)
    assert "data-live" not in (html / "b.html").read_text(encoding="utf-8")


def test_the_runtime_and_the_library_are_copied(site, runtime):
    code, said, html = site({"a.md": PAGE})
    assert code == 0, said
    folder = html / "_static" / "live" / "runtime"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"].keys() == {"pyodide.js", "numpy.zip", "matplotlib.zip", "vgp.zip", "live.zip"}
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size"], entry["sha256"])
    names = zipfile.ZipFile(io.BytesIO((folder / "vgp.zip").read_bytes())).namelist()
    assert {"vgp/layers.py", "vgp/files/mnist_10k_2k.npz", "vgp/book/published.json"} <= set(names)
    assert [name for name in names if name.endswith((".pyi", "py.typed"))] == []
    assert "runner.py" in zipfile.ZipFile(folder / "live.zip").namelist()


def test_a_site_without_live_parts(site):
    code, said, html = site({"a.md": PAGE}, more="live = False")
    assert code == 0, said
    page = (html / "a.html").read_text(encoding="utf-8")
    assert "data-cell" not in page
    assert "data-live" not in page
    assert not (html / "_static" / "live").exists()


def test_a_runtime_that_is_not_prepared(site):
    code, said, _ = site({"a.md": PAGE}, more="")
    assert code != 0
    assert "the runtime is not prepared" in said
    assert "VGP_LIVE=0 builds the site without live parts" in said


@pytest.mark.parametrize("name", ["manifest.json", "numpy.zip"])
def test_a_missing_file_is_named(site, runtime, name):
    (runtime / name).unlink()
    code, said, _ = site({"a.md": PAGE})
    assert code != 0
    assert f"the file {runtime / name} is missing" in " ".join(said.split())


def test_an_altered_file_is_named(site, runtime):
    (runtime / "numpy.zip").write_bytes(b"else")
    code, said, _ = site({"a.md": PAGE})
    assert code != 0
    assert f"the file {runtime / 'numpy.zip'} is altered" in " ".join(said.split())


def test_an_answer_belongs_to_an_exercise(site):
    code, said, _ = site({"a.md": ANSWER})
    assert code != 0
    assert "a cell tagged answer stands in no exercise" in said


@pytest.mark.parametrize(("change", "message"), [("missing", "is missing"), ("altered", "is altered")])
def test_a_wheel_that_is_missing_or_altered_is_named(monkeypatch, tmp_path, change, message):
    (tmp_path / "wheels").mkdir()
    wheel = tmp_path / "wheels" / "a.whl"
    wheel.write_bytes(b"content")
    sums = f"{hashlib.sha256(b'content').hexdigest()}  a.whl\n"
    (tmp_path / "wheels" / "SHA256SUMS").write_text(sums, encoding="utf-8")
    monkeypatch.setattr(preparing, "HERE", tmp_path)
    preparing.check_wheels()
    if change == "missing":
        wheel.unlink()
    else:
        wheel.write_bytes(b"other")
    with pytest.raises(SystemExit, match=f"{re.escape(str(wheel))} {message}"):
        preparing.check_wheels()


def test_the_wheels_are_those_that_are_listed():
    wheels = preparing.HERE / "wheels"
    if not any(wheels.glob("*.whl")):
        pytest.skip("a source distribution has no wheels for the site")
    preparing.check_wheels()
    listed = json.loads((preparing.HERE / "wheels.json").read_text(encoding="utf-8"))["wheels"]
    assert listed == sorted(path.name for path in wheels.glob("*.whl"))
