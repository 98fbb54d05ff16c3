"""How sure a mean over independent nets is: intervals, and the distance of a sentence from being false.

Every interval of the book comes from here, and says in its own words what it is. An interval needs five nets; of fewer,
each is shown.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._errors import bad, need_choice, need_int, need_number

LEAST = 5  # nets for an interval
OF = ("mean", "geometric mean", "root mean square", "median", "share")
_HOW = dict.fromkeys(OF[:3], "Student's t") | {"median": "order statistics", "share": "Wilson"}


class Interval(NamedTuple):
    """An estimate from independent nets, and the ends of its interval, in the units of the values.

    >>> Interval(4.0, 2.24, 5.76).low
    2.24
    """

    value: float
    low: float
    high: float


class Estimate(NamedTuple):
    """An `Interval` with what a record of the ledger says about it: standard error, nets, and what it is, in words.

    >>> Estimate(4.0, 2.24, 5.76, 0.63, 5, "95 % of the mean, Student's t").nets
    5
    """

    value: float
    low: float
    high: float
    se: float
    nets: int
    words: str


def t_quantile(probability: float, freedom: int) -> float:
    """Return t so that |T| <= t has this probability for Student's T with so many degrees of freedom.

    From the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4), by bisection.

    >>> round(t_quantile(0.95, 4), 3), round(t_quantile(0.95, 19), 3), round(t_quantile(0.95, 10_000), 2)
    (2.776, 2.093, 1.96)
    """
    need_number("probability", probability, 0.0, 1 - 1e-9, open_low=True)
    freedom = need_int("freedom", freedom)
    if freedom > 10_000:  # the next term of the series in 1 / freedom is below 1e-8
        z = NormalDist().inv_cdf(0.5 + probability / 2)
        return z + (z**3 + z) / (4 * freedom)
    odd = freedom % 2
    k = np.arange(1, (freedom - 1 - odd) // 2 + 1)
    ratios = 2 * k / (2 * k + 1) if odd else (2 * k - 1) / (2 * k)

    def within(t: float) -> float:
        angle = math.atan(t / math.sqrt(freedom))
        cos, sin = math.cos(angle), math.sin(angle)
        terms = np.cumprod(np.concatenate([[1.0], ratios * cos**2]))
        if not odd:
            return sin * float(terms.sum())
        return (angle + (sin * cos * float(terms.sum()) if freedom > 1 else 0.0)) * 2 / math.pi

    low, high = 0.0, 1.0
    while within(high) < probability:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < probability else (low, middle)
    return (low + high) / 2


def estimate(values: ArrayLike, *, of: str = "mean", level: float = 0.95) -> Estimate:
    """The estimate of `interval`, with its standard error, the number of nets, and what it is in words.

    The standard error is that of the value itself, in its units; that of a median or a share, whose interval is not
    symmetric, is half the width of the interval over the normal quantile.

    >>> estimate([2.0, 4.0, 4.0, 4.0, 6.0]).words
    "95 % of the mean, Student's t"
    """
    need_choice("of", of, OF)
    level = need_number("level", level, 0.5, 0.999999)
    given = np.asarray(values)
    if given.ndim != 1 or given.dtype.kind not in "biuf":
        raise bad("values", f"an array of shape {given.shape} and type {given.dtype}", "one number per net: (nets,)")
    least = 6 if of == "median" else LEAST  # the range of five nets holds the median in 94 % of all cases
    if len(given) < least:
        raise bad("values", f"{len(given)} nets", f"at least {least} for an interval of the {of}; of fewer, show each")
    if of == "share" and given.dtype.kind != "b":
        raise bad("values", f"type {given.dtype}", "True or False for each net, for a share")
    x = given.astype(float)
    if np.isnan(x).any() or (of != "median" and not np.isfinite(x).all()):
        allowed = "no NaN (infinite stands for censored)" if of == "median" else "finite numbers"
        raise bad("values", f"{int((~np.isfinite(x)).sum())} that are not finite", allowed)
    if of == "geometric mean" and not (x > 0).all():
        raise bad("values", f"{int((x <= 0).sum())} that are not positive", "positive numbers, for a geometric mean")
    n, z = len(x), NormalDist().inv_cdf(0.5 + level / 2)
    words = f"{100 * level:g} % of the {of}, {_HOW[of]}"
    if of == "share":
        p, center = x.mean(), (x.mean() + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return Estimate(float(p), max(float(center - half), 0.0), min(float(center + half), 1.0), half / z, n, words)
    if of == "median":
        x.sort()
        outside = np.cumsum([math.comb(n, k) / 2**n for k in range(n // 2)])  # P(fewer than k + 1 lie below the median)
        k = int((2 * outside <= 1 - level + 1e-12).sum()) - 1
        if k < 0:
            raise bad("values", f"{n} nets", f"more of them for a level of {level:g}, of a median")
        low, high = float(x[k]), float(x[n - 1 - k])
        with np.errstate(invalid="ignore"):  # infinite less infinite
            return Estimate(float(np.median(x)), low, high, (high - low) / (2 * z), n, words)
    y = {"mean": lambda: x, "geometric mean": lambda: np.log(x), "root mean square": lambda: x**2}[of]()
    mean, se = float(y.mean()), float(y.std(ddof=1)) / math.sqrt(n)
    half = t_quantile(level, n - 1) * se
    if of == "mean":
        return Estimate(mean, mean - half, mean + half, se, n, words)
    if of == "geometric mean":
        low, middle, high = np.exp([mean - half, mean, mean + half]).tolist()
        return Estimate(middle, low, high, middle * se, n, words)
    root = math.sqrt(mean)
    se = se / (2 * root) if root else 0.0
    return Estimate(root, math.sqrt(max(mean - half, 0.0)), math.sqrt(mean + half), se, n, words)


def interval(values: ArrayLike, *, of: str = "mean", level: float = 0.95) -> Interval:
    """Estimate from independent nets, with the interval that holds the true value with probability `level`.

    Parameters
    ----------
    values : (nets,), one number for each independent net; True or False for a share
    of : "mean" (Student's t); "geometric mean" (the same on logarithms: for ratios); "root mean square" (on squares);
        "median" (order statistics, exact for any distribution; infinite values may stand for censored ones);
        "share" (Wilson 1927)
    level : the probability

    Returns value, low, high, in the units of `values`. Raises ValueError for fewer than five nets (six for a median):
    then show every net; and for values that are not finite, or not positive where a logarithm is taken.

    >>> [round(x, 2) for x in interval([2.0, 4.0, 4.0, 4.0, 6.0])]
    [4.0, 2.24, 5.76]
    >>> [round(x, 2) for x in interval([True] * 18 + [False] * 2, of="share")]
    [0.9, 0.7, 0.97]
    """
    return Interval(*estimate(values, of=of, level=level)[:3])


def margin(values: ArrayLike, *, above: float | None = None, below: float | None = None) -> float:
    """How far the mean over independent nets is from a bound that a sentence needs, in standard errors of the mean.

    Give one bound: `above` if the mean has to be larger, `below` if it has to be smaller. Negative where the mean is on
    the wrong side. Raises ValueError for both bounds or none, or fewer than five nets.

    >>> round(margin([2.0, 4.0, 4.0, 4.0, 6.0], above=1.0), 2), round(margin([2.0, 4.0, 4.0, 4.0, 6.0], below=3.0), 2)
    (4.74, -1.58)
    """
    if (above is None) == (below is None):
        raise bad("above, below", f"{above}, {below}", "one of the two")
    found = estimate(values)
    if above is not None:
        gap = found.value - need_number("above", above)
    else:
        gap = need_number("below", below) - found.value
    return gap / found.se if found.se else math.copysign(math.inf, gap) if gap else 0.0
