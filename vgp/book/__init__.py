"""What the book is made with: its numbers (`ledger`), and its figures (`curves`, `figures`) in one style."""

from .. import _layout

globals().update(_layout.load("book"))
__all__ = sorted(_layout.names("book"))


def __dir__() -> list[str]:
    return __all__
