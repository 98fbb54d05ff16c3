"""Which cells a cell needs: the page asks before it runs one, so that a late figure does not wait for all above it.

Read from the source alone. A cell needs the last cell above that makes a name which it uses, the cells between that
change its object, and what these need. Where the source does not say, the answer is rather a cell too many.
`tests/press/test_needs.py` runs a page in this way and compares the outputs.
"""

from __future__ import annotations

import ast

from needs_names import BUILTINS, Scope

NOTHING = set(), set(), set()


class Book:
    """The cells of a page, from the top."""

    def __init__(self, sources):
        # name -> names its body needs, parameters, places of those that it changes, other names that it changes
        self.functions = {}
        self.links = {}  # name -> names that may stand for the same object
        self.imported = set()
        self.cells = []
        for source in sources:
            scope = self.scope = Scope(self)
            try:
                scope.visit(ast.parse(source))
            except (SyntaxError, ValueError):
                self.cells.append(None)
                continue
            uses = scope.uses | self.inside(scope.binds) - scope.binds
            while more := self.inside(uses) - uses:
                uses |= more
            self.cells.append((uses, scope.binds, scope.changes - (scope.binds - uses)))

    def inside(self, names):
        """What the bodies of these functions need."""
        return set().union(*(self.functions[name][0] for name in names & set(self.functions)))

    def share(self, name, others):
        for other in others - self.imported - BUILTINS - {name}:
            self.links.setdefault(name, set()).add(other)
            self.links.setdefault(other, set()).add(name)

    def providers(self, target):
        """{name: cells above that make it or change its object, for a name that the cell uses}."""
        found = {}
        for name in (self.cells[target] or NOTHING)[0] - BUILTINS:
            for number in range(target - 1, -1, -1):
                uses, binds, _ = self.cells[number] or NOTHING
                if name in self.makes(number) or self.cells[number] is None:  # what cannot be read may be needed
                    found.setdefault(name, []).append(number)
                if name in binds and name not in uses:
                    break
        return found

    def makes(self, number):
        """Names that the cell gives a value, or whose objects it changes."""
        _, binds, changes = self.cells[number] or NOTHING
        return binds | changes

    def needed(self, target):
        """{cell: its providers} for the cell and all that it builds on."""
        found, new = {}, {target}
        while new:
            found |= {number: self.providers(number) for number in new}
            new = {cell for number in new for cells in found[number].values() for cell in cells} - set(found)
        return found

    def plan(self, ran, changed, target):
        """Cells that must run before `target`: not yet run, or another has changed since what they, or it, build on."""
        needed, again = self.needed(target), set()
        while True:
            before = len(again)
            for cell, providers in sorted(needed.items()):
                if not ran[cell] and cell != target:
                    again.add(cell)
                for name, above in providers.items():
                    since = ran if name in self.cells[cell][2] else changed
                    if cell != target and any(other in again or since[other] > ran[cell] for other in above):
                        again.add(cell)
                    if cell == target or cell in again:
                        others = set(range(len(self.cells))) - {cell, target, *above}
                        later = [ran[k] for k in others if name in self.makes(k)]
                        if max(later, default=0) > min(ran[other] for other in above):
                            again.update(above)  # another cell has made something else of the name since
            if len(again) == before:
                return sorted(again)


def plan(sources: list[str], ran: list[int], changed: list[int], target: int, leave: list[int]) -> list[int]:
    """Return the cells that must run before the cell `target`, in order.

    Parameters
    ----------
    sources : the code of all cells of the page
    ran : when each cell has last run with this code, as a number that goes up; 0 for never
    changed : when it has first run with this code
    target : the place of the cell in `sources`
    leave : places of cells on which nothing builds: answers and checks

    >>> plan(["a = 1", "b = 2", "c = []", "c.append(a)", "print(c)"], [0] * 5, [0] * 5, 4, [])
    [0, 2, 3]
    >>> plan(["a = 1", "b = a"], [2, 1], [2, 1], 1, [])
    []
    >>> plan(["a = 1", "b = a", "b"], [3, 1, 0], [3, 1, 0], 2, [])
    [1]
    >>> plan(["a = 1", "a", "a = 2"], [1, 0, 2], [1, 0, 2], 1, [])
    [0]
    """
    return Book(["" if number in leave else source for number, source in enumerate(sources)]).plan(ran, changed, target)


def old(sources: list[str], ran: list[int], changed: list[int], leave: list[int]) -> list[int]:
    """Return the cells that have run before another text of a cell that they build on.

    >>> old(["a = 1", "b = a", "c = 2"], [4, 2, 3], [4, 2, 3], [])
    [1]
    """
    book = Book(["" if number in leave else source for number, source in enumerate(sources)])
    found: list[int] = []
    for cell, when in enumerate(ran):
        above = {other for cells in book.providers(cell).values() for other in cells}
        if when and any(other in found or changed[other] > when for other in above):
            found.append(cell)
    return found
