"""Optimisers: rates, clipping, and rules that change named arrays in place; they know no layer.

`params` and `grads` are dicts with the same keys, such as `net.params` and what `net.backward` returns. A rate is a
number for all parameters, or a dict from key (or key prefix: "2" covers "2.W" and "2.b") to number, or a function of
the step (0, 1, ...) that returns one of these, such as `warm_up` and `cosine_decay` make.

A rule sees each array by its name and in its shape (`Optimiser.update`). A rule that works entry by entry is an
`Entrywise` one: it gets small arrays joined and large ones cut, so that 400 small arrays cost a few NumPy calls and not
thousands, and what it writes down on its way stays in the processor's cache. In order of what they remember: SGD
nothing; Momentum and Nesterov a velocity; RMSProp a scale; Adam and AdamW both.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping

import numpy as np

from ._errors import bad, need_int, need_kind, need_number, need_reals
from ._trees import Params, global_norm

Arrays = Mapping[str, np.ndarray]
Rates = float | Mapping[str, float]


Rate = Rates | Callable[[int], Rates]


def per_layer(params: Arrays, rates: Iterable[float]) -> dict[str, float]:
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


def rate_of_each(rate: Rates, params: Arrays) -> dict[str, float]:
    """The rate of each parameter, by its key or the longest prefix of it that `rate` names.

    >>> rate_of_each({"0": 0.1, "0.b": 0.2}, {"0.W": np.eye(2), "0.b": np.zeros((1, 2))})
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


def _clippable(grads: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that have entries, all of them checked before the first one is changed in place."""
    for key, g in need_kind("grads", grads, dict, "a dict of arrays").items():
        if not isinstance(g, np.ndarray) or g.dtype.kind != "f":
            got = f"{type(g).__name__} of {g.dtype}" if hasattr(g, "dtype") else type(g).__name__
            raise bad(f"grads[{key!r}]", got, "an array of floats, to be changed in place")
    return {key: g for key, g in grads.items() if g.size}


def clip_by_norm(grads: dict[str, np.ndarray], limit: float) -> np.ndarray:
    """Scale the gradients of each seed in place by min(1, limit / norm); return the norms before.

    Pascanu, Mikolov and Bengio (2013). The direction is kept; a norm of 0 is left alone. Raises ValueError, before
    anything is changed, where the norm is NaN or infinite: no scale factor repairs that, and the step is best left out.

    >>> g = {"b": np.array([[3.0, 4.0]])}
    >>> float(clip_by_norm(g, 1.0)), g["b"].round(2).tolist()
    (5.0, [[0.6, 0.8]])
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    full = _clippable(grads)
    norm = np.zeros(()) if grads and not full else global_norm(full)  # of empty arrays alone, or of entries
    if not np.isfinite(norm).all():
        cure = (
            "leave this step out, and try a smaller rate or start, or a wider dtype; clip_by_value cuts infinite ones"
        )
        raise bad("grads", f"norms {norm}", f"finite gradients: no factor repairs others; {cure}")
    factor = limit / np.maximum(norm, limit)
    for g in full.values():
        g *= factor[..., None, None].astype(g.dtype)
    return norm


def clip_by_value(grads: dict[str, np.ndarray], limit: float) -> None:
    """Cut every entry to [-limit, limit] in place, in arrays of any shape. This turns the direction; see chapter 8.

    An infinite entry becomes `limit`, or minus that. Raises ValueError for NaN, before anything is changed.

    >>> g = {"b": np.array([[3.0, -0.5]])}
    >>> clip_by_value(g, 1.0); g["b"].tolist()
    [[1.0, -0.5]]
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    full = _clippable(grads)
    for key, g in full.items():
        if np.isnan(g).any():
            raise bad(f"grads[{key!r}]", "NaN", "finite gradients; leave this step out")
    for g in full.values():
        np.clip(g, -limit, limit, out=g)


_PIECE = 1 << 16  # numbers in a piece: a handful of vectors of this length fit in a second-level cache
_Piece = list[tuple[str, slice]]  # keys, and which part of each array, in a row


def _pieces(params: Arrays, weights: frozenset[str]) -> list[_Piece]:
    """Cut and join the arrays into pieces; weights and the rest apart, since decay is for weights."""
    pieces: list[_Piece] = []
    for kind in (True, False):
        joined: list[tuple[str, slice]] = []
        size = 0
        for key, p in params.items():
            if (key in weights) is not kind:
                continue
            if p.size > _PIECE and p.flags.c_contiguous:
                pieces += [[(key, slice(start, start + _PIECE))] for start in range(0, p.size, _PIECE)]
                continue
            if joined and size + p.size > _PIECE:
                pieces.append(joined)
                joined, size = [], 0
            joined.append((key, slice(0, p.size)))
            size += p.size
        pieces += [joined] if joined else []
    return pieces


def _gather(piece: _Piece, arrays: Arrays) -> np.ndarray:
    """The piece as one vector; a view where it is part of one array."""
    parts = [arrays[key].reshape(-1)[cut] for key, cut in piece]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Optimiser:
    """Common part: the check of the trees, rates, decay, and what a rule remembers.

    A rule of your own defines `update`, which returns what is subtracted from the array `p` of that name:

    >>> class UnitSteps(Optimiser):  # steps of length `rate` for every array, as in normalised descent
    ...     def update(self, key, p, g, rate):
    ...         return rate * g / np.linalg.norm(g)
    >>> params = {"b": np.zeros((1, 2))}
    >>> UnitSteps(0.5).step(params, {"b": np.array([[3.0, -4.0]])}); params["b"].round(2).tolist()
    [[-0.3, 0.4]]

    `self.kept(name, key, g)` is what the rule remembers of an array, zeros at first; `self.t` counts the steps, 1 in
    the first; `self.weights` has the keys of the weights. With `decay`, g already holds decay * p for the weights; a
    rule with `decoupled = True` gets g alone, and rate * decay * p is subtracted apart from what it returns.
    """

    decoupled = False  # decay: apart from the rule, or as a part of the gradient

    def __init__(self, rate: Rate, *, decay: float = 0.0):
        self.rate = rate
        self.decay = need_number("decay", decay, 0.0)
        self.t = 0  # steps done
        self.weights: frozenset[str] = frozenset()
        self._layout: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._memory: dict[tuple[str, Hashable], np.ndarray] = {}

    def step(self, params: Arrays, grads: Arrays) -> None:
        """Change every array of `params` in place. Raises ValueError if keys or shapes differ.

        A rate of 0 freezes a parameter whatever the rule; what the rule remembers goes on following its gradient.
        With `decay`, `params` must say which of its arrays are weights, as `net.params` does.
        """
        if params.keys() != grads.keys():
            raise bad("grads", f"keys {sorted(grads)}", f"the keys of params, {sorted(params)}")
        layout = {key: (p.shape, p.strides) for key, p in params.items()}
        for key, (shape, _) in layout.items():
            if grads[key].shape != shape:
                raise bad(f"grads[{key!r}]", f"shape {grads[key].shape}", f"the shape of the parameter, {shape}")
        if layout != self._layout:
            if self._memory:
                raise bad("params", f"shapes and strides {layout}", f"those of the steps before, {self._layout}")
            if self.decay and not isinstance(params, Params):
                allowed = "net.params, or Params(arrays, weights=[...]) to say which arrays the decay acts on"
                raise bad("params", f"a {type(params).__name__} that names no weights", allowed)
            self._layout, self.weights = layout, getattr(params, "weights", frozenset())
            self._plan(params)
        rates = rate_of_each(self.rate(self.t) if callable(self.rate) else self.rate, params)
        self.t += 1
        self._apply(params, grads, rates)

    def _plan(self, params: Arrays) -> None:
        """What can be settled before the first step."""

    def _apply(self, params: Arrays, grads: Arrays, rates: dict[str, float]) -> None:
        for key, p in params.items():
            g, rate = grads[key], rates[key]
            decays = self.decay > 0 and key in self.weights
            update = self.update(key, p, g + self.decay * p if decays and not self.decoupled else g, rate)
            if rate > 0:
                p -= update + rate * self.decay * p if decays and self.decoupled else update

    def update(self, key: str, p: np.ndarray, g: np.ndarray, rate: float) -> np.ndarray:
        """What to subtract from the parameter `key`, in the shape of p and g."""
        raise bad("optimiser", type(self).__name__, "a subclass that defines update")

    def kept(self, name: str, key: Hashable, g: np.ndarray) -> np.ndarray:
        """The array that the rule remembers by this name for `key`, zeros like g at first; to be changed in place."""
        if (name, key) not in self._memory:
            self._memory[name, key] = np.zeros_like(g)
        return self._memory[name, key]


class Entrywise(Optimiser):
    """An optimiser whose rule acts on each number by itself, so that arrays can be joined and cut for speed.

    A rule of your own defines `entries`, which is given numbers in a row (and a rate, or one rate for each number):

    >>> class SignDescent(Entrywise):
    ...     def entries(self, piece, g, rate):
    ...         return rate * np.sign(g)
    >>> params = {"b": np.zeros((1, 2))}
    >>> SignDescent(0.5).step(params, {"b": np.array([[3.0, -0.1]])}); params["b"].tolist()
    [[-0.5, 0.5]]
    """

    def _plan(self, params):
        self._cut = _pieces(params, self.weights)

    def _apply(self, params, grads, rates):
        for i, piece in enumerate(self._cut):
            g = _gather(piece, grads)
            chosen = [rates[key] for key, _ in piece]
            rate = chosen[0] if len(set(chosen)) == 1 else np.repeat(chosen, [params[key].size for key, _ in piece])
            p = _gather(piece, params) if self.decay and piece[0][0] in self.weights else None
            update, start = self.entries(i, g if p is None or self.decoupled else g + self.decay * p, rate), 0
            if p is not None and self.decoupled:
                update = update + rate * self.decay * p
            for (key, cut), own in zip(piece, chosen, strict=True):
                target = params[key]
                if target.size > len(update):  # cut, and contiguous: this is a view
                    target = target.reshape(-1)[cut]
                part = update[start : (start := start + target.size)]
                if own > 0:
                    target -= part.reshape(target.shape)

    def entries(self, piece: int, g: np.ndarray, rate: float | np.ndarray) -> np.ndarray:
        """What to subtract from the numbers of a piece, a new vector as long as g."""
        raise bad("optimiser", type(self).__name__, "a subclass that defines entries")

    def _mean_square(self, piece: int, g: np.ndarray, beta: float) -> np.ndarray:
        """The running mean of g^2 for a piece, moved by this g."""
        v, square = self.kept("v", piece, g), np.square(g)
        square *= 1 - beta
        v *= beta
        v += square
        return v


class SGD(Entrywise):
    """p <- p - rate * (g + decay * p), the decay on weights only, as Nielsen (2015) has it.

    `rate` is in units of parameter^2 per loss, `decay` in loss per parameter^2; Nielsen's lambda/n is `decay`.

    >>> params = Params({"0.W": np.array([[1.0]]), "0.b": np.array([[1.0]])}, weights=["0.W"])
    >>> SGD(0.1, decay=0.5).step(params, {"0.W": np.array([[2.0]]), "0.b": np.array([[2.0]])})
    >>> params["0.W"].item(), params["0.b"].item()
    (0.75, 0.8)
    """

    def entries(self, piece, g, rate):
        return rate * g


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

    def entries(self, piece, g, rate):
        v = self.kept("v", piece, g)
        v *= self.beta
        v += g
        return rate * v


class Nesterov(Momentum):
    """v <- beta * v + g; p <- p - rate * (g + beta * v): momentum with a look ahead.

    Nesterov (1983), in the form of Sutskever et al. (2013), with p at the point looked ahead to.

    >>> params, g = {"b": np.zeros((1, 1))}, {"b": np.ones((1, 1))}
    >>> Nesterov(0.1, beta=0.9).step(params, g)
    >>> f"{params['b'].item():.2f}"
    '-0.19'
    """

    def entries(self, piece, g, rate):
        super().entries(piece, g, rate)
        return rate * (g + self.beta * self.kept("v", piece, g))


class RMSProp(Entrywise):
    """Step rate * g / (sqrt(v) + eps), v the running mean of g^2 (Tieleman and Hinton 2012, lecture 6.5).

    >>> params = {"b": np.zeros((1, 1))}
    >>> RMSProp(0.01, beta=0.99).step(params, {"b": np.array([[1e-3]])})
    >>> f"{params['b'].item():.3f}"
    '-0.100'
    """

    def __init__(self, rate: Rate, *, beta: float = 0.99, eps: float = 1e-8):
        super().__init__(rate)
        self.beta, self.eps = need_number("beta", beta, 0.0, 1.0), need_number("eps", eps, 0.0)

    def entries(self, piece, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)  # in float16, g * g and eps would be 0
        return rate * g / (np.sqrt(self._mean_square(piece, g, self.beta)) + self.eps)


class Adam(Entrywise):
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

    def entries(self, piece, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)
        m = self.kept("m", piece, g)
        m *= self.beta1
        m += (1 - self.beta1) * g
        # both corrections as numbers: m / a / (sqrt(v / b) + eps) = sqrt(b) / a * m / (sqrt(v) + sqrt(b) eps)
        a, root_b = 1 - self.beta1**self.t, math.sqrt(1 - self.beta2**self.t)
        step = np.sqrt(self._mean_square(piece, g, self.beta2))
        step += root_b * self.eps
        np.divide(m, step, out=step)
        step *= rate * (root_b / a)
        return step


class AdamW(Adam):
    """Adam, and apart from it p <- p - rate * decay * p on weights (Loshchilov and Hutter 2019).

    >>> params = Params({"0.W": np.ones((1, 1))}, weights=["0.W"])
    >>> AdamW(0.01, decay=0.1).step(params, {"0.W": np.zeros((1, 1))})
    >>> f"{params['0.W'].item():.3f}"
    '0.999'
    """

    decoupled = True

    def __init__(self, rate: Rate = 1e-3, *, decay: float = 0.01, **options: float):
        super().__init__(rate, **options)
        self.decay = need_number("decay", decay, 0.0)
