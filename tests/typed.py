"""What a user's type checker sees: scripts that use `vgp` as an installed package, by `mypy --strict`.

`vgp` is copied into an environment made for this, with NumPy beside it; the right script must pass, and each wrong line
must be refused. Without `vgp/py.typed` or the stubs (`nox -s tables`) neither is so. Part of the session `lint`.
"""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RIGHT = """\
import numpy as np

import vgp
import vgp.book
from vgp.theory import Phase, phase

rng = np.random.default_rng(0)
net: vgp.Sequential = vgp.mlp(4, 3, 2, depth=2, rng=rng, init=vgp.init.get("he"))
traced: vgp.Trace = vgp.trace(net, np.ones((5, 4)), np.zeros(5, int), vgp.softmax_cross_entropy)
found: vgp.Diagnosis = vgp.diagnose(traced)
here: Phase = phase("tanh", sigma_w=1.0)
there: vgp.theory.Phase = here
print(vgp.__version__.upper(), found.sentence if hasattr(found, "sentence") else found, vgp.book.TINT + 0.5)
"""
WRONG = {
    "vgp.nothing": "no attribute",
    "vgp._layout.nothing": "no attribute",
    "vgp.theory.nothing": "no attribute",
    "vgp.Dense('W', 1, 2, 3, 4, 5)": "Too many",
    "number: int = vgp.trace": "ncompatible",
    "net: vgp.Sequential = vgp.LSTMCell": "ncompatible",
}


def environment(folder, package):
    """Make an environment that holds a copy of the package, with NumPy beside it; return its Python."""
    venv.create(folder, with_pip=False)
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    shutil.copytree(package, Path(paths["purelib"], "vgp"), ignore=shutil.ignore_patterns("*.npz"))
    Path(paths["purelib"], "beside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Path(paths["scripts"], Path(sys.executable).with_stem("python").name)


def problem(package=ROOT / "vgp"):
    """Return what is wrong, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        python = environment(Path(folder, "environment"), package)
        wrong = "import vgp\nimport vgp.theory\n" + "\n".join(WRONG) + "\n"
        for name, code in {"right.py": RIGHT, "wrong.py": wrong}.items():
            Path(folder, name).write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "right.py", "wrong.py"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    if not said[-1].startswith("Found") or any(line.startswith("right.py") for line in said):
        return "\n".join(["a right script is refused:", *said])
    for n, (line, expected) in enumerate(WRONG.items(), 3):
        if not any(at.startswith(f"wrong.py:{n}:") and expected in at for at in said):
            return "\n".join([f"should be refused with {expected!r}: {line}", *said])
    return ""


if __name__ == "__main__":
    sys.exit(problem() or 0)
