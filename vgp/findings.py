"""What `vgp.diagnose` can say: a finding with its evidence, the words for each disease, and the form of the report."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ._errors import need_reals

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
