"""Golden numbers: the same dictionary of named arrays, natively and in the browser's Python, for every module of vgp.

    python tests/press/web/golden.py FILE              compute them and write them as JSON
    python tests/press/web/golden.py FILE OTHER        compare two such files, and print where they differ most
    node tests/press/web/golden.mjs RUNTIME FILE       compute them with the runtime that the pages load

The module imports nothing but NumPy, vgp and `cases`, so that it runs in the browser's Python as it is. Numbers are
compared with the largest number of their array: |a - b| <= LIMIT max|a|; what is rounding alone, with NOTHING.
"""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path

import golden_measured
import golden_nets
import numpy as np

import vgp

LIMIT = 1e-11
NOTHING = 1e-3  # gradients that should be 0, such as that of a bias before BatchNorm, have nothing to be compared with
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
FUNCTIONS = vars(golden_nets) | vars(golden_measured)


def modules():
    """Every module of vgp, such as "layers" and "theory.phases"; those that only name others are left out."""
    found = (name.name.removeprefix("vgp.") for name in pkgutil.walk_packages(vgp.__path__, "vgp.") if not name.ispkg)
    return sorted(name for name in found if name != "_layout")


def flat(value):
    """Numbers of a value, as a flat list; lists of arrays may be ragged."""
    if isinstance(value, (list, tuple)):
        return [number for part in value for number in flat(part)]
    return np.asarray(value, dtype=float).ravel().tolist()


def compute():
    """{"module.name": [numbers]}; of a module without a function here, how many examples of its docstrings hold."""
    made = {}
    for module in modules():
        leaf = module.rpartition(".")[2].lstrip("_")
        own = [function for name, function in FUNCTIONS.items() if re.fullmatch(rf"of_{leaf}(_.*)?", name)]
        if not own:
            failed, tried = doctest.testmod(importlib.import_module(f"vgp.{module}"), optionflags=FLAGS)
            made[f"{module}.examples"] = [float(tried - failed), float(tried)]
        for function in own:
            made |= {f"{module}.{name}": flat(value) for name, value in function().items()}
    return made


def compare(one, other):
    """[(difference, name)], the largest first; a difference is relative to the largest number of its array."""
    if one.keys() != other.keys():
        raise ValueError(f"only on one side: {sorted(one.keys() ^ other.keys())}")
    found = []
    for name in one:
        a, b = np.array(one[name], float), np.array(other[name], float)
        if a.shape != b.shape or (np.isfinite(a) != np.isfinite(b)).any():
            found.append((np.inf, name))
            continue
        finite = np.isfinite(a)
        top = max(abs(a[finite]).max(initial=0.0), NOTHING)
        found.append((float(abs(a[finite] - b[finite]).max(initial=0.0) / top), name))
    return sorted(found, reverse=True)


def main(paths):
    if len(paths) == 1:
        Path(paths[0]).write_text(json.dumps(compute()), encoding="utf-8")
        return 0
    found = compare(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in paths))
    same = sum(difference == 0 for difference, _ in found)
    print(f"{len(found)} arrays of golden numbers from {len(modules())} modules; {same} are the same to the last bit")
    for difference, name in found[:5]:
        print(f"  {difference:.1e}  {name}")
    wrong = [name for difference, name in found if difference > LIMIT]
    if wrong:
        print(f"more than {LIMIT:g} apart: {', '.join(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
