"""Intervals hold the true value as often as they say, and are refused where they would not."""

import math

import numpy as np
import pytest

from vgp.book import estimate, interval, margin, t_quantile

# Two-sided points of Student's t, from printed tables.
TABLE = {
    (0.95, 1): 12.7062, (0.95, 2): 4.3027, (0.95, 3): 3.1824, (0.95, 4): 2.7764, (0.95, 5): 2.5706, (0.95, 9): 2.2622,
    (0.95, 10): 2.2281, (0.95, 19): 2.0930, (0.95, 39): 2.0227, (0.95, 120): 1.9799, (0.99, 4): 4.6041, (0.5, 1): 1.0,
}  # fmt: skip


@pytest.mark.parametrize(("probability", "freedom"), TABLE)
def test_t_is_that_of_the_tables(probability, freedom):
    assert t_quantile(probability, freedom) == pytest.approx(TABLE[probability, freedom], abs=6e-5)


def test_t_is_continuous_where_the_formula_changes():
    assert t_quantile(0.95, 10_001) == pytest.approx(t_quantile(0.95, 10_000), rel=1e-7)
    assert t_quantile(0.95, 10**9) == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize("bad", [(1.0, 4), (0.0, 4), (0.95, 0), (0.95, 1.5)])
def test_t_refuses(bad):
    with pytest.raises(ValueError, match=r"probability|freedom"):
        t_quantile(*bad)


# what is drawn, what is estimated, its true value, the nets: a normal sample, one of ratios, a skewed one
RNG = np.random.default_rng(12)
DRAWS = {
    "mean": (lambda n: RNG.normal(3, 2, n), 3.0),
    "geometric mean": (lambda n: np.exp(RNG.normal(1, 1, n)), math.e),
    "median": (lambda n: RNG.exponential(1, n), math.log(2)),
    "share": (lambda n: RNG.random(n) < 0.3, 0.3),
    "root mean square": (lambda n: np.sqrt(RNG.gamma(20, 1 / 20, n)), 1.0),
}


@pytest.mark.parametrize("of", DRAWS)
@pytest.mark.parametrize("nets", [6, 20, 51])
def test_the_interval_holds_the_true_value_as_often_as_it_says(of, nets):
    draw, true = DRAWS[of]
    trials, inside = 2000, 0
    for _ in range(trials):
        _, low, high = interval(draw(nets), of=of)
        inside += low <= true <= high
    # the interval of a median is exact for no size and never too narrow; Wilson's swings by two per cent
    floor, ceiling = {"median": (0.95, 0.99), "share": (0.93, 0.98)}.get(of, (0.95, 0.95))
    allowance = 4 * math.sqrt(0.05 * 0.95 / trials) + (0.005 if of == "root mean square" else 0)
    assert floor - allowance < inside / trials < ceiling + allowance


def test_a_normal_quantile_in_its_place_would_be_found_out():
    inside = 0
    for _ in range(2000):
        mean, _, _, se, _, _ = estimate(RNG.normal(size=6))
        inside += abs(mean) < 1.96 * se
    assert inside / 2000 < 0.92


def test_censored_values_keep_their_place_in_a_median():
    waits = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.inf]
    assert interval(waits, of="median")[:2] == (4.0, 1.0)
    assert interval(waits, of="median").high == np.inf
    assert interval([np.inf] * 8, of="median") == (np.inf, np.inf, np.inf)


def test_of_ratios_and_of_squares():
    x = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    value, low, high = interval(x, of="geometric mean")
    assert value == pytest.approx(4)
    assert low * high == pytest.approx(16)
    assert interval(1 / x, of="geometric mean") == pytest.approx((1 / value, 1 / high, 1 / low))
    root = estimate(x, of="root mean square")
    assert root.value == pytest.approx(np.sqrt((x**2).mean()))
    assert root.se == pytest.approx((x**2).std(ddof=1) / math.sqrt(5) / (2 * root.value))
    assert estimate(np.zeros(5), of="root mean square")[:4] == (0, 0, 0, 0)


def test_what_it_is_in_words():
    words = {
        of: estimate(np.array([True] * 3 + [False] * 4) if of == "share" else np.arange(1.0, 8), of=of).words
        for of in DRAWS
    }
    assert words["share"] == "95 % of the share, Wilson"
    assert words["median"] == "95 % of the median, order statistics"
    assert words["geometric mean"] == "95 % of the geometric mean, Student's t"
    assert estimate(np.arange(9), level=0.9).words == "90 % of the mean, Student's t"


@pytest.mark.parametrize(
    ("values", "of", "says"),
    [
        ([1, 2, 3, 4], "mean", "4 nets; allowed: at least 5"),
        ([1, 2, 3, 4, 5], "median", "5 nets; allowed: at least 6"),
        (np.ones((5, 2)), "mean", "one number per net"),
        (list("abcde"), "mean", "one number per net"),
        ([1, 2, 3, 4, np.nan], "mean", "1 that are not finite"),
        ([1, 2, 3, 4, np.inf], "mean", "1 that are not finite"),
        ([1, 2, 3, 4, 5, np.nan], "median", "no NaN"),
        ([1, 2, 3, 4, 0], "geometric mean", "1 that are not positive"),
        ([1, 0, 1, 0, 1], "share", "True or False"),
        ([1, 2, 3, 4, 5], "mode", "of: got 'mode'"),
    ],
)
def test_an_interval_that_would_be_wrong_is_refused(values, of, says):
    with pytest.raises(ValueError, match=says):
        interval(values, of=of)


def test_a_level_that_few_nets_cannot_give_is_refused():
    with pytest.raises(ValueError, match=r"more of them for a level of 0\.999"):
        interval(np.arange(8.0), of="median", level=0.999)


def test_the_margin_is_in_standard_errors_of_the_mean():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    se = values.std(ddof=1) / np.sqrt(5)
    assert margin(values, above=1) == pytest.approx(2 / se)
    assert margin(values, below=1) == pytest.approx(-2 / se)
    assert margin(np.ones(5), above=0) == np.inf
    assert margin(np.ones(5), above=2) == -np.inf
    assert margin(np.ones(5), above=1) == 0


@pytest.mark.parametrize("bounds", [{}, {"above": 1, "below": 2}])
def test_a_margin_has_one_bound(bounds):
    with pytest.raises(ValueError, match="one of the two"):
        margin(np.arange(5), **bounds)
