"""Chapter 10 at full size: spectra of twenty nets, trained nets at four rates, Géron's nets on our digits with inputs
that merge and inputs kept apart, and the puzzle at width 1000.

Prints the numbers that the chapter prints for its smaller nets. About fifteen minutes on one core.
"""

import numpy as np

import vgp
from vgp import Dense, Elementwise, Sequential, product_log_singular_values
from vgp.init import bias_normal, orthogonal, scaled_normal
from vgp.theory import meanfield as mf
from vgp.theory import phases

SEED = 1
SW, SB = 1.05**0.5, 2.01e-5**0.5
STARTS = {
    "ReLU, He": ("relu", "he", "zeros"),
    "ReLU, orthogonal": ("relu", orthogonal(2**0.5), "zeros"),
    "ReLU, mirrored Gaussian": ("relu", "he", "zeros"),
    "ReLU, mirrored orthogonal": ("relu", "he", "zeros"),
    "SELU, LeCun": ("selu", "lecun", "zeros"),
    "tanh, Gaussian": ("tanh", scaled_normal(SW), bias_normal(SB)),
    "tanh, orthogonal": ("tanh", orthogonal(SW), bias_normal(SB)),
}
WIDE, WIDE_NETS, DEPTH = 1000, 4, 100  # the puzzle, one net at a time
IMAGES, WIDTH, BATCH, RATE, EPOCHS, TRIALS = 6_000, 100, 32, 1e-3, 5, 3  # Géron: 55,000 images of clothes
S_WIDTH, S_DEPTH, S_NETS = 200, 50, 20
R_SIZE, R_NETS, R_STEPS, RATES = 40, 20, 200, (0.003, 0.01, 0.03, 0.1)


def build(name, n_in, width, depth, rng, nets):
    """The nets of one start; in mirrored ones, units come in pairs z and -z, so that relu(z) - relu(-z) = z."""
    activation, weights, bias = STARTS[name]
    options = {"depth": depth, "activation": activation, "init": weights, "bias": bias}
    net = vgp.mlp(n_in, width, 10, **options, rng=rng, seeds=nets, dtype=np.float32)
    if "mirrored" in name:
        draw = orthogonal() if "orthogonal" in name else scaled_normal(1.0)
        dense = [layer for layer in net.layers if isinstance(layer, Dense)]
        for layer in dense:
            W, into, out = layer.params["W"], layer is not dense[0], layer is not dense[-1]
            A = draw(W.shape[-2] // (1 + into), W.shape[-1] // (1 + out), rng=rng, seeds=nets)
            A = np.concatenate([A, -A], axis=-1) if out else A
            W[...] = np.concatenate([A, -A], axis=-2) if into else A
    return net


def puzzle() -> None:
    """Gradient ratio and input cosine at width 1000, ReLU and SELU, on Gaussian inputs."""
    for name in ("ReLU, He", "SELU, LeCun"):
        activation, weights, bias = STARTS[name]
        rng, ratios, cosines = np.random.default_rng(SEED), [], []
        for _ in range(WIDE_NETS):
            options = {"depth": DEPTH, "activation": activation, "init": weights, "bias": bias}
            net = vgp.mlp(WIDE, WIDE, WIDE, **options, rng=rng, dtype=np.float32)
            x, error = (rng.standard_normal((64, WIDE)).astype(np.float32) for _ in range(2))
            t = vgp.trace(net, x, error, lambda y, e: ((y * e).sum(), e))
            ratios.append(float(t.delta[0] / t.delta[DEPTH - 1]))
            unit = t.h[DEPTH - 1] / np.linalg.norm(t.h[DEPTH - 1], axis=-1, keepdims=True)
            cosines.append(float((np.square(unit.sum(axis=0)).sum() - 64) / (64 * 63)))
        print(f"width {WIDE}, {name}: ratio", np.round(ratios, 3), "cosine", np.round(cosines, 4), flush=True)


def training() -> None:
    """A hundred layers of a hundred units, SGD at one rate for five epochs, inputs standardised pixel by pixel."""
    x, labels, x_test, labels_test = vgp.data.mnist(IMAGES, 2000, dtype=np.float32)
    mean, sd = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-2)  # some pixels are always 0
    x, x_test = (np.clip((a - mean) / sd, -5, 5) for a in (x, x_test))
    for name in STARTS:
        rng = np.random.default_rng(SEED)
        net = build(name, 784, WIDTH, DEPTH, rng, TRIALS)
        loss = vgp.train(net, vgp.softmax_cross_entropy, vgp.SGD(RATE), x, labels, epochs=EPOCHS, batch=BATCH, rng=rng)
        accuracy = vgp.accuracy(net, x_test, labels_test)
        print(f"{name}: test accuracy {np.round(accuracy, 3)}, loss of the last epoch {loss[-1].round(3)}", flush=True)


def rates() -> None:
    """Forty layers of forty, inputs at the length at which critical tanh starts: loss at each rate, and the spread."""
    x, labels, _, _ = vgp.data.digits8(1500, dtype=np.float32)
    q = mf.q_fixed("tanh", sigma_w=SW, sigma_b=SB)
    small = x * np.float32(np.sqrt(q / (SW**2 * np.square(x).mean())))
    for name in STARTS:
        rng = np.random.default_rng(SEED)
        once = build(name, 64, R_SIZE, R_SIZE, rng, R_NETS)
        every = [layer.params for layer in once.layers if isinstance(layer, Dense)]
        layers = []
        for params in every:
            layers += [Dense(*(np.tile(params[k], (len(RATES), 1, 1)) for k in "Wb")), Elementwise(STARTS[name][0])]
        net, own = Sequential(layers[:-1]), np.repeat(RATES, R_NETS).astype(np.float32)[:, None, None]
        curve, rule = [], vgp.SGD(1.0)
        for _ in range(R_STEPS):
            pick = np.tile(rng.integers(len(x), size=(R_NETS, 16)), (len(RATES), 1))
            y, cache = net.forward((x if name.startswith("SELU") else small)[pick])
            value, dy = vgp.softmax_cross_entropy(y, labels[pick])
            with np.errstate(all="ignore"):  # too high a rate may diverge
                rule.step(net.params, net.backward(dy * own, cache, to_input=False)[1])
            curve.append(value)
        last = np.array(curve)[-25:].mean(axis=0).reshape(len(RATES), R_NETS)
        said = [f"{r:g}: {a.mean():.2f} ({a.min():.2f} to {a.max():.2f})" for r, a in zip(RATES, last, strict=True)]
        print(f"{name}: loss of updates {R_STEPS - 24} to {R_STEPS}, by rate: " + "   ".join(said), flush=True)


def spectra() -> None:
    """Relative variance of the squared singular values of tanh nets, and the formula."""
    q = mf.q_fixed("tanh", sigma_w=SW, sigma_b=SB)
    for name in ("tanh, Gaussian", "tanh, orthogonal"):
        rng, found = np.random.default_rng(SEED), []
        for _ in range(S_NETS):
            activation, weights, bias = STARTS[name]
            options = {"depth": S_DEPTH, "activation": activation, "init": weights, "bias": bias}
            net = vgp.mlp(S_WIDTH, S_WIDTH, 1, **options, rng=rng)
            x = rng.standard_normal((1, S_WIDTH))
            x *= np.sqrt(q / np.square(net.layers[0].forward(x)[0]).mean())
            _, cache = net.forward(x)
            each = [
                layer.activation.df(kept)[0][:, None] * dense.params["W"].T
                for dense, layer, (_, kept) in zip(net.layers[::2], net.layers[1::2], cache[1::2], strict=False)
            ]
            squares = np.exp(2 * product_log_singular_values(each))
            found.append(squares.var() / squares.mean() ** 2)
        formula = phases.spectrum_variance(q, "tanh", depth=S_DEPTH, orthogonal="orthogonal" in name)
        print(
            f"{name}: relative variance {np.round(found, 3)}, mean {np.mean(found):.3g}, "
            f"standard error {np.std(found, ddof=1) / S_NETS**0.5:.2g}, formula {formula:.3g}",
            flush=True,
        )


if __name__ == "__main__":
    spectra()
    rates()
    training()
    puzzle()
