"""Chapter 6 at full size: three rules at width 500, a hundred tanh layers, the stall with its interventions, starts.

Prints what the chapter prints for its smaller nets, and the tables that it quotes from here.
About half an hour on one core; `python 06_how_big_to_start.py stall starts` runs these two parts alone.
"""

import json
import sys

import numpy as np

import vgp
from vgp import SGD, Adam, Dense, Elementwise, Momentum, Sequential, accuracy, clip_by_norm, dead_share, train
from vgp.activations import Activation
from vgp.theory import meanfield as mf

SEED = 1
WIDTH, DEPTHS, NETS, BATCH = 500, (5, 10, 20, 30), 16, 16
GAINS = {"old uniform": 1 / 3, "LeCun, Glorot": 1.0, "He": 2.0}  # sigma_w^2
TANH_WIDTHS, TANH_DEPTH, TANH_NETS = (300, 600), 100, (80, 16)
STALL_WIDTH, STALL_NETS, STALL_EPOCHS, STALL_BATCH = 64, 20, 15, 50
MOMENTUM_RATE, ADAM_RATE, CLIP = 0.02, 1e-3, 1.0
START_DEPTH, START_WIDTH, START_NETS, START_EPOCHS = 30, 64, 10, 10
SGD_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)


def given(y, dy):
    """In place of a loss: the gradient for the output is dy."""
    return 0.0, dy


def unit_inputs(rng, n, rows=BATCH):
    """Gaussian inputs, each example with mean square 1, and output gradients."""
    x = rng.standard_normal((rows, n), dtype=np.float32)
    x /= np.sqrt(np.square(x).mean(axis=1, keepdims=True))
    return x, rng.standard_normal((rows, 10), dtype=np.float32)


def root_mean_square(ratio):
    """Over nets (first axis), with its standard error."""
    square = np.square(np.asarray(ratio, dtype=float))
    root = np.sqrt(square.mean(axis=0))
    return root, square.std(axis=0, ddof=1) / np.sqrt(len(square)) / (2 * root)


def rules():
    """Norm of delta, layer 1 over layer l, of three activations under three scales."""
    rng, ratios = np.random.default_rng(SEED), {}
    for _ in range(NETS):
        base = vgp.mlp(WIDTH, WIDTH, 10, depth=max(DEPTHS), rng=rng, dtype=np.float32)
        x, dy = unit_inputs(rng, WIDTH)
        for curve in ("sigmoid", "tanh", "relu"):
            for rule, gain in GAINS.items():
                layers = []
                for layer in base.layers[::2]:
                    layers += [Dense(np.float32(gain**0.5) * layer.params["W"], layer.params["b"]), Elementwise(curve)]
                delta = vgp.trace(Sequential(layers[:-1]), x, dy, given).delta.astype(float)
                ratios.setdefault((curve, rule), []).append([delta[0] / delta[d - 1] for d in DEPTHS])
    print(f"norm of delta, layer 1 over layer {DEPTHS}, width {WIDTH}, {NETS} nets: measured (s.e.), theory")
    for (curve, rule), values in ratios.items():
        root, se = root_mean_square(values)
        path = mf.gradient_path(GAINS[rule], curve, depth=max(DEPTHS), sigma_w=GAINS[rule] ** 0.5)
        for depth, v, e in zip(DEPTHS, root, se, strict=True):
            print(f"  {curve:8s}{rule:14s}{depth:3d}: {v:.4g} ({e:.2g}), {path[0] / path[depth - 1]:.4g}")


def hundred():
    """The power law of tanh under Glorot's rule."""
    path = mf.gradient_path(1.0, "tanh", depth=TANH_DEPTH, sigma_w=1.0)
    q = mf.q_path(1.0, "tanh", depth=TANH_DEPTH, sigma_w=1.0)
    for width, nets in zip(TANH_WIDTHS, TANH_NETS, strict=True):
        rng, rows = np.random.default_rng(SEED), []
        for _ in range(nets):
            options = {"depth": TANH_DEPTH, "activation": "tanh", "init": "glorot", "dtype": np.float32}
            t = vgp.trace(vgp.mlp(width, width, 10, rng=rng, **options), *unit_inputs(rng, width, 4), given)
            rows.append((t.delta[0] / t.delta[TANH_DEPTH - 1], t.z_rms[TANH_DEPTH - 1] ** 2))
        ratio, size = np.array(rows, dtype=float).T
        root, se = root_mean_square(ratio)
        print(
            f"tanh, {TANH_DEPTH} layers of {width}, {nets} nets: delta {root:.4f} ({se:.4f}), theory {path[0]:.4f};",
            end=" ",
        )
        print(f"geometric mean {np.exp(np.log(ratio).mean()):.4f};", end=" ")
        print(f"mean square {size.mean():.5f} ({size.std(ddof=1) / nets**0.5:.5f}), theory {q[-1]:.5f}")


def leaky(slope):
    """max(z, slope z); with slope 0 it is ReLU."""
    a = np.float32(slope)
    return Activation("leaky", lambda z: np.maximum(z, a * z), lambda z: np.where(z > 0, np.float32(1), a))


def stall():
    """Glorot's and He's rule in 10, 20 and 30 ReLU layers on the digits, and one thing changed at a time in 30.

    Prediction, before the run: the nets of 30 layers under Glorot's rule stay at guessing; so do those with a slope on
    the left, and those with biases held at 0. With the output multiplied by 2^(D/2), so that the function at step 0 is
    He's, and biases held at 0, they learn as He's do. Adam, which divides by the size of the gradient, learns too.
    """
    x, labels, *_ = vgp.data.digits8(dtype=np.float32)
    plain = {"gain": 1.0, "slope": 0.0, "held": False, "factor": 1.0, "adam": False}
    runs = {(depth, rule): plain | {"gain": g} for depth in (10, 20, 30) for rule, g in (("glorot", 1.0), ("he", 2.0))}
    for name, change in {
        "leaky": {"slope": 0.01},
        "held": {"held": True},
        "factor": {"factor": 2.0**15},
        "factor, held": {"factor": 2.0**15, "held": True},
        "he, held": {"gain": 2.0, "held": True},
        "adam": {"adam": True},
        "adam, leaky": {"adam": True, "slope": 0.01},
        "adam, held": {"adam": True, "held": True},
    }.items():
        runs[30, name] = plain | change
    for (depth, name), how in runs.items():
        options = {"depth": depth, "activation": leaky(how["slope"]), "seeds": STALL_NETS, "dtype": np.float32}
        net = vgp.mlp(64, STALL_WIDTH, 10, init="lecun", rng=np.random.default_rng([SEED, depth]), **options)
        for key, p in net.params.items():  # square layers: Glorot's rule, but for the first and the last
            if key.endswith("W"):
                p *= np.float32(how["gain"] ** 0.5 * (how["factor"] if p.shape[-1] == 10 else 1))

        def look(step, value, grads, how=how):
            if how["held"]:
                for key, g in grads.items():
                    if key.endswith("b"):
                        g[...] = 0
            if not how["adam"]:
                clip_by_norm(grads, CLIP)

        optimiser = Adam(ADAM_RATE) if how["adam"] else Momentum(MOMENTUM_RATE)
        settings = {"epochs": STALL_EPOCHS, "batch": STALL_BATCH, "rng": np.random.default_rng([SEED, depth, 1])}
        losses = train(net, vgp.softmax_cross_entropy, optimiser, x, labels, **settings, on_step=look)
        row = {"depth": depth, "net": name, "lowest loss of an epoch": losses.min(axis=0).round(3).tolist()}
        row |= {
            "silent": float(dead_share(net, x)[-1].mean().round(3)),
            "right": accuracy(net, x, labels).round(3).tolist(),
        }
        print(json.dumps(row), flush=True)


# (sigma_w^2, sigma_b^2, q_1): the half-stable points of GELU and SiLU, chi = dq'/dq = 1
CRITICAL = {"gelu": (1.98305826, 0.17292239, (3 + 17**0.5) / 2), "silu": (1.98800468, 0.55514317, 14.3201736)}


def starts():
    """Thirty layers of 64 on the digits: a framework's default, He's rule, the critical start; SGD and Adam.

    Prediction, before the run: at each one's best rate the order is default, He, critical, from worst to best, for SGD;
    under Adam the default is the worst and the other two are close.
    """
    x, labels, x_test, labels_test = vgp.data.digits8(dtype=np.float32)
    for curve, (gain, bias_variance, q_1) in CRITICAL.items():
        for start in ("default", "he", "critical"):
            for name, rate in (*(("SGD", r) for r in SGD_RATES), ("Adam", ADAM_RATE)):
                options = {"depth": START_DEPTH, "activation": curve, "seeds": START_NETS, "dtype": np.float32}
                init, bias = {"default": ("pytorch", "pytorch")}.get(start, ("he", "zeros"))
                rng = np.random.default_rng([SEED, START_DEPTH])
                net = vgp.mlp(64, START_WIDTH, 10, init=init, bias=bias, rng=rng, **options)
                if start == "critical":
                    size = float(np.square(x).mean())
                    for k, (key, p) in enumerate(net.params.items()):
                        if key.endswith("W"):
                            p *= np.float32(((q_1 - bias_variance) / size if k == 0 else gain) / 2) ** 0.5
                        elif p.shape[-1] != 10:
                            p[...] = bias_variance**0.5 * rng.standard_normal(p.shape)
                optimiser = SGD(rate) if name == "SGD" else Adam(rate)
                settings = {"epochs": START_EPOCHS, "batch": STALL_BATCH, "rng": np.random.default_rng([SEED, 1])}
                with np.errstate(over="ignore", invalid="ignore"):
                    losses = train(net, vgp.softmax_cross_entropy, optimiser, x, labels, **settings)
                    right = accuracy(net, x_test, labels_test)
                row = {"activation": curve, "start": start, "optimiser": name, "rate": rate}
                row |= {"test": right.round(3).tolist(), "loss": float(np.median(losses[-1]).round(3))}
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    for part in sys.argv[1:] or ("rules", "hundred", "stall", "starts"):
        {"rules": rules, "hundred": hundred, "stall": stall, "starts": starts}[part]()
