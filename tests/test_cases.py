"""The lists of cases.py are complete: whatever vgp exports is in them, and so in all tests that run over them."""

import importlib
import inspect
import pkgutil

import cases
import numpy as np

import vgp
from vgp import activations, init, losses
from vgp.layers import Layer
from vgp.optim import Optimiser

MODULES = [importlib.import_module(f"vgp.{m.name}") for m in pkgutil.iter_modules(vgp.__path__)]


def public(kind, *modules):
    """Names of the public functions or classes that the modules define."""
    return {
        name
        for module in modules
        for name, thing in inspect.getmembers(module, kind)
        if thing.__module__ == module.__name__ and not name.startswith("_")
    }


def subclasses(base):
    return public(lambda thing: inspect.isclass(thing) and issubclass(thing, base) and thing is not base, *MODULES)


def test_every_layer_is_a_case():
    rng = np.random.default_rng(0)
    made = [make(3, 3, rng=rng) for make in cases.LAYERS.values()]
    assert {type(part).__name__ for layer in made for part in cases.parts(layer)} == subclasses(Layer)


def test_every_loss_is_a_case():
    assert set(cases.LOSSES) == public(inspect.isfunction, losses)


def test_every_optimiser_is_a_case():
    assert {name.partition("(")[0] for name in cases.OPTIMISERS} == subclasses(Optimiser)


def test_every_activation_is_a_case():
    assert set(cases.ACTIVATIONS) == set(activations.ACTIVATIONS)
    assert len(cases.ACTIVATIONS) == 14


def test_every_initialiser_is_a_case():
    made = public(inspect.isfunction, init) - {"get", "get_bias", "chrono"}  # chrono: tests/test_recurrent.py
    listed = {name.partition("(")[0] for name in (*cases.INITS, *cases.BIASES)}
    assert listed == {*init.INITS, *init.BIASES, *made}
