"""A held-out set for `diagnose`: nets that no threshold was chosen on. It prints their confusion table.

    python tests/held_out.py

Other widths, depths, batches, data, activations and seeds than in test_diagnose.py. What each net has was written down
from its construction before the first run, and the thresholds were not moved afterwards. tests/README.md has the table.
"""

import numpy as np

from vgp import data, mlp, softmax_cross_entropy, trace
from vgp.init import bias_constant, bias_normal, normal, orthogonal, scaled_normal
from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.diagnose import ADVICE, diagnose
from vgp.normalise import BatchNorm
from vgp.recurrent import GRUCell, LSTMCell, RNNCell, bptt, unroll
from vgp.residual import highway, residual_mlp

SEEDS = 15


def digits(rng):
    split = data.digits8(100, 1)
    return split.x_train, split.y_train


def spirals(rng):
    return data.spirals(120, rng=rng)


def clusters(rng):
    return data.clusters(90, 20, rng=rng, classes=5)


def traced(net, x, labels):
    with np.errstate(all="ignore"):
        return trace(net, x, labels, softmax_cross_entropy)


def plain(depth, width, source, *, scale=1.0, told=None, **options):
    def make(rng):
        x, labels = source(rng)
        net = mlp(x.shape[1], width, int(labels.max()) + 1, depth=depth, rng=rng, **options)
        return traced(net, scale * x, labels), told or {}

    return make


def residual(blocks, width, source, **options):
    def make(rng):
        x, labels = source(rng)
        return traced(residual_mlp(x.shape[1], width, int(labels.max()) + 1, blocks=blocks, rng=rng, **options),
                      x, labels), {}  # fmt: skip

    return make


def dense(n_in, n_out, rng):
    return Dense(rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), np.zeros((1, n_out)))


def stacked(block, count, width, source):
    """Dense, `count` times block(width, rng) as a list of layers, Dense."""

    def make(rng):
        x, labels = source(rng)
        inner = [layer for _ in range(count) for layer in block(width, rng)]
        ends = dense(x.shape[1], width, rng), dense(width, int(labels.max()) + 1, rng)
        return traced(Sequential([ends[0], *inner, ends[1]]), x, labels), {}

    return make


def batch_normed(width, rng):
    return [BatchNorm(width), Elementwise("relu"), dense(width, width, rng)]


def recurrent(cell, steps, **options):
    def make(rng):
        made = cell(5, 24, rng=rng, **options)
        run = unroll(made, rng.standard_normal((steps, 12, 5)))
        return bptt(made, run, rng.standard_normal((12, 24))), {}

    return make


CASES = {
    "erf, sigma_w 0.5, 25 layers": ("vanishing gradient", plain(25, 40, clusters, activation="erf",
                                                                 init=scaled_normal(0.5))),
    "sigmoid, He, 8 layers": ("vanishing gradient", plain(8, 100, digits, init="he")),
    "leaky ReLU, LeCun, 30 layers": ("vanishing gradient", plain(30, 128, clusters, activation="leaky_relu")),
    "GELU, sigma_w 3, 15 layers": ("exploding gradient", plain(15, 90, spirals, activation="gelu",
                                                                init=scaled_normal(3.0))),
    "residual, ReLU, scale 1, 25 blocks": ("exploding gradient", residual(25, 48, digits)),
    "BatchNorm and ReLU, 40 layers": ("exploding gradient", stacked(batch_normed, 40, 50, digits)),
    "SELU, sigma_w 2, 30 layers": ("growing signal", plain(30, 60, clusters, activation="selu",
                                                            init=scaled_normal(2.0))),
    "linear, sigma_w 0.6, 25 layers": ("shrinking signal", plain(25, 80, digits, activation="identity",
                                                                  init=scaled_normal(0.6))),
    "ReLU, bias -3, 5 layers": ("dead units", plain(5, 100, digits, activation="relu", init="he",
                                                     bias=bias_constant(-3.0))),
    "hard tanh, weights of sd 2, 4 layers": ("saturated units", plain(4, 50, clusters, activation="hard_tanh",
                                                                       init=normal(2.0))),
    "tanh, inputs 100 times too large": ("saturated units", plain(3, 40, digits, activation="tanh", scale=100.0)),
    "tanh, sigma_b 0.5, 60 layers": ("merged inputs", plain(60, 70, digits, activation="tanh",
                                                             bias=bias_normal(0.5))),
    "tanh, old uniform, 20 layers, float16": ("underflow", plain(20, 50, digits, activation="tanh",
                                                                  init="old_uniform", told={"dtype": "float16"})),
    "ReLU, He, rate 30": ("learning rate too large", plain(4, 80, digits, activation="relu", init="he",
                                                            told={"rate": 30.0})),
    "sigmoid, 1 layer, rate 1e-7": ("learning rate too small", plain(1, 25, clusters, told={"rate": 1e-7})),
    "LSTM, forget bias -1, 80 steps": ("gradient lost over time", recurrent(LSTMCell, 80, forget_bias=-1.0)),
    "GRU, 150 steps": ("gradient lost over time", recurrent(GRUCell, 150)),
    "RNN, tanh, radius 3, 40 steps": ("gradient explodes over time",
                                      recurrent(RNNCell, 40, recurrent=orthogonal(3.0))),
    "linear, sigma_w 1e20, 20 layers": ("not finite", plain(20, 30, spirals, activation="identity",
                                                             init=scaled_normal(1e20))),
    "softsign, 6 layers": ("", plain(6, 80, digits, activation="softsign")),
    "erf, critical, 20 layers": ("", plain(20, 120, digits, activation="erf", init=scaled_normal(np.pi**0.5 / 2))),
    "SELU, LeCun, 15 layers": ("", plain(15, 100, clusters, activation="selu")),
    "GELU, He, 6 layers": ("", plain(6, 200, digits, activation="gelu", init="he", told={"rate": 0.01})),
    "leaky ReLU, He, 10 layers": ("", plain(10, 60, spirals, activation="leaky_relu", init="he")),
    "hard tanh, orthogonal, 20 layers": ("", plain(20, 50, digits, activation="hard_tanh", init="orthogonal")),
    "linear, orthogonal, 50 layers": ("", plain(50, 30, clusters, activation="identity", init="orthogonal")),
    "residual, tanh, 1/sqrt(L), 40 blocks": ("", residual(40, 32, digits, activation="tanh", scale="depth")),
    "residual, BatchNorm, 15 blocks": ("", residual(15, 40, clusters, normalise=BatchNorm)),
    "highway, gate bias -3, 30 layers": ("", stacked(lambda n, rng: [highway(n, rng=rng, gate_bias=-3.0)], 30, 50,
                                                     digits)),
    "LSTM, forget bias 3, 30 steps": ("", recurrent(LSTMCell, 30, forget_bias=3.0)),
    "ReLU, He, 5 layers, rate 0.05": ("", plain(5, 64, digits, activation="relu", init="he",
                                                 told={"rate": 0.05, "dtype": "float32"})),
}  # fmt: skip


def main():
    assert {disease for disease, _ in CASES.values()} == {*ADVICE, ""}
    hits = {True: 0, False: 0}
    for name, (wanted, make) in CASES.items():
        found = []
        for seed in range(SEEDS):
            measured, told = make(np.random.default_rng([101, seed]))
            found.append(diagnose(measured, **told).diseases)
        right = sum((wanted in f) if wanted else not f for f in found) / SEEDS
        hits[bool(wanted)] += right >= 0.95
        said = {disease: sum(disease in f for f in found) / SEEDS for disease in ADVICE}
        others = ", ".join(f"{d} {share:.0%}" for d, share in said.items() if share and d != wanted)
        print(f"| {name} | {wanted or 'healthy'} | {right:.0%} | {others} |")
    print(f"found: {hits[True]} of {sum(bool(w) for w, _ in CASES.values())}; "
          f"let alone: {hits[False]} of {sum(not w for w, _ in CASES.values())}")  # fmt: skip


if __name__ == "__main__":
    main()
