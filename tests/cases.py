"""The lists that most tests run over, and the few helpers that they share. To add a layer, add a line to LAYERS."""

import copy
import functools
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vgp import activations, attention, init, losses, normalise, optim, residual
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


def normed(kind, n, *, rng, seeds=None, dtype=np.float64, **options):
    """A norm with gamma and beta away from 1 and 0, and a large eps: two examples would leave no gradient but eps's."""
    layer = kind(n, eps=0.1, seeds=seeds, dtype=dtype, **options)
    for p in layer.own.values():
        p += rng.standard_normal(p.shape).astype(dtype)
    return layer


def attend(n_in, n_out, *, heads=1, tokens=3, **options):
    return attention.SelfAttention(heads * n_in, heads=heads, tokens=tokens, **options)


def wrapped(block, n_in, n_out, *, factor=1, **options):
    """Dense to `factor` * n_in features, `block(width)`, Dense."""
    width = factor * n_in
    return Sequential([dense(n_in, width, **options), block(width, **options), dense(width, n_out, **options)])


def skip(n_in, n_out, *, scale=0.7, learned=False, **options):
    branch = Sequential([dense(n_in, 4, **options), Elementwise("tanh"), dense(4, n_in, **options)])
    return residual.Residual(branch, scale=scale, learned=learned)


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
    **{
        f"{kind.__name__}{note}": lambda n_in, n_out, kind=kind, more=more, **o: normed(kind, n_in, **more, **o)
        for kind in (normalise.LayerNorm, normalise.RMSNorm, normalise.BatchNorm)
        for note, more in (("", {}), ("(plain)", {"affine": False}))
    },
    "Fixed": lambda n_in, n_out, *, rng, dtype=np.float64, **_: normalise.Fixed(
        *rng.standard_normal((2, 1, n_in)).astype(dtype)
    ),
    # of one input, the direction would be a sign, and its gradient 0
    "WeightNorm": lambda n_in, n_out, **o: Sequential(
        [dense(n_in, 3, **o), normalise.WeightNorm(dense(3, n_out, **o))]
    ),
    "Residual": skip,
    "Residual(learned)": functools.partial(skip, learned=True),
    "Highway": lambda n_in, n_out, **o: residual.highway(n_in, activation="tanh", gate_bias=-0.5, **o),
    "SelfAttention": attend,
    "SelfAttention(causal)": functools.partial(attend, heads=2, causal=True),
    **{
        f"transformer_block({order})": functools.partial(
            wrapped, functools.partial(attention.transformer_block, heads=2, tokens=3, order=order, factor=2), factor=4
        )
        for order in ("pre", "post")
    },
    **{
        f"residual_mlp({scale}, {order})": lambda n_in, n_out, scale=scale, order=order, **o: residual.residual_mlp(
            n_in, 4, n_out, blocks=2, scale=scale, order=order, activation="tanh", normalise=normalise.LayerNorm, **o
        )
        for scale, order in ((0.5, "post"), ("depth", "pre"))
    },
}


def pick(layer, s):
    """The layer or net of seed s alone."""
    twin = copy.deepcopy(layer)
    for part in parts(twin):
        if part.own:
            part.own = {key: p[s] if p.ndim == 3 else p for key, p in part.own.items()}
    return twin


def parts(layer):
    """The layer and all layers inside it, each once."""
    found = [layer]
    for inner in layer.parts.values():
        found += [part for part in parts(inner) if not any(part is other for other in found)]
    return found


def coupled(layer):
    """Whether the output of one example depends on the others: no Jacobian for each example alone."""
    return any(isinstance(part, (normalise.BatchNorm, attention.SelfAttention)) for part in parts(layer))


def tokens(layer):
    """Rows that belong together: a batch has a multiple of them."""
    return max(getattr(part, "tokens", 1) for part in parts(layer))


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
    "Nesterov": optim.Nesterov,
    "Nesterov(decay)": functools.partial(optim.Nesterov, beta=0.5, decay=0.3),
    "RMSProp": optim.RMSProp,
    "RMSProp(beta)": functools.partial(optim.RMSProp, beta=0.5, eps=1e-3),
    "AdamW": optim.AdamW,
    "AdamW(decay)": functools.partial(optim.AdamW, beta1=0.5, beta2=0.9, eps=1e-3, decay=0.3),
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
