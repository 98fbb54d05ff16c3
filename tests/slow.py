"""Run the experiments of docs/slow at their full size, one after the other, or on a `dask.distributed` scheduler.

    python tests/slow.py [words in the names of scripts, such as 10] [--scheduler ADDRESS]

`farm.py` says how workers are started.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import farm

SCRIPTS = sorted((Path(__file__).resolve().parents[1] / "docs" / "slow").glob("*.py"))


def run(script):
    """Run a script, warnings as errors; return whether it ended well, and all that it has printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "script.py")
        path.write_text(script, encoding="utf-8")
        command = [sys.executable, "-I", "-W", "error", path.name]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode == 0, done.stdout


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("words", nargs="*", help="words in the names of scripts; all if none is given")
    options.add_argument("--scheduler", help="address of a dask.distributed scheduler")
    given = options.parse_args()
    chosen = [path for path in SCRIPTS if not given.words or any(word in path.name for word in given.words)]
    if not chosen:
        sys.exit(f"which script? {', '.join(path.name for path in SCRIPTS)}")
    failed = []
    if not given.scheduler:  # what a script prints is seen at once
        for path in chosen:
            print(f"{path.name}:", flush=True)
            if subprocess.run([sys.executable, "-W", "error", str(path)]).returncode:
                failed.append(path.name)
    else:

        def tell(name, result, done):
            print(f"{name}, {done} of {len(chosen)}:\n{result[1]}", flush=True)
            if not result[0]:
                failed.append(name)

        farm.everything(run, {path.name: path.read_text(encoding="utf-8") for path in chosen}, given.scheduler, tell)
    if failed:
        sys.exit(f"failed: {', '.join(sorted(failed))}")


if __name__ == "__main__":
    main()
