"""Say how long a chapter is, and what is too long, in a second: `python tests/lengths.py 06`; without a number all.

What counts is told in `docs/_press/page/lengths.py`; the build counts the same. With `--ledger FILE` also which numbers
stand alone (`docs/_press/page/alone.py`): FILE holds the records, one JSON line each, that
`VGP_LEDGER=FILE python tests/chapters.py 06` writes (of several chapters, one after the other), or is the ledger.json
of a built site.
"""

import argparse
import json
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
sys.path.insert(0, str(DOCS))

from _press.page import alone, lengths  # noqa: E402


def records(text):
    """The records of a ledger, by their names."""
    if text.lstrip().startswith(("{\n", "[")):
        read = json.loads(text)
        rows = read["records"] if isinstance(read, dict) else read
    else:
        rows = [json.loads(line) for line in text.splitlines()]
    return {row["name"]: row for row in rows if "name" in row and "value" in row}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("words", nargs="*", help="beginnings of file names, such as 06, or paths")
    options.add_argument("--ledger", type=Path, help="records, for numbers that stand alone")
    given = options.parse_args()
    known = records(given.ledger.read_text(encoding="utf-8")) if given.ledger else {}
    files = sorted((DOCS / "chapters").glob("[0-9]*.md"))
    others = [DOCS / "index.md", DOCS / "claims.md"] if known else []
    named = [path.resolve() for path in map(Path, given.words) if path.is_file()]
    chosen = [path for path in files + others if not given.words or path.name.startswith(tuple(given.words))]
    if named:
        files, chosen = [path for path in named if path.parent.name == "chapters"], named
    if not chosen:
        sys.exit(f"which chapter? {', '.join(path.stem for path in files)}")
    wrong = 0
    for path in chosen:
        text, said = path.read_text(encoding="utf-8"), []
        if path in files:
            length = lengths.measured(text)
            print(f"{path.stem}: {length.words} words, {length.formulas} formulas, first figure after {length.before}")
            said = length.problems()
        said += alone.lonely(text, known, everywhere=path not in files)
        for line, message in said:
            print(f"  {path.name}{f':{line}' if line else ''}: {message}")
        wrong += len(said)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
