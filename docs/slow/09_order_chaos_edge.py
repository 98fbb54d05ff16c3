"""Chapter 9 at full size: chi and the depth scale in nets of width 1000, and the training map on a finer grid.

Prints the numbers that the chapter prints for its smaller nets. About three minutes on one core.
"""

import numpy as np

import vgp
from vgp.init import bias_normal
from vgp.theory import meanfield as mf
from vgp.theory import phases

SEED = 1
SIGMA_B = 0.05**0.5
CRITICAL = phases.critical_sigma_w("tanh", sigma_b=SIGMA_B)
WIDTH, DEPTH, NETS, INPUTS = 1000, 30, 8, 6  # init: as in evidence of Schoenholz et al.
START = (0.0, 0.9)  # correlations of the inputs
POINTS = {  # (sigma_w, sigma_b)
    **{f"tanh, sw2 = {s:g}": (s**0.5, SIGMA_B) for s in (1.0, 1.4, 2.2, 3.0, 4.0)},
    **{f"tanh, {f:g} of critical sw2": (f**0.5 * CRITICAL, SIGMA_B) for f in (0.9, 1.0, 1.1)},
    **{f"tanh, (sw, sb) = {p}": p for p in ((1.2, 0.3), (1.5, 0.3), (2.0, 0.1))},
}
MAP_WIDTH, BATCH, STEPS = 100, 32, (100, 200, 400)
MAP_DEPTHS = (4, 6, 9, 13, 19, 28, 40, 60)
MAP_SW2 = (0.6, 0.8, 1.0, 1.4, CRITICAL**2, 2.2, 3.0, 4.0, 6.0)
RATES, TRIALS = (0.003, 0.01, 0.05), 2
TRAINS = 0.5  # accuracy above which a net counts as trained


def at_init() -> None:
    """Norm factor, depth scale and length at every point; all points share the weights, which are drawn once."""
    rng = np.random.default_rng(SEED)
    unit = np.linalg.qr(rng.standard_normal((NETS, WIDTH, INPUTS + 1)))[0].swapaxes(1, 2) * WIDTH**0.5
    x = np.concatenate([c**0.5 * unit[:, :1] + (1 - c) ** 0.5 * unit[:, 1:] for c in START], axis=1)
    rows = x.shape[1]
    sw, sb = (np.repeat(v, rows).astype(np.float32)[:, None] for v in zip(*POINTS.values(), strict=True))
    q = [mf.q_fixed("tanh", sigma_w=w, sigma_b=b) for w, b in POINTS.values()]
    sizes = [((one - b * b) / w**2) ** 0.5 for one, (w, b) in zip(q, POINTS.values(), strict=True)]
    h = (np.tile(x, (1, len(POINTS), 1)) * np.repeat(sizes, rows)[:, None]).astype(np.float32)
    Ws, slopes, c, lengths = [], [], [], []
    for _ in range(DEPTH):
        W = rng.standard_normal((NETS, WIDTH, WIDTH), dtype=np.float32) / np.float32(WIDTH**0.5)
        z = sw * (h @ W) + sb * rng.standard_normal((NETS, 1, WIDTH), dtype=np.float32)
        h = np.tanh(z)
        Ws.append(W)
        slopes.append(1 - h * h)
        groups = z.reshape(NETS, len(POINTS), len(START), INPUTS, WIDTH)
        lengths.append(np.square(groups).mean(axis=(2, 3, 4)))
        u = groups / np.linalg.norm(groups, axis=-1, keepdims=True)
        c.append((INPUTS * np.square(u.mean(axis=-2)).sum(axis=-1) - 1) / (INPUTS - 1))
    dz = rng.standard_normal(h.shape, dtype=np.float32) * slopes[-1]
    last = np.square(dz).sum(axis=-1)
    for W, slope in zip(Ws[:0:-1], slopes[-2::-1], strict=True):
        dz = sw * (dz @ W.swapaxes(1, 2)) * slope
    shape = (NETS, len(POINTS), rows)
    ratio = np.square(dz).sum(axis=-1).reshape(shape).mean(-1) / last.reshape(shape).mean(-1)
    gap = (np.array(c)[..., 1] - np.array(c)[..., 0]).astype(float)  # (layers, nets, points)
    print("point; chi: theory, measured (SE); q: theory, measured; xi: limit, in these layers, measured (95 %)")
    for p, (name, (w, b)) in enumerate(POINTS.items()):
        f = ratio[:, p].mean() ** (1 / (DEPTH - 1))
        se = f * ratio[:, p].std(ddof=1) / NETS**0.5 / ratio[:, p].mean() / (DEPTH - 1)
        starts = [(c0 * (q[p] - b * b) + b * b) / q[p] for c0 in START]
        low, high = (mf.c_path(c1, q[p], "tanh", depth=DEPTH, sigma_w=w, sigma_b=b) for c1 in starts)
        window = np.flatnonzero((high - low > 0.02 * (high - low)[0]) & (np.arange(DEPTH) >= 4))

        def scale(values: np.ndarray, window: np.ndarray = window) -> float:
            return -1 / np.polyfit(window, np.log(np.abs(values[window])), 1)[0]

        rates = np.array([1 / scale(np.delete(gap[:, :, p], i, axis=1).mean(axis=1)) for i in range(NETS)])
        middle, half = 1 / scale(gap[:, :, p].mean(axis=1)), 1.96 * np.sqrt((NETS - 1) * rates.var())
        ph = phases.phase("tanh", sigma_w=w, sigma_b=b)
        ends = f"{1 / (middle + half):.2f} to {1 / max(middle - half, 1e-9):.3g}"
        print(
            f"{name:26s} {ph.chi:.4f} {f:.4f} ({se:.4f})   {ph.q:.4f} {np.array(lengths)[5:, :, p].mean():.4f}   "
            f"{ph.xi_c:9.3g} {scale(high - low):.2f} {1 / middle:.2f} ({ends})"
        )


def training_map() -> None:
    """Training accuracy, best of the rates, by depth and weight variance, and the deepest nets that train."""
    x, labels, _, _ = vgp.data.digits8(1500, 1, dtype=np.float32)
    rng = np.random.default_rng(SEED)
    grid = (len(MAP_SW2), len(RATES), TRIALS)
    sw = np.broadcast_to(np.sqrt(MAP_SW2)[:, None, None], grid).reshape(-1, 1, 1).astype(np.float32)
    rate = np.broadcast_to(np.array(RATES)[:, None], grid).reshape(-1, 1, 1).astype(np.float32)

    def scaled_loss(y: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, dy = vgp.softmax_cross_entropy(y, target)
        return value, rate * dy

    best = {steps: np.empty((len(MAP_DEPTHS), len(MAP_SW2), TRIALS)) for steps in STEPS}
    for i, depth in enumerate(MAP_DEPTHS):
        options = {"depth": depth, "activation": "tanh", "bias": bias_normal(SIGMA_B), "seeds": len(sw)}
        net = vgp.mlp(64, MAP_WIDTH, 10, **options, rng=rng, dtype=np.float32)
        for l in range(depth):
            net.params[f"{2 * l}.W"] *= sw

        def look(step: int, _value: np.ndarray, _grads: dict, i: int = i, net: vgp.Sequential = net) -> bool:
            if step in STEPS:
                best[step][i] = vgp.accuracy(net, x[:500], labels[:500]).reshape(grid).max(axis=1)
            return step >= STEPS[-1]

        epochs = STEPS[-1] * BATCH // len(x) + 2
        vgp.train(net, scaled_loss, vgp.SGD(1.0), x, labels, epochs=epochs, batch=BATCH, rng=rng, on_step=look)
    scales = [phases.phase("tanh", sigma_w=s**0.5, sigma_b=SIGMA_B) for s in MAP_SW2]
    for steps in STEPS:
        print(f"\nafter {steps} steps; columns sw2 =", np.round(MAP_SW2, 2))
        for depth, row in zip(MAP_DEPTHS, best[steps], strict=True):
            print(f"D = {depth:2d}", *(f"{a:.2f}/{b:.2f}" for a, b in row))
        for p, s in enumerate(MAP_SW2):
            deep = [d for d, row in zip(MAP_DEPTHS, best[steps], strict=True) if row[p].mean() >= TRAINS]
            next_ = MAP_DEPTHS[min(len(deep), len(MAP_DEPTHS) - 1)]
            top, xi_g = (deep or [0])[-1], abs(1 / np.log(scales[p].chi))
            print(
                f"sw2 = {s:.2f}: trains to between {top} and {next_}; in xi_c {top / scales[p].xi_c:.2g} to "
                f"{next_ / scales[p].xi_c:.2g}; in 1/|ln chi| {top / xi_g:.2g} to {next_ / xi_g:.2g}"
            )


if __name__ == "__main__":
    at_init()
    training_map()
