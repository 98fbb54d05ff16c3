"""The start for an activation, written into the Linear and Conv layers of a model; says what it left alone."""

import torch
from torch import nn

z = torch.linspace(-10, 10, 20_002, dtype=torch.float64)  # without 0, where ReLU has its kink
density = torch.softmax(-(z**2) / 2, dim=0)  # of N(0, 1)


def keep(phi, q):
    """Gain and bias variance that keep gradient and signal at q = E z^2; whether there are such, and q stays."""
    u = (q**0.5 * z).requires_grad_()
    h = phi(u.clone())  # some modules work in place
    (slope,) = torch.autograd.grad(h.sum(), u)
    gain = 1 / (density @ slope**2)
    bias, factor = (q - gain * (density @ h**2)).item(), (gain * (density @ (h * slope * z)) / q**0.5).item()
    return gain.item(), max(bias, 0.0), bias > -1e-7 * q and factor < 1 + 1e-7


def critical(phi):
    """(gain, bias variance, q_1) at the smallest q that stays; any q does for ReLU, a small one for tanh."""
    below = q = 1.0 if torch.allclose(phi(2 * z), 2 * phi(z.clone())) else 1e-3
    while not keep(phi, q)[2]:
        below, q = q, 1.3 * q
        if q > 1e3:
            raise ValueError("no E z^2 from 0.001 to 1000 keeps both: another activation, or normalise")
    for _ in range(30 if below < q else 0):
        below, q = (below, (below + q) / 2) if keep(phi, (below + q) / 2)[2] else ((below + q) / 2, q)
    return *keep(phi, q)[:2], q


def start(model, phi, x_square=1.0):
    """For inputs of mean square x_square into the first layer registered. Returns names of what it left alone."""
    gain, bias, q = critical(phi)
    here, written = (q - bias) / x_square, []
    for m in model.modules():
        if type(m) in (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d):  # not that inside attention
            for p, variance in ((m.weight, here / m.weight[0].numel()), (m.bias, bias)):  # fan-in: what one unit sees
                None if p is None else nn.init.normal_(p, 0.0, variance**0.5)
            here, written = gain, written + [id(p) for p in m.parameters()]
    return [name for name, p in model.named_parameters() if id(p) not in written]


if __name__ == "__main__":
    print("SiLU: gain {:.4f}, bias variance {:.4f}, mean square {:.4g}".format(*critical(nn.SiLU())))
