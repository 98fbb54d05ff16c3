"""How evenly does a PyTorch module pass gradients on? Mean and spread of the squared singular values of its Jacobian J.

autograd gives J v and J^T u without forming J. For random u of variance one, |J^T u|^2 has the mean trace(J J^T),
and |J J^T u|^2 the mean trace((J J^T)^2).
"""

import torch
from torch import nn
from torch.autograd.functional import jvp, vjp
from torch.func import functional_call


def evenness(net, x, probes=400, seed=0):
    """Mean squared singular value at x, and the variance of the squares in units of their squared mean.

    The module is measured in eval mode (no dropout, fixed normalisation) and is afterwards as it was.
    """
    state = {name: t.detach().clone() for name, t in (*net.named_parameters(), *net.named_buffers())}
    modes = [(m, m.training) for m in net.modules()]

    def f(x):
        return functional_call(net, state, (x.clone(),))  # a clone, since some modules work in place

    try:
        net.eval()
        y = f(x)
        noise = torch.Generator().manual_seed(seed)
        u = torch.randn(probes, *y.shape, generator=noise, dtype=x.dtype).to(x.device)
        w = torch.stack([vjp(f, x, row)[1] for row in u])
        again = torch.stack([jvp(f, x, row)[1] for row in w])
    finally:
        for m, training in modes:
            m.training = training
    mean, second = (t.square().sum() / (probes * y.numel()) for t in (w, again))
    return float(mean), float(second / mean**2 - 1)


def build(draw, phi, n=200, depth=20, seed=1):
    torch.manual_seed(seed)
    layers = [nn.Linear(n, n, bias=False, dtype=torch.float64) for _ in range(depth)]
    for layer in layers:
        draw(layer.weight)
    return nn.Sequential(*[m for layer in layers for m in (layer, phi())]), 0.16 * torch.randn(n, dtype=torch.float64)


CASES = {
    "ReLU, Gaussian": (lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"), nn.ReLU),
    "tanh, Gaussian": (lambda w: nn.init.normal_(w, std=(1.05 / w.shape[1]) ** 0.5), nn.Tanh),
    "tanh, orthogonal": (lambda w: nn.init.orthogonal_(w, gain=1.05**0.5), nn.Tanh),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        print("{:18s} mean square {:.3f}   relative variance {:.2f}".format(name, *evenness(*build(*case))))
