"""Chapter 6 at full size: three rules at width 500, a hundred tanh layers, Jacobians of 1000 units, and the stall.

Prints the numbers that the chapter prints for its smaller nets. A few minutes on one core.
"""

import numpy as np

import vgp
from vgp import Dense, Elementwise, Momentum, Sequential, accuracy, clip_by_norm, dead_share, train
from vgp.theory import meanfield as mf

SEED = 1
WIDTH, DEPTHS, NETS, BATCH = 500, (5, 10, 20, 30), 16, 16
GAINS = {"old uniform": 1 / 3, "LeCun, Glorot": 1.0, "He": 2.0}  # sigma_w^2
TANH_WIDTHS, TANH_DEPTH, TANH_NETS = (300, 600), 100, (80, 16)
JACOBIAN_WIDTHS, JACOBIAN_LAYERS, JACOBIAN_NETS = (500, 1000), 5, (6, 1)
SPIRAL_DEPTHS, SPIRAL_WIDTH, SPIRAL_SEEDS = (10, 20, 30), 64, 5
STEPS, SPIRAL_BATCH, RATE, CLIP = 1500, 32, 0.01, 1.0


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


def jacobians():
    """Mean singular value of tanh layers, activation to activation."""
    for width, nets in zip(JACOBIAN_WIDTHS, JACOBIAN_NETS, strict=True):
        for gain in (1.0, 1 / 3):
            rng, rows = np.random.default_rng(SEED), []
            for _ in range(nets):
                h, row = unit_inputs(rng, width, 1)[0], []
                for _ in range(JACOBIAN_LAYERS):
                    W = rng.uniform(-1, 1, (width, width)) * np.sqrt(3 * gain / width)
                    h = np.tanh(h @ W)
                    row.append(np.linalg.svd(W * (1 - h**2), compute_uv=False).mean())
                rows.append(row)
            print(
                f"mean singular value by layer, tanh, n Var W = {gain:.2f}, n = {width}:",
                np.mean(rows, axis=0).round(3),
            )


def stall():
    """Glorot against He on three spirals."""
    x, labels = vgp.data.spirals(600, rng=np.random.default_rng(SEED))
    x = x.astype(np.float32)
    for depth in SPIRAL_DEPTHS:
        for rule in ("glorot", "he"):
            options = {"depth": depth, "activation": "relu", "init": rule, "seeds": SPIRAL_SEEDS, "dtype": np.float32}
            net = vgp.mlp(2, SPIRAL_WIDTH, 3, rng=np.random.default_rng(SEED), **options)

            def look(step, value, grads):
                clip_by_norm(grads, CLIP)
                return step >= STEPS

            how = {
                "epochs": 1 + STEPS // 18,
                "batch": SPIRAL_BATCH,
                "rng": np.random.default_rng(SEED),
                "on_step": look,
            }
            train(net, vgp.softmax_cross_entropy, Momentum(RATE), x, labels, **how)
            loss, dead = vgp.softmax_cross_entropy(net.forward(x)[0], labels)[0], dead_share(net, x)[-1]
            print(
                f"spirals, {depth} layers, {rule:6s} after {STEPS} steps: right",
                accuracy(net, x, labels).round(3),
                end=" ",
            )
            print("loss", loss.round(3), "silent in the top layer", dead.round(2))


if __name__ == "__main__":
    rules()
    hundred()
    jacobians()
    stall()
