"""The edge of chaos for any activation of PyTorch: the weight variance at which gradients neither vanish nor explode.

Weights N(0, sw2 / fan_in), biases N(0, sb2) with sb2 > 0. Choose the mean square q of the signal: chi = 1 gives sw2,
and "q stays" gives sb2. Slopes come from autograd, in double precision.
"""

import torch

Z = torch.linspace(-10, 10, 20_000, dtype=torch.float64)  # an even number of points: none falls on a kink at 0
P = torch.exp(-(Z**2) / 2)
P /= P.sum()  # P @ f(Z) is the mean of f over N(0, 1)


def edge(phi, q):
    """sw2 and sb2 with chi = 1 at the mean square q, and the factor per layer on an error of q (stable up to 1)."""
    z = (q**0.5 * Z).requires_grad_()
    h = phi(z * 1)  # a copy, so that an activation that works in place may write on it
    (slope,) = torch.autograd.grad(h.sum(), z)
    z, h = z.detach(), h.detach()
    sw2 = 1 / float(P @ slope**2)
    return sw2, q - sw2 * float(P @ h**2), sw2 * float(P @ (h * slope * z)) / q


def critical(phi, sb2):
    """The critical sw2 at this sb2, by bisection in q. Refuses where the activation has no stable edge."""
    low = high = sb2  # q is larger than sb2
    while edge(phi, high)[1] < sb2 and high < 1e6 * sb2:
        high *= 2
    while high > low * (1 + 1e-12):
        q = (low * high) ** 0.5
        low, high = (q, high) if edge(phi, q)[1] < sb2 else (low, q)
    sw2, found, error = edge(phi, high)
    if abs(found / sb2 - 1) > 1e-6 or error > 1 + 1e-6:
        raise ValueError(f"no edge at sb2 = {sb2:g}: the length ceases to settle before chi is 1")
    return sw2


if __name__ == "__main__":
    for phi, sb2 in ((torch.tanh, 0.05), (torch.tanh, 0.3), (torch.nn.GELU(), 0.3)):
        print(f"sb2 = {sb2:<5g} critical sw2 = {critical(phi, sb2):.4f}")
