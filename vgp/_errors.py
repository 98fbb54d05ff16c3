"""Every complaint of the library has one form: the argument, what came, what is allowed.

The helpers here are the only place that words an error message.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def bad(argument: str, got: object, allowed: str) -> ValueError:
    """Build (not raise) the error for a bad value, so that the caller's `raise` stays visible.

    >>> print(bad("depth", 0, "an integer of at least 1"))
    depth: got 0; allowed: an integer of at least 1
    """
    return ValueError(f"{argument}: got {got}; allowed: {allowed}")


def need_rng(rng: object) -> np.random.Generator:
    """Chance must be asked for by name: refuse anything but a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        allowed = "a numpy.random.Generator, e.g. np.random.default_rng(0)"
        raise TypeError(f"rng: got {type(rng).__name__}; allowed: {allowed}")
    return rng


def need_int(argument: str, value: Any, least: int = 1) -> int:
    """Accept whole numbers (Python or NumPy, but no bool) of at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise bad(argument, repr(value), f"an integer of at least {least}")
    return int(value)


def need_number(
    argument: str, value: Any, low: float = -np.inf, high: float = np.inf, *, open_low: bool = False
) -> float:
    """Accept one finite real number in [low, high], or (low, high] when `open_low`."""
    ok = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not ok or not np.isfinite(value) or value > high or value < low or (open_low and value == low):
        bracket = "(" if open_low else "["
        raise bad(argument, repr(value), f"a finite number in {bracket}{low:g}, {high:g}]")
    return float(value)


def need_choice(argument: str, value: object, allowed: Iterable[str]) -> str:
    """Accept one of the listed names."""
    names = sorted(allowed)
    if not isinstance(value, str) or value not in names:
        raise bad(argument, repr(value), "one of " + ", ".join(names))
    return value


def need_array(argument: str, value: Any, *, ndim: int = 2, n_last: int | None = None) -> np.ndarray:
    """Accept a finite array of real floats with at least `ndim` axes and, if given, `n_last` features."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        raise bad(argument, f"dtype {array.dtype}", "an array of floats (float16, float32 or float64)")
    if array.ndim < ndim or 0 in array.shape:
        raise bad(argument, f"shape {array.shape}", f"a non-empty array with at least {ndim} axes, features last")
    if n_last is not None and array.shape[-1] != n_last:
        raise bad(argument, f"shape {array.shape}", f"(..., batch, {n_last}): the last axis holds {n_last} features")
    if not np.isfinite(array).all():
        raise bad(
            argument, f"{np.count_nonzero(~np.isfinite(array))} entries that are NaN or infinite", "finite numbers only"
        )
    return array


def need_kind(argument: str, value: Any, kind: type | tuple[type, ...], allowed: str) -> Any:
    """Accept instances of `kind`; `allowed` says in words what these are."""
    if not isinstance(value, kind):
        raise bad(argument, type(value).__name__, allowed)
    return value


def need_bool(argument: str, value: Any) -> bool:
    """Accept True and False, Python's or NumPy's."""
    return bool(need_kind(argument, value, (bool, np.bool_), "True or False"))


def need_text(argument: str, value: Any) -> str:
    """Accept a text."""
    return need_kind(argument, value, str, "a text")


def need_call(argument: str, value: Any) -> Callable:
    """Accept what can be called."""
    if not callable(value):
        raise bad(argument, type(value).__name__, "a function")
    return value


def need_dtype(dtype: DTypeLike) -> np.dtype:
    """Accept the name or the type of real floats: integers would cut every weight down to 0."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        raise bad("dtype", repr(dtype), "float16, float32 or float64") from None
    if found.kind != "f":
        raise bad("dtype", found, "float16, float32 or float64")
    return found


def need_reals(argument: str, value: Any, *, ndim: int = 1) -> np.ndarray:
    """Accept a list or an array of at least `ndim` axes, of real numbers, NaN and infinity among them; in float64."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise bad(argument, "rows of different lengths", "rows of one length") from None
    if array.dtype.kind not in "fiu" or array.ndim < ndim or array.size == 0:
        raise bad(argument, f"shape {array.shape}, dtype {array.dtype}", f"real numbers with at least {ndim} axes")
    return array.astype(np.float64)
