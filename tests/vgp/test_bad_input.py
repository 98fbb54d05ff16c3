"""Bad input gets an error that names the argument, what came, and what is allowed: all three, case by case."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import vgp
from vgp import activations, check, data, init, losses, optim
from vgp.book import curves, ledger
from vgp.layers import Dense, Elementwise, Layer, Sequential, mlp
from vgp.measure import signals
from vgp.theory import gaussian, meanfield


def rng():
    return np.random.default_rng(0)


def net(**options):
    return mlp(3, 4, 2, **{"depth": 2, "rng": rng(), **options})


X, LABELS = np.ones((5, 3)), np.array([0, 1, 0, 1, 0])
NAN, INF = np.full((5, 3), np.nan), np.full((5, 3), np.inf)
W, B = np.ones((3, 4)), np.zeros((1, 4))
SOFTMAX, SIGMOID = losses.softmax_cross_entropy, losses.sigmoid_cross_entropy
PARAMS = {"0.W": np.ones((3, 4)), "0.b": np.ones((1, 4)), "2.W": np.ones((4, 2)), "2.b": np.ones((1, 2))}


def step(rule, grads=PARAMS):
    rule.step({key: p.copy() for key, p in PARAMS.items()}, grads)


def run(x=X, labels=LABELS, **options):
    options = {"epochs": 1, "batch": 2, "rng": rng(), **options}
    return vgp.train(options.pop("net", None) or net(), SOFTMAX, optim.SGD(0.1), x, labels, **options)


def figure():
    return curves.subplots()[1]


# what: (call, argument, what came, what is allowed)
CASES = {
    # mlp
    "depth 0": (lambda: net(depth=0), "depth", "0", "an integer of at least 1"),
    "depth -1": (lambda: net(depth=-1), "depth", "-1", "an integer of at least 1"),
    "depth 2.0": (lambda: net(depth=2.0), "depth", "2.0", "an integer of at least 1"),
    "depth True": (lambda: net(depth=True), "depth", "True", "an integer of at least 1"),
    "width 0": (lambda: mlp(3, 0, 2, depth=1, rng=rng()), "width", "0", "an integer of at least 1"),
    "negative width": (lambda: mlp(3, -4, 2, depth=1, rng=rng()), "width", "-4", "an integer of at least 1"),
    "width 4.5": (lambda: mlp(3, 4.5, 2, depth=1, rng=rng()), "width", "4.5", "an integer of at least 1"),
    "too few widths": (lambda: mlp(3, [4], 2, depth=2, rng=rng()), "width", "1 widths", "a sequence of depth = 2"),
    "a width of 0": (lambda: mlp(3, [4, 0], 2, depth=2, rng=rng()), "width", "0", "an integer of at least 1"),
    "n_in 0": (lambda: mlp(0, 4, 2, depth=1, rng=rng()), "n_in", "0", "an integer of at least 1"),
    "n_out None": (lambda: mlp(3, 4, None, depth=1, rng=rng()), "n_out", "None", "an integer of at least 1"),
    "seeds 0": (lambda: net(seeds=0), "seeds", "0", "an integer of at least 1"),
    "rng an int": (lambda: net(rng=0), "rng", "int", "a numpy.random.Generator, e.g. np.random.default_rng(0)"),
    "rng None": (lambda: net(rng=None), "rng", "NoneType", "a numpy.random.Generator"),
    "rng the old one": (lambda: net(rng=np.random.RandomState(0)), "rng", "RandomState", "a numpy.random.Generator"),
    "dtype int": (lambda: net(dtype=int), "dtype", "int64", "float16, float32 or float64"),
    "unknown activation": (lambda: net(activation="rely"), "activation", "'rely'", "relu"),
    "unknown init": (lambda: net(init="xavier"), "init", "'xavier'", "glorot"),
    "unknown bias": (lambda: net(bias="ones"), "bias", "'ones'", "normal, pytorch, zeros"),
    "activation a function": (lambda: net(activation=np.tanh), "activation", "<ufunc 'tanh'>", "one of "),
    # layers
    "W of one axis": (lambda: Dense(W[0], B), "W", "shape (4,)", "at least 2 axes"),
    "W of integers": (lambda: Dense(np.ones((3, 4), int), B), "W", "dtype int64", "an array of floats"),
    "W with NaN": (lambda: Dense(W * np.nan, B), "W", "12 entries that are NaN or infinite", "finite numbers only"),
    "W empty": (lambda: Dense(np.ones((0, 4)), B), "W", "shape (0, 4)", "a non-empty array"),
    "b for another W": (lambda: Dense(W, np.zeros((1, 5))), "b", "shape (1, 5)", "(..., batch, 4)"),
    "b of one axis": (lambda: Dense(W, np.zeros(4)), "b", "shape (4,)", "at least 2 axes"),
    "b of two rows": (lambda: Dense(W, np.zeros((2, 4))), "b", "shape (2, 4)", "(1, 4)"),
    "b without seeds": (lambda: Dense(np.ones((2, 3, 4)), B), "b", "shape (1, 4)", "(2, 1, 4)"),
    "x for another net": (lambda: net().forward(np.ones((5, 4))), "x", "shape (5, 4)", "(..., batch, 3)"),
    "x of one axis": (lambda: net().forward(np.ones(3)), "x", "shape (3,)", "(..., batch, 3)"),
    "x for other seeds": (lambda: net(seeds=2).forward(np.ones((4, 5, 3))), "x", "shape (4, 5, 3)", "W (2, 3, 4)"),
    "x for other seeds on the second axis": (
        lambda: Dense(np.ones((2, 4, 3, 4)), np.ones((2, 4, 1, 4))).forward(np.ones((3, 4, 5, 3))),
        "x", "shape (3, 4, 5, 3)", "W (2, 4, 3, 4)",
    ),
    "a net of nothing": (lambda: Sequential([]), "layers", "[]", "a non-empty list of layers"),
    "a net of strings": (lambda: Sequential(["tanh"]), "layers", "['str']", "a non-empty list of layers"),
    "unknown elementwise": (lambda: Elementwise("swish"), "activation", "'swish'", "silu"),
    "a layer without forward": (lambda: Layer().forward(X), "layer", "Layer", "a subclass that defines forward"),
    # initialisers
    "sd 0": (lambda: init.normal(0), "sd", "0", "a finite number in (0, 1e+60]"),
    "sigma_w NaN": (lambda: init.scaled_normal(np.nan), "sigma_w", "nan", "a finite number in (0, 1e+60]"),
    "limit -1": (lambda: init.uniform(-1), "limit", "-1", "a finite number in (0, inf]"),
    "gain inf": (lambda: init.orthogonal(np.inf), "gain", "inf", "a finite number in (0, inf]"),
    "sigma_b -1": (lambda: init.bias_normal(-1.0), "sigma_b", "-1.0", "a finite number in [0, inf]"),
    "bias value 'a'": (lambda: init.bias_constant("a"), "value", "'a'", "a finite number in [-inf, inf]"),
    "identity not square": (lambda: init.identity()(3, 4, rng=rng()), "n_out", "4", "n_in = 3"),
    "sampler without rng": (lambda: init.get("he")(3, 4, rng=7), "rng", "int", "a numpy.random.Generator"),
    "bias with rng an int": (lambda: init.get_bias("normal")(3, 4, rng=7), "rng", "int", "a numpy.random.Generator"),
    "sampler for 0 units": (lambda: init.get("he")(3, 0, rng=rng()), "n_out", "0", "an integer of at least 1"),
    "bias for 0 seeds": (
        lambda: init.get_bias("zeros")(3, 4, rng=rng(), seeds=0), "seeds", "0", "an integer of at least 1",
    ),
    # losses
    **{
        f"{what} ({loss.__name__})": (lambda loss=loss, y=y, t=t: loss(y, t), argument, came, allowed)
        for loss in (SOFTMAX, SIGMOID)
        for what, y, t, argument, came, allowed in [
            ("label 3 of 3", X, np.array([0, 1, 2, 3, 0]), "labels", "values from 0 to 3", "integers from 0 to 2"),
            ("label -1", X, np.array([0, -1, 2, 1, 0]), "labels", "values from -1 to 2", "integers from 0 to 2"),
            ("labels of floats", X, np.zeros(5), "labels", "dtype float64", "integers from 0 to 2"),
            ("labels one-hot", X, np.ones((5, 3), int), "labels", "shape (5, 3)", "(5,)"),
            ("too few labels", X, LABELS[:4], "labels", "shape (4,)", "(5,)"),
            ("one label", X, np.array(1), "labels", "shape ()", "(5,)"),
            ("labels for other seeds", np.ones((2, 5, 3)), np.ones((3, 5), int), "labels", "shape (3, 5)", "(2, 5)"),
            ("y of one axis", X[0], LABELS, "y", "shape (3,)", "(..., batch, classes)"),
            ("no examples", X[:0], LABELS[:0], "y", "shape (0, 3)", "not empty"),
        ]
    },
    "another target": (lambda: losses.mse(X, X[:, :2]), "target", "shape (5, 2)", "(5, 3)"),
    "target without batch": (lambda: losses.mse(X, X[0]), "target", "shape (3,)", "(5, 3)"),
    "mse of no examples": (lambda: losses.mse(X[:0], X[:0]), "y", "shape (0, 3)", "not empty"),
    # optimisers
    "rate -1": (lambda: step(optim.SGD(-1)), "rate", "-1", "a finite number in [0, inf]"),
    "rate NaN": (lambda: step(optim.Adam(np.nan)), "rate", "nan", "a finite number in [0, inf]"),
    "rate for one layer": (lambda: step(optim.SGD({"0": 0.1})), "rate", "no entry for '2.W'", "covers every parameter"),
    "a bad rate": (lambda: step(optim.SGD({"0": 0.1, "2": -1})), "rate['2']", "-1", "a finite number in [0, inf]"),
    "decay -1": (lambda: optim.SGD(0.1, decay=-1), "decay", "-1", "a finite number in [0, inf]"),
    "beta 1.5": (lambda: optim.Momentum(0.1, beta=1.5), "beta", "1.5", "a finite number in [0, 1]"),
    "beta2 2": (lambda: optim.Adam(beta2=2), "beta2", "2", "a finite number in [0, 1]"),
    "eps -1": (lambda: optim.Adam(eps=-1), "eps", "-1", "a finite number in [0, inf]"),
    "a gradient is missing": (
        lambda: step(optim.SGD(0.1), {"0.W": W}), "grads", "keys ['0.W']", "['0.W', '0.b', '2.W', '2.b']",
    ),
    "a gradient too many": (
        lambda: step(optim.SGD(0.1), {**PARAMS, "4.W": W}), "grads", "'4.W'", "['0.W', '0.b', '2.W', '2.b']",
    ),
    "a gradient of another shape": (
        lambda: step(optim.SGD(0.1), {**PARAMS, "0.b": np.ones((1, 3))}), "grads['0.b']", "shape (1, 3)", "(1, 4)",
    ),
    "too few rates": (lambda: optim.per_layer(PARAMS, [0.1]), "rates", "1 numbers", "2, one for each layer"),
    "a rate of -1": (lambda: optim.per_layer(PARAMS, [0.1, -1]), "rates", "-1.0", "a finite number in [0, inf]"),
    "rates for a lone layer": (lambda: optim.per_layer({"W": W}, [0.1]), "params", "['W']", "such as '0.W'"),
    "no update": (lambda: step(optim.Optimiser(0.1)), "optimiser", "Optimiser", "a subclass that defines update"),
    "no entries": (lambda: step(optim.Entrywise(0.1)), "optimiser", "Entrywise", "a subclass that defines entries"),
    "limit 0": (lambda: optim.clip_by_norm({"W": W}, 0), "limit", "0", "a finite number in (0, inf]"),
    "limit NaN": (lambda: optim.clip_by_value({"W": W}, np.nan), "limit", "nan", "a finite number in (0, inf]"),
    "norm of nothing": (lambda: optim.clip_by_norm({}, 1), "grads", "an empty dict", "at least one array"),
    "norm of NaN": (lambda: optim.clip_by_norm({"W": NAN}, 1), "grads", "norms nan", "finite gradients"),
    "norm of inf": (
        lambda: optim.clip_by_norm({"W": INF, "b": 1e300 * X}, 1), "grads", "norms inf", "finite gradients",
    ),
    "norm of a row": (lambda: optim.clip_by_norm({"b": B[0]}, 1), "grads['b']", "shape (4,)", "at least 2 axes"),
    "value of NaN": (lambda: optim.clip_by_value({"W": NAN}, 1), "grads['W']", "NaN", "finite gradients"),
    # data
    "n_train 0": (lambda: data.mnist(0), "n_train", "0", "an integer of at least 1"),
    "n_train 60000": (lambda: data.mnist(60_000), "n_train", "60000", "at most 10000"),
    "n_test 5000": (lambda: data.digits8(100, 5_000), "n_test", "5000", "at most 2000"),
    "one spiral": (lambda: data.spirals(10, rng=rng(), classes=1), "classes", "1", "an integer of at least 2"),
    "noise -1": (lambda: data.spirals(10, rng=rng(), noise=-1), "noise", "-1", "a finite number in [0, inf]"),
    "spirals with rng an int": (lambda: data.spirals(10, rng=3), "rng", "int", "a numpy.random.Generator"),
    "spread NaN": (lambda: data.clusters(10, 2, rng=rng(), spread=np.nan), "spread", "nan", "a finite number"),
    "clusters of n_in 0": (lambda: data.clusters(10, 0, rng=rng()), "n_in", "0", "an integer of at least 1"),
    "batches of 0": (lambda: [*data.batches(X, LABELS, 0, rng=rng())], "batch", "0", "an integer of at least 1"),
    "batches of too few labels": (
        lambda: [*data.batches(X, LABELS[:4], 2, rng=rng())], "labels", "4 labels", "5, one for each row of x",
    ),
    "batches of integer images": (
        lambda: [*data.batches(X.astype(np.uint8), LABELS, 2, rng=rng())], "x", "dtype uint8", "an array of floats",
    ),
    "batches for 0 seeds": (
        lambda: [*data.batches(X, LABELS, 2, rng=rng(), seeds=0)], "seeds", "0", "an integer of at least 1",
    ),
    # training
    "train on NaN": (lambda: run(NAN), "x", "15 entries that are NaN or infinite", "finite numbers only"),
    "train on inf": (lambda: run(INF), "x", "15 entries that are NaN or infinite", "finite numbers only"),
    "train on integer images": (lambda: run(X.astype(np.uint8)), "x", "dtype uint8", "an array of floats"),
    "train on nothing": (lambda: run(X[:0], LABELS[:0]), "x", "shape (0, 3)", "a non-empty array"),
    "train on another width": (lambda: run(np.ones((5, 4))), "x", "shape (5, 4)", "(..., batch, 3)"),
    "train on data of each seed": (lambda: run(np.ones((2, 5, 3))), "x", "shape (2, 5, 3)", "(examples, features)"),
    "train with too few labels": (lambda: run(labels=LABELS[:3]), "labels", "3 labels", "5, one for each row of x"),
    "train with label 2 of 2": (lambda: run(labels=LABELS + 1), "labels", "values from", "integers from 0 to 1"),
    "train for 0 epochs": (lambda: run(epochs=0), "epochs", "0", "an integer of at least 1"),
    "train with batch 0": (lambda: run(batch=0), "batch", "0", "an integer of at least 1"),
    "train with rng an int": (lambda: run(rng=1), "rng", "int", "a numpy.random.Generator"),
    "train without parameters": (
        lambda: run(net=Sequential([Elementwise("tanh")])), "net", "a net without parameters", "at least one Dense",
    ),
    "accuracy of too few labels": (
        lambda: vgp.accuracy(net(), X, LABELS[:3]), "labels", "shape (3,)", "(5,), one label for each example",
    ),
    "accuracy on NaN": (lambda: vgp.accuracy(net(), NAN, LABELS), "x", "15 entries", "finite numbers only"),
    # diagnostics
    "trace of NaN": (lambda: vgp.trace(net(), NAN, LABELS, SOFTMAX), "x", "15 entries", "finite numbers only"),
    "trace of integer images": (
        lambda: vgp.trace(net(), X.astype(int), LABELS, SOFTMAX), "x", "dtype int64", "an array of floats",
    ),
    "update ratio at rate -1": (
        lambda: vgp.trace(net(), X, LABELS, SOFTMAX).update_ratio(-1), "rate", "-1", "a finite number",
    ),
    "CKA of other examples": (lambda: signals.linear_cka(X, X[:3]), "b", "3 examples", "5, the same examples"),
    "CKA of constants": (lambda: signals.linear_cka(X, X), "a, b", "the same for every example", "that vary"),
    # checks
    "shapes differ": (lambda: check.relative_error(X, X[:2]), "got", "shape (5, 3)", "the shape of want, (2, 3)"),
    "complex step 0": (lambda: check.complex_step(np.exp, X, X, step=0), "step", "0", "a finite number in (0, 1]"),
    "difference step -1": (
        lambda: check.central_difference(np.exp, X, X, step=-1), "step", "-1", "a finite number in (0, inf]",
    ),
    "0 draws": (
        lambda: check.directional(np.exp, np.exp, X, rng=rng(), draws=0), "draws", "0", "an integer of at least 1",
    ),
    "check without rng": (lambda: check.check_layer(net(), X, rng=5), "rng", "int", "a numpy.random.Generator"),
    "check at NaN": (lambda: check.check_layer(net(), NAN, rng=rng()), "x", "15 entries", "finite numbers only"),
    # mean-field theory
    "q -1": (lambda: meanfield.q_map(-1.0, "tanh", sigma_w=1), "q", "-1.0", "a finite number in [0, inf]"),
    "c 2": (lambda: meanfield.c_map(2.0, 1.0, "tanh", sigma_w=1), "c", "2.0", "a finite number in [-1, 1]"),
    "sigma_w -1": (lambda: meanfield.chi(1.0, "tanh", sigma_w=-1), "sigma_w", "-1", "a finite number in [0, 1e+60]"),
    "a layer of 0": (
        lambda: meanfield.c_map(0.5, 1.0, "tanh", sigma_w=0), "q, sigma_w, sigma_b", "1, 0, 0", "next layer is not 0",
    ),
    "a kink of NaN": (lambda: gaussian.expect(np.tanh, 1.0, (np.nan,)), "kinks", "nan", "a finite number"),
    "mean field of depth 0": (
        lambda: meanfield.gradient_path(1.0, "tanh", depth=0, sigma_w=1), "depth", "0", "an integer of at least 1",
    ),
    "mean field of a name": (lambda: meanfield.chi(1.0, "tan", sigma_w=1), "activation", "'tan'", "tanh"),
    "no fixed point": (
        lambda: meanfield.q_fixed("identity", sigma_w=2), "sigma_w, sigma_b", "2, 0", "the length of identity settles",
    ),
    "activation by number": (lambda: activations.get(3), "activation", "3", "one of "),
    # figures
    "no alternative text": (lambda: curves.show(figure().figure, alt=""), "alt", "''", "at least 20 characters"),
    "alternative text None": (lambda: curves.show(figure().figure, None), "alt", "None", "at least 20 characters"),
    "a short one": (lambda: curves.show(figure().figure, "a line"), "alt", "'a line'", "at least 20 characters"),
    "spread of one net": (lambda: curves.spread(figure(), [1, 2], [1, 2]), "values", "shape (2,)", "(2, seeds)"),
    "spread of other points": (
        lambda: curves.every_seed(figure(), [1, 2], np.ones((3, 4))), "values", "shape (3, 4)", "(2, seeds)",
    ),
    # ledger
    "unknown status": (lambda: ledger.record("n", 1, status="fact"), "status", "'fact'", "one of "),
    "a claim without a range": (
        lambda: ledger.record("n", 1, what="it", status="simulation"), "expect", "nothing", "a range (low, high)",
    ),
    "a claim without words": (
        lambda: ledger.record("n", 1, status="simulation", expect=(0, 2)), "what", "nothing", "what 'n' is, in words",
    ),
    "half an interval": (lambda: ledger.record("n", 1, low=0), "low, high", "0, None", "both or neither"),
    "unknown published number": (lambda: ledger.published("nielsen"), "key", "'nielsen'", "nielsen2015-speeds-4"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize(("call", "argument", "came", "allowed"), CASES.values(), ids=CASES)
def test_message(call, argument, came, allowed):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    form = re.fullmatch(r"(.+?): got (.+); allowed: (.+)", str(caught.value), flags=re.S)
    assert form, f"not in the form of the library: {caught.value}"
    assert form[1] == argument
    assert came in form[2]
    assert allowed in form[3]


@pytest.mark.parametrize(
    "call",
    [
        lambda: mlp(3, 4, 2, depth=1),
        lambda: init.get("he")(3, 4),
        lambda: data.spirals(10),
        lambda: data.clusters(10),
        lambda: data.batches(X, LABELS, 2),
        lambda: check.check_layer(net(), X),
        lambda: vgp.train(net(), SOFTMAX, optim.SGD(0.1), X, LABELS, epochs=1, batch=2),
    ],
)
def test_chance_must_be_asked_for(call):
    """Python's own message does: missing 1 required keyword-only argument: 'rng'."""
    with pytest.raises(TypeError, match="keyword-only argument: 'rng'"):
        call()


def test_bad_input_changes_nothing():
    """The optimiser looks at all gradients before its first update."""
    params = {key: p.copy() for key, p in PARAMS.items()}
    with pytest.raises(ValueError, match=re.escape("grads['2.b']")):
        optim.SGD(0.1).step(params, {**PARAMS, "2.b": np.ones((1, 3))})
    assert all(np.array_equal(params[key], PARAMS[key]) for key in PARAMS)


def test_rows_of_different_lengths_are_refused():
    _, ax = curves.subplots()
    with pytest.raises(ValueError, match="rows of different lengths"):
        curves.theory_line(ax, [1, 2], [[1.0, 2.0], [3.0]])
