"""What a net of finite width does to the logarithm of a norm: a random walk whose steps have a known law.

With Gaussian weights N(0, sigma_w^2 / n_in) and no biases, one ReLU layer of n units multiplies the squared norm per
unit, forward as well as backward, by (sigma_w^2 / n) chi^2_B, where B of the n units are active, B ~ Bin(n, 1/2).
Layers are independent, so means and variances of the logarithm add up. Without activation function B is n. Chapter
11; Hanin (2018), Sussillo and Abbott (2014).
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from .._errors import bad, need_choice, need_int, need_number

ACTIVE = ("relu", "identity")


def log_chi_square(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln chi^2_j for j = 1..k degrees of freedom: psi(j/2) + ln 2, and psi'(j/2).

    Digamma psi and trigamma psi' by their recursions from j to j + 2.

    >>> mean, variance = log_chi_square(2)
    >>> mean.round(4).tolist(), variance.round(4).tolist()
    ([-1.2704, 0.1159], [4.9348, 1.6449])
    """
    k = need_int("k", k)
    j = np.arange(1.0, k + 1)
    mean, variance = np.empty(k), np.empty(k)
    for first, psi, slope in (
        (0, -np.euler_gamma - 2 * math.log(2), math.pi**2 / 2),
        (1, -np.euler_gamma, math.pi**2 / 6),
    ):
        steps = j[first:-2:2] if k > 2 else j[:0]  # psi(x + 1) = psi(x) + 1/x at x = j/2
        mean[first::2] = psi + np.concatenate([[0.0], np.cumsum(2 / steps)])[: len(mean[first::2])]
        variance[first::2] = slope - np.concatenate([[0.0], np.cumsum(4 / steps**2)])[: len(variance[first::2])]
    return mean + math.log(2), variance


def log_step(n: int, activation: str = "relu", *, sigma_w: float = math.sqrt(2)) -> tuple[float, float]:
    """Mean and variance of ln of the factor of one layer on the **squared** norm per unit, exact for n units.

    A ReLU layer in which no unit is active would make ln minus infinity; its probability is 2^-n, and the moments are
    given that it does not happen. At sigma_w^2 = 2 they are close to -5/(2n) and 5/n.

    >>> [round(100 * m, 3) for m in log_step(100)]
    [-2.542, 5.194]
    """
    n, sigma_w = need_int("n", n), need_number("sigma_w", sigma_w, 0.0, open_low=True)
    mean, variance = log_chi_square(n)
    shift = 2 * math.log(sigma_w) - math.log(n)
    if need_choice("activation", activation, ACTIVE) == "identity":
        return shift + float(mean[-1]), float(variance[-1])
    k = np.arange(1, n + 1)
    chance = np.cumsum(np.log((n - k + 1) / k)) - n * math.log(2)  # ln of C(n, k) 2^-n
    chance = np.exp(chance - chance.max())
    chance /= chance.sum()
    middle = float(chance @ mean)
    return shift + middle, float(chance @ (variance + (mean - middle) ** 2))


def log_path(
    widths: int | Sequence[int], activation: str = "relu", *, sigma_w: float = math.sqrt(2)
) -> tuple[float, float]:
    """Mean and variance of ln of the squared norm per unit after all hidden layers, over nets; forward or backward.

    The typical net has exp(mean) of the squared norm, exp(mean / 2) of the norm. Both are ruled by
    beta = sum(1 / n), which Hanin (2018) names.

    >>> mean, variance = log_path([50] * 50)
    >>> f"{mean:.2f} {variance:.2f}"
    '-2.59 5.41'
    """
    widths = [need_int("widths", n) for n in (widths if isinstance(widths, Iterable) and np.ndim(widths) else [widths])]
    if not widths:
        raise bad("widths", "an empty list", "the width of at least one hidden layer")
    steps = {n: log_step(n, activation, sigma_w=sigma_w) for n in set(widths)}
    return sum(steps[n][0] for n in widths), sum(steps[n][1] for n in widths)


def random_walk_gain(n: int, activation: str = "relu") -> float:
    """The sigma_w at which the logarithm of the norm has no drift in layers of n units (Sussillo and Abbott 2014).

    It fixes the mean of the logarithm, so the typical net; the mean square then grows.

    >>> round(random_walk_gain(20), 4), round(random_walk_gain(20, "identity"), 4)
    (1.5146, 1.0257)
    """
    return math.exp(-log_step(n, activation, sigma_w=1.0)[0] / 2)
