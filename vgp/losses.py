"""Losses: `(y, target) -> (value, dy)`, averaged over the batch, stable at any logit.

`y` has shape (..., B, K); leading axes are seeds. `value` has the leading shape, one loss for each net; `dy` has the
shape of `y` and is the gradient of each net's own value (so it contains the 1/B of the mean).
"""

import numpy as np

from ._erf import log1p
from ._errors import bad_labels, need_floats, need_labels, need_target

Loss = tuple[np.ndarray, np.ndarray]


def _hot(y: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels (B,) or (..., B) of integers in 0..K-1 as rows of False with one True, in the shape of y."""
    classes = need_floats("y", y, "classes").shape[-1]
    labels = need_labels(labels, y.shape[:-1], classes)
    hot = labels[..., None] == np.arange(classes)
    if np.count_nonzero(hot) != labels.size:
        raise bad_labels(labels, classes)
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
    if y.dtype.kind == "c":  # the whole of the largest one: its imaginary part would drown the slope of a sure net
        largest = np.take_along_axis(y, y.real.argmax(axis=-1, keepdims=True), axis=-1)
    else:
        largest = np.maximum.reduce(y, axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # of two logits at opposite ends of the range: exp gives 0 there
        y = y - largest
    e, picked = np.exp(y), y[hot].reshape(y.shape[:-1])
    # 1 - p would cancel where the net is confident: everything comes from the sum over the other classes
    e[hot] = 0
    others = np.add.reduce(e, axis=-1, keepdims=True)
    each = log1p(others[..., 0] + np.expm1(picked)) - picked
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
    target = need_target(target, need_floats("y", y).shape)
    error = y - target.astype(y.real.dtype, copy=False)
    return (error * error).mean(axis=(-1, -2)), 2 * error / y.shape[-1] / y.shape[-2]
