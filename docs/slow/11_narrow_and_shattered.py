"""Chapter 11 at full size: more and wider nets, real nets of 200 and 500 units, the notebook's experiment with 30 nets,
the three classes of luck with 1,500 nets, and what beta costs with 40 nets of each shape and four times the updates.

Prints the numbers that the chapter prints for its smaller runs. About six minutes on one core.
"""

import numpy as np

import vgp
from vgp.theory import meanfield as mf
from vgp.theory import narrow, width_path

SEED = 1
HE = 2**0.5
SHAPES = {(20, 20): 3000, (50, 50): 3000, (100, 50): 1000, (20, 100): 3000}  # (width, depth): nets, backward
POINTS, UNITS, NETS, DEPTH = 256, 200, 30, 50  # the notebook's experiment, each stage at depths 24 and 50
STAGES = {  # sigma_w; sd of weights and biases in layer 1; sd of all other biases; centred?
    "notebook": (1.0, UNITS**-0.5, UNITS**-0.5, UNITS**-0.5, False),
    "+ He": (HE, UNITS**-0.5, UNITS**-0.5, UNITS**-0.5, False),
    "+ layer 1 of size one": (HE, 1.0, 1.0, UNITS**-0.5, False),
    "+ no deeper biases": (HE, 1.0, 1.0, 0.0, False),
    "+ centred units": (HE, 1.0, 1.0, 0.0, True),
    "notebook, no deeper biases": (1.0, UNITS**-0.5, UNITS**-0.5, 0.0, False),
}
REAL = {100: 256, 200: 256, 500: 96}  # width: He nets with 8 orthogonal inputs
LAYERS = (2, 5, 10, 20)


def jackknife(both: np.ndarray, own: np.ndarray) -> tuple[float, float]:
    """Ratio of the sums over nets, and its standard error."""
    without = (both.sum() - both) / (own.sum() - own)
    return float(both.sum() / own.sum()), float(np.sqrt((len(both) - 1) * without.var()))


def laws() -> None:
    for (n, depth), nets in SHAPES.items():
        rng, logs = np.random.default_rng(SEED), []
        for _ in range(nets // 50):
            W = [np.float32(HE / n**0.5) * rng.standard_normal((50, n, n), dtype=np.float32) for _ in range(depth + 1)]
            h, on = rng.standard_normal((50, 1, n), dtype=np.float32), []
            for w in W[:-1]:
                z = h @ w
                on.append(z > 0)
                h = z * on[-1]
            d = dy = rng.standard_normal((50, 1, n), dtype=np.float32)
            for w, active in zip(W[:0:-1], on[::-1], strict=True):
                d = (d @ w.mT) * active
            logs.append(2 * np.log(np.linalg.norm(d, axis=(1, 2)) / np.linalg.norm(dy, axis=(1, 2))))
        a = np.concatenate(logs).astype(float)
        mean, variance = narrow.log_path([n] * depth)
        print(
            f"width {n}, depth {depth}, {nets} nets: mean {a.mean():.3f} (se {a.std() / nets**0.5:.3f}),"
            f" exact {mean:.3f};"
            f" variance {a.var(ddof=1):.2f}, exact {variance:.2f}; median norm {np.exp(np.median(a) / 2):.3g}"
        )


def notebook() -> None:
    grid = np.arange(-2, 2, 4 / POINTS, dtype=np.float32)[:, None]
    for name, (sigma_w, first_w, first_b, other_b, centred) in STAGES.items():
        rows: dict[int, list[np.ndarray]] = {24: [], DEPTH: []}
        for seed in range(NETS // 5):
            rng = np.random.default_rng([SEED, seed])
            W = np.float32(first_w) * rng.standard_normal((5, 1, UNITS), dtype=np.float32)
            b = np.float32(first_b) * rng.standard_normal((5, 1, UNITS), dtype=np.float32)
            z, dz = grid * W + b, np.broadcast_to(W, (5, POINTS, UNITS))
            for l in range(1, DEPTH + 1):
                if centred and l > 1:
                    z = z - z.mean(axis=1, keepdims=True)
                h, dh = z * (z > 0), dz * (z > 0)
                sd = np.float32(sigma_w / UNITS**0.5)
                if l in rows:
                    rows[l].append((dh @ (sd * rng.standard_normal((5, UNITS, 1), dtype=np.float32)))[..., 0])
                W = sd * rng.standard_normal((5, UNITS, UNITS), dtype=np.float32)
                b = np.float32(other_b) * rng.standard_normal((5, 1, UNITS), dtype=np.float32)
                z, dz = h @ W + b, dh @ W
        for depth, parts in rows.items():
            s = np.concatenate(parts).astype(float)
            found = []
            for lag in (1, 4, 16):
                both, ends = (
                    (s[:, lag:] * s[:, :-lag]).sum(axis=1),
                    (s[:, lag:] ** 2 + s[:, :-lag] ** 2).sum(axis=1) / 2,
                )
                found.append("{:.3f} (se {:.3f})".format(*jackknife(both, ends)))
            size = np.exp(np.log(np.square(s).mean(axis=1)).mean() / 2)
            print(f"{name:27s} depth {depth}: rms {size:.2g}; correlation at lags 1, 4, 16: " + ", ".join(found))


def real() -> None:
    c = mf.c_path(0.0, 1.0, "relu", depth=max(LAYERS), sigma_w=HE)
    product = np.cumprod(1 - np.arccos(c) / np.pi)
    for n, nets in REAL.items():
        parts: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {L: [] for L in LAYERS}
        for seed in range(nets // 16):
            rng = np.random.default_rng([SEED, seed])
            h = (np.linalg.qr(rng.standard_normal((16, n, 8)))[0].mT * n**0.5).astype(np.float32)
            W, on = [], []
            for _ in range(max(LAYERS)):
                W.append(np.float32(HE / n**0.5) * rng.standard_normal((16, n, n), dtype=np.float32))
                z = h @ W[-1]
                on.append(z > 0)
                h = z * on[-1]
            for L in LAYERS:
                g = np.repeat(rng.standard_normal((16, 1, n), dtype=np.float32), 8, axis=1)
                for l in range(L - 1, -1, -1):
                    g = (g * on[l]) @ W[l].mT
                own = np.square(g).sum(axis=(1, 2))
                parts[L].append(((np.square(g.sum(axis=1)).sum(axis=1) - own) / 7, own))
        for L, pairs in parts.items():
            value, se = jackknife(*(np.concatenate(v).astype(float) for v in zip(*pairs, strict=True)))
            print(
                f"real net, width {n}, {L} layers: {value:.4f} (se {se:.4f}),"
                f" infinite width {product[L - 1]:.4f}, 2^-L {2.0**-L:.2g}"
            )


def classes(n: int = 64, nets: int = 1500, depth: int = 33) -> None:
    """n Var(ln m) by layer, m the mean of z^2 over the units, beside its first order in 1/n."""
    starts = {"identity": (1.0, 1.0), "relu": (2.0, HE), "tanh": (1.0, 1.0)}  # q_1, sigma_w
    found: dict[str, list[list[np.ndarray]]] = {name: [] for name in starts}
    rng = np.random.default_rng([SEED, 1])
    for _ in range(nets // 50):
        x = rng.standard_normal((50, 1, n), dtype=np.float32)
        x *= np.float32(n**0.5) / np.linalg.norm(x, axis=-1, keepdims=True)
        W = [rng.standard_normal((50, n, n), dtype=np.float32) / np.float32(n**0.5) for _ in range(depth)]
        for name, (_, sigma_w) in starts.items():
            phi, h, logs = vgp.activations.get(name), x, []
            for w in W:
                z = np.float32(sigma_w) * (h @ w)
                h = phi.f(z)
                logs.append(np.log(np.square(z).mean(axis=(1, 2))))
            found[name].append(logs)
    for name, (q_1, sigma_w) in starts.items():
        rows = np.concatenate(found[name], axis=1).astype(float)
        first = width_path(q_1, name, depth=depth, sigma_w=sigma_w)
        told = ", ".join(f"{n * rows[l - 1].var(ddof=1):.1f} ({first[l - 1]:.1f})" for l in (9, 17, 25, 33))
        print(f"{name:9s} n Var(ln m) in layers 9, 17, 25, 33 (first order): {told}")


def cost(nets: int = 40, batch: int = 16) -> None:
    """Training accuracy by width and depth, best of four rates, after 400 and after 1,600 updates."""
    rates, steps = (0.01, 0.03, 0.1, 0.3), (400, 1600)
    x, labels, _, _ = vgp.data.digits8(1500, 1, dtype=np.float32)
    rate = np.repeat(np.array(rates, np.float32), nets)[:, None, None]

    def loss(y: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, dy = vgp.softmax_cross_entropy(y, target)
        return value, rate * dy

    for n, depth in [(n, d) for n, depths in PLANS.items() for d in depths]:
        rng, seen = np.random.default_rng([SEED, n, depth, 3]), {}
        net = vgp.mlp(64, n, 10, depth=depth, activation="relu", init="he", rng=rng, seeds=len(rate), dtype=np.float32)

        def look(step: int, _value: np.ndarray, _grads: dict, net: vgp.Sequential = net, seen: dict = seen) -> bool:
            if step in steps:
                seen[step] = 100 * vgp.accuracy(net, x[:500], labels[:500]).reshape(len(rates), nets)
            return step >= steps[-1]

        with np.errstate(all="ignore"):  # some nets diverge at the largest rate
            epochs = steps[-1] * batch // len(x) + 2
            vgp.train(net, loss, vgp.SGD(1.0), x, labels, epochs=epochs, batch=batch, rng=rng, on_step=look)
        best = {step: rows[rows.mean(axis=1).argmax()] for step, rows in seen.items()}
        told = "; ".join(
            f"after {k} updates {v.mean():.0f} % (se {v.std(ddof=1) / nets**0.5:.1f}), {(v > 50).sum()} nets above half"
            for k, v in best.items()
        )
        print(f"width {n}, depth {depth}, beta {depth / n:.2f}: {told}", flush=True)


PLANS = {8: (2, 4, 8, 16), 16: (4, 8, 16, 24), 32: (8, 16, 24), 64: (16,)}  # width: depths

if __name__ == "__main__":
    laws()
    notebook()
    real()
    classes()
    cost()
