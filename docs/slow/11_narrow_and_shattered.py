"""Chapter 11 at full size: more and wider nets, real nets of 200 and 500 units, the notebook's experiment with 30 nets.

Prints the numbers that the chapter prints for its smaller runs. About two minutes on one core.
"""

import numpy as np

from vgp.theory import meanfield as mf
from vgp.theory import narrow

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


if __name__ == "__main__":
    laws()
    notebook()
    real()
