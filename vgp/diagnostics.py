"""What happens inside a net: one forward and one backward pass, with a number for every layer.

All arrays of a `Trace` have the layer first, then the seed axis of the net, if it has one. Row 0 is layer 1, the
hidden layer next to the input; the last row is the output layer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ._errors import bad, need_array, need_number
from .layers import Dense, Elementwise, Sequential
from .losses import Loss

SATURATED = 0.05  # a unit is saturated where its slope is below this share of the activation's largest slope


@dataclass(frozen=True)
class Trace:
    """Signals and gradients of every layer; see `trace`.

    Attributes
    ----------
    loss : value of the loss, shape (seeds...)
    z, h, dz : lists of the arrays themselves: pre-activation, output, and dL/dz of the mean loss, (..., B, n)
    z_rms, h_rms, h_mean : root mean square of z and of h, mean of h, over examples and units
    delta : root mean square over examples of the norm of delta, the gradient of each example's own loss for z
    bias_speed : norm of the mean bias gradient, Nielsen's "speed of learning"
    weight_speed : norm (Frobenius) of the mean weight gradient
    W_norm, b_norm : norms of the parameters
    saturation : share of units and examples with |phi'(z)| below 5 % of the largest slope; NaN without activation

    Norms are in units of loss per unit of the quantity named; shares are dimensionless.

    >>> from vgp.layers import mlp; from vgp.losses import mse
    >>> net = mlp(2, 3, 1, depth=2, rng=np.random.default_rng(0))
    >>> trace(net, np.ones((4, 2)), np.ones((4, 1)), mse).depth
    2
    """

    loss: np.ndarray
    z: list[np.ndarray] = field(repr=False)
    h: list[np.ndarray] = field(repr=False)
    dz: list[np.ndarray] = field(repr=False)
    z_rms: np.ndarray
    h_rms: np.ndarray
    h_mean: np.ndarray
    delta: np.ndarray
    bias_speed: np.ndarray
    weight_speed: np.ndarray
    W_norm: np.ndarray
    b_norm: np.ndarray
    saturation: np.ndarray

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.z) - 1

    def update_ratio(self, rate: float) -> np.ndarray:
        """rate * |dL/dW| / |W| for each layer: how much of itself a weight matrix changes in one SGD step."""
        return need_number("rate", rate, 0.0) * self.weight_speed / self.W_norm


def _norm(a: np.ndarray) -> np.ndarray:
    """Norm over the last two axes, scaled so that gradients of 1e-200 do not underflow when squared."""
    top = np.abs(a).max(axis=(-1, -2), keepdims=True)
    safe = np.where((top > 0) & np.isfinite(top), top, 1)
    wide = np.result_type(a, np.float32)  # a sum of float16 ends at 65504
    return safe[..., 0, 0] * np.sqrt(np.square(a / safe).sum(axis=(-1, -2), dtype=wide))


def _saturation(layer: Elementwise, z: np.ndarray) -> np.ndarray:
    slope = layer.activation.df
    largest = np.abs(slope(np.linspace(-6, 6, 2401))).max()
    return (np.abs(slope(z)) < SATURATED * largest).mean(axis=(-1, -2))


def trace(net: Sequential, x: np.ndarray, labels: np.ndarray, loss: Callable[[np.ndarray, np.ndarray], Loss]) -> Trace:
    """Run the net forward and backward on one batch and measure every layer.

    Parameters
    ----------
    net : Dense layers, each followed by at most one Elementwise, as `mlp` builds them
    x : (B, n_in) or (..., B, n_in) with the seed axis
    labels : what `loss` takes
    loss : from `vgp.losses`

    Raises
    ------
    ValueError
        For NaN in x, wrong shapes, or a net of another form, naming the argument.

    Notes
    -----
    bias_speed is the definition of Nielsen (2015), ch. 5: the norm of the gradient for the biases, which is the
    mean over examples of delta. Chapter 3 compares the measures.

    >>> from vgp.layers import mlp; from vgp.losses import softmax_cross_entropy
    >>> rng = np.random.default_rng(0)
    >>> net = mlp(20, 30, 10, depth=4, rng=rng, seeds=50)
    >>> t = trace(net, rng.standard_normal((64, 20)), np.arange(64) % 10, softmax_cross_entropy)
    >>> t.delta.shape, bool((np.diff(np.median(t.delta, axis=1)) > 0).all())
    ((5, 50), True)
    """
    x = need_array("x", x)
    y, cache = net.forward(x)
    value, dy = loss(y, labels)
    batch = y.shape[-2]

    z: list[np.ndarray] = []
    h: list[np.ndarray] = []
    dz: list[np.ndarray] = []
    rows: list[dict[str, np.ndarray]] = []
    after: Elementwise | None = None
    activated = y
    for layer, (out, kept) in zip(reversed(net.layers), reversed(cache), strict=True):
        if isinstance(layer, Dense):
            owned = layer.param_grads(dy, kept)
            z.append(out)
            h.append(out if after is None else activated)
            dz.append(dy)
            rows.append(
                {
                    "z_rms": _norm(out) / np.sqrt(batch * out.shape[-1]),
                    "h_rms": _norm(h[-1]) / np.sqrt(batch * out.shape[-1]),
                    "h_mean": h[-1].mean(axis=(-1, -2)),
                    "delta": _norm(dy) * np.sqrt(batch),  # dy is 1/B of each example's own gradient
                    "bias_speed": _norm(owned["b"]),
                    "weight_speed": _norm(owned["W"]),
                    "W_norm": _norm(layer.params["W"]),
                    "b_norm": _norm(layer.params["b"]),
                    "saturation": np.full(out.shape[:-2], np.nan) if after is None else _saturation(after, out),
                }
            )
            after = None
        elif isinstance(layer, Elementwise) and after is None:
            after, activated = layer, out
        else:
            raise bad(
                "net",
                f"a net with {type(layer).__name__} in this place",
                "Dense layers, each followed by at most one Elementwise",
            )
        dy = layer.backward(dy, kept)[0] if layer is not net.layers[0] else dy
    if after is not None:
        raise bad("net", "a net that begins with Elementwise", "Dense layers, each followed by at most one Elementwise")
    measured = {name: np.stack([row[name] for row in reversed(rows)]) for name in rows[0]}
    return Trace(loss=value, z=z[::-1], h=h[::-1], dz=dz[::-1], **measured)


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
    size_a, size_b = (_norm(np.swapaxes(v, -1, -2) @ v) for v in (a, b))
    if (size_a == 0).any() or (size_b == 0).any():
        raise bad("a, b", "an output that is the same for every example", "outputs that vary between the examples")
    both = _norm(np.swapaxes(a, -1, -2) @ b)
    return (both / size_a) * (both / size_b)
