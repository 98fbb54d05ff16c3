"""The gains that keep the signal, or the gradient, for any activation; written into a PyTorch model."""

import torch
from torch import nn

z = torch.linspace(-12, 12, 24_001, dtype=torch.float64)
density = torch.softmax(-(z**2) / 2, dim=0)  # of N(0, 1), on a grid


def gains(phi, q=1.0):
    """sd * sqrt(fan-in) that keeps the mean square q of z, and the one that keeps the gradient's norm."""
    u = (q**0.5 * z).requires_grad_()
    h = phi(u)
    (slope,) = torch.autograd.grad(h.sum(), u)
    keep_signal = (q / (density @ h.detach() ** 2)) ** 0.5
    keep_gradient = (density @ slope**2) ** -0.5
    return float(keep_signal), float(keep_gradient)


@torch.no_grad()
def start(model, gain, generator=None):
    """Weights of sd gain / sqrt(fan-in) and zero biases in every nn.Linear of the model."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            layer.weight.normal_(0, gain / layer.in_features**0.5, generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()


if __name__ == "__main__":
    for phi in (nn.Identity(), nn.ReLU(), nn.Tanh(), nn.SiLU()):
        signal, gradient = gains(phi)
        print(f"{type(phi).__name__:9s} gain for the signal {signal:.3f}, for the gradient {gradient:.3f}")
    layers = [m for _ in range(20) for m in (nn.Linear(300, 300), nn.ReLU())]
    model, x = nn.Sequential(*layers), torch.randn(64, 300)
    print(f"default: {model(x).std():.1e}", end="; ")
    start(model, gains(nn.ReLU())[0])
    print(f"with the gain: {model(x).std():.2f}")
