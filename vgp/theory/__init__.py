"""What theory says about nets before they train: very wide ones (`meanfield`, `phases`), narrow ones, shaped ones."""

from .. import _layout

globals().update(_layout.load("theory"))
__all__ = sorted(_layout.names("theory"))


def __dir__() -> list[str]:
    return __all__
