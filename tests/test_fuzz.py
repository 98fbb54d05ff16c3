"""Every public function with every argument spoilt in turn: a finite answer, or an error in the library's own words.

A case is a function and arguments that it accepts. Each argument is replaced by each of WRONG (and each array also by
arrays of another shape, dtype, or with NaN and infinity); the outcome must be an answer without NaN where the input
was finite, or a ValueError or TypeError of the form "argument: got ...; allowed: ...".
"""

import importlib
import warnings

import numpy as np
import pytest

from vgp import activations, attention, cells, closed, diagnostics, measures, norm, recurrent, residual, weight_norm
from vgp.layers import Dense, Elementwise, Sequential, mlp
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
TRACE = diagnostics.trace(NET, X, LABELS, softmax_cross_entropy)
CELL, LSTM = (kind(3, 5, rng=rng()) for kind in (cells.RNNCell, cells.LSTMCell))
SEQUENCE = rng().standard_normal((6, 4, 3))
RUN, RUN_LSTM = recurrent.unroll(CELL, SEQUENCE), recurrent.unroll(LSTM, SEQUENCE)
THROUGH = recurrent.bptt(CELL, RUN, np.ones((4, 5)))
FACTORS = [rng().standard_normal((3, 3)) for _ in range(3)]
LINE = mlp(1, 5, 1, depth=1, activation="tanh", rng=rng())
HISTORY = rng().random((3, 5)) < 0.5
POINT = {"activation": "tanh", "sigma_w": 1.3, "sigma_b": 0.2}
SIZES = {"n_in": 3, "n_out": 4, "rng": rng()}

CASES = {
    "clip.global_norm": {"grads": {"W": X}},
    "clip.clip_by_norm": {"grads": {"W": X.copy()}, "limit": 1.0},
    "clip.clip_by_value": {"grads": {"W": X.copy()}, "limit": 1.0},
    "rates.warm_up": {"rate": 0.1, "steps": 3},
    "rates.cosine_decay": {"rate": 0.1, "steps": 3, "warm": 2},
    "rates.step_decay": {"rate": 0.1, "every": 3, "factor": 0.5},
    "gaussian.relu_kernel": {"c": 0.3},
    "meanfield.q_map": {"q": 1.2, **POINT},
    "meanfield.q_fixed": POINT | {"start": 1.0, "steps": 100},
    "meanfield.q_path": {"q_1": 1.2, "depth": 3, **POINT},
    "meanfield.chi": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3},
    "meanfield.chi_c": {"c": 0.2, "q": 1.2, "activation": "erf", "sigma_w": 1.3},
    "meanfield.c_map": {"c": 0.2, "q": 1.2, **POINT},
    "meanfield.c_path": {"c_1": 0.2, "q_1": 1.2, "depth": 3, **POINT},
    "meanfield.gradient_path": {"q_1": 1.2, "depth": 3, **POINT, "c_1": 0.2},
    "meanfield.quadrature_errors": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3, "c": 0.2},
    "phases.phase": POINT,
    "phases.c_fixed": POINT,
    "phases.q_slope": {"q": 1.2, "activation": "tanh", "sigma_w": 1.3},
    "phases.critical_sigma_w": {"activation": "tanh", "sigma_b": 0.3, "low": 0.5, "high": 4.0},
    "phases.residual_path": {"depth": 3, "activation": "tanh", "sigma_w": 1.0, "p_0": 1.0, "scale": 0.5},
    "phases.batchnorm_rate": {"batch": 8, "activation": "relu"},
    "phases.slope_moments": {"q": 1.0, "activation": "tanh", "order": 2},
    "phases.spectrum_variance": {"q": 1.0, "activation": "tanh", "depth": 3, "orthogonal": True},
    "spectra.product_log_singular_values": {"factors": FACTORS, "sweeps": 50, "tolerance": 1e-9},
    "spectra.lyapunov": {"factors": FACTORS},
    "spectra.jacobian_spectrum": {"net": NET, "x": X},
    "measures.active": {"net": NET, "x": X},
    "measures.dead_share": {"net": NET, "x": X},
    "measures.unit_fates": {"history": HISTORY},
    "measures.input_share": {"signal": X},
    "measures.input_cosine": {"signal": X},
    "measures.gradient_autocorrelation": {"net": LINE, "grid": np.linspace(-1, 1, 9), "lags": [1, 2]},
    "measures.underflow": {"t": TRACE, "dtype": "float16"},
    "diagnose.diagnose": {"measured": TRACE, "rate": 0.1, "dtype": "float16"},
    "diagnostics.linear_cka": {"a": X, "b": X[:, :2]},
    "diagnostics.trace": {"net": NET, "x": X, "labels": LABELS, "loss": softmax_cross_entropy},
    "losses.softmax_cross_entropy": {"y": X, "labels": LABELS},
    "losses.sigmoid_cross_entropy": {"y": X, "labels": LABELS},
    "losses.mse": {"y": X, "target": X + 1},
    "sequences.adding_problem": {"steps": 5, "batch": 3, "rng": rng()},
    "sequences.delayed_copy": {"delay": 5, "batch": 3, "rng": rng(), "length": 2, "symbols": 3},
    "sequences.digit_rows": {"n_train": 3, "n_test": 2},
    "sequences.noise": {"n": 3, "n_in": 4, "rng": rng(), "steps": 2, "cosine": 0.5},
    "recurrent.unroll": {"cell": CELL, "x": SEQUENCE, "start": None},
    "recurrent.bptt": {"cell": CELL, "run": RUN, "dh": np.ones((4, 5)), "window": 2},
    "recurrent.lag_norms": {"through": THROUGH},
    "recurrent.cell_path": {"cell": LSTM, "run": RUN_LSTM},
    "residual.highway": {"width": 3, "rng": rng(), "activation": "tanh", "init": "he", "gate_bias": -1.0, "seeds": 2},
    "residual.residual_mlp": {
        "n_in": 3, "width": 4, "n_out": 2, "blocks": 2, "rng": rng(), "activation": "tanh", "init": "he",
        "scale": "depth", "order": "pre", "seeds": 2,
    },
    "attention.transformer_block": {
        "width": 4, "heads": 2, "tokens": 3, "rng": rng(), "order": "pre", "factor": 2, "activation": "relu",
        "init": "glorot", "seeds": 2,
    },
    "lsuv.lsuv": {"net": NET, "x": X, "rng": rng(), "tolerance": 0.1, "steps": 3},
    "init.chrono": {"n": 3, "longest": 10, "rng": rng()},
    "layers.mlp": {
        "n_in": 3, "width": 4, "n_out": 2, "depth": 2, "rng": rng(), "activation": "tanh", "init": "he",
        "bias": "zeros", "seeds": 2,
    },
}  # fmt: skip

LAYERS = {
    "Dense": Dense(np.ones((3, 2)), np.zeros((1, 2))),
    "net": NET,
    "LayerNorm": norm.LayerNorm(3),
    "RMSNorm": norm.RMSNorm(3),
    "BatchNorm": norm.BatchNorm(3),
    "Fixed": norm.Fixed(np.ones((1, 3)), np.zeros((1, 3))),
    "WeightNorm": weight_norm.WeightNorm(Dense(np.ones((3, 2)), np.zeros((1, 2)))),
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


def judge(call, what, finite):
    with warnings.catch_warnings():
        warnings.simplefilter("error" if finite else "ignore")
        try:
            answer = call()
        except (ValueError, TypeError) as error:
            text = str(error)
            own = ": got " in text and "; allowed: " in text
            python = "missing" in text and "argument" in text  # Python's own words for a call without an argument
            assert own or python, f"{what}: {type(error).__name__}: {text}"  # noqa: PT017
            return
        except Exception as error:
            raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    for array in numbers(answer):
        if finite and array.dtype.kind in "fc":
            assert not np.isnan(array).any(), f"{what}: a silent NaN"


@pytest.mark.parametrize("name", CASES)
def test_every_argument_spoilt_in_turn(name):
    module, _, function = name.partition(".")
    f, good = getattr(importlib.import_module(f"vgp.{module}"), function), CASES[name]
    judge(lambda: f(**good), name, True)
    problems = []
    for argument, value in good.items():
        for how, wrong in spoilt(value):
            if how == "float16" and name == "measures.unit_fates":
                continue
            try:
                judge(lambda: f(**{**good, argument: wrong}), f"{name}, {argument} = {how}", is_finite(wrong))  # noqa: B023
            except AssertionError as error:
                problems.append(str(error))
    assert not problems, "\n".join(problems)


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


def test_the_helpers_have_nothing_to_hide():
    assert closed.find(activations.get("gelu")) is None
    assert measures.PRECISIONS == ("float16", "float32", "float64")
