"""The site that Sphinx has written, as the last steps see it: each page is read once and written once."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from sphinx.errors import ExtensionError


def pages_in(out, *others):
    """The paths of a site's pages below `out`, sorted; what lies in `others`, or in a hidden folder, is none.

    Sphinx keeps its doctrees in OUT/.doctrees if nobody says otherwise, and the press keeps HTML files beside them.
    """
    out = Path(out).resolve()
    others = [Path(folder).resolve() for folder in others]
    for path in sorted(out.rglob("*.html")):
        parts = path.relative_to(out).parts
        if "_static" in parts or any(part.startswith(".") for part in parts):
            continue
        if not any(path.is_relative_to(folder) for folder in others):
            yield path.relative_to(out).as_posix()


class Pages:
    """The texts of the pages, by their paths below the folder `out`: {"chapters/01-x.html": text}.

    A page is read when it is first asked for, and not at all if it is given a text before that. `save` writes those
    that were given one.
    """

    def __init__(self, out, names):
        self._out = Path(out)
        self._texts = dict.fromkeys(names)
        self._given = set()

    def __iter__(self):
        return iter(self._texts)

    def __len__(self):
        return len(self._texts)

    def _check(self, name):
        if name not in self._texts:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._out / name))

    def __getitem__(self, name):
        self._check(name)
        if self._texts[name] is None:
            self._texts[name] = (self._out / name).read_text(encoding="utf-8")
        return self._texts[name]

    def __setitem__(self, name, text):
        self._check(name)
        self._texts[name] = text
        self._given.add(name)

    def items(self):
        return ((name, self[name]) for name in self)

    def save(self):
        for name in sorted(self._given):
            (self._out / name).write_text(self._texts[name], encoding="utf-8")
        self._given.clear()


class Site:
    """What a step is given: `app` (Sphinx), `out` (the folder), `static` (the folder in it) and `pages`."""

    def __init__(self, app):
        self.app, self.config = app, app.config
        self.out = Path(app.outdir)
        self.static = self.out / "_static"
        self.kept = Path(app.doctreedir)  # for what must outlive the build
        self.pages = Pages(self.out, pages_in(self.out, self.kept))

    def target(self, page, address):
        """The path below the site's folder of what a page calls `address`."""
        return (self.out / page).parent.joinpath(address).resolve().relative_to(self.out.resolve()).as_posix()

    def remove(self, folder, *patterns):
        """Remove the files in a folder of the site that have such names."""
        for pattern in patterns:
            for path in (self.out / folder).glob(pattern):
                path.unlink()

    def run(self, steps):
        """Take the steps in their order, then write the pages; an error says which step asks for a file in vain."""
        for step in steps:
            try:
                step(self)
            except FileNotFoundError as error:
                name = f"{step.__module__.rpartition('.')[2]}.{step.__name__}"
                raise ExtensionError(f"the step {name} asks for a file that is not there: {error.filename}") from error
        self.pages.save()


def up(page):
    """The way from a page to the root of the site."""
    return "../" * page.count("/")


def named(folder, stem, suffix, content):
    """Write a file whose name carries the hash of its content; return the name."""
    name = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}{suffix}"
    (folder / name).write_bytes(content)
    return name


def forget(folder, stem, suffix):
    """Remove what an earlier build has written under such names."""
    for path in folder.glob(f"{stem}.{'[0-9a-f]' * 10}{suffix}"):
        path.unlink()
