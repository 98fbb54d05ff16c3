"""`diagnose` on nets broken on purpose, each known disease once, and on healthy nets, where it must stay silent.

The confusion table (rows: what is wrong; columns: share of 20 seeds in which each finding was made):

    python tests/vgp/test_diagnose.py
"""

import functools

import cases
import numpy as np
import pytest

from vgp import mlp, softmax_cross_entropy, trace
from vgp.attention import transformer_block
from vgp.init import bias_constant, normal, orthogonal, scaled_normal
from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.diagnose import ADVICE, Diagnosis, Finding, diagnose
from vgp.normalise import BatchNorm, LayerNorm
from vgp.recurrent import LSTMCell, RNNCell, bptt, unroll
from vgp.residual import residual_mlp

SEEDS, BATCH, N_IN, WIDTH, CLASSES = 20, 64, 32, 64, 10


def plain(depth, *, rate=None, dtype=None, scale=1.0, **options):
    """A trace of a plain net for inputs of size `scale`; what else `diagnose` is told."""

    def make(rng):
        net = mlp(N_IN, WIDTH, CLASSES, depth=depth, rng=rng, **options)
        return traced(net, rng, scale), {"rate": rate, "dtype": dtype}

    return make


def traced(net, rng, scale=1.0, rows=BATCH):
    x, labels = scale * rng.standard_normal((rows, N_IN)), rng.integers(0, CLASSES, rows)
    with np.errstate(all="ignore"):  # a net that overflows is one of the cases
        return trace(net, x, labels, softmax_cross_entropy)


def skips(blocks, **options):
    return lambda rng: (traced(residual_mlp(N_IN, WIDTH, CLASSES, blocks=blocks, rng=rng, **options), rng), {})


def batch_normed(depth):
    def make(rng):
        layers, n = [], N_IN
        for _ in range(depth):
            layers += [cases.dense(n, WIDTH, rng=rng), BatchNorm(WIDTH), Elementwise("relu")]
            n = WIDTH
        return traced(Sequential([*layers, cases.dense(n, CLASSES, rng=rng)]), rng), {}

    return make


def transformer(blocks, order):
    def make(rng):
        inner = [transformer_block(N_IN, heads=4, tokens=8, order=order, rng=rng) for _ in range(blocks)]
        return traced(
            Sequential(
                [
                    *(part for b in inner for part in b.layers),
                    Dense(rng.standard_normal((N_IN, CLASSES)) / np.sqrt(N_IN), np.zeros((1, CLASSES))),
                ]
            ),
            rng,
        ), {}

    return make


def recurrent(cell, steps, **options):
    def make(rng):
        net = cell(8, 32, rng=rng, **options)
        run = unroll(net, rng.standard_normal((steps, 16, 8)))
        return bptt(net, run, rng.standard_normal((16, 32))), {}

    return make


SICK = {
    "sigmoid, 6 layers": ("vanishing gradient", plain(6)),
    "tanh, old uniform, 12 layers": ("vanishing gradient", plain(12, activation="tanh", init="old_uniform")),
    "ReLU, framework default, 12 layers": (
        "vanishing gradient",
        plain(12, activation="relu", init="pytorch", bias="pytorch"),
    ),
    "tanh, sigma_w 4, 20 layers": ("exploding gradient", plain(20, activation="tanh", init=scaled_normal(4.0))),
    "ReLU, sigma_w 2.2, 20 layers": ("exploding gradient", plain(20, activation="relu", init=scaled_normal(2.2))),
    "residual, scale 1, 40 blocks": ("exploding gradient", skips(40)),
    "BatchNorm, no skips, 30 layers": ("exploding gradient", batch_normed(30)),
    "ReLU, sigma_w 2.5, 20 layers": ("growing signal", plain(20, activation="relu", init=scaled_normal(2.5))),
    "ReLU, sigma_w 0.8, 15 layers": ("shrinking signal", plain(15, activation="relu", init=scaled_normal(0.8))),
    "ReLU, bias -4": ("dead units", plain(3, activation="relu", init="he", bias=bias_constant(-4.0))),
    "ReLU, He, 100 layers": ("merged inputs", plain(100, activation="relu", init="he")),
    "tanh, weights of sd 1": ("saturated units", plain(3, activation="tanh", init=normal(1.0))),
    "sigmoid, 12 layers, float16": ("underflow", plain(12, dtype="float16")),
    "tanh, rate 100": ("learning rate too large", plain(2, activation="tanh", rate=100.0)),
    "tanh, rate 1e-6": ("learning rate too small", plain(2, activation="tanh", rate=1e-6)),
    "ReLU, sigma_w 1e15, overflow": ("not finite", plain(25, activation="relu", init=scaled_normal(1e15))),
    "RNN, spectral radius 0.9, 100 steps": (
        "gradient lost over time",
        recurrent(RNNCell, 100, recurrent=orthogonal(0.9)),
    ),
    "RNN, identity units, radius 1.1": (
        "gradient explodes over time",
        recurrent(RNNCell, 60, recurrent=orthogonal(1.1), activation="identity"),
    ),
}
HEALTHY = {
    "tanh, 5 layers": plain(5, activation="tanh", rate=0.1, dtype="float32"),
    "ReLU, He, 8 layers": plain(8, activation="relu", init="he", rate=0.01, dtype="float32"),
    "sigmoid, 1 layer": plain(1, rate=0.1),
    "sigmoid, 2 layers": plain(2, rate=0.1),
    "sigmoid, 2 layers, normal biases": plain(2, bias="normal", rate=0.1),
    "residual, 1/sqrt(L), 20 blocks": skips(20, scale="depth"),
    "ReZero, 50 blocks": skips(50, scale="rezero"),
    "pre-LN, 20 blocks": skips(20, normalise=LayerNorm),
    "pre-LN transformer, 6 blocks": transformer(6, "pre"),
    "tanh, orthogonal, 30 layers": plain(30, activation="tanh", init="orthogonal"),
    "LSTM, forget bias 4, 50 steps": recurrent(LSTMCell, 50, forget_bias=4.0),
    "RNN, orthogonal, identity, 100 steps": recurrent(RNNCell, 100, activation="identity"),
}


def findings(make, seed):
    measured, told = make(np.random.default_rng([7, seed]))
    return diagnose(measured, **told).diseases


@functools.cache
def row(name):
    """Disease -> share of the seeds in which it was found; "" counts the silent ones."""
    make = SICK[name][1] if name in SICK else HEALTHY[name]
    found = [findings(make, seed) for seed in range(SEEDS)]
    return {disease: sum(disease in f for f in found) / SEEDS for disease in ADVICE} | {
        "": sum(not f for f in found) / SEEDS
    }


@pytest.mark.parametrize("name", SICK)
def test_each_disease_is_found(name):
    assert row(name)[SICK[name][0]] >= 0.95


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_nets_are_let_alone(name):
    assert row(name)[""] >= 0.95


def test_every_disease_has_a_case():
    assert {disease for disease, _ in SICK.values()} == set(ADVICE)


def sick_trace(seeds=None, **options):
    rng = np.random.default_rng(0)
    net = mlp(N_IN, WIDTH, CLASSES, depth=6, rng=rng, seeds=seeds, **options)
    return trace(net, rng.standard_normal((BATCH, N_IN)), np.arange(BATCH) % CLASSES, softmax_cross_entropy)


def test_a_finding_carries_its_evidence():
    t = sick_trace()
    finding = diagnose(t).findings[0]
    assert finding.value == pytest.approx(t.delta[0] / t.delta[5], rel=1e-12)
    assert finding.threshold == 0.01
    assert finding.layers == [l + 1 for l in range(6) if t.delta[l] < 0.01 * t.delta[5]]
    rate = (t.delta[0] / t.delta[5]) ** (1 / 5)  # five steps from layer 6 to layer 1
    assert f"{finding.value:.2g}, a factor {rate:.2f} per layer" in finding.evidence
    assert finding.why == ADVICE["vanishing gradient"][0]


@pytest.mark.parametrize("seeds", [1, 3])
def test_several_nets_are_judged_by_their_median(seeds):
    t = sick_trace(seeds)
    value = diagnose(t).findings[0].value
    assert value == pytest.approx(np.median(t.delta[0]) / np.median(t.delta[5]), rel=1e-12)


def test_the_report_reads_as_text_and_as_a_table():
    report = diagnose(sick_trace(), dtype="float16")
    assert repr(report).startswith("1. vanishing gradient: Norm of delta in layer 1 over layer 6: ")
    assert repr(report).count("\n") == len(report.findings) - 1
    table = report._repr_html_()
    assert table.count("<tr>") == 1 + len(report.findings)
    assert "&lt;" not in Diagnosis()._repr_html_()
    assert Diagnosis()._repr_html_() == "<p>No disease found: no measurement passed its threshold.</p>"
    escaped = Diagnosis([Finding("underflow", [1], 1.0, 0.1, "a < b")])._repr_html_()
    assert "<td>a &lt; b</td>" in escaped


def test_directions_and_layers_of_each_finding():
    grown = diagnose(sick_trace(activation="relu", init=scaled_normal(12.0)))
    assert grown.diseases == ["exploding gradient", "growing signal", "dead units"][: len(grown.diseases)]
    exploding, growing = grown.findings[:2]
    assert exploding.layers[0] == 1
    assert growing.layers[-1] == 6
    assert (exploding.threshold, growing.threshold) == (100, 1000)
    shrunk = diagnose(sick_trace(activation="identity", init=scaled_normal(0.1))).findings
    assert [f.disease for f in shrunk] == ["vanishing gradient", "shrinking signal"]
    assert shrunk[1].layers == [4, 5, 6] or shrunk[1].layers == [5, 6]


def test_one_hidden_layer_or_one_example_give_no_verdict_on_what_needs_two():
    rng = np.random.default_rng(0)
    net = mlp(N_IN, WIDTH, CLASSES, depth=6, activation="relu", init=scaled_normal(0.1), rng=rng)
    alone = diagnose(trace(net, rng.standard_normal((1, N_IN)), np.array([1]), softmax_cross_entropy))
    assert not {"dead units", "merged inputs"} & set(alone.diseases)
    dead = mlp(N_IN, WIDTH, CLASSES, depth=2, activation="relu", bias=bias_constant(-1e3), rng=rng)
    t = trace(dead, rng.standard_normal((BATCH, N_IN)), np.arange(BATCH) % CLASSES, softmax_cross_entropy)
    assert diagnose(t).diseases == ["dead units"]


def test_a_gradient_of_zero_over_time_gives_no_verdict():
    cell = RNNCell(2, 3, rng=np.random.default_rng(0))
    run = unroll(cell, np.ones((5, 4, 2)))
    assert diagnose(bptt(cell, run, np.zeros((4, 3)))).healthy


def test_rate_with_weights_of_zero_gives_no_verdict():
    net = Sequential([Dense(np.zeros((3, 2)), np.zeros((1, 2)))])
    t = trace(net, np.ones((4, 3)), np.array([0, 1, 0, 1]), softmax_cross_entropy)
    assert diagnose(t, rate=0.1).healthy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": -1.0}, "rate: got -1.0; allowed: a finite number"),
        ({"dtype": "float8"}, "dtype: got 'float8'; allowed: one of float16, float32, float64"),
        ({"measured": 3}, r"measured: got int; allowed: a Trace, such as vgp\.trace\(net, .*\), or what bptt returns"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        diagnose(**{"measured": sick_trace(), **options})


if __name__ == "__main__":
    for name in (*SICK, *HEALTHY):
        wanted = SICK[name][0] if name in SICK else "(healthy)"
        made = ", ".join(f"{disease or 'silent'} {share:.0%}" for disease, share in row(name).items() if share)
        print(f"{name:38} | {wanted:26} | {made}")
