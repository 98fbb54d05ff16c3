"""Chapter 3 with forty nets of each depth through five hundred updates: where do Nielsen's curves lie among them?

Prints, for two, three and four hidden layers, the smallest ratio of learning speeds (last hidden layer over first) of
forty nets beside the one in Nielsen's file, and the share of the updates at which his ratio lies within, below and
above the range of the forty. Then the same for two layers on all pixels, of which the chapter keeps the principal axes.
About three minutes on one core.
"""

import numpy as np

from vgp import SGD, activations, data, mlp
from vgp.book import published

SEED, NETS, CHUNK, WIDTH, IMAGES, UPDATES, AXES, RATE = 1, 40, 10, 30, 1000, 500, 100, 0.1
DECAY = 5.0 / IMAGES


def ratios(depth, x, digits):
    """Last hidden layer over first, (update, net), as in the chapter: turned images, full batches, weight decay."""
    rng, found = np.random.default_rng([SEED, depth]), []
    sigmoid, target = activations.get("sigmoid").f, np.eye(10, dtype=np.float32)[digits]
    for _ in range(NETS // CHUNK):
        start = {"init": "lecun", "bias": "normal", "rng": rng, "seeds": CHUNK, "dtype": np.float32}
        net = mlp(x.shape[1], WIDTH, 10, depth=depth, **start)
        net.params["0.W"] *= np.float32(np.sqrt(x.shape[1] / 784))
        rule, rows = SGD(RATE, decay=DECAY), []
        for _ in range(UPDATES):
            y, cache = net.forward(x)
            _, grads = net.backward((sigmoid(y) - target) / IMAGES, cache, to_input=False)
            first, last = (np.linalg.norm(grads[f"{2 * l}.b"], axis=(-1, -2)) for l in (0, depth - 1))
            rows.append(last / first)
            rule.step(net.params, grads)
        found.append(rows)
    return np.concatenate([np.array(rows) for rows in found], axis=1)


if __name__ == "__main__":
    pixels, digits, _, _ = data.mnist(IMAGES, dtype=np.float32)
    axes = np.linalg.svd(pixels, full_matrices=False)[2][:AXES]
    for depth, x in ((2, pixels @ axes.T), (3, pixels @ axes.T), (4, pixels @ axes.T), (2, pixels)):
        ours, his = ratios(depth, x, digits), np.array(published(f"nielsen2015-curves-{depth}"))
        his = his[:UPDATES, -1] / his[:UPDATES, 0]
        least = np.sort(ours.min(axis=0))
        below, above = (his < ours.min(axis=1)).mean(), (his > ours.max(axis=1)).mean()
        text = f"{depth} hidden layers, {x.shape[1]} inputs: smallest ratio {least[0]:.3g} to {least[-1]:.3g}, median"
        text += f" {np.median(least):.3g}; Nielsen {his.min():.3g}, above {(least < his.min()).sum()} of {NETS};"
        text += " his ratio is within the range at"
        print(text, f"{100 * (1 - below - above):.0f} % of the updates, above it at {100 * above:.0f} %", flush=True)
