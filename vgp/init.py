"""Where the weights start: samplers `(n_in, n_out, *, rng)` with their variance and their source.

All the famous rules are one normal or uniform draw; they differ in its variance. Normal samplers draw the same
standard normals from the same generator and rescale them, so two rules compared at one seed are a paired experiment.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from ._errors import bad, need_choice, need_dtype, need_int, need_number, need_rng


def _sizes(n_in: int, n_out: int, seeds: int | None) -> tuple[tuple[int, ...], int, int]:
    """The seed axis, if any, and the two sizes, each checked."""
    n_in, n_out = need_int("n_in", n_in), need_int("n_out", n_out)
    return () if seeds is None else (need_int("seeds", seeds),), n_in, n_out


@dataclass(frozen=True)
class WeightInit:
    """A weight sampler that knows its own variance.

    Call it with `(n_in, n_out, rng=rng)` for W of shape (n_in, n_out), or with `seeds=S` for S independent
    replicas, (S, n_in, n_out). Raises TypeError without a generator, ValueError for sizes below 1.

    >>> he = get("he")
    >>> W = he(400, 300, rng=np.random.default_rng(0))
    >>> W.shape, f"{he.variance(400, 300):.4f}", f"{W.var():.4f}"
    ((400, 300), '0.0050', '0.0050')
    """

    name: str
    variance: Callable[[int, int], float]
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
    source: str

    def __call__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        seeds: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> np.ndarray:
        lead, n_in, n_out = _sizes(n_in, n_out, seeds)
        return self.draw(need_rng(rng), (*lead, n_in, n_out)).astype(need_dtype(dtype))


def _normal(name: str, variance: Callable[[int, int], float], source: str) -> WeightInit:
    def draw(rng, shape):
        return math.sqrt(variance(*shape[-2:])) * rng.standard_normal(shape)

    return WeightInit(name, variance, draw, source)


def _uniform(name: str, limit: Callable[[int, int], float], source: str) -> WeightInit:
    """U(-limit, limit) has variance limit^2 / 3."""

    def draw(rng, shape):
        return limit(*shape[-2:]) * rng.uniform(-1.0, 1.0, shape)

    return WeightInit(name, lambda n_in, n_out: limit(n_in, n_out) ** 2 / 3, draw, source)


def scaled_normal(sigma_w: float) -> WeightInit:
    """W ~ N(0, sigma_w^2 / n_in), the parametrisation of mean-field theory (Poole et al. 2016).

    >>> f"{scaled_normal(1.5).variance(100, 50):.4f}"
    '0.0225'
    """
    sigma_w = need_number("sigma_w", sigma_w, 0.0, 1e60, open_low=True)
    return _normal(f"scaled_normal({sigma_w:g})", lambda n_in, n_out: sigma_w**2 / n_in, "Poole et al. (2016)")


def normal(sd: float) -> WeightInit:
    """W ~ N(0, sd^2) at any width: what one-neuron arguments assume, and what a wide net cannot bear.

    >>> normal(1.0).variance(100, 50)
    1.0
    """
    sd = need_number("sd", sd, 0.0, 1e60, open_low=True)
    return _normal(f"normal({sd:g})", lambda n_in, n_out: sd**2, "Nielsen (2015), large_weight_initializer")


def uniform(limit: float) -> WeightInit:
    """W ~ U(-limit, limit) at any width; TensorFlow Playground uses 0.5.

    >>> f"{uniform(0.5).variance(100, 50):.4f}"
    '0.0833'
    """
    limit = need_number("limit", limit, 0.0, open_low=True)
    return _uniform(f"uniform({limit:g})", lambda n_in, n_out: limit, "tensorflow/playground")


def orthogonal(gain: float = 1.0) -> WeightInit:
    """Random (semi-)orthogonal W times `gain`: all singular values equal (Saxe et al. 2014).

    Drawn by QR of a Gaussian matrix, with the signs of R's diagonal moved to Q, which makes it uniform (Haar).

    >>> W = orthogonal()(3, 5, rng=np.random.default_rng(0))
    >>> np.allclose(W @ W.T, np.eye(3))
    True
    """
    gain = need_number("gain", gain, 0.0, open_low=True)

    def draw(rng, shape):
        n_in, n_out = shape[-2:]
        tall = rng.standard_normal((*shape[:-2], max(n_in, n_out), min(n_in, n_out)))
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
        return gain * (q if n_in >= n_out else np.swapaxes(q, -1, -2))

    return WeightInit(
        f"orthogonal({gain:g})", lambda n_in, n_out: gain**2 / max(n_in, n_out), draw, "Saxe et al. (2014)"
    )


def identity(gain: float = 1.0) -> WeightInit:
    """W = gain * I, for square layers only (Le, Jaitly and Hinton 2015).

    >>> identity(0.5)(2, 2, rng=np.random.default_rng(0)).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    gain = need_number("gain", gain, 0.0, open_low=True)

    def draw(rng, shape):
        n_in, n_out = shape[-2:]
        if n_in != n_out:
            raise bad("n_out", n_out, f"n_in = {n_in}: the identity initialiser needs a square layer")
        return np.broadcast_to(gain * np.eye(n_in), shape).copy()

    return WeightInit(
        f"identity({gain:g})", lambda n_in, n_out: gain**2 * (n_in - 1) / n_in**2, draw, "Le, Jaitly and Hinton (2015)"
    )


_TABLE = [
    _normal("lecun", lambda n_in, n_out: 1 / n_in, "LeCun et al. (1998), eq. 16"),
    _uniform("lecun_uniform", lambda n_in, n_out: math.sqrt(3 / n_in), "LeCun et al. (1998), eq. 16"),
    _normal("glorot", lambda n_in, n_out: 2 / (n_in + n_out), "Glorot and Bengio (2010), eq. 12"),
    _uniform("glorot_uniform", lambda n_in, n_out: math.sqrt(6 / (n_in + n_out)), "Glorot and Bengio (2010), eq. 16"),
    _normal("he", lambda n_in, n_out: 2 / n_in, "He et al. (2015)"),
    _uniform("he_uniform", lambda n_in, n_out: math.sqrt(6 / n_in), "He et al. (2015)"),
    _uniform(
        "old_uniform", lambda n_in, n_out: 1 / math.sqrt(n_in), "Glorot and Bengio (2010), eq. 1, there called standard"
    ),
    _uniform(
        "pytorch", lambda n_in, n_out: 1 / math.sqrt(n_in), "torch.nn.Linear's default, kaiming_uniform_(a=sqrt(5))"
    ),
    orthogonal(),
    identity(),
]
INITS: dict[str, WeightInit] = {init.name.removesuffix("(1)"): init for init in _TABLE}


def get(init: "str | WeightInit") -> WeightInit:
    """Return the weight initialiser of that name; a `WeightInit` passes through.

    >>> get("glorot").source
    'Glorot and Bengio (2010), eq. 12'
    """
    return init if isinstance(init, WeightInit) else INITS[need_choice("init", init, INITS)]


@dataclass(frozen=True)
class BiasInit:
    """A bias sampler: call it with `(n_in, n_out, rng=rng, seeds=None)` for b of shape (seeds, 1, n_out).

    >>> get_bias("pytorch")(100, 5, rng=np.random.default_rng(0), seeds=2).shape
    (2, 1, 5)
    """

    name: str
    draw: Callable[[np.random.Generator, tuple[int, ...], int], np.ndarray]

    def __call__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        seeds: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> np.ndarray:
        lead, n_in, n_out = _sizes(n_in, n_out, seeds)
        return self.draw(need_rng(rng), (*lead, 1, n_out), n_in).astype(need_dtype(dtype))


def bias_normal(sigma_b: float) -> BiasInit:
    """b ~ N(0, sigma_b^2), the parametrisation of mean-field theory.

    >>> bias_normal(1.0)(3, 4, rng=np.random.default_rng(0), seeds=2).shape
    (2, 1, 4)
    """
    sigma_b = need_number("sigma_b", sigma_b, 0.0)
    return BiasInit(f"normal({sigma_b:g})", lambda rng, shape, n_in: sigma_b * rng.standard_normal(shape))


def bias_constant(value: float) -> BiasInit:
    """b = value, for every unit.

    >>> bias_constant(0.1)(3, 2, rng=np.random.default_rng(0)).tolist()
    [[0.1, 0.1]]
    """
    value = need_number("value", value)
    return BiasInit(f"constant({value:g})", lambda rng, shape, n_in: np.full(shape, value))


BIASES: dict[str, BiasInit] = {
    "zeros": BiasInit("zeros", lambda rng, shape, n_in: np.zeros(shape)),
    "normal": BiasInit("normal", lambda rng, shape, n_in: rng.standard_normal(shape)),
    "pytorch": BiasInit("pytorch", lambda rng, shape, n_in: rng.uniform(-1.0, 1.0, shape) / math.sqrt(n_in)),
}


def get_bias(bias: "str | BiasInit") -> BiasInit:
    """Return the bias initialiser of that name ("normal" has sd 1); a `BiasInit` passes through.

    >>> get_bias("zeros")(2, 3, rng=np.random.default_rng(0)).tolist()
    [[0.0, 0.0, 0.0]]
    """
    return bias if isinstance(bias, BiasInit) else BIASES[need_choice("bias", bias, BIASES)]


def chrono(
    n: int, *, longest: int, rng: np.random.Generator, gates: tuple[str, ...] = ("i", "f", "g", "o")
) -> np.ndarray:
    """Bias (1, 4n) of an LSTM: forget gates ln U[1, longest - 1], input gates the negative (Tallec and Ollivier 2018).

    A forget gate of bias ln(t - 1) keeps (t - 1) / t of its state per step: it remembers for about t steps.

    >>> b = chrono(1000, longest=50, rng=np.random.default_rng(0))
    >>> b.shape, bool(b[0, 1000:2000].max() <= np.log(49)), bool((b[0, :1000] == -b[0, 1000:2000]).all())
    ((1, 4000), True, True)
    """
    n, longest = need_int("n", n), need_int("longest", longest, 3)
    if not isinstance(gates, (tuple, list)) or not gates:
        raise bad("gates", repr(gates), "a tuple of one or more letters, such as i, f, g, o")
    gates = tuple(need_choice("gates", gate, "fginorz") for gate in gates)
    forget = np.log(need_rng(rng).uniform(1.0, longest - 1.0, n))
    parts = {"f": forget, "i": -forget}
    return np.concatenate([parts.get(gate, np.zeros(n)) for gate in gates])[None, :]
