"""Chapter 7 at full size: what keeps the default start of ten ReLU layers from learning, one thing changed at a time.

Prints one JSON line for each start and optimiser: what stands in the chapter's table. About five minutes on one core.
"""

import json

import numpy as np

import vgp
from vgp import SGD, Adam, Dense, Elementwise, Sequential, accuracy, dead_share, input_cosine, train
from vgp.activations import Activation

SEED, NETS, EPOCHS, BATCH = 1, 20, 15, 50
TRIALS = {  # factor on the default's weights, on its biases, slope on the left, biases that centre each z on the data
    "default": (1, 1, 0, False),
    "leaky": (1, 1, 0.01, False),
    "bias0": (1, 0, 0, False),
    "centred": (1, 1, 0, True),
    "weights": (6**0.5, 1, 0, False),
    "merged": (6**0.5, 40, 0, False),
}
OPTIMISERS = {"SGD 0.1": lambda: SGD(0.1), "Adam 0.001": lambda: Adam(1e-3)} | {
    f"SGD {rate}": (lambda rate=rate: SGD(rate)) for rate in (0.003, 0.01, 0.03, 0.3, 1)
}


def start(name, x):
    """Ten ReLU layers of 64 as a framework draws them, changed as `TRIALS` says."""
    weights, biases, slope, centred = TRIALS[name]
    a = np.float32(slope)
    curve = Activation("leaky", lambda z: np.maximum(z, a * z), lambda z: np.where(z > 0, np.float32(1), a))
    options = {"depth": 10, "init": "pytorch", "bias": "pytorch", "seeds": NETS, "dtype": np.float32}
    base, layers, h = vgp.mlp(64, 64, 10, rng=np.random.default_rng([SEED, 1]), **options), [], x
    for layer in base.layers[::2]:
        W, b = np.float32(weights) * layer.params["W"], np.float32(biases) * layer.params["b"]
        if centred:
            b = -(h @ W).mean(axis=-2, keepdims=True)
        h = curve.f(h @ W + b)
        layers += [Dense(W, b), Elementwise(curve)]
    return Sequential(layers[:-1])


def main():
    """Prediction, before the run: with SGD only the starts with larger weights learn, with Adam all of them do."""
    x, labels, x_test, labels_test = vgp.data.digits8(dtype=np.float32)
    for optimiser, make in OPTIMISERS.items():
        for name in TRIALS:
            net = start(name, x)
            z = [kept for _, kept in net.forward(x[::10])[1][1::2]][9]
            apart = [1 - input_cosine(one) for one in z]
            before = dead_share(net, x)[9]
            settings = {"epochs": EPOCHS, "batch": BATCH, "rng": np.random.default_rng([SEED, 2])}
            with np.errstate(over="ignore", invalid="ignore"):  # some rates are too large
                train(net, vgp.softmax_cross_entropy, make(), x, labels, **settings)
                right = accuracy(net, x_test, labels_test)
            row = {"optimiser": optimiser, "start": name, "1 - cosine": float(np.median(apart))}
            row |= {"before": before.round(4).tolist(), "after": dead_share(net, x)[9].round(4).tolist()}
            print(json.dumps(row | {"test": right.round(4).tolist()}), flush=True)


if __name__ == "__main__":
    main()
