# Check a gradient by the complex step, for a loss that accepts complex numbers, by relative error.
import numpy as np


def complex_step(loss, params, key, step=1e-40):
    exact = np.empty(np.shape(params[key]))
    for i in np.ndindex(exact.shape):
        moved = np.array(params[key], dtype=complex)
        moved[i] += 1j * step
        value = loss({**params, key: moved})
        assert np.iscomplexobj(value), "the loss drops the imaginary part: by an abs, or by .real?"
        exact[i] = value.imag / step  # no difference, so nothing cancels
    return exact


def relative_error(got, want):
    top = max(np.abs(got).max(), np.abs(want).max()) or 1.0  # squares of 1e-200 would underflow
    norm = max(np.linalg.norm(got / top), np.linalg.norm(want / top), 1e-300)
    return np.linalg.norm(got / top - want / top) / norm


if __name__ == "__main__":  # example: a chain of 10 sigmoid layers of 8 units, squared loss
    rng, depth, n, grads, h = np.random.default_rng(1), 10, 8, {}, []
    params = {f"W{l}": rng.standard_normal((n, n)) / np.sqrt(n) for l in range(depth)}
    x = rng.standard_normal((4, n))  # examples in rows

    def loss(params):
        h[:] = [x]  # the cache: outputs of all layers
        for l in range(depth):
            h.append(1 / (1 + np.exp(-h[-1] @ params[f"W{l}"])))
        return (h[-1] ** 2).sum()

    loss(params)
    dh = 2 * h[-1]
    for l in reversed(range(depth)):
        delta = dh * h[l + 1] * (1 - h[l + 1])
        grads[f"W{l}"], dh = h[l].T @ delta, delta @ params[f"W{l}"].T
    for key in ("W9", "W0"):
        error = relative_error(grads[key], complex_step(loss, params, key))
        print(f"{key}: norm {np.linalg.norm(grads[key]):.1e}, relative error {error:.0e}")
