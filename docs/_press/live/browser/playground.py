"""The playground's core: a state in, numbers for every layer out, all of them by `vgp`.

`evaluate`, `phase`, `train_start`, `train_steps`, `code` and `defaults` take and return what JSON can hold. The page
calls them in a worker, the build calls them natively, `code` prints a script that gives the same numbers.
"""

import math

import numpy as np
import playground_theory as theory
from playground_code import code as _code
from playground_state import DYING, LIMIT, LOSSES, NORMS, build, check, defaults, examples, gain, sizes
from playground_train import train_start, train_steps
from playground_words import summary, verdict

import vgp
from vgp import norm
from vgp._errors import bad
from vgp.measure.diagnose import diagnose
from vgp.measure.signals import input_cosine
from vgp.measure.spectra import product_log_singular_values

__all__ = ["code", "defaults", "evaluate", "phase", "train_start", "train_steps"]

SPECTRUM = 4e7  # multiplications of the factors of a product; width 64 leaves room for more than a hundred layers


def plain(value):
    """The value as JSON: arrays as lists, what is not finite as None."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return value.tolist() if np.isfinite(value).all() else plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def measure(s, t, seeds):
    """The numbers of one trace: an array (rows, seeds) for each, in the order of the page."""
    phi = vgp.activations.get(s["activation"])
    stat = NORMS[s["norm"]](s["width"], affine=False) if s["norm"] != "none" else None
    seen = [stat.forward(z)[0] for z in t.z[:-1]] if stat else t.z[:-1]
    if s["residual"]:  # a row of the trace ends at a sum, before its activation
        largest = np.abs(phi.df(np.linspace(-6, 6, 2401))).max()
        signal = np.array([norm(phi.f(a)) / (a.shape[-1] * a.shape[-2]) ** 0.5 for a in seen])
        saturation = np.array([(np.abs(phi.df(a)) < 0.05 * largest).mean(axis=(-1, -2)) for a in seen])
    else:
        signal, saturation = t.h_rms[:-1], t.saturation[:-1]
    dead = np.zeros((s["depth"], seeds))
    if s["activation"] in DYING:
        dead = np.array([(phi.df(a) == 0).all(axis=-2).mean(axis=-1) for a in seen])
    cosine = [input_cosine(z) if np.isfinite(z).all() else np.full(seeds, np.nan) for z in t.z[:-1]]
    return {
        "forward": t.z_rms, "delta": t.delta, "weight_gradient": t.weight_speed, "bias_gradient": t.bias_speed,
        "signal": signal, "saturation": saturation, "dead": dead, "correlation": np.array(cosine), "loss": t.loss[None],
    }  # fmt: skip


def bands(measured):
    """Median and 5 to 95 % over the seeds, of all at once."""
    rows = np.concatenate([np.asarray(part, float) for part in measured.values()])
    low, middle, high = np.percentile(rows, [5, 50, 95], axis=1)
    made, at = {}, 0
    for key, part in measured.items():
        cut = slice(at, at := at + len(part))
        made[key] = {"median": middle[cut], "low": low[cut], "high": high[cut]}
    return made


def predictions(s, x, anchor, exact):
    """The theory's three paths; that of delta is scaled to the measured `anchor` in the last hidden layer."""
    found = theory.paths(s, x, exact)
    if found["reason"]:
        part = {"values": None, "reason": found["reason"]}
        return {"forward": part, "delta": part, "correlation": part}, None
    depth = s["depth"]
    known = len(found["q"]) == depth  # else the length has left every format on its way
    gap = np.full(depth - len(found["q"]), np.nan)
    relative = theory.delta(found["g"]) if known else None
    values = {
        "forward": np.concatenate([np.sqrt(found["q"]), gap]),
        "delta": anchor * relative if known else None,
        "correlation": np.concatenate([found["c"], gap]),
    }
    why = None if known else "The predicted length overflows on its way."
    factors = [g for g in found["g"] if not math.isnan(g)]
    factor = (
        math.exp(sum(0.5 * math.log(max(g, 1e-300)) for g in factors) / len(factors)) if factors and known else None
    )
    return {key: {"values": v, "reason": why if v is None else None} for key, v in values.items()}, factor


def point(s, full):
    """The point on the map, which is that of the plain net; what stands between is said."""
    found = theory.point(s["activation"], gain(s), s["sigma_b"], full)
    more = [
        words for words, there in (("normalisation", s["norm"] != "none"), ("skip connections", s["residual"])) if there
    ]
    if more:
        note = f"This net has {' and '.join(more)}, which the map does not know."
        return {**found, "reason": " ".join(filter(None, (found["reason"], note)))}
    return found


def spectrum(s, t, net):
    """ln of the singular values of the hidden part of net 1 at example 1, as log10."""
    width, depth = s["width"], s["depth"]
    if s["norm"] == "batch":
        return {"log10": None, "what": None, "reason": "BatchNorm couples the examples: no Jacobian for one alone."}
    count = min(depth - 1, max(1, int(SPECTRUM / width**3)))
    if depth < 2:
        return {"log10": None, "what": None, "reason": "One hidden layer: there is no product of layers."}
    phi = vgp.activations.get(s["activation"])
    stat = NORMS[s["norm"]](width, affine=False) if s["norm"] != "none" else None
    weights = [p[0].astype(float) for key, p in net.params.items() if key.endswith("W")]
    factors, rank = [], width - (s["norm"] == "layer")  # which takes out the mean
    for z, W in zip(t.z[:count], weights[1:], strict=False):
        z = z[0, :1].astype(float)
        seen, cache = stat.forward(z) if stat else (z, None)
        slope = phi.df(seen)
        rank = min(rank, np.count_nonzero(slope))
        factor = W.T * slope
        if stat:
            factor = factor @ stat.jacobian(cache, seen)[0]
        factors.append(factor if not s["residual"] else np.eye(width) + theory.branch_scale(s) * factor)
    if not all(np.isfinite(f).all() for f in factors):
        return {"log10": None, "what": None, "reason": "The signals are not finite."}
    sweeps = min(60, max(10, int(3e8 / width**3)))  # the last digits of near-equal values need the most
    logs = product_log_singular_values(factors, sweeps=sweeps) / math.log(10)
    if not s["residual"]:
        logs[rank:] = -np.inf  # exactly 0, which rounding hides
    keep = np.unique(np.linspace(0, width - 1, 64).round().astype(int))
    what = f"Jacobian from z of layer 1 to z of layer {count + 1}, first net, first example"
    return {"log10": logs[keep], "what": what, "reason": None}


def evaluate(state, size="full"):
    """Measure every layer of the nets of a state, with the theory beside it; see the page for what is what."""
    if size not in LIMIT:
        raise bad("size", repr(size), "one of " + ", ".join(LIMIT))
    s = check(state)
    seeds, batch, reduced = sizes(s, size)
    data = examples(s["data"], s["dtype"], s["seed"])
    x, labels = data.x_train[:batch], data.y_train[:batch]
    depth, full = s["depth"], size == "full"
    with np.errstate(all="ignore"):
        net = build(s, seeds)
        t = vgp.trace(net, x, labels, LOSSES[s["loss"]])
        made = bands(measure(s, t, seeds))
        delta = made["delta"]["median"]
        foretold, factor = predictions(s, x, delta[depth - 1], full)
        ratio = delta[0] / delta[depth - 1] if depth > 1 and delta[depth - 1] > 0 else math.nan
        answer = {
            "state": s, "size": size, "seeds": seeds, "batch": batch, "reduced": reduced,
            "layers": list(range(1, depth + 2)), **made,
            "loss": {key: value[0] for key, value in made["loss"].items()},
            "theory": foretold,
            "point": point(s, full),
            "factor": {"measured": ratio ** (1 / (depth - 1)) if depth > 1 else None, "predicted": factor},
            "spectrum": spectrum(s, t, net) if full else None,
            "verdict": verdict(diagnose(t, rate=s["rate"] if s["optimiser"] == "sgd" else None, dtype=s["dtype"]))
            if full else None,
        }  # fmt: skip
    answer = plain(answer)
    answer["summary"] = summary(answer)
    return answer


def phase(activation):
    """The phase diagram of an activation."""
    check({"activation": activation})
    return theory.phase(activation)


def code(state, size="full"):
    """The script that gives this state's numbers."""
    s = check(state)
    if size not in LIMIT:
        raise bad("size", repr(size), "one of " + ", ".join(LIMIT))
    return {"code": _code(s, *sizes(s, size)[:2])}
