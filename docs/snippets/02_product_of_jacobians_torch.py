# The same check for PyTorch: autograd against the complex step, by relative error.
# For a module, a loss of p that calls torch.func.functional_call(net, p, (x.to(dtype of p),)).
# For ReLU write z * (z.real > 0), and a convolution as unfold and a matrix product.
import torch


def complex_step(loss, params, key, step=1e-40):
    lifted = {name: p.detach().to(torch.complex128) for name, p in params.items()}
    exact = torch.empty(lifted[key].numel(), dtype=torch.float64)
    for i in range(len(exact)):
        moved = lifted[key].flatten().clone()
        moved[i] += 1j * step
        with torch.no_grad():
            value = loss({**lifted, key: moved.view(lifted[key].shape)})
        assert value.is_complex(), "the loss drops the imaginary part: by an abs, or by .real?"
        exact[i] = value.imag / step
    return exact.view(lifted[key].shape)


def relative_error(got, want):
    got, want = got.double().cpu(), want.double().cpu()
    top = max(got.abs().max(), want.abs().max()).item() or 1.0  # squares of 1e-200 would underflow
    norm = max((got / top).norm().item(), (want / top).norm().item(), 1e-300)
    return (got / top - want / top).norm().item() / norm


if __name__ == "__main__":  # example: a chain of 10 sigmoid layers of 8 units, squared loss
    depth, n, x = 10, 8, torch.randn(4, 8).double()  # examples in rows
    params = {f"W{l}": (torch.randn(n, n).double() / n**0.5).requires_grad_() for l in range(depth)}

    def loss(params):
        h = x.to(params["W0"].dtype)
        for l in range(depth):
            h = torch.sigmoid(h @ params[f"W{l}"])
        return (h**2).sum()

    for key, W in (("W9", params["W9"]), ("W0", params["W0"])):
        (grad,) = torch.autograd.grad(loss(params), W)
        error = relative_error(grad, complex_step(loss, params, key))
        print(f"{key}: norm {grad.norm():.1e}, relative error {error:.0e}")
