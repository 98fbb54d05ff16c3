"""Learning rates: one for each layer, or one that changes with the step. `vgp.optim` takes them all."""

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from ._errors import bad, need_int, need_kind, need_number, need_reals

Params = dict[str, np.ndarray]
Rates = float | Mapping[str, float]
Rate = Rates | Callable[[int], Rates]


def per_layer(params: Params, rates: Iterable[float]) -> dict[str, float]:
    """One rate for each layer that has parameters, in order from the input; a rate of 0 freezes its layer.

    >>> per_layer({"0.W": np.eye(2), "0.b": np.zeros(2), "2.W": np.eye(2)}, [0.0, 0.1])
    {'0': 0.0, '2': 0.1}
    """
    need_kind("params", params, dict, "a dict of arrays")
    layers = list(dict.fromkeys(key.rpartition(".")[0] for key in params))
    if "" in layers:
        raise bad("params", f"keys {list(params)}", "keys of a net, such as '0.W'")
    rates = [need_number("rates", rate, 0.0) for rate in need_reals("rates", rates).tolist()]
    if len(rates) != len(layers):
        raise bad("rates", f"{len(rates)} numbers", f"{len(layers)}, one for each layer with parameters")
    return dict(zip(layers, rates, strict=True))


def spread(rate: Rates, params: Params) -> dict[str, float]:
    """The rate of each parameter, by its key or the longest prefix of it that `rate` names.

    >>> spread({"0": 0.1, "0.b": 0.2}, {"0.W": np.eye(2), "0.b": np.zeros((1, 2))})
    {'0.W': 0.1, '0.b': 0.2}
    """
    need_kind("params", params, dict, "a dict of arrays")
    if not isinstance(rate, Mapping):
        return dict.fromkeys(params, need_number("rate", rate, 0.0))
    rates = {}
    for key in params:
        owners = [name for name in rate if key == name or key.startswith(name + ".")]
        if not owners:
            raise bad("rate", f"no entry for {key!r}", "a number, or a dict that covers every parameter")
        rates[key] = need_number(f"rate[{max(owners, key=len)!r}]", rate[max(owners, key=len)], 0.0)
    return rates


def warm_up(rate: float, steps: int) -> Callable[[int], float]:
    """A rate that rises in a straight line from rate / steps to `rate` in `steps` steps, and stays.

    >>> [round(warm_up(0.4, 4)(t), 3) for t in range(6)]
    [0.1, 0.2, 0.3, 0.4, 0.4, 0.4]
    """
    rate, steps = need_number("rate", rate, 0.0), need_int("steps", steps)
    return lambda t: rate * min(1.0, (t + 1) / steps)


def cosine_decay(rate: float, steps: int, *, warm: int = 0) -> Callable[[int], float]:
    """Half a cosine from `rate` to 0 over `steps` steps, after `warm` steps of warm-up (Loshchilov and Hutter 2017).

    >>> [round(cosine_decay(1.0, 4)(t), 3) for t in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    rate, steps, warm = need_number("rate", rate, 0.0), need_int("steps", steps), need_int("warm", warm, 0)

    def schedule(t: int) -> float:
        if t < warm:
            return rate * (t + 1) / warm
        return rate * 0.5 * (1 + math.cos(math.pi * min(1.0, (t - warm) / steps)))

    return schedule


def step_decay(rate: float, every: int, *, factor: float = 0.1) -> Callable[[int], float]:
    """`rate`, multiplied by `factor` after every `every` steps.

    >>> [round(step_decay(1.0, 2)(t), 3) for t in range(5)]
    [1.0, 1.0, 0.1, 0.1, 0.01]
    """
    rate, every, factor = (
        need_number("rate", rate, 0.0),
        need_int("every", every),
        need_number("factor", factor, 0.0, 1.0),
    )
    return lambda t: rate * factor ** (t // every)
