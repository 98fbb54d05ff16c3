"""Optimisers change a dict of arrays in place; they know names and numbers, and no layer.

`params` and `grads` are dicts with the same keys, such as those of `Sequential.params` and `Sequential.backward`.
A rate is a number for all parameters, or a dict from key (or key prefix: "2" covers "2.W" and "2.b") to number, or a
function of the step (0, 1, ...) that returns one of these, such as `warm_up` and `decay` make.

In order of what they remember: SGD nothing; Momentum and Nesterov a velocity; RMSProp a scale; Adam and AdamW both.

An update works on pieces of one long vector: small arrays joined, large ones cut. So 400 small arrays cost a few
NumPy calls and not thousands, and what a rule writes down on its way stays in the processor's cache.
"""

import math

import numpy as np

from ._errors import bad, need_number
from .rates import Rate, per_layer, spread

Params = dict[str, np.ndarray]
__all__ = ["SGD", "Adam", "AdamW", "Momentum", "Nesterov", "Optimiser", "RMSProp", "per_layer"]


_PIECE = 1 << 16  # numbers in a piece: a handful of vectors of this length fit in a second-level cache
_Piece = list[tuple[str, slice]]  # keys, and which part of each array, in a row


def _pieces(params: Params) -> list[_Piece]:
    """Cut and join the arrays into pieces; weights and the rest apart, since decay is for weights."""
    pieces: list[_Piece] = []
    for kind in (True, False):
        joined: list[tuple[str, slice]] = []
        size = 0
        for key, p in params.items():
            if key.endswith("W") is not kind:
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


def _gather(piece: _Piece, arrays: Params) -> np.ndarray:
    """The piece as one vector; a view where it is part of one array."""
    parts = [arrays[key].reshape(-1)[cut] for key, cut in piece]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Optimiser:
    """Common part: the check of the trees, and the loop over pieces.

    A rule of your own defines `_update`, entry by entry, which returns what is subtracted from p:

    >>> class SignDescent(Optimiser):
    ...     def _update(self, i, p, g, rate):
    ...         return rate * np.sign(g)
    >>> params = {"b": np.zeros((1, 2))}
    >>> SignDescent(0.5).step(params, {"b": np.array([[3.0, -0.1]])}); params["b"].tolist()
    [[-0.5, 0.5]]
    """

    decay = 0.0

    def __init__(self, rate: Rate):
        self.rate = rate
        self.t = 0  # steps done
        self._layout: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self._plan: list[_Piece] = []
        self._memory: dict[tuple[str, int], np.ndarray] = {}

    def step(self, params: Params, grads: Params) -> None:
        """Change every array of `params` in place. Raises ValueError if keys or shapes differ.

        A rate of 0 freezes a parameter whatever the rule; what the rule remembers goes on following its gradient.
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
            self._layout, self._plan = layout, _pieces(params)
        rates = spread(self.rate(self.t) if callable(self.rate) else self.rate, params)
        self.t += 1
        for i, piece in enumerate(self._plan):
            g = _gather(piece, grads)
            p = _gather(piece, params) if self.decay and piece[0][0].endswith("W") else None
            chosen = [rates[key] for key, _ in piece]
            rate = chosen[0] if len(set(chosen)) == 1 else np.repeat(chosen, [params[key].size for key, _ in piece])
            update, start = self._update(i, p, g, rate), 0
            for (key, cut), own in zip(piece, chosen, strict=True):
                target = params[key]
                if target.size > len(update):  # cut, and contiguous: this is a view
                    target = target.reshape(-1)[cut]
                part = update[start : (start := start + target.size)]
                if own > 0:
                    target -= part.reshape(target.shape)

    def _update(self, i: int, p: np.ndarray | None, g: np.ndarray, rate: float | np.ndarray) -> np.ndarray:
        """What to subtract from piece `i`, a new vector; `p` is None where nothing decays."""
        raise bad("optimiser", type(self).__name__, "a subclass that defines _update")

    def _mean_square(self, i: int, g: np.ndarray, beta: float) -> np.ndarray:
        """The running mean of g^2 for piece `i`, moved by this g."""
        v, square = self._kept("v", i, g), np.square(g)
        square *= 1 - beta
        v *= beta
        v += square
        return v

    def _kept(self, name: str, i: int, g: np.ndarray) -> np.ndarray:
        """The vector that the rule remembers by this name for piece `i`, zeros at first; to be changed in place."""
        if (name, i) not in self._memory:
            self._memory[name, i] = np.zeros_like(g)
        return self._memory[name, i]


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

    def _gradient(self, p: np.ndarray | None, g: np.ndarray) -> np.ndarray:
        return g if p is None else g + self.decay * p

    def _update(self, i, p, g, rate):
        return rate * self._gradient(p, g)


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

    def _update(self, i, p, g, rate):
        v = self._kept("v", i, g)
        v *= self.beta
        v += self._gradient(p, g)
        return rate * v


class Nesterov(Momentum):
    """v <- beta * v + g; p <- p - rate * (g + beta * v): momentum with a look ahead.

    Nesterov (1983), in the form of Sutskever et al. (2013), with p at the point looked ahead to.

    >>> params, g = {"b": np.zeros((1, 1))}, {"b": np.ones((1, 1))}
    >>> Nesterov(0.1, beta=0.9).step(params, g)
    >>> f"{params['b'].item():.2f}"
    '-0.19'
    """

    def _update(self, i, p, g, rate):
        super()._update(i, p, g, rate)
        return rate * (self._gradient(p, g) + self.beta * self._kept("v", i, g))


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

    def _update(self, i, p, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)  # in float16, g * g and eps would be 0
        return rate * g / (np.sqrt(self._mean_square(i, g, self.beta)) + self.eps)


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

    def _update(self, i, p, g, rate):
        g = g.astype(np.result_type(g, np.float32), copy=False)
        m = self._kept("m", i, g)
        m *= self.beta1
        m += (1 - self.beta1) * g
        # both corrections as numbers: m / a / (sqrt(v / b) + eps) = sqrt(b) / a * m / (sqrt(v) + sqrt(b) eps)
        a, root_b = 1 - self.beta1**self.t, math.sqrt(1 - self.beta2**self.t)
        step = np.sqrt(self._mean_square(i, g, self.beta2))
        step += root_b * self.eps
        np.divide(m, step, out=step)
        step *= rate * (root_b / a)
        return step


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

    def _update(self, i, p, g, rate):
        step = super()._update(i, p, g, rate)
        return step if p is None else step + rate * self.decay * p
