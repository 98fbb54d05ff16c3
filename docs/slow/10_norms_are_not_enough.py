"""Chapter 10 at full size: Géron's two nets on our digits, the puzzle at width 1000, and spectra of several nets.

Prints the numbers that the chapter prints for its smaller nets. About five minutes on one core.
"""

import numpy as np

import vgp
from vgp import product_log_singular_values
from vgp.init import bias_normal, orthogonal, scaled_normal
from vgp.theory import meanfield as mf
from vgp.theory import phases

SEED = 1
SW, SB = 1.05**0.5, 2.01e-5**0.5
STARTS = {
    "ReLU, He": ("relu", "he", "zeros"),
    "SELU, LeCun": ("selu", "lecun", "zeros"),
    "tanh, Gaussian": ("tanh", scaled_normal(SW), bias_normal(SB)),
    "tanh, orthogonal": ("tanh", orthogonal(SW), bias_normal(SB)),
}
WIDE, WIDE_NETS, DEPTH = 1000, 4, 100  # the puzzle, one net at a time
IMAGES, WIDTH, BATCH, RATE, EPOCHS, TRIALS = 10_000, 100, 32, 1e-3, 5, 3  # Géron: 55,000 images of clothes
S_WIDTH, S_DEPTH, S_NETS = 200, 50, 8


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
    for name, (activation, weights, bias) in STARTS.items():
        rng = np.random.default_rng(SEED)
        options = {"depth": DEPTH, "activation": activation, "init": weights, "bias": bias}
        net = vgp.mlp(784, WIDTH, 10, **options, rng=rng, seeds=TRIALS, dtype=np.float32)
        loss = vgp.train(net, vgp.softmax_cross_entropy, vgp.SGD(RATE), x, labels, epochs=EPOCHS, batch=BATCH, rng=rng)
        accuracy = vgp.accuracy(net, x_test, labels_test)
        print(f"{name}: test accuracy {np.round(accuracy, 3)}, loss of the last epoch {loss[-1].round(3)}", flush=True)


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
            f"{name}: relative variance {np.round(found, 3)}, mean {np.mean(found):.3g}, formula {formula:.3g}",
            flush=True,
        )


if __name__ == "__main__":
    spectra()
    training()
    puzzle()
