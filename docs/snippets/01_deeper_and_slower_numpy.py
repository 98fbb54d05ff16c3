"""How long does a sigmoid net of each depth stand at the loss of chance, ln K, before it starts to learn?"""

import numpy as np

K, N_IN, WIDTH, RATE, BATCH, EPOCHS = 10, 64, 30, 0.2, 32, 60


def updates_to_escape(x, labels, depth, rng, share=0.9):
    """First update at which the mean loss of the last ten batches is below share * ln K; None if there is none."""
    sizes = [x.shape[1], *[WIDTH] * depth, K]
    W = [rng.standard_normal(sizes[l : l + 2]) / np.sqrt(sizes[l]) for l in range(depth + 1)]
    b = [np.zeros(n) for n in sizes[1:]]
    losses = []
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for start in range(0, len(x), BATCH):
            chosen = order[start : start + BATCH]
            rows, h = np.arange(len(chosen)), [x[chosen]]
            for l in range(depth):
                h.append(1 / (1 + np.exp(-(h[-1] @ W[l] + b[l]))))
            y = h[-1] @ W[-1] + b[-1]
            p = np.exp(y - y.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            losses.append(-np.log(p[rows, labels[chosen]]).mean())
            if len(losses) >= 10 and np.mean(losses[-10:]) < share * np.log(K):
                return len(losses)
            p[rows, labels[chosen]] -= 1  # now the gradient for y, but for the factor 1/batch
            delta = p / len(chosen)
            for l in range(depth, -1, -1):
                dW, db = h[l].T @ delta, delta.sum(axis=0)
                delta = (delta @ W[l].T) * h[l] * (1 - h[l])  # unused at the input
                W[l] -= RATE * dW
                b[l] -= RATE * db
    return None


rng, labels = np.random.default_rng(1), np.arange(1500) % K
x = rng.standard_normal((K, N_IN))[labels] + rng.standard_normal((1500, N_IN))  # put your own data here
for depth in (1, 2, 3, 4):
    print(depth, "hidden layers:", updates_to_escape(x, labels, depth, np.random.default_rng(1)), "updates")
