"""Who is silent, and does the layer still see its input? A line for each layer of a model, over a whole data set."""

import torch
from torch import nn

CHANNELS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm)


@torch.no_grad()
def look(model, x):
    """Rows (name, rms of z, share of units with z <= 0 for every example, share of z that depends on the input).

    z is what a Linear, Conv or normalising layer gives: look at the last one before an activation. The second number
    is the silent units of ReLU; GELU and leaky ReLU let a little through. A unit of a convolution is a channel, over
    all positions; else it is an entry of the last axis. Rows come in the order of the forward pass.
    """
    rows, names = [], {module: name for name, module in model.named_modules()}

    def read(module, inputs, z):  # runs before an activation that works in place
        z = z.double().movedim(1, -1) if isinstance(module, CHANNELS) else z.double()
        own = z - z.mean(dim=0)  # what differs from example to example
        negative = (z <= 0).flatten(0, -2).all(dim=0).double().mean()
        share = own.pow(2).mean() / z.pow(2).mean()
        rows.append((names[module], z.pow(2).mean().sqrt().item(), negative.item(), share.item()))

    kinds, training = (nn.Linear, nn.LayerNorm, *CHANNELS), {m: m.training for m in model.modules()}
    hooks = [m.register_forward_hook(read) for m in model.modules() if isinstance(m, kinds)]
    try:
        model.eval()(x)
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in training.items():
            module.training = mode
    return rows


if __name__ == "__main__":  # ten layers as torch.nn.Linear draws them
    torch.manual_seed(1)
    layers = [m for n in [64] + 9 * [128] for m in (nn.Linear(n, 128), nn.ReLU(inplace=True))]
    for row in look(nn.Sequential(*layers, nn.Linear(128, 10)), torch.randn(1000, 64)):
        print("layer {:3s} rms of z {:8.1e}, negative for all {:4.0%}, depends on input {:8.1e}".format(*row))
