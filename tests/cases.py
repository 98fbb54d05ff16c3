"""The lists that most tests run over, and the few helpers that they share.

What `vgp._layout` names is in them by itself where its arguments have their usual names. Lines here are for what needs
other arguments, or more than one choice of them; test_cases.py says which line is missing.
"""

import copy
import functools
import importlib
import inspect
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vgp import _layout, activations, attention, init, losses, normalise, optim, recurrent, residual
from vgp.layers import Dense, Elementwise, Layer, Parametric, Sequential, mlp

ROOT = Path(__file__).resolve().parents[1]
DTYPES = [np.float16, np.float32, np.float64]
EPS = float(np.finfo(np.float64).eps)

# --- what there is ----------------------------------------------------------------------------------------------------

# The common part of classes that are cases; alone it computes nothing.
BASES = (Parametric, Layer, optim.Optimiser, optim.Entrywise, recurrent.Cell)


@functools.cache
def public():
    """The functions and classes that a user meets, such as "layers.Dense" and "theory.phases.phase"."""
    found = {}
    for row in _layout.RANKS:
        for path, names in row.items():
            module = importlib.import_module(f"vgp.{path}")
            own = [name for name in vars(module) if name[0] != "_" and "__" not in name]  # "__": mutmut's own
            own = own if path in _layout.NAMESPACES else names.split()
            for name in own:
                thing = getattr(module, name)
                if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module.__name__:
                    found[f"{path}.{name}"] = thing
    return found


def makers(kind):
    """Public subclasses of `kind` and functions that say they return one, by their own name."""

    def gives(thing):
        made = thing if inspect.isclass(thing) else inspect.signature(thing).return_annotation
        return inspect.isclass(made) and issubclass(made, kind) and thing not in BASES

    return {name.rpartition(".")[2]: thing for name, thing in public().items() if gives(thing)}


def needed(make):
    """The names of the arguments that have no default."""
    of = inspect.signature(make).parameters.items()
    return [name for name, p in of if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


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


def usual(n_in, n_out, *, rng, seeds=None, dtype=np.float64):
    """What the arguments of a layer are by their usual names: first those that are always given, if it has them."""
    options = {"rng": rng, "seeds": seeds, "dtype": dtype}
    always = {"n": n_in, "n_in": n_in, "n_out": n_out, "width": n_in, **options}
    square, any_ = (functools.partial(dense, n_in, n, **options) for n in (n_in, n_out))
    where_needed = {"layer": square, "branch": square, "transform": square, "gate": square, "dense": any_}
    where_needed |= {"activation": "tanh", "init": "glorot", "depth": 2, "blocks": 2, "heads": 1, "tokens": 3}
    return always, where_needed


def conventional(make):
    """make(n_in, n_out, rng=, seeds=, dtype=) for a layer whose arguments have their usual names."""
    parameters, missing = inspect.signature(make).parameters, needed(make)
    takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())  # hands seeds and dtype on

    def layer(n_in, n_out, **options):
        always, where_needed = usual(n_in, n_out, **options)
        given = {key: v for key, v in always.items() if key in parameters or (takes_more and key in ("seeds", "dtype"))}
        given |= {key: where_needed[key] for key in missing if key in where_needed}
        made = make(**{key: value() if isinstance(value, functools.partial) else value for key, value in given.items()})
        for p in made.params.values():  # away from the start, where a gradient may be right by chance
            p += (0.3 * options["rng"].standard_normal(p.shape)).astype(p.dtype)
        return made

    return layer


LISTED: dict[str, Callable[..., Layer]] = {
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
    "highway": lambda n_in, n_out, **o: residual.highway(n_in, activation="tanh", gate_bias=-0.5, **o),
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

KNOWN = {*usual(1, 1, rng=np.random.default_rng(0))[0], *usual(1, 1, rng=np.random.default_rng(0))[1]}


def unlisted(kind, listed):
    """Makers of `kind` that none of the listed names, such as "Dense" and "mlp(relu)", stands for."""
    names, every = {name.partition("(")[0] for name in listed}, makers(kind)
    made = {inspect.signature(every[name]).return_annotation for name in names & set(every)}
    return {name: make for name, make in every.items() if name not in names and make not in made}


DERIVED = {name: conventional(make) for name, make in unlisted(Layer, LISTED).items() if set(needed(make)) <= KNOWN}
LAYERS = LISTED | DERIVED


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


def tokens(layer):
    """Rows that belong together: a batch has a multiple of them."""
    return max(getattr(part, "tokens", 1) for part in parts(layer))


# --- losses: name -> (loss, target(rng, (..., B, K))) ---------------------------------------------------------------


def labels(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1])


# by the name of the second argument
TARGETS: dict[str, Callable] = {"labels": labels, "target": lambda rng, shape: rng.standard_normal(shape)}


def losses_of_vgp():
    """The public functions `(y, second argument) -> Loss`, by name."""
    for path, thing in public().items():
        if inspect.isfunction(thing):
            first, second, *_ = [*inspect.signature(thing).parameters, "", ""]
            if first == "y" and inspect.signature(thing).return_annotation == losses.Loss:
                yield path.rpartition(".")[2], thing, second


LOSSES: dict[str, tuple[Callable, Callable]] = {
    name: (loss, TARGETS[second]) for name, loss, second in losses_of_vgp() if second in TARGETS
}

# --- optimisers: name -> make(rate) ---------------------------------------------------------------------------------

OPTIMISERS: dict[str, Callable] = {
    **{name: make for name, make in makers(optim.Optimiser).items() if set(needed(make)) <= {"rate"}},
    "SGD(decay)": functools.partial(optim.SGD, decay=0.3),
    "Momentum(decay)": functools.partial(optim.Momentum, beta=0.5, decay=0.3),
    "Nesterov(decay)": functools.partial(optim.Nesterov, beta=0.5, decay=0.3),
    "RMSProp(beta)": functools.partial(optim.RMSProp, beta=0.5, eps=1e-3),
    "AdamW(decay)": functools.partial(optim.AdamW, beta1=0.5, beta2=0.9, eps=1e-3, decay=0.3),
    "Adam(betas)": functools.partial(optim.Adam, beta1=0.5, beta2=0.9, eps=1e-3),
}

# --- initialisers: the named ones by name, the parametrised ones by their factory -----------------------------------

SIZES = {"sigma_w": 1.5, "sigma_b": 0.7, "sd": 0.3, "limit": 0.5, "value": -0.3}


def factories(kind):
    """A sampler of each public function of `init` whose arguments have their usual names."""
    made = {
        name: make
        for name, make in makers(kind).items()
        if inspect.isfunction(make) and set(needed(make)) <= set(SIZES)
    }
    return {name: make(**{key: SIZES[key] for key in needed(make)}) for name, make in made.items()}


INITS: dict[str, init.WeightInit] = {
    **factories(init.WeightInit),
    **init.INITS,
    "orthogonal(2)": init.orthogonal(2.0),
    "identity(0.5)": init.identity(0.5),
}


class Bias(NamedTuple):
    draw: init.BiasInit
    variance: Callable[[int], float] | None  # of n_in, where it is known
    mean: float = 0.0


KNOWN_BIASES = {
    "zeros": (lambda n_in: 0.0,),
    "normal": (lambda n_in: 1.0,),
    "pytorch": (lambda n_in: 1 / (3 * n_in),),
    "bias_normal": (lambda n_in: SIZES["sigma_b"] ** 2,),
    "bias_constant": (lambda n_in: 0.0, SIZES["value"]),
}
BIASES = {
    name: Bias(draw, *KNOWN_BIASES.get(name, (None,)))
    for name, draw in (factories(init.BiasInit) | init.BIASES).items()
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
FORMULAS: dict[str, tuple[Reference, Reference]] = {
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
