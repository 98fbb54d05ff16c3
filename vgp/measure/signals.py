"""What a layer's output still says of its input: merged inputs, likeness of layers, shattered gradients."""

import numpy as np

from .._errors import bad, need_array, need_int, need_kind
from .._trees import norm
from ..layers import Sequential


def input_share(signal: np.ndarray) -> np.ndarray:
    """Share of a signal (..., B, n) that depends on the input: mean square about the batch mean, over mean square.

    1: nothing in common; 0: every input gives the same signal. Gradients can be measured in the same way.

    >>> float(input_share(np.array([[1.0, 2.0], [1.0, 2.0]])))
    0.0
    """
    signal = need_array("signal", signal)
    whole = norm(signal)
    return np.square(norm(signal - signal.mean(axis=-2, keepdims=True)) / np.where(whole > 0, whole, 1))


def input_cosine(signal: np.ndarray) -> np.ndarray:
    """Mean cosine between the signals of two different inputs, (..., B, n) with B at least 2 (dimensionless).

    A signal of zeros has no direction and counts as cosine 0 with every other.

    >>> float(input_cosine(np.array([[1.0, 0.0], [0.0, 1.0]])))
    0.0
    """
    signal = need_array("signal", signal)
    batch = signal.shape[-2]
    if batch < 2:
        raise bad("signal", f"shape {signal.shape}", "at least two examples")
    top = np.abs(signal).max(axis=-1, keepdims=True)  # taken out first: squares of 1e-200 would be 0
    unit = signal / np.where(top > 0, top, 1)
    length = np.sqrt(np.square(unit).sum(axis=-1, keepdims=True))
    unit = unit / np.where(length > 0, length, 1)
    return (np.square(unit.sum(axis=-2)).sum(axis=-1) - np.square(unit).sum(axis=(-1, -2))) / (batch * (batch - 1))


def gradient_autocorrelation(net: Sequential, grid: np.ndarray, lags: np.ndarray | list[int]) -> np.ndarray:
    """Correlation of dy/dx at two points `lag` steps apart on a line of inputs; one input and one output.

    `grid` (n,) is evenly spaced; the result is (len(lags), ...). White noise, near 0 at any lag, is a shattered
    gradient (Balduzzi et al. 2017); near 1 is a smooth one. NaN where the gradient is constant.

    >>> from vgp import mlp
    >>> net = mlp(1, 50, 1, depth=1, activation="tanh", rng=np.random.default_rng(0))
    >>> bool(gradient_autocorrelation(net, np.linspace(-2, 2, 64), [1])[0] > 0.9)
    True
    """
    grid = need_array("grid", grid, ndim=1)
    if grid.ndim != 1:
        raise bad("grid", f"shape {grid.shape}", "(n,)")
    lags = np.atleast_1d(need_kind("lags", lags, (list, tuple, np.ndarray), "a list of whole numbers"))
    if lags.size == 0 or lags.ndim != 1 or lags.dtype.kind not in "iu":
        raise bad("lags", f"{lags.dtype} of shape {lags.shape}", "a list of whole numbers, not empty")
    y, cache = need_kind("net", net, Sequential, "a Sequential").forward(grid[:, None])
    if y.shape[-1] != 1:
        raise bad("net", f"{y.shape[-1]} outputs", "one output")
    slope = net.backward(np.ones_like(y), cache)[0][..., 0]  # (..., n)
    slope = slope - slope.mean(axis=-1, keepdims=True)
    power = np.square(slope).mean(axis=-1)
    rows = []
    for lag in lags:
        lag = need_int("lags", lag, 0)
        if lag >= len(grid):
            raise bad("lags", lag, f"less than the {len(grid)} points of the grid")
        both = (slope[..., lag:] * slope[..., : len(grid) - lag]).mean(axis=-1)
        rows.append(np.divide(both, power, out=np.full(power.shape, np.nan), where=power > 0))
    return np.stack(rows)


def linear_cka(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Likeness of two layers' outputs on the same examples: |A^T B|^2 / (|A^T A| |B^T B|), columns centred.

    Kornblith et al. (2019), section 3; Frobenius norms. 1 if A and B agree up to shift, rotation and scale, small
    if they arrange the examples differently; dimensionless. Chapter 3 shows why its value before training must stand
    beside it.

    Parameters
    ----------
    a, b : (..., B, n_a) and (..., B, n_b): outputs for the same B examples; leading axes are seeds

    Raises
    ------
    ValueError
        If the examples differ in number, or an output does not depend on the example at all.

    >>> rng = np.random.default_rng(0)
    >>> a = rng.standard_normal((500, 3))
    >>> turned = 2 * a @ np.linalg.qr(rng.standard_normal((3, 3)))[0] + 1
    >>> f"{linear_cka(a, turned):.3f}", f"{linear_cka(a, rng.standard_normal((500, 3))):.3f}"
    ('1.000', '0.009')
    """
    a, b = need_array("a", a), need_array("b", b)
    if a.shape[-2] != b.shape[-2]:
        raise bad("b", f"{b.shape[-2]} examples", f"{a.shape[-2]}, the same examples as in a")
    a, b = (v - v.mean(axis=-2, keepdims=True) for v in (a, b))
    size_a, size_b = (norm(np.swapaxes(v, -1, -2) @ v) for v in (a, b))
    if (size_a == 0).any() or (size_b == 0).any():
        raise bad("a, b", "an output that is the same for every example", "outputs that vary between the examples")
    both = norm(np.swapaxes(a, -1, -2) @ b)
    return (both / size_a) * (both / size_b)
