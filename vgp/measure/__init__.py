"""What is measured in a net: every layer's signals and gradients, units, spectra, and a verdict in words."""

from .. import _layout

globals().update(_layout.load("measure"))
__all__ = sorted(_layout.names("measure"))


def __dir__() -> list[str]:
    return __all__
