"""The same function with the other curve: rewrite an nn.Sequential with Tanh as one with Sigmoid, or the reverse."""

import copy
from itertools import pairwise

import torch
from torch import nn

AFFINE = nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d
PASS = nn.Flatten, nn.Identity, nn.MaxPool1d, nn.MaxPool2d, nn.Dropout  # they let k h + shift through (in eval mode)


def flat(net):
    if not isinstance(net, nn.Sequential):
        raise TypeError(f"an nn.Sequential is needed, got {type(net).__name__}")
    return [part for m in net for part in (flat(m) if isinstance(m, nn.Sequential) else [m])]


@torch.no_grad()
def rewrite(net, to):
    """tanh a = 2 sigma(2a) - 1, and sigma(z) = tanh(z/2)/2 + 1/2: both are k * curve(k * z) + shift."""
    ways = {"sigmoid": (2.0, -1.0, nn.Tanh, nn.Sigmoid), "tanh": (0.5, 0.5, nn.Sigmoid, nn.Tanh)}
    k, shift, old, new = ways[to]
    twin, owed = [], False  # owed: the next weights receive h and want k h + shift
    for m in flat(net):
        if isinstance(m, old):
            if not twin or not isinstance(twin[-1], AFFINE):
                raise ValueError(f"{type(m).__name__} without weights directly before it: its input cannot be scaled")
            for p in twin[-1].parameters():  # the new curve wants k z
                p *= k
            m, owed = new(), True
        elif isinstance(m, AFFINE):
            m = copy.deepcopy(m)
            if owed and not isinstance(m, nn.Linear) and m.padding != "valid" and any(m.padding):
                raise ValueError("padding after a curve: a 0 at the border is another number for the other curve")
            if owed:
                if m.bias is None:
                    m.bias = nn.Parameter(m.weight.new_zeros(len(m.weight)))
                m.bias += shift * m.weight.flatten(1).sum(dim=1)  # torch keeps one row of W for each output
                m.weight *= k
            owed = False
        elif (owed and not isinstance(m, PASS)) or any(isinstance(part, old) for part in m.modules()):
            raise ValueError(f"{type(m).__name__}: what it does to k h + shift is not known here")
        else:
            m = copy.deepcopy(m)  # other curves stay as they are
        twin.append(m)
    if owed:
        raise ValueError("the net ends with the curve; its outputs would be other numbers")
    return nn.Sequential(*twin).train(net.training)


if __name__ == "__main__":
    torch.manual_seed(1)
    sizes = [64] + 10 * [30] + [10]
    x = torch.randn(5, 64, dtype=torch.float64)
    for curve, to in ((nn.Tanh, "sigmoid"), (nn.Sigmoid, "tanh")):
        layers = [m for n, k in pairwise(sizes) for m in (nn.Linear(n, k), curve())]
        net = nn.Sequential(*layers[:-1]).double()
        for m in net[::2]:
            nn.init.normal_(m.weight, std=m.in_features**-0.5)
            nn.init.zeros_(m.bias)
        twin = rewrite(net, to)
        print("logits differ by", float((twin(x) - net(x)).detach().abs().max()))
    gain, spread = 30 * float(twin[10].weight.detach().var()), float(twin[10].bias.detach().var())
    print(f"as a sigmoid net it is tanh with weight gain {gain:.3f}, bias variance {spread:.3f}")
