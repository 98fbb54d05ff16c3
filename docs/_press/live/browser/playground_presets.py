"""The sentence of a preset: its template in `presets.json` with the numbers of its answer."""

import math

from playground_words import fmt, number

from vgp.book.ledger import published


def said(preset, answer):
    """The sentence of a preset, with this answer's numbers."""

    def each(key, which="median"):
        return [number(v) for v in answer[key][which]]

    last = answer["state"]["depth"] - 1
    delta, dead = each("delta"), each("dead")
    words = {
        "loss": fmt(answer["loss"]["median"]),
        "seeds": str(answer["seeds"]),
        "ratio": times(delta[0] / delta[last] if delta[last] > 0 else math.nan),
        "factor": fmt(answer["factor"]["measured"] or math.nan, 3),
        "predicted": fmt(answer["factor"]["predicted"] or math.nan, 3),
        "delta_1": fmt(delta[0]),
        "delta_low": fmt(each("delta", "low")[0]),
        "delta_high": fmt(each("delta", "high")[0]),
        "forward_last": fmt(each("forward")[last]),
        "signal_first": fmt(each("signal")[0]),
        "signal_last": fmt(each("signal")[last]),
        "cos_first": fmt(each("correlation")[0]),
        "cos_last": fmt(each("correlation")[last], 3),
        "dead_last": f"{dead[last]:.0%}",
        "dead_last_high": f"{each('dead', 'high')[last]:.0%}",
        "chi": fmt(answer["point"]["chi"], 4),
        "speeds": listed(each("bias_gradient")[: last + 1]),
    }
    if "published" in preset:
        words["published"] = listed(published(preset["published"]), 3)
    return preset["see"].format(**words)


def times(ratio):
    """A ratio as the sentence says it: a factor where it grew, a share where it shrank."""
    return f"a factor {fmt(ratio)}" if ratio > 2 else fmt(ratio)


def listed(values, digits=2):
    *first, last = [fmt(v, digits) for v in values]
    return f"{', '.join(first)} and {last}"
