# Check a gradient by the complex step, and judge it by its relative error.
import numpy as np


def complex_step(loss, params, key, step=1e-40):
    """Exact gradient for params[key], one entry at a time; the loss must accept complex numbers."""
    exact = np.empty(params[key].shape)
    for i in np.ndindex(exact.shape):
        moved = params[key].astype(complex)
        moved[i] += 1j * step
        exact[i] = loss({**params, key: moved}).imag / step  # no difference, so nothing cancels
    return exact


def relative_error(got, want):
    return np.linalg.norm(got - want) / max(np.linalg.norm(got), np.linalg.norm(want), 1e-300)


if __name__ == "__main__":  # example: a chain of 10 sigmoid layers of 8 units, squared loss
    rng = np.random.default_rng(1)
    depth, n, grads = 10, 8, {}
    params = {f"W{l}": rng.standard_normal((n, n)) / np.sqrt(n) for l in range(depth)}
    x = rng.standard_normal((4, n))  # examples in rows

    def forward(params):
        h = [x]  # the cache: outputs of all layers
        for l in range(depth):
            h.append(1 / (1 + np.exp(-h[-1] @ params[f"W{l}"])))
        return h

    def loss(params):
        return (forward(params)[-1] ** 2).sum()

    dh = 2 * (h := forward(params))[-1]
    for l in reversed(range(depth)):
        delta = dh * h[l + 1] * (1 - h[l + 1])
        grads[f"W{l}"], dh = h[l].T @ delta, delta @ params[f"W{l}"].T
    for key in ("W9", "W0"):
        error = relative_error(grads[key], complex_step(loss, params, key))
        print(f"{key}: norm {np.linalg.norm(grads[key]):.1e}, relative error {error:.0e}")
