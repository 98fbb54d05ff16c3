"""Whatever `vgp._layout` names is tried by the tests that run over lists; a message says which line a list needs.

Things whose arguments have their usual names are in the lists without a line; see cases.py and test_fuzz.py.
"""

import inspect

import cases
import numpy as np
import pytest
import test_fuzz

from vgp import activations, init
from vgp.layers import Elementwise, Layer
from vgp.losses import Loss
from vgp.optim import Optimiser


def line(where, name, example):
    return f"{name} is tried by no test: add to {where} in tests/cases.py a line such as\n    {example}"


def missing_layers():
    return [
        line("LISTED", name, f'"{name}": lambda n_in, n_out, **_: {name}(...),  # and above: from vgp import {name}')
        for name in cases.unlisted(Layer, cases.LAYERS)
    ]


def missing_losses():
    return [
        line("TARGETS", name, f'"{second}": lambda rng, shape: rng.standard_normal(shape),  # for y of this shape')
        for name, _, second in cases.losses_of_vgp()
        if name not in cases.LOSSES
    ]


def missing_optimisers():
    return [
        line("OPTIMISERS", name, f'"{name}": lambda rate: optim.{name}(rate, ...),')
        for name in cases.unlisted(Optimiser, cases.OPTIMISERS)
    ]


def missing_initialisers():
    kinds = ((init.WeightInit, cases.INITS), (init.BiasInit, cases.BIASES))
    return [
        line("SIZES", name, f'"{argument}": 0.5,')
        for kind, listed in kinds
        for name, make in cases.unlisted(kind, listed).items()
        if make is not kind and name not in ("get", "get_bias")
        for argument in cases.needed(make)
        if argument not in cases.SIZES
    ]


@pytest.mark.parametrize("missing", [missing_layers, missing_losses, missing_optimisers, missing_initialisers])
def test_everything_is_in_its_list(missing):
    assert not (found := missing()), "\n".join(found)


def test_every_layer_is_built_somewhere():
    """By type, also those that stand inside other cases."""
    made = [make(3, 3, rng=np.random.default_rng(0)) for make in cases.LAYERS.values()]
    classes = {thing for thing in cases.makers(Layer).values() if inspect.isclass(thing)}
    assert {type(part) for layer in made for part in cases.parts(layer)} >= classes


def test_every_named_activation_and_initialiser_is_a_case():
    elementwise = [make(3, 3) for name, make in cases.LAYERS.items() if name.startswith("Elementwise(")]
    assert {layer.activation.name for layer in elementwise} == set(activations.ACTIVATIONS)
    assert set(cases.INITS) >= set(init.INITS)
    assert set(cases.BIASES) >= set(init.BIASES)


def test_every_public_function_and_class_is_spoilt_argument_by_argument():
    assert not (found := test_fuzz.missing(cases.public())), "\n".join(found)


# --- the lists themselves, tried on things that vgp does not have -----------------------------------------------------


class Gain(Layer):
    """Its arguments have their usual names."""

    def __init__(self, n, *, start=0.5, seeds=None, dtype=np.float64):
        self.own = {"gain": np.full((1, n) if seeds is None else (seeds, 1, n), start, dtype)}


class Odd(Layer):
    def __init__(self, n, knots):
        self.knots = knots


class Rule(Optimiser):
    def __init__(self, rate, rank):
        super().__init__(rate)


def hinge(y: np.ndarray, labels: np.ndarray) -> Loss:
    return y, labels


def ranked(y: np.ndarray, order: np.ndarray) -> Loss:
    return y, order


def slanted(slope: float) -> init.WeightInit:
    return init.normal(slope)


NEW = {f"new.{thing.__name__}": thing for thing in (Gain, Odd, Rule, hinge, ranked, slanted)}


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (missing_layers, ["Gain", "Odd"]),
        (missing_losses, ["hinge", "ranked"]),
        (missing_optimisers, ["Rule"]),
        (missing_initialisers, ["slanted"]),
    ],
)
def test_what_is_in_no_list_is_told(missing, said, monkeypatch):
    monkeypatch.setattr(cases, "public", lambda: NEW)
    assert [text.partition(" is tried")[0] for text in missing()] == said
    assert all("tests/cases.py" in text for text in missing())


def test_a_layer_with_usual_arguments_needs_no_line(monkeypatch):
    monkeypatch.setattr(cases, "public", lambda: NEW)
    assert set(cases.needed(Gain)) <= cases.KNOWN
    assert not set(cases.needed(Odd)) <= cases.KNOWN
    layer = cases.conventional(Gain)(3, 4, rng=np.random.default_rng(0), seeds=2, dtype=np.float32)
    (gain,) = layer.params.values()
    assert (gain.shape, gain.dtype) == ((2, 1, 3), np.float32)
    assert gain.std() > 0
    assert isinstance(cases.conventional(Elementwise)(3, 4, rng=np.random.default_rng(0)), Elementwise)
