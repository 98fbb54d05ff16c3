"""A verdict in words: which disease a trace shows, on what evidence, and what to try.

Every rule is one function that returns a `Finding` or None, and names its threshold and the reason for it. Chapter 18
measures how often each is right. Where several nets were traced, the rules read medians over the seeds.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ._errors import bad, need_number
from .diagnostics import Trace
from .measures import PRECISIONS, input_share, underflow
from .recurrent import Through


@dataclass(frozen=True)
class Finding:
    """One disease: where (`layers`, 1 is next to the input), `value` against `threshold`, and words for the reader."""

    disease: str
    layers: list[int]
    value: float
    threshold: float
    evidence: str
    why: str
    remedies: list[str]

    def __str__(self) -> str:
        return f"{self.disease}: {self.evidence} {self.why} Try: " + "; ".join(self.remedies) + "."


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found; prints as text, shows as a table in a notebook. `healthy` if nothing was found."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
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
            f"<tr><th scope='row'>{html.escape(f.disease)}</th><td>{html.escape(f.evidence)}</td>"
            f"<td>{html.escape(f.why)}</td><td>{html.escape('; '.join(f.remedies))}</td></tr>"
            for f in self.findings
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _median(rows: np.ndarray) -> np.ndarray:
    """Over the seeds: (layers, ...) to (layers,)."""
    rows = np.asarray(rows, dtype=np.float64)
    return np.median(rows.reshape(len(rows), -1), axis=1)


def _not_finite(t: Trace) -> Finding | None:
    bad_rows = [i + 1 for i, z in enumerate(t.z) if not np.isfinite(z).all()]
    bad_back = [i + 1 for i, dz in enumerate(t.dz) if not np.isfinite(dz).all()]
    if np.isfinite(t.loss).all() and not bad_rows and not bad_back:
        return None
    layers = bad_rows or bad_back
    return Finding(
        "not finite",
        layers,
        float(len(layers)),
        0.0,
        f"The loss is {np.ravel(t.loss)[0]:g}; layers {layers} hold NaN or infinity.",
        "Everything after the first such number is lost.",
        ["a smaller start or learning rate", "a wider dtype", "loss scaling turned down", "clipping by norm"],
    )


def _gradient(t: Trace) -> Finding | None:
    delta = _median(t.delta)[: t.depth]
    if t.depth < 2 or not np.isfinite(delta).all() or delta[-1] == 0:
        return None
    ratio = delta[0] / delta[-1]
    rate = ratio ** (1 / (t.depth - 1)) if ratio > 0 else 0.0
    where = (
        f"Norm of delta in layer 1 over layer {t.depth}: {ratio:.2g}, a factor {rate:.2f} per layer towards the input."
    )
    layers = [int(i) + 1 for i in np.flatnonzero(delta < 0.01 * delta[-1])]
    if ratio < 0.01:
        return Finding(
            "vanishing gradient",
            layers,
            float(ratio),
            0.01,
            where,
            "SGD moves the first layers a hundred times less than the last; they stay near their random start.",
            [
                "a weight scale at which chi = 1 for this activation",
                "residual connections",
                "normalisation",
                "Adam, for moderate depth",
            ],
        )
    if ratio > 100:
        batch_norm = any("BatchNorm" in kind for kind in t.kind)
        cause = "BatchNorm without skip connections does this at init. " if batch_norm else ""
        remedies = (
            ["residual connections"]
            if batch_norm
            else ["a smaller weight scale (chi = 1)", "branch scale 1/sqrt(L) or 0"]
        )
        return Finding(
            "exploding gradient",
            [int(i) + 1 for i in np.flatnonzero(delta > 100 * delta[-1])],
            float(ratio),
            100.0,
            where,
            cause + "One rate cannot suit layers whose gradients differ a hundredfold.",
            [*remedies, "clipping by norm, against single steps"],
        )
    return None


def _signal(t: Trace) -> Finding | None:
    size = _median(t.z_rms)[: t.depth]
    if t.depth < 2 or not np.isfinite(size).all() or min(size) == 0:
        return None
    ratio = size[-1] / size[0]
    if 1e-3 <= ratio <= 1e3:
        return None
    word, remedy = ("shrinking", "larger") if ratio < 1 else ("growing", "smaller")
    return Finding(
        f"{word} signal",
        list(range(1, t.depth + 1)),
        float(ratio),
        1e-3 if ratio < 1 else 1e3,
        f"Root mean square of z in layer {t.depth} over layer 1: {ratio:.2g}.",
        "A signal far from the scale of the biases and of the loss says little about the input.",
        [f"a {remedy} weight variance (2/n for ReLU, 1/n for tanh)", "LSUV", "normalisation"],
    )


def _saturated(t: Trace) -> Finding | None:
    limits = {"sigmoid", "tanh", "lecun_tanh", "erf", "hard_tanh", "softsign"}
    rows = [i for i in range(t.depth) if limits & set(t.kind[i].split(" + "))]
    share = _median(t.saturation)
    layers = [i + 1 for i in rows if share[i] > 0.5]
    if not layers:
        return None
    worst = float(max(share[i - 1] for i in layers))
    return Finding(
        "saturated units",
        layers,
        worst,
        0.5,
        f"In layers {layers} up to {worst:.0%} of units and examples have less than 5 % of the largest slope.",
        "A saturated unit passes almost no gradient back.",
        ["a smaller weight scale", "smaller inputs (standardise)", "normalisation before the activation"],
    )


def _dead(t: Trace) -> Finding | None:
    layers, worst = [], 0.0
    for i in range(t.depth):
        if not {"relu", "hard_tanh"} & set(t.kind[i].split(" + ")):
            continue
        h = t.h[i]
        share = float(
            np.median((h == h[..., :1, :]).all(axis=-2).mean(axis=-1))
        )  # the same for every example: no slope
        if share > 0.25:
            layers.append(i + 1)
            worst = max(worst, share)
    if not layers:
        return None
    return Finding(
        "dead units",
        layers,
        worst,
        0.25,
        f"In layers {layers} up to {worst:.0%} of the units give one and the same output for the whole batch.",
        "They pass no gradient and do not come back by themselves.",
        ["zero biases and He weights", "a smaller learning rate", "a leaky slope"],
    )


def _merged(t: Trace) -> Finding | None:
    share = np.array([np.median(input_share(h)) for h in t.h[: t.depth] if np.isfinite(h).all()])
    layers = [int(i) + 1 for i in np.flatnonzero(share < 0.01)]
    if not layers:
        return None
    value = float(share.min())
    return Finding(
        "merged inputs",
        layers,
        value,
        0.01,
        f"In layers {layers} as little as {value:.1e} of the signal depends on the input.",
        "What the layers above receive is nearly the same for every example, whatever the norms say.",
        [
            "fewer layers",
            "residual connections with a branch scale below 1",
            "another activation or scale, at the edge of chaos",
            "LayerNorm does not help: it rescales what is common",
        ],
    )


def _precision(t: Trace, dtype: str) -> Finding | None:
    share = _median(underflow(t, dtype))
    layers = [int(i) + 1 for i in np.flatnonzero(share > 0.1)]
    if not layers:
        return None
    return Finding(
        "underflow",
        layers,
        float(share.max()),
        0.1,
        f"In layers {layers} up to {share.max():.0%} of the gradient entries are 0 or subnormal in {dtype}.",
        "The gradient exists, the format cannot hold it.",
        [
            "loss scaling, which shifts the depth by a fixed number of layers",
            "a wider dtype",
            "a factor per layer nearer 1",
        ],
    )


def _rate(t: Trace, rate: float) -> Finding | None:
    ratio = _median(t.update_ratio(rate))
    if not np.isfinite(ratio).all():
        return None
    if ratio.max() > 0.1:
        word, value, limit, do = "too large", float(ratio.max()), 0.1, "a rate ten times smaller, or warm-up"
    elif ratio.max() < 1e-6:
        word, value, limit, do = "too small", float(ratio.max()), 1e-6, "a larger rate"
    else:
        return None
    return Finding(
        f"learning rate {word}",
        [int(ratio.argmax()) + 1],
        value,
        limit,
        f"The largest update of one SGD step is {value:.1e} of its weights (layer {int(ratio.argmax()) + 1}).",
        "Around 1e-3 is a common rule of thumb; it assumes SGD and weights of ordinary size.",
        [do],
    )


def _lag(through: Through) -> Finding | None:
    size = np.sqrt(np.square(through.dh).sum(axis=(-1, -2)))
    size = _median(size.reshape(len(size), -1))
    if size[-1] == 0:
        return None
    ratio, steps = size[0] / size[-1], len(size) - 1
    if 0.01 <= ratio <= 100:
        return None
    rate = ratio ** (1 / steps)
    vanishing = ratio < 0.01
    return Finding(
        "gradient lost over time" if vanishing else "gradient explodes over time",
        list(range(steps + 1)),
        float(ratio),
        0.01 if vanishing else 100.0,
        f"Norm of dL/dh at t = 0 over t = {steps}: {ratio:.2g}, a factor {rate:.2f} per step.",
        "What happened early can hardly change the loss." if vanishing else "Early steps dominate the update.",
        ["an LSTM or GRU with open gates (forget bias 1 or chrono)", "orthogonal recurrence"]
        if vanishing
        else ["clipping by norm", "a smaller or orthogonal recurrence"],
    )


def diagnose(measured: Trace | Through, *, rate: float | None = None, dtype: str | None = None) -> Diagnosis:
    """Read a trace (or a `bptt` result) and say what is wrong, with the evidence.

    Parameters
    ----------
    measured : from `vgp.diagnostics.trace` or `vgp.recurrent.bptt`
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
    rules: list[Finding | None]
    if isinstance(measured, Through):
        rules = [_lag(measured)]
    elif isinstance(measured, Trace):
        known: list[Callable[[Trace], Finding | None]] = [_not_finite, _gradient, _signal, _saturated, _dead, _merged]
        rules = [rule(measured) for rule in known]
        if dtype is not None:
            if dtype not in PRECISIONS:
                raise bad("dtype", repr(dtype), "one of " + ", ".join(PRECISIONS))
            rules.append(_precision(measured, dtype))
        if rate is not None:
            rules.append(_rate(measured, need_number("rate", rate, 0.0)))
    else:
        raise bad("measured", type(measured).__name__, "a Trace or the result of bptt")
    return Diagnosis([finding for finding in rules if finding is not None])
