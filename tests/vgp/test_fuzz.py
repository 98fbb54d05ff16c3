"""Every public function with every argument spoilt in turn: a finite answer, or an error in the library's own words.

A case is a function and arguments that it accepts: by their names, those of TYPICAL, or those of OWN. Each argument is
replaced by each of WRONG (and each array also by arrays of another shape, dtype, or with NaN and infinity); the outcome
must be an answer without NaN where the input was finite, or a ValueError or TypeError of the form "argument: got ...;
allowed: ...".
"""

import dataclasses
import functools
import importlib
import inspect
import re
import warnings

import cases
import matplotlib.pyplot as plt
import numpy as np
import pytest

import vgp
from vgp import activations, attention, check, init, normalise, optim, recurrent, residual
from vgp._trees import Params
from vgp.book import curves
from vgp.layers import Dense, Elementwise, Layer, Sequential, mlp
from vgp.losses import softmax_cross_entropy

WRONG = {
    "None": None,
    "a word": "seven",
    "a list": [1, 2],
    "minus 1": -1,
    "0": 0,
    "a half": 0.5,
    "NaN": np.nan,
    "infinity": np.inf,
    "1e300": 1e300,
    "True": True,
    "an object": object(),
    "a dict": {},
    "an empty array": np.zeros((0, 3)),
    "integers": np.ones((4, 3), int),
    "complex numbers": np.ones((4, 3)) * 1j,
    "words in an array": np.array([["a", "b"]]),
    "an array of 5 axes": np.ones((1, 2, 1, 4, 3)),
    "a scalar array": np.array(0.5),
}


def spoilt(value):
    yield from WRONG.items()
    if isinstance(value, np.ndarray):
        yield "one axis less", value[0]
        yield "one axis more", value[None]
        yield "another width", np.concatenate([value, value], axis=-1)
        yield "float16", value.astype(np.float16)
        if value.dtype.kind == "f":
            for name, number in (("a NaN inside", np.nan), ("an infinity inside", np.inf)):
                bad = value.copy()
                bad.flat[0] = number
                yield name, bad


def rng():
    return np.random.default_rng(0)


X, LABELS = rng().standard_normal((4, 3)), np.array([0, 1, 0, 1])
NET = mlp(3, 5, 2, depth=2, activation="tanh", rng=rng())
TRACE = vgp.trace(NET, X, LABELS, softmax_cross_entropy)
CELL, LSTM = (kind(3, 5, rng=rng()) for kind in (recurrent.RNNCell, recurrent.LSTMCell))
SEQUENCE = rng().standard_normal((6, 4, 3))
RUN, RUN_LSTM = recurrent.unroll(CELL, SEQUENCE), recurrent.unroll(LSTM, SEQUENCE)
THROUGH = recurrent.bptt(CELL, RUN, np.ones((4, 5)))
FACTORS = [rng().standard_normal((3, 3)) for _ in range(3)]
SQUARE = Dense(np.ones((3, 3)), np.zeros((1, 3)))
LINE = mlp(1, 5, 1, depth=1, activation="tanh", rng=rng())
HISTORY = rng().random((3, 5)) < 0.5
PARAMS = {"0.W": X, "0.b": X[:1]}
PICTURE = "A line that falls from 1 to 0.1 over ten layers."


@functools.cache  # a new one for each case, not for each call: they are slow to make
def axes():
    return curves.subplots()[1]


def figure():
    return curves.subplots()[0]


# What an argument of this name usually is. One that is not here has its default, if that is a number, a word or a bool.
TYPICAL = {
    "rng": rng, "seeds": 2, "dtype": np.float64, "n": 3, "n_in": 3, "n_out": 2, "width": 4, "depth": 3, "blocks": 2,
    "heads": 2, "tokens": 2, "causal": True, "activation": "tanh", "init": "he", "bias": "zeros", "order": "pre",
    "x": X, "y": X, "z": X, "a": X, "got": X, "want": X + 1, "signal": X, "labels": LABELS, "target": X + 1,
    "net": NET, "layer": NET, "branch": SQUARE, "transform": SQUARE, "gate": SQUARE, "cell": CELL, "run": RUN,
    "through": THROUGH, "t": TRACE, "loss": softmax_cross_entropy, "factors": FACTORS, "params": PARAMS,
    "optimiser": optim.SGD(0.1), "epochs": 1, "batch": 2, "steps": 3, "every": 2, "draws": 2, "rate": 0.1,
    "decay": 0.1, "beta": 0.9, "beta1": 0.9, "beta2": 0.99, "limit": 1.0, "gain": 1.3, "sd": 1.3, "value": 1.3,
    "q": 1.2, "q_1": 1.2, "c": 0.3, "c_1": 0.3, "p_0": 1.0, "sigma_w": 1.3, "sigma_b": 0.2, "scale": 0.5, "low": 0.5,
    "kinks": (0.5,), "error": True, "f": np.tanh, "n_train": 3, "n_test": 2, "ax": axes, "alt": PICTURE, "label": "x",
    "colour": "ink",
}  # fmt: skip

# What is other than usual, or has no usual value.
OWN = {
    "activations.get": {},
    "attention.transformer_block": {"factor": 2},
    "book.curves.Picture": {"svg": "<svg/>"},
    "book.curves.band": {"x": [1, 2, 3], "low": X[0], "high": X[0] + 1, "colour": "plain"},
    "book.curves.direct_label": {"x": 1.0, "y": 1.0, "text": "x"},
    "book.curves.every_seed": {"x": [1, 2, 3, 4], "values": X, "kind": 1, "shift": 0.1},
    "book.curves.published_points": {"x": [1, 2, 3], "y": X[0]},
    "book.curves.show": {"fig": figure},
    "book.curves.spread": {"x": [1, 2, 3, 4], "values": X, "kind": 1, "shift": 0.1},
    "book.curves.theory_line": {"x": [1, 2, 3], "y": X[0]},
    "book.evidence.estimate": {"values": np.arange(6.0)},
    "book.evidence.interval": {"values": np.arange(6.0)},
    "book.evidence.margin": {"values": np.arange(6.0), "above": 1.0, "below": None},
    "book.evidence.t_quantile": {"probability": 0.95, "freedom": 4},
    "book.figures.confusion": {"table": np.eye(2), "rows": ["a", "b"], "columns": ["c", "d"]},
    "book.figures.fate_bars": {"fates": dict(zip(("alive", "sleeping", "dying", "dead"), np.eye(4)))},
    "book.figures.gradient_by_lag": {"norms": np.exp(X)},
    "book.figures.phase_diagram": {
        "sigma_w": np.arange(1.0, 4), "sigma_b": np.arange(1.0, 5), "chi": np.exp(X), "line": (np.ones(2), np.ones(2)),
    },
    "book.figures.spectrum": {"logs": X},
    "book.ledger.claim": {
        "name": "x", "text": "It holds in every net.", "holds": True, "margin": 4.0, "least": None, "seeds": 6,
    },
    "book.ledger.conclude": {
        "entry": "x", "verdict": "reproduced", "claim": "It holds.", "because": "We looked.", "read": "abstract",
    },
    "book.ledger.fmt": {"x": 1.234},
    "book.ledger.published": {"key": "nielsen2015-accuracy"},
    "book.ledger.record_mean": {"name": "x", "values": np.arange(6.0), "what": "a number"},
    "book.ledger.record": {
        "name": "x", "value": 1.5, "what": "a number", "status": "theory", "low": 1.0, "high": 2.0,
        "interval": "95 % of the mean", "seeds": 5, "theory": 1.5, "se": 0.1, "allowance": 0.1, "expect": (1.0, 2.0),
        "published": 1.5, "source": "here", "entry": "x", "unit": "%", "text": "one and a half",
    },
    "book.ledger.verdict": {"entry": {"value": 1.0, "status": "theory", "theory": 1.0, "se": 0.1, "allowance": 0.1}},
    "check.central_difference": {"f": np.sin, "v": X},
    "check.complex_step": {"f": np.sin, "v": X},
    "check.directional": {"f": np.positive, "pullback": np.positive},
    "data.adding_problem": {"steps": 5, "batch": 3},
    "data.clusters": {"n": 6, "n_in": 4},
    "data.delayed_copy": {"delay": 5, "batch": 3, "length": 2, "symbols": 3},
    "data.noise": {"steps": 2},
    "data.spirals": {"n": 6},
    "init.chrono": {"longest": 10, "gates": ("i", "f")},
    "layers.Dense": {"W": X.T.copy(), "b": np.ones((1, 4))},
    "layers.Sequential": {"layers": NET.layers},
    "layers.need_rows": {},
    "losses.softmax_cross_entropy": {},
    "measure.diagnose.diagnose": {"measured": TRACE, "dtype": "float16"},
    "measure.diagnose.over_seeds": {"rows": X},
    "measure.formats.underflow": {"dtype": "float16"},
    "measure.signals.gradient_autocorrelation": {"net": LINE, "grid": np.linspace(-1, 1, 9), "lags": [1, 2]},
    "measure.signals.linear_cka": {"b": X[:, :2]},
    "measure.trace.describe": {"layer": NET.layers[0]},
    "measure.units.unit_fates": {"history": HISTORY},
    "normalise.Fixed": {"scale": np.ones((1, 3)), "shift": np.zeros((1, 3))},
    "normalise.WeightNorm": {"dense": Dense(np.ones((3, 2)), np.zeros((1, 2)))},
    "_trees.global_norm": {"grads": {"W": X}},
    "optim.clip_by_norm": {"grads": {"W": X.copy()}},
    "optim.clip_by_value": {"grads": {"W": X.copy()}},
    "optim.cosine_decay": {"warm": 2},
    "optim.per_layer": {"rates": [0.1]},
    "optim.rate_of_each": {"rate": {"0": 0.1}},
    "recurrent.bptt": {"dh": np.ones((4, 5)), "window": 2},
    "recurrent.cell_path": {"cell": LSTM, "run": RUN_LSTM},
    "recurrent.unroll": {"x": SEQUENCE, "start": None},
    "residual.residual_mlp": {"scale": "depth", "normalise": normalise.LayerNorm},
    "theory.gaussian.closed_form": {"activation": activations.get("relu")},
    "theory.meanfield.q_fixed": {"steps": 100},
    "theory.narrow.log_chi_square": {"k": 3},
    "theory.narrow.log_path": {"widths": [20, 10], "activation": "relu"},
    "theory.narrow.log_step": {"n": 20, "activation": "relu"},
    "theory.narrow.random_walk_gain": {"n": 20, "activation": "identity"},
    "theory.phases.batchnorm_c_path": {"batch": 4, "activation": "relu"},
    "theory.phases.batchnorm_rate": {"batch": 8, "activation": "relu"},
    "theory.phases.critical_sigma_w": {"sigma_b": 0.3, "high": 4.0},
    "theory.phases.residual_c_path": {"c_0": 0.3},
    "theory.phases.slope_moments": {"order": 2},
    "theory.phases.spectrum_variance": {"orthogonal": True},
    "theory.shaping.shape": {"depth": 10},
    "train.train": {"on_step": None},
}  # fmt: skip

# Not spoilt, and why.
SPARED = {
    "_trees.Params": "a dict: it takes what Python's takes",
    "book.svg.themed": "given what `show` has checked",
    "check.GradientError": "an error",
    **{
        f"{thing.__module__.removeprefix('vgp.')}.{thing.__name__}": "the common part of others"
        for thing in cases.BASES
    },
}
# named arguments that no case spoils, with the value they have, and why
LEFT_OUT = {
    "layers.need_rows": {"n": 3},  # a layer's own number, checked when the layer was made
}


def holds_results(thing):
    """Whether it is a record of what was computed, and does nothing with what it is given."""
    record = inspect.isclass(thing) and (dataclasses.is_dataclass(thing) or issubclass(thing, tuple))
    return record and not hasattr(thing, "__post_init__")


def arguments(thing):
    """The named arguments, also those that a class hands on to the one it extends."""
    makes = [kind.__init__ for kind in thing.__mro__ if "__init__" in vars(kind)] if inspect.isclass(thing) else [thing]
    found = {}
    for make in makes:
        own = inspect.signature(make).parameters
        found |= {
            key: p for key, p in own.items() if p.kind is not p.VAR_KEYWORD and key != "self" and key not in found
        }
        if not any(p.kind is p.VAR_KEYWORD for p in own.values()):
            break
    return found


def case(name, thing):
    """The arguments of a good call; one that has neither a usual value nor a plain default is missing."""
    plain = {key: p.default for key, p in arguments(thing).items() if isinstance(p.default, (bool, int, float, str))}
    own = {key: TYPICAL.get(key, plain.get(key, inspect.Parameter.empty)) for key in arguments(thing)} | OWN.get(
        name, {}
    )
    left = LEFT_OUT.get(name, {})
    return {key: v for key, v in own.items() if v is not inspect.Parameter.empty and key not in left}


def missing(things):
    """For each thing that lacks an argument, the line to add."""
    return [
        f"{name} is not spoilt: add to OWN in tests/vgp/test_fuzz.py a line such as\n"
        f'    "{name}": {{{", ".join(f"{key!r}: ..." for key in lacks)}}},\n'
        "with values that it accepts, or to TYPICAL what such an argument usually is"
        for name, thing in things.items()
        if name not in SPARED and not holds_results(thing)
        if (lacks := [key for key in arguments(thing) if key not in case(name, thing) | LEFT_OUT.get(name, {})])
    ]


def found_by(name):
    """What stands under a name such as "theory.phases.phase"."""
    module, _, own = name.rpartition(".")
    return getattr(importlib.import_module(f"vgp.{module}"), own)


THINGS = cases.public() | {name: found_by(name) for name in OWN}
CASES = {
    name: case(name, thing)
    for name, thing in THINGS.items()
    if name not in SPARED and not holds_results(thing) and not missing({name: thing})
}

LAYERS = {
    "Dense": Dense(np.ones((3, 2)), np.zeros((1, 2))),
    "net": NET,
    "LayerNorm": normalise.LayerNorm(3),
    "RMSNorm": normalise.RMSNorm(3),
    "BatchNorm": normalise.BatchNorm(3),
    "Fixed": normalise.Fixed(np.ones((1, 3)), np.zeros((1, 3))),
    "WeightNorm": normalise.WeightNorm(Dense(np.ones((3, 2)), np.zeros((1, 2)))),
    "Residual": residual.Residual(Sequential([Dense(np.ones((3, 3)), np.zeros((1, 3))), Elementwise("tanh")])),
    "highway": residual.highway(3, rng=rng()),
    "SelfAttention": attention.SelfAttention(3, heads=1, tokens=2, rng=rng()),
    **{name: make(3, 2, rng=rng()) for name, make in cases.DERIVED.items()},
}


def numbers(answer):
    """All arrays of numbers in an answer, whatever it is made of."""
    if isinstance(answer, (np.ndarray, float, int, complex, np.generic)):
        yield np.asarray(answer)
    elif isinstance(answer, dict):
        for part in answer.values():
            yield from numbers(part)
    elif isinstance(answer, (list, tuple)):
        for part in answer:
            yield from numbers(part)


def is_finite(value):
    """Whether the answer must be: NaN and infinity may pass through, such as those of a training that diverged."""
    return not isinstance(value, np.ndarray) or value.dtype.kind not in "fc" or bool(np.isfinite(value).all())


def judge(call, what, finite, argument=""):
    with warnings.catch_warnings():
        warnings.simplefilter("error" if finite else "ignore")
        try:
            answer = call()
        except (ValueError, TypeError) as error:
            text = str(error)
            own = ": got " in text and "; allowed: " in text
            assert own, f"{what}: {type(error).__name__}: {text}"  # noqa: PT017
            assert argument in text.partition(": got ")[0], f"{what}: the wrong name: {text}"
            return
        except AssertionError as error:  # the answer of a check, and of a record that does not hold
            said = isinstance(error, check.GradientError) or str(error).startswith(("x: value ", 'x: "'))
            assert said, f"{what}: {error}"  # noqa: PT017
            return
        except RuntimeWarning as warning:
            assert "overflow" in str(warning), f"{what}: {warning}"  # noqa: PT017  an answer that is infinite, and says so
            return
        except Exception as error:
            raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    for array in numbers(answer):
        if finite and array.dtype.kind in "fc":
            assert not np.isnan(array).any(), f"{what}: a silent NaN"


def stepped(rule):
    """What an optimiser does with a few numbers."""
    params = Params({key: p.copy() for key, p in PARAMS.items()}, weights=["0.W"])
    for _ in range(2):
        rule.step(params, PARAMS)
    return params


def used(layer):
    """What a layer gives for an x that fits."""
    shapes = [p.shape[-2:] for p in layer.params.values() if p.shape[-2:] != (1, 1)]  # of weights, or of a scale
    rows, columns = shapes[0] if shapes else (1, 3)
    return layer.forward(rng().standard_normal((2, 4, rows if rows > 1 else columns)))[0]


def use(made):
    """What is done with an object that a case has made, so that a wrong argument shows."""
    if isinstance(made, Layer):
        return used(made)
    if isinstance(made, optim.Optimiser):
        return stepped(made)
    if isinstance(made, recurrent.Cell):
        return recurrent.unroll(made, SEQUENCE).h
    if isinstance(made, (init.WeightInit, init.BiasInit)):
        return made(3, 3, rng=rng())
    return list(made) if inspect.isgenerator(made) else made


def call(name, arguments):
    """Run a case; arguments that must be new each time are given as functions that make them."""
    fresh = {
        key: value() if any(value is new for new in (rng, axes, figure)) else value for key, value in arguments.items()
    }
    return use(found_by(name)(**LEFT_OUT.get(name, {}), **fresh))


@pytest.mark.parametrize("name", CASES)
def test_every_argument_spoilt_in_turn(name):
    good = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not any(np.isnan(array).any() for array in numbers(call(name, good)) if array.dtype.kind in "fc")
    problems = []
    for argument, value in good.items():
        for how, wrong in spoilt(value):
            if how == "float16" and name == "measure.units.unit_fates":
                continue
            try:
                one = argument if isinstance(value, (int, float)) else ""  # for a number, the error names it
                spoil = functools.partial(call, name, {**good, argument: wrong})
                judge(spoil, f"{name}, {argument} = {how}", is_finite(wrong), one)
            except AssertionError as error:
                problems.append(str(error))
            finally:
                if "fig" in good or name == "book.curves.subplots":
                    plt.close("all")
    axes.cache_clear()
    assert not problems, "\n".join(problems)


# case and argument: the ends of the numbers allowed, and numbers just outside
ENDS = {
    ("theory.gaussian.expect_pair", "c"): ((-1, 1), (-1.1, 1.1)),
    ("theory.gaussian.relu_kernel", "c"): ((-1, 1), (-1.1, 1.1)),
    **{(f"theory.meanfield.{name}", "c"): ((-1, 1), (-1.1, 1.1)) for name in ("c_map", "chi_c")},
    **{(f"theory.meanfield.{name}", "q"): ((0.0, 0.5), (-0.1,)) for name in ("q_map", "chi", "chi_c")},
    **{(f"theory.meanfield.{name}", "sigma_w"): ((0.0, 0.5), (-0.1, 1e61)) for name in ("q_map", "chi", "q_path")},
    **{(f"theory.meanfield.{name}", "q_1"): ((0.0, 0.5), (-0.1,)) for name in ("q_path", "gradient_path")},
    ("theory.meanfield.c_path", "c_1"): ((-1, 1), (-1.1, 1.1)),
    ("theory.meanfield.q_fixed", "start"): ((0.0, 0.5), (-0.1,)),
    **{(f"theory.gaussian.{name}", "q"): ((0.0, 0.5), (-0.1,)) for name in ("expect", "expect_pair")},
    **{(f"optim.{name}", "decay"): ((0.0, 2.0), (-0.1,)) for name in ("SGD", "Momentum", "Nesterov", "AdamW")},
    **{(f"optim.{name}", "beta"): ((0.0, 1.0), (-0.1, 1.1)) for name in ("Momentum", "Nesterov", "RMSProp")},
    **{(f"optim.{name}", "eps"): ((0.1, 2.0), (-0.1,)) for name in ("RMSProp", "Adam", "AdamW")},
    **{(f"optim.{name}", "beta1"): ((0.0, 0.5), (-0.1, 1.1)) for name in ("Adam", "AdamW")},
    **{(f"optim.{name}", "beta2"): ((0.0, 0.5), (-0.1, 1.1)) for name in ("Adam", "AdamW")},
    ("optim.clip_by_norm", "limit"): ((0.1,), (0.0, -0.1)),
    ("optim.clip_by_value", "limit"): ((0.1,), (0.0, -0.1)),
    ("normalise.BatchNorm", "momentum"): ((0.0, 1.0), (-0.1, 1.1)),
    ("normalise.LayerNorm", "eps"): ((0.0, 0.5), (-0.1,)),
}


@pytest.mark.parametrize(("name", "argument"), ENDS)
def test_the_ends_of_what_is_allowed(name, argument):
    inside, outside = ENDS[name, argument]
    for value in inside:
        call(name, {**CASES[name], argument: value})
    for value in outside:
        with pytest.raises(ValueError, match=f"^{argument}: got {re.escape(str(value))}; allowed: a finite number in "):
            call(name, {**CASES[name], argument: value})


@pytest.mark.parametrize("name", LAYERS)
def test_layers_refuse_an_x_that_does_not_fit(name):
    layer, problems = LAYERS[name], []
    for how, wrong in spoilt(X):
        if isinstance(wrong, np.ndarray):
            try:
                judge(lambda: layer.forward(wrong)[0], f"{name}, x = {how}", is_finite(wrong))  # noqa: B023
            except AssertionError as error:
                problems.append(str(error))
    assert not problems, "\n".join(problems)


def test_rows_of_different_lengths_are_no_array():
    with pytest.raises(ValueError, match=r"^rows: got rows of different lengths; allowed: rows of one length"):
        importlib.import_module("vgp.measure.diagnose").over_seeds([[1.0], [1.0, 2.0]])
