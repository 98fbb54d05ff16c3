"""What the page's worker runs: cells in a namespace, functions of the files beside this one, errors that can be read.

`_press/web/scripts/live/worker.js` calls `run`, `call` and `reset`; the answers of the first two are JSON.
Nothing here needs the browser, so that tests can import it.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import linecache
import math
import os
import re
import sys
import time
import traceback
import warnings

page = {"__name__": "__main__", "__builtins__": __builtins__}  # the variables of the page's cells
files = {}  # name of a cell's file -> name of the cell: each run has a file of its own, since a cell can be edited
runs = itertools.count(1)
FRAMES = 12  # so many of a traceback are shown at its start and as many at its end


class Stream:
    """Stands for stdout or stderr: hands text on in pieces, at most some twenty a second."""

    encoding = "utf-8"

    def __init__(self, name, send):
        self.name, self.send, self.parts, self.last = name, send, [], 0.0

    def write(self, text):
        self.parts.append(str(text))
        if time.monotonic() - self.last > 0.05:
            self.flush()
        return len(text)

    def writelines(self, lines):
        for text in lines:
            self.write(text)

    def flush(self):
        if self.parts:
            self.send(self.name, "".join(self.parts))
            self.parts, self.last = [], time.monotonic()

    def isatty(self):
        return False


# --- values ----------------------------------------------------------------------------------------------------------


def plain(value):
    """`value` as JSON can say it: arrays as lists, what is not finite as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value


def text_of(value):
    """What IPython would print: long lists and dictionaries with one item a line."""
    if type(value) in (dict, list, tuple, set):
        from pprint import pformat

        return pformat(value, sort_dicts=False)
    return repr(value)


def bundle(value):
    """A value as {mime type: text}, as rich as it can say itself."""
    made = {"text/plain": text_of(value)}
    if isinstance(value, type):
        return made
    for name, kind in (("_repr_html_", "text/html"), ("_repr_svg_", "image/svg+xml")):
        rich = getattr(value, name, lambda: None)()
        if rich:
            made[kind] = rich
    more = getattr(value, "_repr_mimebundle_", lambda: None)()
    more = more[0] if isinstance(more, tuple) else more
    return made | {kind: text for kind, text in (more or {}).items() if isinstance(text, str)}


def open_figures():
    plt = sys.modules.get("matplotlib.pyplot")
    return set(plt.get_fignums()) if plt else set()


def drawn(before):
    """Figures that a cell has drawn with pyplot alone and not shown: they are shown, as in a notebook."""
    new = sorted(open_figures() - before)
    if not new:
        return []
    from vgp.book.curves import show

    plt = sys.modules["matplotlib.pyplot"]
    return [
        bundle(show(plt.figure(number), alt="A figure drawn by your code, without a description.")) for number in new
    ]


# --- errors ----------------------------------------------------------------------------------------------------------


def frames_of(error):
    """The way to the error through cells and the library, as far as the reader can look there."""
    made, library = [], f"{os.sep}vgp{os.sep}"
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if path in files or (made and library in path):
            name = files.get(path, "vgp/" + path.rpartition(library)[2])
            text = linecache.getline(path, line).strip()
            made.append({"name": name, "line": line, "text": text, "cell": path in files})
    return made


def explain(error, name):
    """An error as the page shows it; `name` is that of the cell that was run."""
    kind = type(error).__name__
    said = list(traceback.TracebackException.from_exception(error).format_exception_only())
    if isinstance(error, SyntaxError) and error.filename in files:
        where = {"name": files[error.filename], "line": error.lineno or 1, "text": (error.text or "").rstrip()}
        frames, message = [{**where, "cell": True}], error.msg
    else:
        frames = frames_of(error)
        message = re.sub(rf"^(?:[\w.]*\.)?{kind}(?:: )?", "", "".join(said).rstrip("\n"))
    if kind == "ModuleNotFoundError":
        message += ". In the page there are Python's own modules, numpy, matplotlib and vgp"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and not isinstance(error, SyntaxError):
        message += f" (after {type(cause).__name__}: {cause})"
    line = next((frame["line"] for frame in reversed(frames) if frame["cell"] and frame["name"] == name), None)
    if len(frames) > 2 * FRAMES:
        left = {"name": f"{len(frames) - 2 * FRAMES} more calls", "line": None, "text": "...", "cell": False}
        frames = [*frames[:FRAMES], left, *frames[-FRAMES:]]
    steps = [f"  {frame['name']}, line {frame['line']}\n    {frame['text']}\n" for frame in frames]
    text = "".join(["Traceback (most recent call last):\n", *steps] if steps else []) + f"{kind}: {message}"
    return {"name": kind, "message": message, "line": line, "traceback": frames, "text": text}


# --- what the worker calls -------------------------------------------------------------------------------------------


def warn(message, category, filename, lineno, file=None, line=None):
    """A warning in one line that says which line of which cell it is about."""
    where = f"{files[filename]}, line {lineno}: " if filename in files else ""
    sys.stderr.write(f"{where}{category.__name__}: {message}\n")


def execute(code, file, space):
    """Run `code`; return the value of its last expression, or None."""
    tree = ast.parse(code, file)
    last = tree.body[-1] if tree.body else None
    shown = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    if shown:
        tree.body.pop()
    exec(compile(tree, file, "exec"), space)
    return eval(compile(ast.Expression(last.value), file, "eval"), space) if shown else None


def run(code, name="cell", scope="page", send=lambda stream, text: None):
    """Run a cell; the answer is JSON: {"outputs": ..., "seconds": ...} or {"error": ...}."""
    if scope not in ("page", "copy"):
        return json.dumps({"error": explain(ValueError(f"scope: got {scope!r}; allowed: page, copy"), name)})
    file = f"<{name}, run {next(runs)}>"
    files[file] = name
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    space = page if scope == "page" else dict(page)
    space.pop("__warningregistry__", None)  # a warning is shown again on the next run
    old, before = (sys.stdout, sys.stderr, warnings.showwarning), open_figures()
    sys.stdout, sys.stderr, warnings.showwarning = Stream("stdout", send), Stream("stderr", send), warn
    start = time.perf_counter()
    try:
        value = execute(code, file, space)
        made = {"outputs": ([] if value is None else [bundle(value)]) + drawn(before)}
    except BaseException as error:  # also SystemExit: the worker goes on
        made = {"error": explain(error, name)}
        error.__traceback__ = None  # its frames would keep arrays alive
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        sys.stdout, sys.stderr, warnings.showwarning = old
    return json.dumps({**made, "seconds": time.perf_counter() - start})


def call(module, function, args="[]"):
    """Call a function of a Python file beside this one with JSON arguments (a list, or an object of named ones)."""
    start = time.perf_counter()
    try:
        if not re.fullmatch(r"[a-z]\w*", module) or not re.fullmatch(r"[a-z]\w*", function):
            raise ValueError(f"call: got {module!r}, {function!r}; allowed: names of a file and of a function in it")
        args = json.loads(args)
        named = isinstance(args, dict)
        target = getattr(importlib.import_module(module), function)
        value = target(**args) if named else target(*(args or []))
        try:
            text = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            text = json.dumps(plain(value), allow_nan=False)
        return f'{{"value": {text}, "seconds": {time.perf_counter() - start}}}'
    except BaseException as error:
        return json.dumps({"error": explain(error, "")})


def reset():
    """Forget the variables of the page; what is loaded stays."""
    kept = {name: page[name] for name in ("__name__", "__builtins__")}
    page.clear()
    page.update(kept)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


class Late:
    """Loads matplotlib when a cell imports it that did not look like it; `load` waits until it is there."""

    def __init__(self, load):
        self.load = load

    def find_spec(self, name, path=None, target=None):
        if name in ("matplotlib", "PIL", "mpl_toolkits"):
            sys.meta_path.remove(self)
            try:
                self.load()
            except Exception as error:
                raise ImportError(f"matplotlib: {error}") from None
            importlib.invalidate_caches()
