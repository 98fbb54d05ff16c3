"""Optimisers change a dict of arrays in place; they know names and numbers, and no layer.

`params` and `grads` are dicts with the same keys, such as those of `Sequential.params` and `Sequential.backward`.
A rate is a number for all parameters, or a dict from key (or key prefix: "2" covers "2.W" and "2.b") to number, or a
function of the step (0, 1, ...) that returns one of these, such as `warm_up` and `decay` make.

In order of what they remember: SGD nothing; Momentum and Nesterov a velocity; RMSProp a scale; Adam and AdamW both.
"""

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from ._errors import bad, need_int, need_number

Params = dict[str, np.ndarray]
Rates = float | Mapping[str, float]
Rate = Rates | Callable[[int], Rates]


def per_layer(params: Params, rates: Iterable[float]) -> dict[str, float]:
    """One rate for each layer that has parameters, in order from the input; a rate of 0 freezes its layer.

    >>> per_layer({"0.W": np.eye(2), "0.b": np.zeros(2), "2.W": np.eye(2)}, [0.0, 0.1])
    {'0': 0.0, '2': 0.1}
    """
    layers = list(dict.fromkeys(key.rpartition(".")[0] for key in params))
    if "" in layers:
        raise bad("params", f"keys {list(params)}", "keys of a net, such as '0.W'")
    rates = list(rates)
    if len(rates) != len(layers):
        raise bad("rates", f"{len(rates)} numbers", f"{len(layers)}, one for each layer with parameters")
    return dict(zip(layers, rates, strict=True))


def _spread(rate: Rates, params: Params) -> dict[str, float]:
    """The rate of each parameter, by its key or the longest prefix of it that `rate` names."""
    if not isinstance(rate, Mapping):
        return dict.fromkeys(params, need_number("rate", rate, 0.0))
    rates = {}
    for key in params:
        owners = [name for name in rate if key == name or key.startswith(name + ".")]
        if not owners:
            raise bad("rate", f"no entry for {key!r}", "a number, or a dict that covers every parameter")
        rates[key] = need_number(f"rate[{max(owners, key=len)!r}]", rate[max(owners, key=len)], 0.0)
    return rates


class Optimiser:
    """Common part: the check of the trees, and the loop over parameters."""

    def __init__(self, rate: Rate):
        self.rate = rate
        self.t = 0  # steps done

    def step(self, params: Params, grads: Params) -> None:
        """Change every array of `params` in place. Raises ValueError if keys or shapes differ."""
        if params.keys() != grads.keys():
            raise bad("grads", f"keys {sorted(grads)}", f"the keys of params, {sorted(params)}")
        rates = self.rate(self.t) if callable(self.rate) else self.rate
        self.t += 1
        for key, rate in _spread(rates, params).items():
            if grads[key].shape != params[key].shape:
                raise bad(
                    f"grads[{key!r}]", f"shape {grads[key].shape}", f"the shape of the parameter, {params[key].shape}"
                )
            if rate > 0:  # a frozen layer keeps its weights whatever the rule
                params[key] -= self._update(key, params[key], grads[key], rate).astype(params[key].dtype, copy=False)

    def _update(self, key: str, p: np.ndarray, g: np.ndarray, rate: float) -> np.ndarray:
        raise bad("optimiser", type(self).__name__, "a subclass that defines _update")


class SGD(Optimiser):
    """p <- p - rate * (g + decay * p), the decay on weights (keys ending in W) only, as Nielsen (2015) has it.

    `rate` is in units of parameter^2 per loss, `decay` in loss per parameter^2; Nielsen's lambda/n is `decay`.

    >>> params = {"0.W": np.array([[1.0]]), "0.b": np.array([[1.0]])}
    >>> SGD(0.1, decay=0.5).step(params, {"0.W": np.array([[2.0]]), "0.b": np.array([[2.0]])})
    >>> params["0.W"].item(), params["0.b"].item()
    (0.75, 0.8)
    """

    def __init__(self, rate: Rate, *, decay: float = 0.0):
        super().__init__(rate)
        self.decay = need_number("decay", decay, 0.0)

    def _gradient(self, key: str, p: np.ndarray, g: np.ndarray) -> np.ndarray:
        return g + self.decay * p if self.decay and key.endswith("W") else g

    def _update(self, key, p, g, rate):
        return rate * self._gradient(key, p, g)


class Momentum(SGD):
    """v <- beta * v + g; p <- p - rate * v (Polyak 1964). The first step is that of SGD.

    >>> params, g = {"b": np.zeros(1)}, {"b": np.ones(1)}
    >>> rule = Momentum(0.1, beta=0.9)
    >>> rule.step(params, g); rule.step(params, g)
    >>> f"{params['b'].item():.2f}"
    '-0.29'
    """

    def __init__(self, rate: Rate, *, beta: float = 0.9, decay: float = 0.0):
        super().__init__(rate, decay=decay)
        self.beta = need_number("beta", beta, 0.0, 1.0)
        self.velocity: Params = {}

    def _update(self, key, p, g, rate):
        v = self.velocity.get(key, 0.0)
        self.velocity[key] = self.beta * v + self._gradient(key, p, g)
        return rate * self.velocity[key]


class Nesterov(Momentum):
    """v <- beta * v + g; p <- p - rate * (g + beta * v): momentum with a look ahead.

    Nesterov (1983), in the form of Sutskever et al. (2013), with p at the point looked ahead to.

    >>> params, g = {"b": np.zeros((1, 1))}, {"b": np.ones((1, 1))}
    >>> Nesterov(0.1, beta=0.9).step(params, g)
    >>> f"{params['b'].item():.2f}"
    '-0.19'
    """

    def _update(self, key, p, g, rate):
        super()._update(key, p, g, rate)
        return rate * (self._gradient(key, p, g) + self.beta * self.velocity[key])


class RMSProp(Optimiser):
    """Step rate * g / (sqrt(v) + eps), v the running mean of g^2 (Tieleman and Hinton 2012, lecture 6.5).

    >>> params = {"b": np.zeros((1, 1))}
    >>> RMSProp(0.01, beta=0.99).step(params, {"b": np.array([[1e-3]])})
    >>> f"{params['b'].item():.3f}"
    '-0.100'
    """

    def __init__(self, rate: Rate, *, beta: float = 0.99, eps: float = 1e-8):
        super().__init__(rate)
        self.beta, self.eps = need_number("beta", beta, 0.0, 1.0), need_number("eps", eps, 0.0)
        self.v: Params = {}

    def _update(self, key, p, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)  # in float16, g * g and eps would be 0
        self.v[key] = self.beta * self.v.get(key, 0.0) + (1 - self.beta) * (g * g)
        return rate * g / (np.sqrt(self.v[key]) + self.eps)


class Adam(Optimiser):
    """Step rate * m / (sqrt(v) + eps) with running means of g and g^2, bias-corrected (Kingma and Ba 2015, alg. 1).

    The step does not change when all gradients are scaled, until they are as small as `eps`; see chapter 17.

    >>> params = {"b": np.zeros(1)}
    >>> Adam(0.01).step(params, {"b": np.array([1e-3])})
    >>> f"{params['b'].item():.5f}"
    '-0.01000'
    """

    def __init__(self, rate: Rate = 1e-3, *, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8):
        super().__init__(rate)
        self.beta1 = need_number("beta1", beta1, 0.0, 1.0)
        self.beta2 = need_number("beta2", beta2, 0.0, 1.0)
        self.eps = need_number("eps", eps, 0.0)
        self.m: Params = {}
        self.v: Params = {}

    def _update(self, key, p, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)
        self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
        self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * (g * g)
        m = self.m[key] / (1 - self.beta1**self.t)
        v = self.v[key] / (1 - self.beta2**self.t)
        return rate * m / (np.sqrt(v) + self.eps)


class AdamW(Adam):
    """Adam, and apart from it p <- p - rate * decay * p on weights (Loshchilov and Hutter 2019).

    >>> params = {"0.W": np.ones((1, 1))}
    >>> AdamW(0.01, decay=0.1).step(params, {"0.W": np.zeros((1, 1))})
    >>> f"{params['0.W'].item():.3f}"
    '0.999'
    """

    def __init__(self, rate: Rate = 1e-3, *, decay: float = 0.01, **options: float):
        super().__init__(rate, **options)
        self.decay = need_number("decay", decay, 0.0)

    def _update(self, key, p, g, rate):
        step = super()._update(key, p, g, rate)
        return step + rate * self.decay * p if key.endswith("W") else step


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
