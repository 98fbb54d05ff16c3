"""Compare two builds of the site: the same files with the same bytes, or the first place where they differ.

Use: `python tests/same.py ONE OTHER`.
"""

import sys
from pathlib import Path


def files(folder):
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def first(one, other):
    """Say where two contents begin to differ, with a few bytes from there."""
    at = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    line = one[:at].count(b"\n") + 1
    start = max(0, at - 40)
    return f"at byte {at}, line {line}:\n    {one[start : at + 40]!r}\n    {other[start : at + 40]!r}"


def differences(one, other):
    mine, theirs = files(Path(one)), files(Path(other))
    found = [f"only in {one}: {name}" for name in sorted(mine.keys() - theirs.keys())]
    found += [f"only in {other}: {name}" for name in sorted(theirs.keys() - mine.keys())]
    for name in sorted(mine.keys() & theirs.keys()):
        a, b = mine[name].read_bytes(), theirs[name].read_bytes()
        if a != b:
            found.append(f"{name}, {first(a, b)}")
    return found, len(mine)


if __name__ == "__main__":
    found, count = differences(*sys.argv[1:])
    print("\n".join(found) or f"{count} files, byte for byte the same")
    sys.exit(1 if found or not count else 0)
