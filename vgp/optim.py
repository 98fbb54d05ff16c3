"""Optimisers change a dict of arrays in place; they know names and numbers, and no layer.

`params` and `grads` are dicts with the same keys, such as those of `Sequential.params` and `Sequential.backward`.
A rate is a number for all parameters, or a dict from key (or key prefix: "2" covers "2.W" and "2.b") to number.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from ._errors import bad, need_number

Params = dict[str, np.ndarray]
Rate = float | Mapping[str, float]


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


def _spread(rate: Rate, params: Params) -> dict[str, float]:
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
    """Common part: the check of the trees, and the loop over parameters.

    A rule of your own defines `_update`, which returns what is subtracted from p:

    >>> class SignDescent(Optimiser):
    ...     def _update(self, key, p, g, rate):
    ...         return rate * np.sign(g)
    >>> params = {"b": np.zeros((1, 2))}
    >>> SignDescent(0.5).step(params, {"b": np.array([[3.0, -0.1]])}); params["b"].tolist()
    [[-0.5, 0.5]]
    """

    def __init__(self, rate: Rate):
        self.rate = rate

    def step(self, params: Params, grads: Params) -> None:
        """Change every array of `params` in place. Raises ValueError if keys or shapes differ."""
        if params.keys() != grads.keys():
            raise bad("grads", f"keys {sorted(grads)}", f"the keys of params, {sorted(params)}")
        for key, p in params.items():
            if grads[key].shape != p.shape:
                raise bad(f"grads[{key!r}]", f"shape {grads[key].shape}", f"the shape of the parameter, {p.shape}")
        rates = _spread(self.rate, params)
        self._begin()
        for key, rate in rates.items():
            if rate > 0:  # a frozen layer keeps its weights whatever the rule
                params[key] -= self._update(key, params[key], grads[key], rate).astype(params[key].dtype, copy=False)

    def _begin(self) -> None:
        """Called once before each step."""

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
        self.t = 0

    def _begin(self):
        self.t += 1

    def _update(self, key, p, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)  # in float16, g * g and eps would be 0
        self.m[key] = self.beta1 * self.m.get(key, 0.0) + (1 - self.beta1) * g
        self.v[key] = self.beta2 * self.v.get(key, 0.0) + (1 - self.beta2) * (g * g)
        m = self.m[key] / (1 - self.beta1**self.t)
        v = self.v[key] / (1 - self.beta2**self.t)
        return rate * m / (np.sqrt(v) + self.eps)


def global_norm(grads: Params) -> np.ndarray:
    """Norm of all entries of all arrays together, one for each seed: the leading shape, () without seed axis.

    Scaled by the largest entry first, so that squaring neither overflows nor underflows.

    >>> f"{global_norm({'W': np.array([[3e200]]), 'b': np.array([[4e200]])}):.3g}"
    '5e+200'
    """
    if not grads:
        raise bad("grads", "an empty dict", "at least one array")
    for key, g in grads.items():
        if g.ndim < 2:
            raise bad(f"grads[{key!r}]", f"shape {g.shape}", "an array with at least 2 axes")
    tops = [np.abs(g).max(axis=(-1, -2), keepdims=True) for g in grads.values()]
    top = np.max(np.broadcast_arrays(*tops), axis=0).astype(np.float64)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    with np.errstate(over="ignore"):  # beside an infinite entry: the norm is infinite anyway
        squares = [np.square(g / scale).sum(axis=(-1, -2)) for g in grads.values()]
    return scale[..., 0, 0] * np.sqrt(np.sum(np.broadcast_arrays(*squares), axis=0))


def clip_by_norm(grads: Params, limit: float) -> np.ndarray:
    """Scale the gradients of each seed in place by min(1, limit / norm); return the norms before.

    Pascanu, Mikolov and Bengio (2013). The direction is kept; a norm of 0 is left alone. Raises
    ValueError where the norm is NaN or infinite: no scale factor repairs that.

    >>> g = {"b": np.array([[3.0, 4.0]])}
    >>> float(clip_by_norm(g, 1.0)), g["b"].round(2).tolist()
    (5.0, [[0.6, 0.8]])
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    norm = global_norm(grads)
    if not np.isfinite(norm).all():
        raise bad("grads", f"norms {norm}", "finite gradients")
    factor = limit / np.maximum(norm, limit)
    for g in grads.values():
        g *= factor[..., None, None].astype(g.dtype)
    return norm


def clip_by_value(grads: Params, limit: float) -> None:
    """Cut every entry to [-limit, limit] in place. This turns the direction; see chapter 8.

    >>> g = {"b": np.array([[3.0, -0.5]])}
    >>> clip_by_value(g, 1.0); g["b"].tolist()
    [[1.0, -0.5]]
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    for key, g in grads.items():
        if np.isnan(g).any():
            raise bad(f"grads[{key!r}]", "NaN", "finite gradients")
        np.clip(g, -limit, limit, out=g)
