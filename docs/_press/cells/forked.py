"""Run a notebook's cells in a fork of the building process, instead of in a kernel that must start and stop.

A kernel costs two to five seconds for each notebook: starting Python, importing NumPy and matplotlib, shutting down.
A fork has them already, and is as separate: what one notebook does, no other sees. The cells run in IPython, as in a
kernel, and their outputs are collected in the form that notebooks have. `run` takes the place of the function that
MyST-NB calls for its modes "force" and "cache"; where Python cannot fork, the kernel stays.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import sys
import traceback
import warnings
from pathlib import Path

from nbformat import from_dict

DOCS = Path(__file__).parents[2]
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class CellFailed(Exception):
    """What MyST-NB is told when a cell raises an error."""


class _Stream:
    """Stands for stdout or stderr: writes become outputs of the cell, neighbours of one kind are joined."""

    encoding = "utf-8"

    def __init__(self, name, outputs):
        self.name, self.outputs = name, outputs

    def write(self, text):
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == self.name:
            last["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def _shell(outputs):
    """Return an IPython shell that appends what it would show to the list `outputs`."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, *args, **options):
            outputs.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    class Hook(DisplayHook):
        def start_displayhook(self):
            pass

        write_output_prompt = finish_displayhook = start_displayhook

        def write_format_data(self, format_dict, md_dict=None):
            result = {"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}}
            outputs.append({**result, "execution_count": self.prompt_count})

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            pass

        def _showtraceback(self, kind, error, lines):
            text = {"ename": kind.__name__, "evalue": str(error), "traceback": lines}
            outputs.append({"output_type": "error", **text})

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return Shell.instance(config=config, display_pub_class=Publisher, displayhook_class=Hook)


def _overtime(*args):
    raise TimeoutError("the cell runs for too long")


def _cells(sources, timeout, allow_errors):
    """Run the cells; return ``(list of outputs for each cell that ran, text of the error or None)``."""
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)  # what a fresh Python does
    outputs = []
    shell = _shell(outputs)
    sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)
    signal.signal(signal.SIGALRM, _overtime)
    done, failure = [], None
    for source in sources:
        signal.setitimer(signal.ITIMER_REAL, max(timeout or 0, 0))
        result = shell.run_cell(source, store_history=True)
        signal.setitimer(signal.ITIMER_REAL, 0)
        done.append(list(outputs))
        outputs.clear()
        if not result.success and not allow_errors:
            error = next(item for item in reversed(done[-1]) if item["output_type"] == "error")
            failure = f"In this cell:\n\n{source}\n\n" + _COLOUR.sub("", "\n".join(error["traceback"]))
            break
    return done, failure


def run(nb, cwd, timeout, allow_errors, meta_override=True, **ignored):
    """Execute the notebook `nb` in place; the arguments and the result are those of jupyter-cache's function."""
    from jupyter_cache.executors.utils import ExecutionResult

    cells = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            os.chdir(cwd)
            sys.path[:] = ["", *(entry for entry in sys.path if Path(entry) != DOCS)]
            made = pickle.dumps(_cells([cell.source for cell in cells], timeout, allow_errors))
        except BaseException:
            made = pickle.dumps(([], traceback.format_exc()))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(made)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        received = pipe.read()
    _, status, usage = os.wait4(pid, 0)
    if received:
        done, failure = pickle.loads(received)
    else:
        done, failure = [], f"the process that ran the cells ended with status {status}"
    for number, (cell, outputs) in enumerate(zip(cells, done, strict=False), 1):
        cell.execution_count = number
        cell.outputs = [from_dict(output) for output in outputs]
    version = ".".join(map(str, sys.version_info[:3]))
    nb.metadata["language_info"] = from_dict({"name": "python", "version": version, "pygments_lexer": "ipython3"})
    # Seconds of processor, not of the clock: what else the machine does is no concern of a chapter.
    seconds = usage.ru_utime + usage.ru_stime
    return ExecutionResult(nb, cwd, seconds, CellFailed(failure) if failure else None, failure)


def setup(app):
    if hasattr(os, "fork"):
        from myst_nb.core.execute import cache, direct

        direct.single_nb_execution = cache.single_nb_execution = run
        import ipykernel  # noqa: F401  (vgp asks whether it is loaded: then it writes for a notebook)
        import matplotlib.pyplot  # noqa: F401
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
