"""Who is silent, and does the layer still see its input? One line for each ReLU of a model, over a whole data set."""

import torch


@torch.no_grad()
def look(model, x):
    """Rows of (rms of z, share of silent units, share of z that depends on the input) in the order of the forward pass.

    z is what goes into each nn.ReLU, (examples, units). Pass the whole data set, in evaluation mode.
    """
    rows = []

    def read(module, inputs, output):
        z = inputs[0]
        own = z - z.mean(dim=0)  # what differs from example to example
        silent = (z <= 0).all(dim=0).float().mean()
        rows.append(tuple(v.item() for v in (z.pow(2).mean().sqrt(), silent, own.pow(2).mean() / z.pow(2).mean())))

    hooks = [m.register_forward_hook(read) for m in model.modules() if isinstance(m, torch.nn.ReLU)]
    try:
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return rows


if __name__ == "__main__":  # ten layers as torch.nn.Linear draws them
    torch.manual_seed(1)
    layers = []
    for n in [64] + 9 * [128]:
        layers += [torch.nn.Linear(n, 128), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(128, 10))
    print("layer   rms of z   silent   depends on input")
    for layer, (size, silent, share) in enumerate(look(model, torch.randn(1000, 64)), 1):
        print(f"{layer:5d}   {size:8.1e}   {silent:6.0%}   {share:8.1e}")
