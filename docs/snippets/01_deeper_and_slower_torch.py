"""How long does a sigmoid net of each depth stand at the loss of chance, ln K, before it starts to learn?"""

import numpy as np
import torch

K, N_IN, WIDTH, RATE, BATCH, EPOCHS = 10, 64, 30, 0.2, 32, 60


def build(depth, rng):
    """Sigmoid net with weights N(0, 1/fan_in) and biases 0, drawn by NumPy as in the other tab."""
    sizes, layers = [N_IN, *[WIDTH] * depth, K], []
    for l in range(depth + 1):
        linear = torch.nn.Linear(*sizes[l : l + 2], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(rng.standard_normal(sizes[l : l + 2]).T / np.sqrt(sizes[l])))
            linear.bias.zero_()
        layers += [linear, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*layers[:-1])


def updates_to_escape(x, labels, depth, rng, share=0.9):
    """First update at which the mean loss of the last ten batches is below share * ln K; None if there is none."""
    net, losses = build(depth, rng), []
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for chosen in torch.from_numpy(rng.permutation(len(x))).split(BATCH):
            loss = torch.nn.functional.cross_entropy(net(x[chosen]), labels[chosen])
            losses.append(loss.item())
            if len(losses) >= 10 and np.mean(losses[-10:]) < share * np.log(K):
                return len(losses)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return None


rng, labels = np.random.default_rng(1), torch.arange(1500) % K  # put your own data here
x = torch.from_numpy(rng.standard_normal((K, N_IN))[labels.numpy()] + rng.standard_normal((1500, N_IN)))
for depth in (1, 2, 3, 4):
    print(depth, "hidden layers:", updates_to_escape(x, labels, depth, np.random.default_rng(1)), "updates")
