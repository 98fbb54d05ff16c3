"""How long does a sigmoid net of each depth stand at the loss of a constant answer before it starts to learn?"""

import numpy as np
import torch

WIDTH, RATE, BATCH, EPOCHS = 30, 0.2, 32, 60


def build(sizes, rng):  # weights N(0, 1/fan_in) and biases 0, drawn by NumPy as in the other tab
    layers = []
    for l, n_out in enumerate(sizes[1:]):
        linear, n_in = torch.nn.Linear(sizes[l], n_out), sizes[l]
        linear.weight.data = torch.from_numpy(rng.standard_normal((n_in, n_out)).T / np.sqrt(n_in))
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*layers[:-1])


def updates_to_escape(x, labels, depth, rng, below=0.9):
    """First update at which ten batches cost less than `below` of what the class frequencies would, or None."""
    blind = -(torch.bincount(labels) / len(labels)).clamp(min=1e-12).log()  # best constant answer, by class
    net, losses = build([x.shape[1], *[WIDTH] * depth, len(blind)], rng).to(x), []
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for chosen in torch.from_numpy(rng.permutation(len(x))).split(BATCH):
            loss = torch.nn.functional.cross_entropy(net(x[chosen]), labels[chosen])
            losses.append((loss.item(), blind[labels[chosen]].mean().item()))
            mean, constant = np.mean(losses[-10:], axis=0)  # of the net, and of the constant answer
            if len(losses) >= 10 and mean < below * constant:
                return len(losses)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return None


rng, labels = np.random.default_rng(1), torch.arange(1500) % 10  # put your own data here
x = torch.from_numpy(rng.standard_normal((10, 64))[labels.numpy()] + rng.standard_normal((1500, 64)))
for depth in (1, 2, 3, 4):
    print(depth, "hidden layers:", updates_to_escape(x, labels, depth, np.random.default_rng(1)), "updates")
