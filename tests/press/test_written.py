"""_press/finish/written.py: pages that a build has not written come back as Sphinx wrote them."""

import os
from types import SimpleNamespace

from _press.finish import written


def build(app, out, pages):
    """What a build does: Sphinx writes some pages, and later the others change all of them."""
    written.begin(app)
    for name, text in pages.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    written.finish(app, None)
    seen = {path.relative_to(out).as_posix(): path.read_text(encoding="utf-8") for path in written.pages(out)}
    for path in written.pages(out):
        path.write_text("changed", encoding="utf-8")
        os.utime(path, (app.began - 60, app.began - 60))  # the next build comes a minute later
    return seen


def test_pages_begin_as_they_were_written(tmp_path):
    out = tmp_path / "html"
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=str(out), doctreedir=str(tmp_path / "doctrees"))
    (out / "_static").mkdir(parents=True)
    (out / "_static" / "part.html").write_text("no page", encoding="utf-8")
    first = {"a.html": "A", "deep/b.html": "B"}
    assert build(app, out, first) == first
    assert build(app, out, {"a.html": "A, edited"}) == {"a.html": "A, edited", "deep/b.html": "B"}
    assert build(app, out, {}) == {"a.html": "A, edited", "deep/b.html": "B"}
    (out / "deep" / "b.html").unlink()
    assert build(app, out, {"c.html": "C"}) == {"a.html": "A, edited", "c.html": "C"}
