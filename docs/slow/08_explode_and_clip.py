"""Chapter 8 at full size: the plateau with every rule at every rate, so that each rule has its best one.

Four sigmoid layers of 30, 40 nets a row, as in the chapter: for each rule and rate the median epochs until a net
leaves chance level, and how many of the 40 do within 20 epochs. The last two rules take clipping by value apart:
'shares' gives each array the length that clipping by value would leave it and keeps its direction, 'signs' does the
opposite. About five minutes on one core.
"""

import numpy as np

import vgp
from vgp import SGD, clip_by_norm, clip_by_value, mlp, train

SEED, NETS, EPOCHS, PER_EPOCH = 1, 40, 20, 47
RATES = (0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 10.0, 20.0)


def lengths(arrays):
    """The norm of each array of each net."""
    return {key: np.sqrt(np.square(g, dtype=float).sum(axis=(-2, -1), keepdims=True)) for key, g in arrays.items()}


def shares(grads, limit):
    cut = lengths({key: np.clip(g, -limit, limit) for key, g in grads.items()})
    for key, size in lengths(grads).items():
        grads[key] *= (cut[key] / np.maximum(size, 1e-30)).astype(np.float32)


def signs(grads, limit):
    """Turn each array as clipping by value does; leave its share, and give the whole the length after clipping."""
    before = lengths(grads)
    clip_by_value(grads, limit)
    after = lengths(grads)
    whole = [np.sqrt(sum(size**2 for size in part.values())) for part in (before, after)]
    for key, g in grads.items():
        g *= (before[key] / np.maximum(after[key], 1e-30) * whole[1] / whole[0]).astype(np.float32)


RULES = {
    "no clipping": (None, 0.0),
    **{f"norm <= {limit}": (clip_by_norm, limit) for limit in (0.1, 0.3, 1.0, 3.0)},
    **{f"entries <= {limit}": (clip_by_value, limit) for limit in (0.001, 0.003, 0.01)},
    "shares of entries <= 0.001": (shares, 0.001),
    "signs of entries <= 0.001": (signs, 0.001),
}


def wait(rate, rule, limit, digits):
    """Epochs until each net leaves chance level; infinite: not within the budget."""
    rng = np.random.default_rng(SEED)
    net = mlp(64, 30, 10, depth=4, rng=rng, seeds=NETS, dtype=np.float32)
    escape, losses = np.full(NETS, np.inf), []

    def watch(step, value, grads):
        losses.append(value)
        low = np.mean(losses[-10:], axis=0) < 0.9 * np.log(10)
        escape[low & np.isinf(escape) & (step >= 9)] = (step + 1) / PER_EPOCH
        if rule:
            rule(grads, limit)
        return bool(np.isfinite(escape).all())

    with np.errstate(over="ignore"):
        train(
            net, vgp.softmax_cross_entropy, SGD(rate), digits.x_train, digits.y_train,
            epochs=EPOCHS, batch=32, rng=rng, on_step=watch,
        )  # fmt: skip
    return escape


if __name__ == "__main__":
    digits = vgp.data.digits8(1500, 2000, dtype=np.float32)
    print(f"median epochs until escape (nets of {NETS} that escape within {EPOCHS})")
    print(f"{'rate':28s}" + "".join(f"{rate:>12g}" for rate in RATES))
    for name, (rule, limit) in RULES.items():
        row = [wait(rate, rule, limit, digits) for rate in RATES]
        cells = [f"{np.median(e):.3g} ({np.isfinite(e).sum()})" for e in row]
        print(f"{name:28s}" + "".join(f"{cell:>12s}" for cell in cells), flush=True)
