"""One line for each layer of any net: norms of gradients, weights and updates. Call it after loss.backward()."""

from itertools import pairwise

import torch


def layer_table(model, rate):
    """Rows of (layer, |db|, |dW|, |W|, rate |dW| / |W|) in the order of the model; print it with `report`."""
    rows = []
    for name, module in model.named_modules():
        W, b = getattr(module, "weight", None), getattr(module, "bias", None)
        if W is None or W.grad is None:  # no weights, or a frozen layer
            continue
        speed = b.grad.norm().item() if b is not None and b.grad is not None else float("nan")
        dw, w = W.grad.norm().item(), W.detach().norm().item()
        rows.append((name, speed, dw, w, rate * dw / w if w else float("nan")))
    return rows


def report(rows):
    print("layer   |bias grad|  |weight grad|  |weights|  update/weights")
    for layer, speed, dw, w, ratio in rows:
        print(f"{layer:>5}   {speed:11.1e}  {dw:13.1e}  {w:9.1e}  {ratio:14.1e}")


if __name__ == "__main__":  # example: four hidden layers of 30 sigmoid units, random data
    torch.manual_seed(1)
    sizes, x, labels = [64, 30, 30, 30, 30, 10], torch.randn(100, 64), torch.arange(100) % 10
    layers = []
    for n, m in pairwise(sizes):
        linear = torch.nn.Linear(n, m)
        torch.nn.init.normal_(linear.weight, std=n**-0.5)
        torch.nn.init.normal_(linear.bias)
        layers += [linear, torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*layers[:-1])  # the last sigmoid is part of the loss
    target = torch.nn.functional.one_hot(labels, 10).float()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), target, reduction="sum") / len(x)
    loss.backward()
    report(layer_table(model, rate=0.1))
