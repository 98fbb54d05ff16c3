"""One line for each array of weights: norms of gradients, weights and updates. Call it after loss.backward()."""

import torch


def watch(model):
    """Call before the forward pass: a list that fills with the names of the modules, first used first."""
    order = []
    for name, module in model.named_modules():
        if name:
            module.register_forward_pre_hook(lambda *_, n=name: n in order or order.append(n))
    return order


def layer_table(model, rate, order=(), scale=1.0):
    """Rows (name, |db|, |dW|, |W|, rate |dW| / |W|), in `order` or, without it, as registered; `scale` is
    scaler.get_scale() where the gradients are still those of a GradScaler."""
    rows, params = {}, dict(model.named_parameters())
    for key, W in params.items():
        head, _, last = key.rpartition(".")
        if W.grad is None or (W.dim() < 2 and "weight" not in last):  # frozen, or not weights
            continue
        b = params.get(key[: len(key) - len(last)] + last.replace("weight", "bias"))
        speed = b.grad.norm().item() / scale if b is not W and b is not None and b.grad is not None else float("nan")
        dw, w = W.grad.norm().item() / scale, W.detach().norm().item()
        while head and head not in order:  # weights of a part that is not called itself go with the whole
            head = head.rpartition(".")[0]
        at, name = list(order).index(head) if head else len(order), key.removesuffix(".weight")
        rows.setdefault(at, []).append((name, speed, dw, w, rate * dw / w if w else float("nan")))
    return [row for at in sorted(rows) for row in rows[at]]


if __name__ == "__main__":  # example: four hidden layers of 30 sigmoid units, random data
    torch.manual_seed(1)
    parts = [torch.nn.Linear(n, 30) for n in (64, 30, 30, 30)]
    model = torch.nn.Sequential(*(m for p in parts for m in (p, torch.nn.Sigmoid())), torch.nn.Linear(30, 10))
    order, y = watch(model), torch.arange(100) % 10
    torch.nn.functional.cross_entropy(model(torch.randn(100, 64)), y).backward()
    for name, *numbers in layer_table(model, 0.1, order):  # |bias grad|, |weight grad|, |weights|, update ratio
        print(f"{name:>12}" + "".join(f"{number:12.1e}" for number in numbers))
