"""Every example in a docstring of vgp prints what it says, in the installed package too."""

import doctest
import importlib
import pkgutil

import pytest

import vgp

MODULES = ["vgp", *(f"vgp.{module.name}" for module in pkgutil.iter_modules(vgp.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0
