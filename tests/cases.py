"""The lists that most tests run over, and the few helpers that they share. To add a layer, add a line to LAYERS."""

import copy
import functools
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vgp import activations, init, losses, optim
from vgp.layers import Dense, Elementwise, Layer, Sequential, mlp

ROOT = Path(__file__).resolve().parents[1]
DTYPES = [np.float16, np.float32, np.float64]
EPS = float(np.finfo(np.float64).eps)


# --- layers: name -> make(n_in, n_out, rng=, seeds=, dtype=) --------------------------------------------------------


def dense(n_in, n_out, **options):
    return Dense(init.get("glorot")(n_in, n_out, **options), init.get_bias("normal")(n_in, n_out, **options))


def shared(n_in, n_out, **options):
    """The same layer twice, once inside a net of its own."""
    layer = dense(n_in, n_in, **options)
    return Sequential([layer, Elementwise("tanh"), Sequential([layer, Elementwise("sigmoid")])])


def net(n_in, n_out, width=4, **options):
    return mlp(n_in, width, n_out, depth=3, bias="normal", **options)


LAYERS: dict[str, Callable[..., Layer]] = {
    "Dense": dense,
    **{
        f"Elementwise({name})": lambda n_in, n_out, name=name, **_: Elementwise(name)
        for name in activations.ACTIVATIONS
    },
    "Sequential": lambda n_in, n_out, **o: Sequential([dense(n_in, 4, **o), Elementwise("gelu"), dense(4, n_out, **o)]),
    "shared": shared,
    **{f"mlp({name})": functools.partial(net, activation=name) for name in ("sigmoid", "tanh", "relu", "selu")},
    "mlp(widths)": functools.partial(net, width=[5, 1, 3], activation="silu", init="orthogonal"),
}


def pick(layer, s):
    """The layer or net of seed s alone."""
    twin = copy.deepcopy(layer)
    for part in parts(twin):
        if not hasattr(part, "layers"):
            part.params = {key: p[s] for key, p in part.params.items()}
    return twin


def parts(layer):
    """The layer and all layers inside it, each once."""
    found = [layer]
    for inner in getattr(layer, "layers", ()):
        found += [part for part in parts(inner) if not any(part is other for other in found)]
    return found


# --- losses: name -> (loss, target(rng, (..., B, K))) ---------------------------------------------------------------


def labels(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1])


LOSSES: dict[str, tuple[Callable, Callable]] = {
    "softmax_cross_entropy": (losses.softmax_cross_entropy, labels),
    "sigmoid_cross_entropy": (losses.sigmoid_cross_entropy, labels),
    "mse": (losses.mse, lambda rng, shape: rng.standard_normal(shape)),
}

# --- optimisers: name -> make(rate) ---------------------------------------------------------------------------------

OPTIMISERS: dict[str, Callable] = {
    "SGD": optim.SGD,
    "SGD(decay)": functools.partial(optim.SGD, decay=0.3),
    "Momentum": optim.Momentum,
    "Momentum(decay)": functools.partial(optim.Momentum, beta=0.5, decay=0.3),
    "Adam": optim.Adam,
    "Adam(betas)": functools.partial(optim.Adam, beta1=0.5, beta2=0.9, eps=1e-3),
}

# --- initialisers: the named ones by name, the parametrised ones by their factory -----------------------------------

INITS: dict[str, init.WeightInit] = {
    "lecun": init.get("lecun"),
    "lecun_uniform": init.get("lecun_uniform"),
    "glorot": init.get("glorot"),
    "glorot_uniform": init.get("glorot_uniform"),
    "he": init.get("he"),
    "he_uniform": init.get("he_uniform"),
    "old_uniform": init.get("old_uniform"),
    "pytorch": init.get("pytorch"),
    "orthogonal": init.get("orthogonal"),
    "orthogonal(2)": init.orthogonal(2.0),
    "identity": init.get("identity"),
    "identity(0.5)": init.identity(0.5),
    "scaled_normal": init.scaled_normal(1.5),
    "normal": init.normal(0.3),
    "uniform": init.uniform(0.5),
}


class Bias(NamedTuple):
    draw: init.BiasInit
    variance: Callable[[int], float]  # of n_in
    mean: float = 0.0


BIASES = {
    "zeros": Bias(init.get_bias("zeros"), lambda n_in: 0.0),
    "normal": Bias(init.get_bias("normal"), lambda n_in: 1.0),
    "pytorch": Bias(init.get_bias("pytorch"), lambda n_in: 1 / (3 * n_in)),
    "bias_normal": Bias(init.bias_normal(0.7), lambda n_in: 0.49),
    "bias_constant": Bias(init.bias_constant(-0.3), lambda n_in: 0.0, -0.3),
}

# --- activations: the textbook formula and its derivative, computed with 700 digits ---------------------------------
# At 700 digits 1 - tanh(z)^2 loses nothing that matters up to |z| = 700, so the plain formulas are the reference.


def exact(f: Callable[[Decimal], Decimal], z: float) -> float:
    with localcontext(prec=700, Emax=10**6, Emin=-(10**6)):
        return float(f(Decimal(float(z))))


@functools.cache
def pi(prec=700):
    with localcontext(prec=prec + 10):  # Gauss and Legendre's means: the digits double with each step
        a, b, t, p = Decimal(1), 1 / Decimal(2).sqrt(), Decimal("0.25"), 1
        for _ in range(11):
            a, b, t, p = (a + b) / 2, (a * b).sqrt(), t - p * ((a - b) / 2) ** 2, 2 * p
        return (a + b) ** 2 / (4 * t)


@functools.cache
def erf(x):
    if abs(x) > 40:
        return Decimal(1).copy_sign(x)  # to 695 digits
    term = total = x
    k = 0
    while abs(term) > Decimal(10) ** -690:  # the series alternates, with terms up to exp(x^2): 700 digits see to that
        k += 1
        term *= -x * x / k
        total += term / (2 * k + 1)
    return 2 * total / pi().sqrt()


def sigmoid(z):
    return 1 / (1 + (-z).exp())


def tanh(z):
    return (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())


def cdf(z):
    return (1 + erf(z / Decimal(2).sqrt())) / 2


def pdf(z):
    return (-z * z / 2).exp() / (2 * pi()).sqrt()


ALPHA, SCALE, LEAK = (Decimal(v) for v in (activations.SELU_ALPHA, activations.SELU_SCALE, activations.LEAK))
A, B = Decimal("1.7159"), Decimal(2) / 3

Reference = Callable[[Decimal], Decimal]
ACTIVATIONS: dict[str, tuple[Reference, Reference]] = {
    "identity": (lambda z: z, lambda z: Decimal(1)),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (tanh, lambda z: 1 - tanh(z) ** 2),
    "hard_tanh": (lambda z: max(-1, min(1, z)), lambda z: Decimal(abs(z) < 1)),
    "relu": (lambda z: max(0, z), lambda z: Decimal(z > 0)),
    "leaky_relu": (lambda z: max(LEAK * z, z), lambda z: 1 if z > 0 else LEAK),
    "elu": (lambda z: z if z > 0 else z.exp() - 1, lambda z: 1 if z > 0 else z.exp()),
    "selu": (
        lambda z: SCALE * (z if z > 0 else ALPHA * (z.exp() - 1)),
        lambda z: SCALE * (1 if z > 0 else ALPHA * z.exp()),
    ),
    "gelu": (lambda z: z * cdf(z), lambda z: cdf(z) + z * pdf(z)),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))),
    "softplus": (lambda z: (1 + z.exp()).ln(), sigmoid),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2),
    "erf": (erf, lambda z: 2 / pi().sqrt() * (-z * z).exp()),
    "lecun_tanh": (lambda z: A * tanh(B * z), lambda z: A * B * (1 - tanh(B * z) ** 2)),
}
