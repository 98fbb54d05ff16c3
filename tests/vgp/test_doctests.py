"""Every example in a docstring of vgp prints what it says, in the installed package too."""

import doctest
import importlib

import cases
import pytest

from vgp import _layout

MODULES = ["vgp", *(f"vgp.{name}" for row in _layout.RANKS for name in row)]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE  # as in pyproject.toml


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    has_public = any(thing.__module__ == name for thing in cases.public().values())
    assert tried or not has_public, "no example in a docstring"
    assert failed == 0
