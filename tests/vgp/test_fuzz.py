"""Every public function with every argument spoilt in turn: a finite answer, or an error in the library's own words.

A case is a function and arguments that it accepts. Each argument is replaced by each of WRONG (and each array also by
arrays of another shape, dtype, or with NaN and infinity); the outcome must be an answer without NaN where the input
was finite, or a ValueError or TypeError of the form "argument: got ...; allowed: ...".
"""

import functools
import importlib
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

import vgp
from vgp import activations, attention, check, normalise, optim, recurrent, residual
from vgp.book import curves
from vgp.layers import Dense, Elementwise, Sequential, mlp
from vgp.losses import softmax_cross_entropy
from vgp.theory import gaussian

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
POINT = {"activation": "tanh", "sigma_w": 1.3, "sigma_b": 0.2}
SIZES = {"n_in": 3, "n_out": 4, "rng": rng()}

NUMBERS = {"n": 3, "n_in": 3, "rng": rng()}
LAYER = {"seeds": 2, "dtype": np.float64}
PARAMS = {"0.W": X, "0.b": X[:1]}
PICTURE = "A line that falls from 1 to 0.1 over ten layers."


@functools.cache  # a new one for each case, not for each call: they are slow to make
def axes():
    return curves.subplots()[1]


def figure():
    return curves.subplots()[0]


CASES = {
    "activations.get": {"activation": "tanh"},
    "activations.sigmoid_and_slope": {"z": X},
    "attention.SelfAttention": {
        "width": 4, "heads": 2, "tokens": 2, "rng": rng(), "causal": True, "init": "glorot", **LAYER,
    },
    "layers.need_rows": {"x": X},
    "recurrent.RNNCell": {**NUMBERS, "activation": "tanh", "init": "lecun", "recurrent": "orthogonal", **LAYER},
    "recurrent.LSTMCell": {**NUMBERS, "forget_bias": 1.0, "init": "lecun", "recurrent": "orthogonal", **LAYER},
    "recurrent.GRUCell": {**NUMBERS, "init": "lecun", "recurrent": "orthogonal", **LAYER},
    "check.relative_error": {"got": X, "want": X + 1},
    "check.complex_step": {"f": np.sin, "x": X, "v": X, "step": 1e-40},
    "check.central_difference": {"f": np.sin, "x": X, "v": X, "step": 1e-5},
    "check.directional": {"f": np.positive, "pullback": np.positive, "x": X, "rng": rng(), "draws": 2},
    "check.check_layer": {"layer": NET, "x": X, "rng": rng(), "tolerance": 1e-10, "draws": 2},
    "theory.gaussian.closed_form": {"activation": activations.get("relu")},
    "data.mnist": {"n_train": 3, "n_test": 2, "dtype": np.float32},
    "data.digits8": {"n_train": 3, "n_test": 2, "dtype": np.float32},
    "data.spirals": {"n": 6, "rng": rng(), "classes": 3, "noise": 0.1},
    "data.clusters": {"n": 6, "n_in": 4, "rng": rng(), "classes": 3, "spread": 1.0},
    "data.batches": {"x": X, "labels": LABELS, "batch": 2, "rng": rng(), "seeds": 2},
    "_trees.norm": {"a": X},
    "measure.trace.describe": {"layer": NET.layers[0]},
    "book.figures.spectrum": {"ax": axes, "logs": X, "label": "J", "colour": "backward"},
    "book.figures.phase_diagram": {
        "ax": axes, "sigma_w": np.arange(1.0, 4), "sigma_b": np.arange(1.0, 5), "chi": np.exp(X),
        "line": (np.ones(2), np.ones(2)),
    },
    "book.figures.phase_point": {"ax": axes, "sigma_w": 1.0, "sigma_b": 0.1, "label": "here", "colour": "ink"},
    "book.figures.gradient_by_lag": {"ax": axes, "norms": np.exp(X), "label": "RNN", "colour": "backward"},
    "book.figures.fate_bars": {"ax": axes, "fates": {"alive": np.ones(3), "sleeping": np.zeros(3), "dead": np.zeros(3)}},
    "book.figures.confusion": {"ax": axes, "table": np.eye(2), "rows": ["a", "b"], "columns": ["c", "d"]},
    "measure.diagnose.over_seeds": {"rows": X},
    "theory.gaussian.expect": {"f": np.tanh, "q": 1.2, "kinks": (0.5,), "error": True},
    "theory.gaussian.expect_pair": {"f": np.tanh, "q": 1.2, "c": 0.3, "kinks": (0.5,), "error": True},
    "init.get": {"init": "he"},
    "init.get_bias": {"bias": "normal"},
    "init.scaled_normal": {"sigma_w": 1.3},
    "init.normal": {"sd": 1.3},
    "init.uniform": {"limit": 1.3},
    "init.orthogonal": {"gain": 1.3},
    "init.identity": {"gain": 1.3},
    "init.bias_normal": {"sigma_b": 1.3},
    "init.bias_constant": {"value": 1.3},
    "layers.Dense": {"W": X.T.copy(), "b": np.ones((1, 4))},
    "layers.Elementwise": {"activation": "relu"},
    "layers.Sequential": {"layers": NET.layers},
    "book.ledger.conclude": {"entry": "x", "verdict": "reproduced", "claim": "It holds.", "because": "We looked."},
    "book.ledger.fmt": {"x": 1.234, "digits": 2},
    "book.ledger.published": {"key": "nielsen2015-accuracy"},
    "book.ledger.record": {
        "name": "x", "value": 1.5, "what": "a number", "status": "theory", "low": 1.0, "high": 2.0,
        "interval": "95 % of the mean", "seeds": 3, "theory": 1.5, "se": 0.1, "allowance": 0.1, "expect": (1.0, 2.0),
        "published": 1.5, "source": "here", "entry": "x", "unit": "%", "digits": 3, "text": "one and a half",
    },
    "book.ledger.verdict": {"entry": {"value": 1.0, "status": "theory", "theory": 1.0, "se": 0.1, "allowance": 0.1}},
    "measure.watch.Watch": {"net": NET, "every": 2},
    "theory.narrow.log_chi_square": {"k": 3},
    "theory.narrow.log_step": {"n": 20, "activation": "relu", "sigma_w": 1.4},
    "theory.narrow.log_path": {"widths": [20, 10], "activation": "relu", "sigma_w": 1.4},
    "theory.narrow.random_walk_gain": {"n": 20, "activation": "identity"},
    "normalise.LayerNorm": {"n": 3, "eps": 1e-5, "affine": True, **LAYER},
    "normalise.RMSNorm": {"n": 3, "eps": 1e-5, "affine": True, **LAYER},
    "normalise.BatchNorm": {
        "n": 3, "eps": 1e-5, "affine": True, "momentum": 0.1, "through_statistics": True, **LAYER,
    },
    "normalise.Fixed": {"scale": np.ones((1, 3)), "shift": np.zeros((1, 3))},
    "optim.SGD": {"rate": 0.1, "decay": 0.1},
    "optim.Momentum": {"rate": 0.1, "beta": 0.9, "decay": 0.1},
    "optim.Nesterov": {"rate": 0.1, "beta": 0.9, "decay": 0.1},
    "optim.RMSProp": {"rate": 0.1, "beta": 0.9, "eps": 1e-8},
    "optim.Adam": {"rate": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8},
    "optim.AdamW": {"rate": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "decay": 0.1},
    "theory.phases.residual_c_path": {
        "depth": 3, "activation": "tanh", "sigma_w": 1.0, "p_0": 1.0, "scale": 0.5, "c_0": 0.3,
    },
    "theory.phases.batchnorm_c_path": {"c_1": 0.3, "depth": 3, "batch": 4, "activation": "relu"},
    "book.curves.Picture": {"svg": "<svg/>", "alt": PICTURE},
    "book.curves.show": {"fig": figure, "alt": PICTURE},
    "book.curves.subplots": {"rows": 1, "cols": 2},
    "book.curves.spread": {
        "ax": axes, "x": [1, 2, 3, 4], "values": X, "label": "x", "colour": "ink", "kind": 1, "shift": 0.1,
        "join": True,
    },
    "book.curves.every_seed": {
        "ax": axes, "x": [1, 2, 3, 4], "values": X, "label": "x", "colour": "ink", "kind": 1, "shift": 0.1,
    },
    "book.curves.theory_line": {"ax": axes, "x": [1, 2, 3], "y": X[0], "label": "theory"},
    "book.curves.band": {"ax": axes, "x": [1, 2, 3], "low": X[0], "high": X[0] + 1, "colour": "plain", "label": "x"},
    "book.curves.published_points": {"ax": axes, "x": [1, 2, 3], "y": X[0], "label": "x"},
    "book.curves.layers_axis": {"ax": axes, "depth": 3, "label": "layer"},
    "book.curves.direct_label": {"ax": axes, "x": 1.0, "y": 1.0, "text": "x", "colour": "ink"},
    "optim.per_layer": {"params": PARAMS, "rates": [0.1]},
    "optim.rate_of_each": {"rate": {"0": 0.1}, "params": PARAMS},
    "residual.Highway": {"transform": SQUARE, "gate": SQUARE},
    "residual.Residual": {"branch": SQUARE, "scale": 0.5, "learned": True},
    "train.accuracy": {"net": NET, "x": X, "labels": LABELS},
    "train.train": {
        "net": NET, "loss": softmax_cross_entropy, "optimiser": optim.SGD(0.1), "x": X, "labels": LABELS,
        "epochs": 1, "batch": 2, "rng": rng(), "on_step": None,
    },
    "normalise.WeightNorm": {"dense": Dense(np.ones((3, 2)), np.zeros((1, 2)))},
    "_trees.global_norm": {"grads": {"W": X}},
    "optim.clip_by_norm": {"grads": {"W": X.copy()}, "limit": 1.0},
    "optim.clip_by_value": {"grads": {"W": X.copy()}, "limit": 1.0},
    "optim.warm_up": {"rate": 0.1, "steps": 3},
    "optim.cosine_decay": {"rate": 0.1, "steps": 3, "warm": 2},
    "optim.step_decay": {"rate": 0.1, "every": 3, "factor": 0.5},
    "theory.gaussian.relu_kernel": {"c": 0.3},
    "theory.meanfield.q_map": {"q": 1.2, **POINT},
    "theory.meanfield.q_fixed": POINT | {"start": 1.0, "steps": 100},
    "theory.meanfield.q_path": {"q_1": 1.2, "depth": 3, **POINT},
    "theory.meanfield.chi": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3},
    "theory.meanfield.chi_c": {"c": 0.2, "q": 1.2, "activation": "erf", "sigma_w": 1.3},
    "theory.meanfield.c_map": {"c": 0.2, "q": 1.2, **POINT},
    "theory.meanfield.c_path": {"c_1": 0.2, "q_1": 1.2, "depth": 3, **POINT},
    "theory.meanfield.gradient_path": {"q_1": 1.2, "depth": 3, **POINT, "c_1": 0.2},
    "theory.meanfield.quadrature_errors": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3, "c": 0.2},
    "theory.phases.phase": POINT,
    "theory.phases.c_fixed": POINT,
    "theory.phases.q_slope": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3},
    "theory.phases.critical_sigma_w": {"activation": "tanh", "sigma_b": 0.3, "low": 0.5, "high": 4.0},
    "theory.phases.residual_path": {"depth": 3, "activation": "tanh", "sigma_w": 1.0, "p_0": 1.0, "scale": 0.5},
    "theory.phases.batchnorm_rate": {"batch": 8, "activation": "relu"},
    "theory.phases.slope_moments": {"q": 1.0, "activation": "tanh", "order": 2},
    "theory.phases.spectrum_variance": {"q": 1.0, "activation": "tanh", "depth": 3, "orthogonal": True},
    "theory.shaping.shape": {"activation": "tanh", "depth": 10, "zeta": 1.5},
    "theory.shaping.local_conditions": {"activation": "tanh"},
    "measure.spectra.product_log_singular_values": {"factors": FACTORS, "sweeps": 50, "tolerance": 1e-9},
    "measure.spectra.lyapunov": {"factors": FACTORS},
    "measure.spectra.jacobian_spectrum": {"net": NET, "x": X},
    "measure.units.active": {"net": NET, "x": X},
    "measure.units.dead_share": {"net": NET, "x": X},
    "measure.units.unit_fates": {"history": HISTORY},
    "measure.signals.input_share": {"signal": X},
    "measure.signals.input_cosine": {"signal": X},
    "measure.signals.gradient_autocorrelation": {"net": LINE, "grid": np.linspace(-1, 1, 9), "lags": [1, 2]},
    "measure.formats.underflow": {"t": TRACE, "dtype": "float16"},
    "measure.diagnose.diagnose": {"measured": TRACE, "rate": 0.1, "dtype": "float16"},
    "measure.signals.linear_cka": {"a": X, "b": X[:, :2]},
    "measure.trace.trace": {"net": NET, "x": X, "labels": LABELS, "loss": softmax_cross_entropy},
    "losses.softmax_cross_entropy": {"y": X, "labels": LABELS},
    "losses.sigmoid_cross_entropy": {"y": X, "labels": LABELS},
    "losses.mse": {"y": X, "target": X + 1},
    "data.adding_problem": {"steps": 5, "batch": 3, "rng": rng()},
    "data.delayed_copy": {"delay": 5, "batch": 3, "rng": rng(), "length": 2, "symbols": 3},
    "data.digit_rows": {"n_train": 3, "n_test": 2, "dtype": np.float32},
    "data.noise": {"n": 3, "n_in": 4, "rng": rng(), "steps": 2, "cosine": 0.5},
    "recurrent.unroll": {"cell": CELL, "x": SEQUENCE, "start": None},
    "recurrent.bptt": {"cell": CELL, "run": RUN, "dh": np.ones((4, 5)), "window": 2},
    "recurrent.lag_norms": {"through": THROUGH},
    "recurrent.cell_path": {"cell": LSTM, "run": RUN_LSTM},
    "residual.highway": {"width": 3, "rng": rng(), "activation": "tanh", "init": "he", "gate_bias": -1.0, **LAYER},
    "residual.residual_mlp": {
        "n_in": 3, "width": 4, "n_out": 2, "blocks": 2, "rng": rng(), "activation": "tanh", "init": "he",
        "scale": "depth", "order": "pre", "norm": normalise.LayerNorm, **LAYER,
    },
    "attention.transformer_block": {
        "width": 4, "heads": 2, "tokens": 3, "rng": rng(), "order": "pre", "factor": 2, "activation": "relu",
        "init": "glorot", "causal": True, **LAYER,
    },
    "lsuv.lsuv": {"net": NET, "x": X, "rng": rng(), "tolerance": 0.1, "steps": 3},
    "init.chrono": {"n": 3, "longest": 10, "rng": rng(), "gates": ("i", "f")},
    "layers.mlp": {
        "n_in": 3, "width": 4, "n_out": 2, "depth": 2, "rng": rng(), "activation": "tanh", "init": "he",
        "bias": "zeros", **LAYER,
    },
}  # fmt: skip

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
            assert isinstance(error, check.GradientError) or str(error).startswith("x: value "), f"{what}: {error}"  # noqa: PT017
            return
        except RuntimeWarning as warning:
            assert "overflow" in str(warning), f"{what}: {warning}"  # noqa: PT017  an answer that is infinite, and says so
            return
        except Exception as error:
            raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    for array in numbers(answer):
        if finite and array.dtype.kind in "fc":
            assert not np.isnan(array).any(), f"{what}: a silent NaN"


# named arguments that no case spoils, with the value they have, and why
LEFT_OUT = {
    "layers.need_rows": {"n": 3},  # a layer's own number, checked when the layer was made
}


def stepped(rule):
    """What an optimiser does with a few numbers."""
    params = {"0.W": X.copy(), "0.b": X[:1].copy()}
    for _ in range(2):
        rule.step(params, PARAMS)
    return params


def used(layer):
    """What a layer gives for an x that fits."""
    x = rng().standard_normal((2, 4, getattr(layer, "width", 3)))
    return layer.forward(x)[0]


# what is done with an object that a case has made, so that a wrong argument shows
USE = {
    **{f"optim.{rule}": stepped for rule in ("SGD", "Momentum", "Nesterov", "RMSProp", "Adam", "AdamW")},
    **{f"recurrent.{cell}": lambda cell: recurrent.unroll(cell, SEQUENCE).h for cell in ("RNNCell", "LSTMCell", "GRUCell")},
    **{f"normalise.{kind}": used for kind in ("LayerNorm", "RMSNorm", "BatchNorm", "Fixed")},
    **{f"residual.{kind}": used for kind in ("Highway", "Residual")},
    **{f"layers.{kind}": used for kind in ("Dense", "Elementwise", "Sequential")},
    "attention.SelfAttention": used,
    "normalise.WeightNorm": used,
    "data.batches": list,
    "init.get": lambda init: init(3, 3, rng=rng()),
    "init.get_bias": lambda init: init(3, 3, rng=rng()),
    **{f"init.{name}": lambda init: init(3, 3, rng=rng()) for name in (
        "scaled_normal", "normal", "uniform", "orthogonal", "identity", "bias_normal", "bias_constant",
    )},
}  # fmt: skip


def call(name, arguments):
    """Run a case; arguments that must be new each time are given as functions that make them."""
    module, _, function = name.rpartition(".")
    fresh = {key: value() if value is axes or value is figure else value for key, value in arguments.items()}
    answer = getattr(importlib.import_module(f"vgp.{module}"), function)(**LEFT_OUT.get(name, {}), **fresh)
    return USE.get(name, lambda made: made)(answer)


@pytest.mark.parametrize("name", CASES)
def test_every_argument_spoilt_in_turn(name):
    good = CASES[name]
    judge(lambda: call(name, good), name, True)
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


def test_the_helpers_have_nothing_to_hide():
    assert gaussian.closed_form(activations.get("gelu")) is None
    assert vgp.measure.formats.PRECISIONS == ("float16", "float32", "float64")
