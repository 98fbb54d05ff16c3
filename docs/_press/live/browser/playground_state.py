"""The state of the playground: its keys with what each allows, the net and the data that it stands for.

A state is a dict that may lack keys; `check` completes it or says which key is wrong, what came and what is allowed.
`build` makes the net with the calls that `playground_code` prints, so that both give the same numbers.
"""

import math
from functools import lru_cache

import numpy as np

import vgp
from vgp import init as inits
from vgp._errors import bad
from vgp.activations import ACTIVATIONS
from vgp.normalise import BatchNorm, LayerNorm, RMSNorm
from vgp.residual import Residual

NORMS = {"batch": BatchNorm, "layer": LayerNorm, "rms": RMSNorm}
LOSSES = {"softmax": vgp.softmax_cross_entropy, "sigmoid": vgp.sigmoid_cross_entropy}
FREE = ("normal", "orthogonal")  # their scale is sigma_w; the other rules bring their own
RULES = (*FREE, "lecun", "glorot", "he", "lecun_uniform", "glorot_uniform", "he_uniform", "old_uniform", "pytorch")
CLASSES = 10
DYING = ("relu", "hard_tanh")  # the activations whose slope can be 0


def _number(default, low, high, step, label, text, *, kind="number", scale="linear"):
    limits = {"default": default, "low": low, "high": high, "step": step, "scale": scale}
    return {"kind": kind, **limits, "label": label, "help": text}


def _choice(default, choices, label, text):
    return {"kind": "choice", "default": default, "choices": list(choices), "label": label, "help": text}


def _bool(default, label, text):
    return {"kind": "bool", "default": default, "label": label, "help": text}


KEYS = {
    "depth": _number(30, 1, 100, 1, "Depth", "hidden layers", kind="int"),
    "width": _number(64, 1, 256, 1, "Width", "units in each hidden layer", kind="int"),
    "activation": _choice("tanh", ACTIVATIONS, "Activation", "the function after each hidden layer"),
    "init": _choice(
        "normal", RULES, "First weights", "normal and orthogonal take sigma_w; a named rule brings its own"
    ),
    "sigma_w": _number(1.0, 0.05, 15.0, 0.01, "sigma_w", "weights have the variance sigma_w^2 / n_in"),
    "sigma_b": _number(0.0, 0.0, 3.0, 0.01, "sigma_b", "biases are N(0, sigma_b^2)"),
    "norm": _choice("none", ("none", *NORMS), "Normalisation", "before each activation"),
    "residual": _bool(False, "Skip connections", "each layer is added to the one before: z + scale (W phi(z) + b)"),
    "scale": _number(
        1.0, 0.0, 2.0, 0.01, "Branch scale", "a number, or depth for 1/sqrt(depth); with skip connections"
    ),
    "dtype": _choice("float64", ("float16", "float32", "float64"), "Number format", "of weights and signals"),
    "seeds": _number(10, 1, 50, 1, "Nets", "independent draws of the first weights", kind="int"),
    "seed": _number(0, 0, 999_999, 1, "Seed", "where the random numbers start", kind="int"),
    "data": _choice("digits8", ("mnist", "digits8", "noise"), "Data", "28x28 or 8x8 digits, or Gaussian noise"),
    "batch": _number(64, 4, 256, 1, "Batch", "examples that are sent through", kind="int"),
    "loss": _choice("softmax", LOSSES, "Loss", "cross-entropy behind a softmax, or behind ten sigmoids"),
    "optimiser": _choice("sgd", ("sgd", "momentum", "adam"), "Optimiser", "for training"),
    "rate": _number(0.1, 1e-5, 10.0, 0.01, "Learning rate", "for training", scale="log"),
}


def defaults():
    """The table of keys, and the state that they begin with."""
    return {"state": {key: spec["default"] for key, spec in KEYS.items()}, "keys": KEYS}


def check(state):
    """Return the complete state; ValueError naming the key, what came and what is allowed."""
    if not isinstance(state, dict):
        raise bad("state", type(state).__name__, "a dict from key to value")
    for key in state:
        if key not in KEYS:
            raise bad("state", f"the key {key!r}", ", ".join(KEYS))
    return {key: _value(key, spec, state.get(key, spec["default"])) for key, spec in KEYS.items()}


def _value(key, spec, value):
    kind = spec["kind"]
    if kind == "choice":
        if not isinstance(value, str) or value not in spec["choices"]:
            raise bad(key, repr(value), "one of " + ", ".join(spec["choices"]))
        return value
    if kind == "bool":
        if not isinstance(value, bool):
            raise bad(key, repr(value), "true or false")
        return value
    if key == "scale" and value == "depth":
        return value
    also = ', or "depth"' if key == "scale" else ""
    what = ("a whole number" if kind == "int" else "a number") + f" from {spec['low']:g} to {spec['high']:g}{also}"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not spec["low"] <= value <= spec["high"]:
        raise bad(key, repr(value), what)
    if kind == "int" and value != int(value):
        raise bad(key, repr(value), what)
    return int(value) if kind == "int" else float(value)


# --- how much of it is computed --------------------------------------------------------------------------------------

INPUTS = {"mnist": 784, "digits8": 64, "noise": 64}
# Multiplications of one pass forward and back. WebAssembly does about 600 million a second, without BLAS.
SLOW = {"gelu": 1500, "erf": 1000}  # what an activation costs for each unit, in multiplications; others 60
LIMIT = {"tiny": 10e6, "small": 30e6, "full": 320e6}
MOST = {"tiny": (1, 8), "small": (4, 16), "full": (50, 256)}  # nets, examples


def sizes(s, size):
    """How many nets and examples are computed, and why fewer than asked, or None."""
    seeds, batch = min(s["seeds"], MOST[size][0]), s["batch"]
    # BatchNorm's statistics are those of the batch, which therefore keeps its size longer
    batch = min(batch, 2 * MOST[size][1] if s["norm"] == "batch" else MOST[size][1])
    per = 3 * (INPUTS[s["data"]] * s["width"] + (s["depth"] - 1) * s["width"] ** 2 + CLASSES * s["width"])
    per += s["depth"] * s["width"] * SLOW.get(s["activation"], 60)
    per *= 3 if s["dtype"] == "float16" else 1  # which processors do not have
    least = min(batch, 16 if s["norm"] != "batch" else 64)
    while per * seeds * batch > LIMIT[size] and (seeds > 1 or batch > 8):
        if batch > least or seeds == 1:
            batch = max(least if seeds > 1 else 8, batch // 2)
        else:
            seeds -= 1
    if (seeds, batch) == (s["seeds"], s["batch"]):
        return seeds, batch, None
    asked = f"{s['seeds']} nets and {s['batch']} examples asked for, {seeds} and {batch} computed: "
    return seeds, batch, asked + ("more would take longer than a second." if size == "full" else "while you drag.")


# --- data and net ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=6)
def examples(data, dtype, seed):
    """Training and test examples, as `vgp.data` gives them; noise is drawn from its own generator."""
    if data == "mnist":
        return vgp.data.mnist(1000, 200, dtype=dtype)
    if data == "digits8":
        return vgp.data.digits8(1500, 200, dtype=dtype)
    x = np.random.default_rng(seed).standard_normal((1200, 64)).astype(dtype)
    labels = np.arange(1200) % CLASSES
    return vgp.data.Split(x[:1000], labels[:1000], x[1000:], labels[1000:])


class Replay(np.random.Generator):
    """A generator that gives the numbers of `default_rng(seed)` and remembers them, so that a drag draws nothing.

    A call that differs from the one remembered at its place (the depth has changed) goes on from the state there.
    """

    def begin(self):
        self.at = 0
        return self

    def _next(self, name, shape, draw):
        made = self.__dict__.setdefault("made", [])
        if self.at == len(made) or made[self.at][:2] != (name, shape):
            if self.at < len(made):
                self.bit_generator.state = made[self.at][2]
                del made[self.at :]
            before = self.bit_generator.state
            made.append((name, shape, before, draw()))
            made[-1][3].flags.writeable = False
        self.at += 1
        return made[self.at - 1][3]

    def standard_normal(self, size=None, **options):
        return self._next("normal", size, lambda: super(Replay, self).standard_normal(size, **options))

    def uniform(self, low=0.0, high=1.0, size=None):
        return self._next(("uniform", low, high), size, lambda: super(Replay, self).uniform(low, high, size))


@lru_cache(maxsize=2)
def _replay(seed, width, seeds, inputs):
    return Replay(np.random.PCG64(seed))


def rule(s):
    """The weight initialiser of a state."""
    if s["init"] in FREE:
        return {"normal": inits.scaled_normal, "orthogonal": inits.orthogonal}[s["init"]](s["sigma_w"])
    return inits.get(s["init"])


def gain(s, n_in=None):
    """The sigma_w that a rule amounts to for a layer of `n_in` inputs (the hidden width where it is not given)."""
    n_in = s["width"] if n_in is None else n_in
    return math.sqrt(rule(s).variance(n_in, s["width"]) * n_in)


def branch_scale(s):
    """The number in front of the branch."""
    return 1 / math.sqrt(s["depth"]) if s["scale"] == "depth" else s["scale"]


def build(s, seeds, *, fresh=False):
    """The net; with `fresh`, its arrays are its own, to be trained."""
    inputs = INPUTS[s["data"]]
    small = not fresh and seeds * s["depth"] * s["width"] ** 2 < 2e6  # numbers worth remembering
    rng = _replay(s["seed"], s["width"], seeds, inputs).begin() if small else np.random.default_rng(s["seed"])
    net = vgp.mlp(
        inputs, s["width"], CLASSES, depth=s["depth"], rng=rng, activation=s["activation"], init=rule(s),
        bias=inits.bias_normal(s["sigma_b"]), seeds=seeds, dtype=s["dtype"],
    )  # fmt: skip
    if s["norm"] == "none" and not s["residual"]:
        return net

    def act():
        norm = [NORMS[s["norm"]](s["width"], affine=False)] if s["norm"] != "none" else []
        return [*norm, vgp.Elementwise(s["activation"])]

    first, *hidden, last = net.layers[::2]
    layers = [first]
    for dense in hidden:
        layers += (
            [Residual(vgp.Sequential([*act(), dense]), scale=branch_scale(s))] if s["residual"] else [*act(), dense]
        )
    return vgp.Sequential([*layers, *act(), last])
