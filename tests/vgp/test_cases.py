"""The lists of cases.py are complete: whatever vgp exports is in them, and so in all tests that run over them."""

import importlib
import inspect
import pkgutil

import cases
import numpy as np
import test_fuzz

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


# They hold what the functions that make them have measured, and compute nothing from what they are given; or they are
# the common part of classes that are cases.
HOLDERS = {
    "Activation", "BiasInit", "Cell", "Closed", "Diagnosis", "Finding", "GradientError", "Layer", "Optimiser", "Phase",
    "Run", "Shaped", "Spectrum", "Split", "Through", "Trace", "WeightInit",
}  # fmt: skip


def test_every_public_function_and_class_is_spoilt_argument_by_argument():
    """And every argument that has a name, but those that hold functions for which another case stands."""
    things = {
        f"{module.__name__.removeprefix('vgp.')}.{name}": thing
        for module in MODULES
        if not module.__name__.startswith("vgp._")
        for name, thing in inspect.getmembers(module, lambda t: inspect.isfunction(t) or inspect.isclass(t))
        if thing.__module__ == module.__name__ and not name.startswith("_") and name not in HOLDERS
    }
    assert set(test_fuzz.CASES) == set(things)
    for name, thing in things.items():
        named = {key for key, p in inspect.signature(thing).parameters.items() if p.kind is not p.VAR_KEYWORD}
        assert not named - set(test_fuzz.CASES[name]) - set(test_fuzz.LEFT_OUT.get(name, {})), name
