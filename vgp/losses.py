"""Losses: `(y, target) -> (value, dy)`, averaged over the batch, stable at any logit.

`y` has shape (..., B, K); leading axes are seeds. `value` has the leading shape, one loss for each net; `dy` has the
shape of `y` and is the gradient of each net's own value (so it contains the 1/B of the mean).
"""

from typing import Any

import numpy as np

from ._erf import log1p
from ._errors import as_array, bad, type_name

Loss = tuple[np.ndarray, np.ndarray]


def _hot(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels (B,) or (..., B) of integers in 0..K-1 as rows of False with one True, in the shape of y."""
    classes = _need_floats("y", y, "classes").shape[-1]
    labels = _need_labels(labels, y.shape[:-1], classes)
    hot = labels[..., None] == np.arange(classes)
    if np.count_nonzero(hot) != labels.size:
        raise _bad_labels(labels, classes)
    return hot if hot.ndim == y.ndim else np.broadcast_to(hot, y.shape)


def softmax_cross_entropy(y: np.ndarray, labels: np.ndarray) -> Loss:
    """-log softmax(y)[label], mean over the batch (in nats).

    Parameters
    ----------
    y : (..., B, K) logits
    labels : (B,) or (..., B) integers in 0..K-1

    Raises
    ------
    ValueError
        Naming `labels` or `y`, what came, and what is allowed.

    Notes
    -----
    Bridle (1990). The largest logit is subtracted first, so no exponential overflows. A net that ignores its
    input has value log K; see chapter 1.

    >>> value, dy = softmax_cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    >>> f"{value:.4f}", dy[0].round(3).tolist()
    ('1.3863', [-0.375, 0.125, 0.125, 0.125])
    """
    hot, batch = _hot(y, labels), y.shape[-2]
    with np.errstate(over="ignore"):  # of two logits at opposite ends of the range: exp gives 0 there
        y = y - np.maximum.reduce(y.real, axis=-1, keepdims=True)
    e, picked = np.exp(y), y[hot].reshape(y.shape[:-1])
    # 1 - p would cancel where the net is confident: everything comes from the sum over the other classes
    e[hot] = 0
    others = np.add.reduce(e, axis=-1, keepdims=True)
    each = log1p(others[..., 0] + np.expm1(picked)) - picked
    if (
        y.dtype.kind == "c"
    ):  # of a sure net, whose picked is 0 + ih, the slope would be h - h; this is the same, exactly
        sure = log1p(others[..., 0] * np.exp(-1j * picked.imag))
        each = np.where(others[..., 0].real < 1, sure, each)
    value = each.mean(axis=-1)  # not sum / batch: a sum of float16 ends at 65504
    total = others + np.exp(picked)[..., None]
    e[hot] = -others.ravel()
    e /= total
    e /= batch  # not by total * batch, which could overflow in float16
    return value, e


def sigmoid_cross_entropy(y: np.ndarray, labels: np.ndarray) -> Loss:
    """Cross-entropy of K independent sigmoid outputs against one-hot labels: summed over K, mean over the batch.

    This is the cost of Nielsen (2015), ch. 3, eq. 63. Shapes and errors as in `softmax_cross_entropy`.
    With t the 0/1 target: softplus(y) - t y, and dy = (sigmoid(y) - t) / B.

    >>> value, dy = sigmoid_cross_entropy(np.array([[1000.0, -1000.0]]), np.array([1]))
    >>> float(value), dy.tolist()
    (2000.0, [[1.0, -1.0]])
    """
    target = _hot(y, labels).astype(y.real.dtype)
    below = y * (y.real < 0)
    above = y - below
    e = np.exp(below - above)  # exp(-|y|), also for complex y; masks by product are faster than `where`
    batch = y.shape[-2]
    value = (above - target * y + log1p(e)).sum(axis=-1).mean(axis=-1)  # in this order nothing cancels
    distance = np.exp(below * (1 - target) - above * target) / (1 + e)  # |sigmoid(y) - t|, as sigmoid(-y) where t = 1
    return value, (1 - 2 * target) * distance / batch


def mse(y: np.ndarray, target: np.ndarray) -> Loss:
    """Mean squared error over batch and features, mean((y - target)^2).

    `target` has the shape of `y`, or lacks its leading (seed) axes. Raises ValueError for any other shape.

    >>> value, dy = mse(np.array([[1.0, 2.0]]), np.array([[0.0, 2.0]]))
    >>> float(value), dy.tolist()
    (0.5, [[1.0, 0.0]])
    """
    target = _need_target(target, _need_floats("y", y).shape)
    error = y - target.astype(y.real.dtype, copy=False)
    return (error * error).mean(axis=(-1, -2)), 2 * error / y.shape[-1] / y.shape[-2]


def _need_floats(argument: str, value: Any, axes: str = "features") -> np.ndarray:
    """Accept an array of floats, real or complex, of at least two axes and not empty: what a net returns."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fc":
        got = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type_name(value)
        raise bad(argument, got, f"an array of floats; write np.asarray({argument}, dtype=np.float64)")
    if value.ndim < 2 or value.size == 0:
        raise bad(argument, f"shape {value.shape}", f"(..., batch, {axes}), not empty")
    return value


def _need_labels(labels: Any, lead: tuple[int, ...], classes: int) -> np.ndarray:
    """Accept whole numbers for outputs of shape (*lead, classes): one for each example, shared by all seeds or not."""
    labels = as_array("labels", labels)
    if labels.shape != lead[len(lead) - labels.ndim :] or labels.ndim == 0:
        hint = ""
        if labels.shape[-1:] == (classes,) != (1,) and labels.shape[:-1] in (lead, lead[-1:]):
            hint = "; one-hot rows: write labels.argmax(axis=-1)"
        elif labels.shape[-1:] == (1,) and labels.shape[:-1] in (lead, lead[-1:]):
            hint = "; write labels[..., 0]"
        shapes = " or ".join(dict.fromkeys((str(lead[-1:]), str(lead))))
        raise bad("labels", f"shape {labels.shape}", f"{shapes}, one label for each example{hint}")
    if labels.dtype.kind not in "iu":
        hint = "; write np.unique(labels, return_inverse=True)[1]" if labels.dtype.kind in "USO" else ""
        hint = "; write labels.astype(int)" if labels.dtype.kind in "fb" else hint
        raise bad("labels", f"dtype {labels.dtype}", f"integers from 0 to {classes - 1}{hint}")
    return labels


def _bad_labels(labels: np.ndarray, classes: int) -> ValueError:
    """Build the error for labels outside of 0 to classes - 1."""
    low, high = labels.min(), labels.max()
    hint = "; labels count from 0: write labels - 1" if (low, high) == (1, classes) else ""
    return bad("labels", f"values from {low} to {high}", f"integers from 0 to {classes - 1}{hint}")


def _need_target(target: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Accept real numbers of this shape, with or without its leading axes, those of the seeds."""
    target = as_array("target", target)
    if target.dtype.kind not in "iuf":
        raise bad("target", f"dtype {target.dtype}", "an array of real numbers")
    if target.ndim < 2 or target.shape != shape[len(shape) - target.ndim :]:
        labels = target.shape in (shape[:-1], shape[-2:-1])
        hint = "; write target[..., None]" if shape[-1] == 1 else f"; class labels: write np.eye({shape[-1]})[target]"
        hint *= labels
        raise bad("target", f"shape {target.shape}", f"the shape of y, {shape}, with or without its leading axes{hint}")
    return target
