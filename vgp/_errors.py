"""Every complaint of the library has one form: the argument, what came, what is allowed.

The helpers here are the only place that words an error message. Where a common slip can be told from what came, the
message says what to write instead.
"""

import difflib
import math
import re
import sys
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


# What other libraries call things, in small letters and digits alone; after the name of an argument, for it alone.
MEANT = {
    **dict.fromkeys(("xavier", "xaviernormal", "glorotnormal"), "glorot"),
    "xavieruniform": "glorot_uniform",
    **dict.fromkeys(("kaiming", "kaimingnormal", "henormal", "msra"), "he"),
    "kaiminguniform": "he_uniform",
    "lecunnormal": "lecun",
    **dict.fromkeys(("eye", "linear", "none"), "identity"),
    "torch": "pytorch",
    "init normal": "vgp.init.normal(sd)",
    "init uniform": "vgp.init.uniform(limit)",
    "init scalednormal": "vgp.init.scaled_normal(sigma_w)",
    **dict.fromkeys(("bias constant", "bias ones", "bias one"), "vgp.init.bias_constant(value)"),
    "swish": "silu",
    **dict.fromkeys(("leaky", "lrelu"), "leaky_relu"),
    "logistic": "sigmoid",
    **dict.fromkeys(("half", "fp16"), "float16"),
    **dict.fromkeys(("single", "fp32"), "float32"),
    **dict.fromkeys(("double", "fp64", "float"), "float64"),
}


def _plain(word: str) -> str:
    """In small letters and digits alone: "Leaky-ReLU", "leakyrelu" and "leaky_relu" are one word."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _meant(argument: str, value: object, names: Iterable[str]) -> str:
    """Which of the names was probably meant, as a question behind the list; empty where none is near."""
    if not isinstance(value, str) and not callable(value):
        return ""
    word = _plain(value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__))
    plain = {_plain(name): name for name in names}
    near = MEANT.get(f"{argument} {word}") or MEANT.get(word)
    if near is None or not (near.endswith(")") or near in plain.values()):
        near = next((plain[other] for other in difflib.get_close_matches(word, plain, 1, 0.75)), "")
    return f"; do you mean {near if near.endswith(')') else repr(near)}?" if near else ""


def need_choice(argument: str, value: object, allowed: Iterable[str]) -> str:
    """Accept one of the listed names; a refusal points to the one that was probably meant.

    >>> need_choice("init", "Xavier", ["glorot", "he"])
    Traceback (most recent call last):
        ...
    ValueError: init: got 'Xavier'; allowed: one of glorot, he; do you mean 'glorot'?
    """
    names = sorted(allowed)
    if not isinstance(value, str) or value not in names:
        raise bad(argument, repr(value), "one of " + ", ".join(names) + _meant(argument, value, names))
    return value


def as_array(argument: str, value: Any) -> np.ndarray:
    try:
        return np.asarray(value)
    except ValueError:
        raise bad(argument, "rows of different lengths", "rows of one length") from None


def as_rows(argument: str, shape: tuple[int, ...], n: int) -> str:
    """How to make rows of n features from images or the like; empty where they do not have n features.

    >>> as_rows("x", (60000, 28, 28), 784), as_rows("x", (784,), 784), as_rows("x", (5, 3), 4)
    ('; write x.reshape(60000, 784)', '; write x.reshape(1, 784)', '')
    """
    starts = [at for at in range(1, len(shape) - 1) if math.prod(shape[at:]) == n != shape[-1]]
    before = (1,) if shape == (n,) else shape[: starts[0]] if starts else ()
    return f"; write {argument}.reshape({', '.join(map(str, (*before, n)))})" if before else ""


def as_floats(argument: str, dtype: np.dtype) -> str:
    """How to make floats of what has this dtype; empty where nobody can know.

    >>> as_floats("x", np.dtype(np.uint8)), as_floats("x", np.dtype(int))
    ('; images: write x.astype(np.float64) / 255', '; write x.astype(np.float64)')
    """
    if dtype == np.uint8:
        return f"; images: write {argument}.astype(np.float64) / 255"
    if dtype.kind in "iub":
        return f"; write {argument}.astype(np.float64)"
    return f"; write np.asarray({argument}, dtype=np.float64)" if dtype.kind == "O" else ""


def need_array(argument: str, value: Any, *, ndim: int = 2, n_last: int | None = None) -> np.ndarray:
    """Accept a finite array of real floats with at least `ndim` axes and, if given, `n_last` features."""
    array = as_array(argument, value)
    if array.dtype.kind != "f":
        allowed = "an array of floats (float16, float32 or float64)"
        raise bad(argument, f"dtype {array.dtype}", allowed + as_floats(argument, array.dtype))
    if array.ndim < ndim or 0 in array.shape:
        allowed = f"a non-empty array with at least {ndim} axes, features last"
        raise bad(argument, f"shape {array.shape}", allowed + as_rows(argument, array.shape, n_last or 0))
    if n_last is not None and array.shape[-1] != n_last:
        allowed = f"(..., batch, {n_last}): the last axis holds {n_last} features"
        raise bad(argument, f"shape {array.shape}", allowed + as_rows(argument, array.shape, n_last))
    if not np.isfinite(array).all():
        raise bad(
            argument, f"{np.count_nonzero(~np.isfinite(array))} entries that are NaN or infinite", "finite numbers only"
        )
    return array


def type_name(value: object) -> str:
    """The name of the value's type, with the shortest package that has it where that is another library's.

    >>> import decimal
    >>> type_name(3), type_name(decimal.Decimal(3))
    ('int', 'decimal.Decimal')
    """
    kind = type(value)
    parts = kind.__module__.split(".")
    if parts[0] in ("builtins", "numpy", "vgp"):
        return kind.__name__
    packages = [".".join(parts[: n + 1]) for n in range(len(parts))]
    public = [package for package in packages if getattr(sys.modules.get(package), kind.__name__, None) is kind]
    return f"{[*public, kind.__module__][0]}.{kind.__name__}"


LAYERS = (
    "net",
    "layer",
    "layers",
    "branch",
    "transform",
    "gate",
    "dense",
    "cell",
)  # arguments that are some kind of net


def _foreign(name: str) -> bool:
    """Whether a type with this full name is another library's for nets."""
    return name.partition(".")[0] in ("torch", "torchvision", "keras", "tensorflow", "jax", "flax", "sklearn")


def built_anew(argument: str, *values: object) -> str:
    """What to do with a layer or net of another library; empty where it is none, or something else is wanted."""
    names = [name for name in map(type_name, values) if _foreign(name)]
    if not names or argument not in LAYERS:
        return ""
    hint = " of vgp; build the net anew with vgp.mlp or vgp.Sequential, weights as (n_in, n_out)"
    return hint + ", which in PyTorch is weight.T" * names[0].startswith("torch")


def need_kind(argument: str, value: Any, kind: type | tuple[type, ...], allowed: str) -> Any:
    """Accept instances of `kind`; `allowed` says in words what these are."""
    if not isinstance(value, kind):
        raise bad(argument, type_name(value), allowed + built_anew(argument, value))
    return value


OURS = {
    "loss": "a loss of vgp, such as vgp.softmax_cross_entropy, or a function of yours",
    "optimiser": "an optimiser of vgp, such as vgp.SGD(0.1)",
}


def need_ours(argument: str, value: object) -> None:
    """Refuse what another library made: it would complain in words of its own, of its own tensors."""
    if _foreign(type_name(value)):
        raise bad(argument, type_name(value), OURS[argument])


def need_bool(argument: str, value: Any) -> bool:
    """Accept True and False, Python's or NumPy's."""
    return bool(need_kind(argument, value, (bool, np.bool_), "True or False"))


def need_text(argument: str, value: Any) -> str:
    """Accept a text."""
    return need_kind(argument, value, str, "a text")


def need_call(argument: str, value: Any) -> Callable:
    """Accept what can be called."""
    if not callable(value):
        raise bad(argument, type_name(value), "a function")
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
    array = as_array(argument, value)
    if array.dtype.kind not in "fiu" or array.ndim < ndim or array.size == 0:
        raise bad(argument, f"shape {array.shape}, dtype {array.dtype}", f"real numbers with at least {ndim} axes")
    return array.astype(np.float64)
