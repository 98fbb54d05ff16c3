"""A verdict in words: which disease a trace shows, on what evidence, and what to try.

Every rule is one function that compares a measurement with its threshold. The thresholds stand here, with their
reasons; tests/vgp/test_diagnose.py tries them on nets broken on purpose and on healthy ones. Where several nets were
traced, the rules read medians over the seeds.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from .._errors import bad, need_choice, need_number, need_reals, type_name
from .._trees import norm
from ..recurrent import Through
from .formats import PRECISIONS, underflow
from .signals import input_cosine
from .trace import Trace

# disease: (why it matters, what to try)
ADVICE: dict[str, tuple[str, tuple[str, ...]]] = {
    "not finite": (
        "Everything after the first such number is lost.",
        ("a smaller start or learning rate", "a wider dtype", "loss scaling turned down", "clipping by norm"),
    ),
    "vanishing gradient": (
        "SGD moves the first layers a hundred times less than the last; they stay near their random start.",
        (
            "a weight scale at which chi = 1 for this activation",
            "residual connections",
            "normalisation",
            "Adam, for moderate depth",
        ),
    ),
    "exploding gradient": (
        "One rate cannot suit layers whose gradients differ a hundredfold.",
        (
            "a smaller weight scale (chi = 1)",
            "a branch scale of 1/sqrt(L) or 0, where there are skip connections",
            "skip connections around BatchNorm, which without them does this at init",
            "clipping by norm, against single steps",
        ),
    ),
    "shrinking signal": (
        "A signal far below the scale of the biases says little about the input.",
        ("a larger weight variance (2/n for ReLU, 1/n for tanh)", "LSUV", "normalisation"),
    ),
    "growing signal": (
        "A signal far above the scale of the loss makes its first gradients random and large.",
        ("a smaller weight variance (2/n for ReLU, 1/n for tanh)", "LSUV", "normalisation"),
    ),
    "saturated units": (
        "A saturated unit passes almost no gradient back.",
        ("a smaller weight scale", "smaller inputs (standardise)", "normalisation before the activation"),
    ),
    "dead units": (
        "They pass no gradient for any of these examples and do not come back by themselves.",
        ("zero biases and He weights", "a smaller learning rate", "a leaky slope"),
    ),
    "merged inputs": (
        "What the layers above receive is nearly the same for every example, whatever the norms say.",
        (
            "fewer layers",
            "residual connections with a branch scale below 1",
            "another activation or scale, at the edge of chaos",
            "not LayerNorm, which keeps what is common",
        ),
    ),
    "underflow": (
        "The gradient exists, the format cannot hold it.",
        (
            "loss scaling, which shifts the depth by a fixed number of layers",
            "a wider dtype",
            "a factor per layer nearer 1",
        ),
    ),
    "learning rate too large": (
        "A step of a tenth of the weights leaves the region in which the gradient means something.",
        ("a rate ten times smaller", "warm-up"),
    ),
    "learning rate too small": (
        "At this pace the weights need a million steps to change by their own size.",
        ("a larger rate",),
    ),
    "gradient lost over time": (
        "What happened early can hardly change the loss.",
        ("an LSTM or GRU with open gates (forget bias 1 or chrono)", "orthogonal recurrence"),
    ),
    "gradient explodes over time": (
        "Early steps dominate the update.",
        ("clipping by norm", "a smaller or orthogonal recurrence"),
    ),
}


@dataclass(frozen=True)
class Finding:
    """One disease: where (`layers`, 1 is next to the input), `value` against `threshold`, and words for the reader.

    >>> print(Finding("underflow", [1], 0.5, 0.1, "Half of the entries."))
    underflow: Half of the entries. The gradient exists, the format cannot hold it. Try: loss scaling, which shifts \
the depth by a fixed number of layers; a wider dtype; a factor per layer nearer 1.
    """

    disease: str
    layers: list[int]
    value: float
    threshold: float
    evidence: str

    @property
    def why(self) -> str:
        """Why it matters, in a sentence."""
        return ADVICE[self.disease][0]

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to try."""
        return ADVICE[self.disease][1]

    def __str__(self) -> str:
        return f"{self.disease}: {self.evidence} {self.why} Try: " + "; ".join(self.remedies) + "."


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found; prints as text, shows as a table in a notebook. `healthy` if nothing was found.

    >>> Diagnosis()
    No disease found: no measurement passed its threshold.
    """

    findings: Sequence[Finding] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether nothing was found; that is no promise."""
        return not self.findings

    @property
    def diseases(self) -> list[str]:
        """The names alone, in the order of the rules."""
        return [finding.disease for finding in self.findings]

    def __repr__(self) -> str:
        if self.healthy:
            return "No disease found: no measurement passed its threshold."
        return "\n".join(f"{i}. {finding}" for i, finding in enumerate(self.findings, 1))

    def _repr_html_(self) -> str:
        if self.healthy:
            return f"<p>{self!r}</p>"
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("Finding", "Evidence", "Why it matters", "Try"))
        rows = "".join(
            f"<tr><th scope='row'>{html.escape(f.disease)}</th>"
            + "".join(f"<td>{html.escape(text)}</td>" for text in (f.evidence, f.why, "; ".join(f.remedies)))
            + "</tr>"
            for f in self.findings
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def over_seeds(rows: "np.ndarray | Sequence[np.ndarray]") -> np.ndarray:
    """Medians over the seeds: (layers, ...) to (layers,), in float64.

    >>> over_seeds(np.array([[1.0, 2.0, 9.0], [4.0, 4.0, 4.0]])).tolist()
    [2.0, 4.0]
    """
    table = need_reals("rows", rows)
    return np.median(table.reshape(len(table), -1), axis=1)


# Gradient of the first layer (or step) over that of the last: two decades, so that no one SGD rate suits both. A
# random net that is at the edge of chaos stays within one decade at the widths and depths that people train.
GRADIENT = 100.0


# Root mean square of the last layer's z over the first's: three decades; tanh nets at the edge lose one by depth 50.
SIGNAL = 1e3


# Share of units and examples with a slope below 5 % of the largest. N(0, 1) into tanh has 3 %, N(0, 4) has 28 %.
SATURATED = 0.5


# Share of units that are constant over the batch; He ReLU nets of 8 layers stay near 0.1, of 100 layers pass 0.3.
DEAD = 0.25


# 1 - mean cosine between the signals of two inputs, over the same in layer 1. Cosines, because ReLU nets keep the
# lengths of inputs while their directions merge. A sigmoid layer keeps 0.03 to 0.06 of it, since its mean of 1/2 is
# common to all inputs, and two-layer sigmoid nets train; He ReLU nets fall below 0.01 after 100 layers.
MERGED = 0.02


# Share of gradient entries that a dtype cannot hold.
UNDERFLOW = 0.1


# |update| / |weights| of the layer that moves most: the rule of thumb is 1e-3, for SGD and weights of ordinary size.
RATE = (1e-6, 0.1)


SIGMOIDAL = {"sigmoid", "tanh", "lecun_tanh", "erf", "hard_tanh", "softsign"}


DYING = {"relu", "hard_tanh"}


def _has(t: Trace, i: int, kinds: set[str]) -> bool:
    """Whether row i of the trace ends in one of these activations."""
    return bool(kinds & set(t.kind[i].split(" + ")))


def _where(rows: np.ndarray) -> list[int]:
    """Numbers of the layers at which `rows` is true; 1 is next to the input."""
    return [int(i) + 1 for i in np.flatnonzero(rows)]


def _not_finite(t: Trace) -> Finding | None:
    rows = [bool(np.isfinite(z).all() and np.isfinite(dz).all()) for z, dz in zip(t.z, t.dz, strict=True)]
    layers = _where(~np.array(rows))
    if not layers and np.isfinite(t.loss).all():
        return None
    text = f"The loss is {np.ravel(t.loss)[0]:g}; layers {layers} hold NaN or infinity."
    return Finding("not finite", layers, float(len(layers)), 0.0, text)


def _gradient(t: Trace) -> Finding | None:
    delta = over_seeds(t.delta)[: t.depth]
    if t.depth < 2 or not np.isfinite(delta).all() or delta[-1] == 0:
        return None
    relative = delta / delta[-1]
    ratio = float(relative[0])
    if 1 / GRADIENT <= ratio <= GRADIENT:
        return None
    text = (
        f"Norm of delta in layer 1 over layer {t.depth}: {ratio:.2g}, "
        f"a factor {ratio ** (1 / (t.depth - 1)):.2f} per layer towards the input."
    )
    if ratio < 1:
        return Finding("vanishing gradient", _where(relative < 1 / GRADIENT), ratio, 1 / GRADIENT, text)
    return Finding("exploding gradient", _where(relative > GRADIENT), ratio, GRADIENT, text)


def _signal(t: Trace) -> Finding | None:
    size = over_seeds(t.z_rms)[: t.depth]
    if t.depth < 2 or not np.isfinite(size).all() or size.min() == 0:
        return None
    ratio = float(size[-1] / size[0])
    if 1 / SIGNAL <= ratio <= SIGNAL:
        return None
    text = f"Root mean square of z in layer {t.depth} over layer 1: {ratio:.2g}."
    if ratio < 1:
        return Finding("shrinking signal", _where(size < size[0] / SIGNAL), ratio, 1 / SIGNAL, text)
    return Finding("growing signal", _where(size > size[0] * SIGNAL), ratio, SIGNAL, text)


def _saturated(t: Trace) -> Finding | None:
    share = over_seeds(t.saturation)[: t.depth]
    share = np.array([s if _has(t, i, SIGMOIDAL) else 0.0 for i, s in enumerate(share)])
    layers = _where(share > SATURATED)
    if not layers:
        return None
    worst = float(share.max())
    text = f"In layers {layers} up to {worst:.0%} of units and examples have less than 5 % of the largest slope."
    return Finding("saturated units", layers, worst, SATURATED, text)


def _dead(t: Trace) -> Finding | None:
    constant = [(h == h[..., :1, :]).all(axis=-2).mean(axis=-1) for h in t.h[: t.depth]]  # one output for all: no slope
    share = np.array([np.median(c) if _has(t, i, DYING) else 0.0 for i, c in enumerate(constant)])
    layers = _where(share > DEAD)
    if not layers or t.h[0].shape[-2] < 2:
        return None
    worst = float(share.max())
    text = f"In layers {layers} up to {worst:.0%} of the units give one and the same output for the whole batch."
    return Finding("dead units", layers, worst, DEAD, text)


def _merged(t: Trace) -> Finding | None:
    signals = t.h[: t.depth]
    if t.depth < 2 or not all(np.isfinite(h).all() for h in signals) or t.h[0].shape[-2] < 2:
        return None
    apart = over_seeds([1 - input_cosine(h) for h in signals])
    layers = _where(apart < MERGED * apart[0])
    if not layers:
        return None
    value = float(apart.min() / apart[0])
    text = f"In layers {layers}, 1 - cosine between two inputs' signals is down to {value:.1e} of that in layer 1."
    return Finding("merged inputs", layers, value, MERGED, text)


def _precision(t: Trace, dtype: str) -> Finding | None:
    share = over_seeds(underflow(t, dtype))
    layers = _where(share > UNDERFLOW)
    if not layers:
        return None
    worst = float(share.max())
    text = f"In layers {layers} up to {worst:.0%} of the gradient entries are 0 or subnormal in {dtype}."
    return Finding("underflow", layers, worst, UNDERFLOW, text)


def _rate(t: Trace, rate: float) -> Finding | None:
    ratio = over_seeds(t.update_ratio(rate))
    if not np.isfinite(ratio).all():
        return None
    worst, layer = float(ratio.max()), int(ratio.argmax()) + 1
    text = f"The largest update of one SGD step is {worst:.1e} of its weights (layer {layer})."
    if worst > RATE[1]:
        return Finding("learning rate too large", [layer], worst, RATE[1], text)
    if worst < RATE[0]:
        return Finding("learning rate too small", [layer], worst, RATE[0], text)
    return None


def _lag(through: Through) -> Finding | None:
    size = over_seeds(norm(through.dh))
    if size[-1] == 0:
        return None
    ratio, steps = float(size[0] / size[-1]), len(size) - 1
    if 1 / GRADIENT <= ratio <= GRADIENT:
        return None
    text = (
        f"Norm of dL/dh at t = 0 over t = {steps}: {ratio:.2g}, "
        f"a factor {ratio ** (1 / steps):.2f} per step into the past."
    )
    if ratio < 1:
        return Finding("gradient lost over time", list(range(steps + 1)), ratio, 1 / GRADIENT, text)
    return Finding("gradient explodes over time", list(range(steps + 1)), ratio, GRADIENT, text)


RULES: tuple[Callable[[Trace], Finding | None], ...] = (_not_finite, _gradient, _signal, _saturated, _dead, _merged)


def diagnose(measured: Trace | Through, *, rate: float | None = None, dtype: str | None = None) -> Diagnosis:
    """Read a trace (or a `bptt` result) and say what is wrong, with the evidence.

    Parameters
    ----------
    measured : from `vgp.trace` or `vgp.bptt`
    rate : the SGD learning rate you mean to use, to judge the size of the steps
    dtype : "float16", "float32" or "float64", to judge underflow in it

    Returns
    -------
    Diagnosis
        With `findings`, `diseases`, `healthy`; its repr and its HTML form are readable

    Notes
    -----
    At init and for one batch. A finding is a measurement past a threshold, not a proof; no finding is no promise.

    >>> from vgp import mlp, softmax_cross_entropy, trace
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal((64, 20)), np.arange(64) % 10
    >>> diagnose(trace(mlp(20, 50, 10, depth=3, activation="tanh", rng=rng), x, y, softmax_cross_entropy)).healthy
    True
    >>> sick = mlp(20, 50, 10, depth=12, activation="tanh", init="old_uniform", rng=rng)
    >>> diagnose(trace(sick, x, y, softmax_cross_entropy)).diseases
    ['vanishing gradient']
    """
    if dtype is not None:
        need_choice("dtype", dtype, PRECISIONS)
    if rate is not None:
        need_number("rate", rate, 0.0)
    if isinstance(measured, Through):
        found = [_lag(measured)]
    elif isinstance(measured, Trace):
        found = [rule(measured) for rule in RULES]
        found += [_precision(measured, dtype)] if dtype is not None else []
        found += [_rate(measured, rate)] if rate is not None else []
    else:
        raise bad(
            "measured", type_name(measured), "a Trace, such as vgp.trace(net, x, labels, loss), or what bptt returns"
        )
    return Diagnosis([finding for finding in found if finding is not None])
