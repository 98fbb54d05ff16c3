# The same check for PyTorch: autograd against the complex step, by relative error.
import torch


def complex_step(loss, params, key, step=1e-40):
    """Exact gradient for params[key] in float64; the loss must accept complex numbers."""
    exact = torch.empty_like(params[key])
    lifted = {name: p.detach().to(torch.complex128) for name, p in params.items()}
    for i in range(exact.numel()):
        moved = lifted[key].clone()
        moved.view(-1)[i] += 1j * step
        exact.view(-1)[i] = loss({**lifted, key: moved}).imag / step
    return exact


def relative_error(got, want):
    return ((got - want).norm() / max(got.norm(), want.norm(), torch.tensor(1e-300))).item()


if __name__ == "__main__":  # example: a chain of 10 sigmoid layers of 8 units, squared loss
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    depth, n = 10, 8
    params = {f"W{l}": torch.randn(n, n) / n**0.5 for l in range(depth)}
    x = torch.randn(4, n)  # examples in rows

    def loss(params):
        h = x.to(params["W0"].dtype)
        for l in range(depth):
            h = torch.sigmoid(h @ params[f"W{l}"])
        return (h**2).sum()

    for key in ("W9", "W0"):
        W = params[key].clone().requires_grad_()
        (grad,) = torch.autograd.grad(loss({**params, key: W}), W)
        with torch.no_grad():
            error = relative_error(grad, complex_step(loss, params, key))
        print(f"{key}: norm {grad.norm():.1e}, relative error {error:.0e}")
