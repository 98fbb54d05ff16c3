"""Chapter 1 with forty nets for each of one to six hidden layers: when does each escape from the loss of a blind net?

Prints, for the chapter's rate and batch and for a larger batch, how many nets escape within the budget, the quartiles
of the times to escape in updates, and the mean and standard deviation of their logarithms. A depth ends when all its
nets have escaped. About ten minutes on one core.
"""

import numpy as np

import vgp

SEED, NETS, WIDTH, WINDOW = 1, 40, 30, 10
CASES = {(0.5, 32): (1, 2, 3, 4, 5, 6), (0.5, 128): (3, 4, 5)}  # rate, batch: depths
BUDGET = 28_200  # updates: 600 epochs of batches of 32


def waits(depth, rate, batch, digits):
    """Updates until the mean loss of the last WINDOW batches is below 0.9 H(f), (NETS,); infinite if it never is."""
    share = np.bincount(digits.y_train) / len(digits.y_train)
    floor = -(share * np.log(share)).sum()
    rng = np.random.default_rng([SEED, depth])
    net = vgp.mlp(64, WIDTH, 10, depth=depth, rng=rng, seeds=NETS, dtype=np.float32)
    losses, found = [], np.full(NETS, np.inf)

    def watch(step, value, grads):
        losses.append(value)
        if len(losses) >= WINDOW:
            new = (np.mean(losses[-WINDOW:], axis=0) < 0.9 * floor) & np.isinf(found)
            found[new] = len(losses)
        return bool(np.isfinite(found).all()) or step + 1 >= BUDGET

    how = {"epochs": BUDGET, "batch": batch, "rng": rng, "on_step": watch}
    vgp.train(net, vgp.softmax_cross_entropy, vgp.SGD(rate), digits.x_train, digits.y_train, **how)
    return found


if __name__ == "__main__":
    digits = vgp.data.digits8(1500, dtype=np.float32)
    for (rate, batch), depths in CASES.items():
        for depth in depths:
            found = np.sort(waits(depth, rate, batch, digits))
            low, middle, high = found[[NETS // 4, NETS // 2, 3 * NETS // 4 - 1]]
            text = f"rate {rate}, batch {batch}, {depth} hidden layers: {np.isfinite(found).sum()} of {NETS};"
            text += f" quartiles {low:g}, {middle:g}, {high:g}"
            if np.isfinite(found).all():
                text += f"; logarithm {np.log(found).mean():.4f}, {np.log(found).std(ddof=1):.4f}"
            print(text, flush=True)
