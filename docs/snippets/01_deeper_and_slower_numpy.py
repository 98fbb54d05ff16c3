"""How long does a sigmoid net of each depth stand at the loss of a constant answer before it starts to learn?"""

import numpy as np

WIDTH, RATE, BATCH, EPOCHS = 30, 0.2, 32, 60


def updates_to_escape(x, labels, depth, rng, below=0.9):
    """First update at which ten batches cost less than `below` of what the class frequencies would, or None."""
    blind = -np.log(np.maximum(np.bincount(labels) / len(labels), 1e-12))  # best constant answer, by class
    sizes = [x.shape[1], *[WIDTH] * depth, len(blind)]
    W = [rng.standard_normal(sizes[l : l + 2]) / np.sqrt(sizes[l]) for l in range(depth + 1)]
    b, losses = [np.zeros(n) for n in sizes[1:]], []
    for _ in range(EPOCHS):
        for chosen in np.split(rng.permutation(len(x)), range(BATCH, len(x), BATCH)):
            rows, h = np.arange(len(chosen)), [x[chosen]]
            for l in range(depth):
                h.append(1 / (1 + np.exp(-(h[-1] @ W[l] + b[l]))))
            y = h[-1] @ W[-1] + b[-1]
            p = np.exp(y - y.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            losses.append((-np.log(p[rows, labels[chosen]]).mean(), blind[labels[chosen]].mean()))
            mean, constant = np.mean(losses[-10:], axis=0)  # of the net, and of the constant answer
            if len(losses) >= 10 and mean < below * constant:
                return len(losses)
            p[rows, labels[chosen]] -= 1  # now the gradient for y, but for the factor 1/batch
            delta = p / len(chosen)
            for l in range(depth, -1, -1):
                dW, db = h[l].T @ delta, delta.sum(axis=0)
                delta = (delta @ W[l].T) * h[l] * (1 - h[l])  # unused at the input
                W[l] -= RATE * dW
                b[l] -= RATE * db
    return None


rng, labels = np.random.default_rng(1), np.arange(1500) % 10
x = rng.standard_normal((10, 64))[labels] + rng.standard_normal((1500, 64))  # put your own data here
for depth in (1, 2, 3, 4):
    print(depth, "hidden layers:", updates_to_escape(x, labels, depth, np.random.default_rng(1)), "updates")
