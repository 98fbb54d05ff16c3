"""What the playground says in words: one sentence for each plot, and the verdict of `vgp.diagnose`."""

import math

from playground_state import gain

WORDS = {"none": "", "batch": ", BatchNorm", "layer": ", LayerNorm", "rms": ", RMSNorm"}


def fmt(value, digits=2):
    """A number as people write it: 0.013, 120, 3.1e-07; a word where there is none.

    >>> fmt(0.0132), fmt(123.4), fmt(3.14e-7), fmt(float("nan"))
    ('0.013', '120', '3.1e-07', 'not a number')
    """
    if value is None or math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite"
    text = f"{value:.{digits}g}"
    if "e" in text and 1 <= abs(value) < 1e6:
        return f"{float(text):.0f}"
    return text


def number(value):
    """The number that a JSON value stands for: null is one that is not finite."""
    return math.nan if value is None else value


def name(s):
    """The net in a line.

    >>> from playground_state import check
    >>> name(check({"depth": 5}))
    '5 hidden layers of 64 tanh units, sigma_w 1, sigma_b 0'
    """
    skip = ", skip connections" if s["residual"] else ""
    units = "unit" if s["width"] == 1 else "units"
    layers = "1 hidden layer" if s["depth"] == 1 else f"{s['depth']} hidden layers"
    scale = f"sigma_w {fmt(gain(s), 3)}, sigma_b {fmt(s['sigma_b'], 3)}"
    return f"{layers} of {s['width']} {s['activation']} {units}, {scale}{WORDS[s['norm']]}{skip}"


def _nets(a):
    return f"median of {a['seeds']} nets" if a["seeds"] > 1 else "one net"


def _theory(part, value):
    """What the theory says at the same place."""
    if part["values"] is None:
        return ""
    return f" Theory: {fmt(number(value(part['values'])))}."


def summary(a):
    """One sentence for each plot of an answer."""
    depth = a["state"]["depth"]
    said = {}
    forward, delta = a["forward"]["median"], a["delta"]["median"]
    last, first = fmt(number(forward[depth - 1])), fmt(number(forward[0]))
    said["forward"] = f"Root mean square of z: {first} in layer 1, {last} in layer {depth} ({_nets(a)})." + _theory(
        a["theory"]["forward"], lambda v: v[-1]
    )
    said["backward"] = (
        f"Norm of delta: {fmt(number(delta[depth - 1]))} in layer {depth}, {fmt(number(delta[0]))} in layer 1"
    )
    factor = a["factor"]
    if factor["measured"] is not None:
        said["backward"] += f", a factor {fmt(factor['measured'], 3)} per layer towards the input."
        if factor["predicted"] is not None:
            said["backward"] += f" Theory: {fmt(factor['predicted'], 3)}."
    else:
        said["backward"] += "."
    same = a["correlation"]["median"]
    said["correlation"] = (
        f"Mean cosine between two inputs' signals: {fmt(number(same[0]))} in layer 1, {fmt(number(same[-1]))} in layer "
        f"{depth}." + _theory(a["theory"]["correlation"], lambda v: v[-1])
    )
    worst = max(map(number, a["saturation"]["median"]), default=math.nan)
    dead = number(a["dead"]["median"][-1])
    said["saturation"] = (
        f"Units with less than 5 % of the largest slope: up to {worst:.0%} in a layer. "
        f"Units of layer {depth} without a slope for any example: {dead:.0%}."
        if math.isfinite(worst) and math.isfinite(dead)
        else "The signals are not finite."
    )
    said["spectrum"] = _spectrum(a["spectrum"])
    said["phase"] = _phase(a["point"])
    return said


def power(log10):
    """10 to the `log10` as a short text, also where a float underflows; None stands for 0.

    >>> power(0.6), power(-71.1), power(3.9999), power(-400.0), power(None)
    ('4', '8e-72', '1e+04', '1e-400', '0')
    """
    if log10 is None:
        return "0"
    if abs(log10) < 3:
        return f"{10**log10:.2g}"
    exponent = math.floor(log10 + 0.022)  # 9.5 and more is the next power
    return f"{10 ** (log10 - exponent):.0f}e{exponent:+03d}"


def _spectrum(spectrum):
    if spectrum is None:
        return "The singular values are computed when you let go."
    if spectrum["reason"]:
        return spectrum["reason"]
    top, low = spectrum["log10"][0], spectrum["log10"][-1]
    return f"Singular values from {power(top)} down to {power(low)}: {spectrum['what']}."


def _phase(p):
    what = {
        "ordered": "ordered: gradients vanish and inputs merge",
        "chaotic": "chaotic: gradients explode and inputs drift apart",
        "critical": "critical: on the line, or within 0.2 % of it",
    }[p["phase"]]
    if p["phase"] == "ordered" and p["c"] is None:  # the length is 0 in the end, and what is small stays as it is
        what = "ordered: gradients and signals vanish, and the angle between inputs stays"
    text = f"The plain net is {what}; chi = {fmt(p['chi'], 3)}"
    if p["q"] is not None:
        text += f" at the length q* = {fmt(p['q'], 3)}"
    depths = [
        f"{name} {fmt(p[key], 2)} layers" for key, name in (("xi_q", "length"), ("xi_c", "correlation")) if p[key]
    ]
    text += f". Depth scales: {', '.join(depths)}." if depths else "."
    return text + (f" {p['reason']}" if p["reason"] else "")


def layers(numbers):
    """Layer numbers as people write them.

    >>> layers([1, 2, 3, 7])
    '1 to 3, 7'
    """
    runs = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(f"{a}" if a == b else f"{a} to {b}" if b > a + 1 else f"{a}, {b}" for a, b in runs)


def verdict(diagnosis):
    """What `vgp.diagnose` found, for the page."""
    found = [
        {
            "disease": f.disease, "layers": layers(f.layers), "why": f.why, "remedies": list(f.remedies),
            "evidence": f.evidence.replace(str(f.layers), layers(f.layers)),
        }
        for f in diagnosis.findings
    ]  # fmt: skip
    if diagnosis.healthy:
        sentence = "No disease found: no measurement passed its threshold."
    else:
        sentence = "Found: " + "; ".join(f"{f['disease']} (layer {f['layers']})" for f in found) + "."
    return {"healthy": diagnosis.healthy, "sentence": sentence, "findings": found}
