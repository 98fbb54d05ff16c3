"""Chapter 5 at full size: more rates, seeds and epochs for the scale of the weights; more updates for the top layer.

Prints, first, the per cent of training and test images right for each rate, bias rule and weight gain: mean over
twenty nets, and the lowest and highest of them; then, for sigmoid nets with four and five hidden layers, when the top
layer is lowest and when the loss leaves. About ten minutes on one core.
"""

import numpy as np

import vgp
from vgp import SGD, Dense, Elementwise, Sequential, accuracy, train

SEED = 1
DEPTH, WIDTH, SEEDS, EPOCHS, BATCH = 10, 30, 20, 60, 20
GAINS, RATES = (1, 4, 16, 64, 103, 256), (0.03, 0.1, 0.3, 1.0)
UPDATES, NETS, EVERY, G_RATE = 40_000, 8, 500, 0.1


def sigmoid_nets(cases):
    """As in the chapter: the same standard normals in every case, rescaled; zero or centring biases."""
    base = vgp.mlp(64, WIDTH, 10, depth=DEPTH, rng=np.random.default_rng(SEED), seeds=SEEDS, dtype=np.float32)
    root = np.repeat(np.sqrt([gain for gain, _ in cases]), SEEDS)[:, None, None]
    centre = np.repeat([centred for _, centred in cases], SEEDS)[:, None, None]
    layers = []
    for i, scale in enumerate([root / 2, *[root] * (DEPTH - 1), 2]):
        W = scale * np.tile(base.params[f"{2 * i}.W"], (len(cases), 1, 1))
        b = -0.5 * centre * W.sum(axis=-2, keepdims=True) * (i > 0)
        layers += [Dense(W.astype(np.float32), b.astype(np.float32)), Elementwise("sigmoid")]
    return Sequential(layers[:-1])


def scales():
    digits = vgp.data.digits8(dtype=np.float32)
    cases = [(gain, centred) for centred in (False, True) for gain in GAINS]
    print(f"gains {GAINS}, {SEEDS} seeds, {EPOCHS} epochs: images right, per cent")
    for rate in RATES:
        net = sigmoid_nets(cases)
        how = {"epochs": EPOCHS, "batch": BATCH, "rng": np.random.default_rng(SEED)}
        train(net, vgp.softmax_cross_entropy, SGD(rate), *digits[:2], **how)
        right = [100 * accuracy(net, *part).reshape(2, len(GAINS), SEEDS) for part in (digits[:2], digits[2:])]
        for row, rule in enumerate(("zero    ", "centring")):
            for part, values in zip(("training", "test    "), right, strict=True):
                each = [f"{a.mean():3.0f} ({a.min():.0f} to {a.max():.0f})" for a in values[row]]
                print(f"  rate {rate:4g}, {rule} biases, {part}: " + "   ".join(each), flush=True)


def saturation(depth):
    rng = np.random.default_rng(SEED)
    x, labels = vgp.data.clusters(1000, 64, rng=rng)
    x = (x / np.sqrt(2)).astype(np.float32)
    net = vgp.mlp(64, 64, 10, depth=depth, init="old_uniform", rng=rng, seeds=NETS, dtype=np.float32)
    rule, top, losses = SGD(G_RATE), [], []
    for step in range(UPDATES + 1):
        chosen = rng.integers(len(x), size=(NETS, 10))
        y, cache = net.forward(x[chosen])
        _, dy = vgp.softmax_cross_entropy(y, labels[chosen])
        if step % EVERY == 0:
            y, seen = net.forward(x[:100])
            top.append(seen[2 * depth - 1][0].mean(axis=(1, 2)))
            losses.append(vgp.softmax_cross_entropy(y, np.tile(labels[:100], (NETS, 1)))[0])
        rule.step(net.params, net.backward(dy, cache, to_input=False)[1])
    top, losses = np.array(top), np.array(losses)
    left = np.where((losses < 2).any(axis=0), (losses < 2).argmax(axis=0) * EVERY, -1)
    print(f"{depth} hidden layers, {NETS} nets, rate {G_RATE}, {UPDATES:,} updates:")
    print("  lowest mean of the top layer", top.min(axis=0).round(3), "at update", top.argmin(axis=0) * EVERY)
    print("  loss below 2 at update (-1: not within the budget)", left, flush=True)


if __name__ == "__main__":
    scales()
    for depth in (4, 5):
        saturation(depth)
