"""What mean-field theory says about a state of the playground: the paths along depth, the point, the phase diagram."""

import math
from functools import lru_cache

import numpy as np
from playground_averages import Q, averages, slope, square, table
from playground_state import INPUTS, branch_scale, gain

from vgp import activations
from vgp.theory import meanfield, phases

BIASES = np.linspace(0, 2, 21)  # of the diagram's grid
LINE = 3 * np.linspace(0, 1, 31) ** 2  # of its line, which is steep at 0
HOMOGENEOUS = ("identity", "relu", "leaky_relu")
_GROWS = "On the line and to its right the length grows without end where there are biases."
NOTES = {
    **dict.fromkeys((*HOMOGENEOUS, "softplus"), _GROWS),
    "sigmoid": "The line lies far to the right: a sigmoid's slope is at most 1/4.",
    **dict.fromkeys(("gelu", "silu"), "For small sigma_b the factor jumps past 1 here: right of it the length grows."),
}


# --- paths along depth -----------------------------------------------------------------------------------------------


def first(s, x):
    """Length and correlation in layer 1: exact means over the weights, for these inputs, as a mean over them."""
    x = x.astype(np.float64)
    gram = gain(s, INPUTS[s["data"]]) ** 2 * (x @ x.T) / x.shape[-1] + s["sigma_b"] ** 2
    size = np.sqrt(np.diagonal(gram))
    n = len(x)
    cosines = gram / np.maximum(np.outer(size, size), 1e-300)
    return float((size**2).mean()), float(np.clip((cosines.sum() - n) / (n * (n - 1)), -1, 1))


def paths(s, x, exact=True):
    """For hidden layers: lengths q, correlations c, factors g on the squared norm of delta; and reasons for gaps.

    One rule for all nets: z' = [z +] scale (W phi(a) + b), where a is z, or z of length 1 behind a normalisation.
    """
    if s["norm"] == "batch":
        return _batch(s, x)
    name, sw2, sb2 = s["activation"], gain(s) ** 2, s["sigma_b"] ** 2
    keep, s2 = (1.0, branch_scale(s) ** 2) if s["residual"] else (0.0, 1.0)
    mean = averages(name, exact)
    q_l, c_l = first(s, x)
    q, c, g = [q_l], [c_l], []
    for _ in range(s["depth"] - 1):
        seen = 1.0 if s["norm"] != "none" else q_l
        if not (math.isfinite(q_l) and q_l < 1e60):
            break
        g.append(keep + s2 * sw2 * mean.slope(name, seen) * (seen / q_l if q_l > 0 else 1.0))
        new = keep * q_l + s2 * (sw2 * mean.square(name, seen) + sb2)
        both = keep * c_l * q_l + s2 * (sw2 * mean.pair(name, seen, c_l) + sb2)
        q_l, c_l = new, float(np.clip(both / new, -1, 1)) if new > 0 else 0.0
        q.append(q_l)
        c.append(c_l)
    return {"q": q, "c": c, "g": g, "reason": None}


def _batch(s, x):
    """BatchNorm: the factors of Yang et al. (2019), from layer 2 on; closed forms exist for ReLU and the identity."""
    if s["residual"] or s["activation"] not in ("relu", "identity"):
        what = "with skip connections" if s["residual"] else f"and {s['activation']}"
        reason = f"BatchNorm {what}: vgp has the theory for plain nets with relu or identity only."
        return {"q": None, "c": None, "g": None, "reason": reason}
    depth, sw2, sb2, batch = s["depth"], gain(s) ** 2, s["sigma_b"] ** 2, len(x)
    q_1, c_1 = first(s, x)
    settled = sw2 * square(s["activation"], 1.0)
    c = phases.batchnorm_c_path(0.0, 2, batch=batch, activation=s["activation"])[1]
    c = (c * settled + sb2) / (settled + sb2)  # biases are common to all examples, until the next BatchNorm
    rate = phases.batchnorm_rate(batch, s["activation"])
    return {
        "q": [q_1, *[settled + sb2] * (depth - 1)],
        "c": [c_1, *[c] * (depth - 1)],
        "g": [math.nan, *[rate] * (depth - 2)][: depth - 1],  # layer 1 depends on the data
        "reason": None,
    }


def delta(g):
    """Norms of delta in layers 1..depth relative to the last hidden layer, from the factors on their squares."""
    with np.errstate(divide="ignore"):
        logs = 0.5 * np.log(np.asarray(g, float))
    return np.exp(np.concatenate([np.cumsum(logs[::-1])[::-1], [0.0]]))


# --- the point and the diagram ---------------------------------------------------------------------------------------


def _limit(name, sw2, sb2):
    """Where the length runs from 1, by the table: a first guess of q*, and whether it still grows."""
    squares, _ = table(name)
    q, before = 1.0, 1.0
    for _ in range(400):
        before, q = q, sw2 * float(np.interp(q, Q, squares)) + sb2
        if abs(q - before) < 1e-9 * q:
            break
    return q, q > before


@lru_cache(maxsize=512)
def point(name, sw, sb, full):
    """The point (sigma_w, sigma_b) of a plain net: phase, fixed points, factors, depth scales.

    "critical" is within 0.2 % of chi = 1: that changes a gradient by a tenth over a hundred layers.
    """
    sw2, sb2 = sw * sw, sb * sb
    reason, settled = None, True
    try:
        guess, grows = (1.0, False) if name in HOMOGENEOUS else _limit(name, sw2, sb2)
        q = meanfield.q_fixed(name, sigma_w=sw, sigma_b=sb, start=guess, steps=40)
    except ValueError:
        q = 1.0
        for _ in range(100):
            q = min(meanfield.q_map(q, name, sigma_w=sw, sigma_b=sb), 1e50)
        grows, settled = q > 1, False
        q = 1e50 if grows else 1e-30  # the limits of vgp.theory.phases.critical_sigma_w
        reason = f"The length has no fixed point: it {'grows without end' if grows else 'shrinks to 0'}."
    x = meanfield.chi(q, name, sigma_w=sw)
    phase = "critical" if abs(x - 1) < 0.002 else "ordered" if x < 1 else "chaotic"
    made = {"sigma_w": sw, "sigma_b": sb, "phase": phase, "chi": x, "q": q if settled else None if grows else 0.0}
    made |= {"c": None, "xi_q": None, "xi_c": None, "xi_q_infinite": False, "xi_c_infinite": False, "reason": reason}
    if settled and q > 1e-12:
        made |= _scale("q", phases.q_slope(q, name, sigma_w=sw))
    if x <= 1 and sb == 0 and (q <= 1e-12 or name == "identity"):  # so near 0 a smooth net is linear: c stays
        made |= {"c": 1.0 if _jumps(name) else None, "xi_c_infinite": True}
    elif x <= 1:
        made |= {"c": 1.0, **_scale("c", x)}
    elif settled and full and q > 1e-12:
        try:
            made["c"] = c = phases.c_fixed(name, sigma_w=sw, sigma_b=sb)
            made |= _scale("c", phases.chi_c(c, q, name, sigma_w=sw))
        except ValueError:
            pass
    return made


def _jumps(name):
    """Whether the slope differs on the two sides of 0, so that inputs merge however small they are."""
    left, right = activations.get(name).df(np.array([-1e-9, 1e-9]))
    return abs(left - right) > 1e-6


def _scale(which, rate):
    """The depth over which a deviation that is multiplied by `rate` in each layer falls by a factor e."""
    if 0 < rate < 1 - 1e-9:
        return {f"xi_{which}": -1 / math.log(rate), f"xi_{which}_infinite": False}
    return {f"xi_{which}": None if rate >= 1 - 1e-9 else 0.0, f"xi_{which}_infinite": rate >= 1 - 1e-9}


def _settled(name, w2, b2):
    """The lengths reached from 1 at many points at once, by the table, whose ends stand for 0 and infinity."""
    squares, _ = table(name)
    q = np.ones(np.broadcast_shapes(np.shape(w2), np.shape(b2)))
    for _ in range(300):
        q = np.clip(w2 * np.interp(q, Q, squares) + b2, Q[0], Q[-1])
    return q


@lru_cache(maxsize=14)
def phase(name):
    """The phase diagram: the line chi = 1, found by bisection for each sigma_b, and chi on a grid, from the table."""
    name = activations.get(name).name
    slopes = table(name)[1]
    low, high = np.full(LINE.shape, 1e-3), np.full(LINE.shape, 15.0)
    for _ in range(24):
        middle = (low + high) / 2
        below = middle**2 * np.interp(_settled(name, middle**2, LINE**2), Q, slopes) < 1
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    at_0 = 1 / math.sqrt(slope(name, 1e-30))  # lengths creep to 0 so slowly that 300 steps do not show it
    middle[0] = at_0 if abs(middle[0] / at_0 - 1) < 0.05 else middle[0]
    top = 4.0 if middle.min() < 4 else 15.0  # the sigmoid's line lies far out
    grid = np.linspace(top / 40, top, 40)
    chi = grid**2 * np.interp(_settled(name, grid**2, BIASES[:, None] ** 2), Q, slopes)
    return {
        "activation": name,
        "critical": [[float(b), float(w)] for b, w in zip(LINE, middle, strict=True)],
        "reason": NOTES.get(name),
        "sigma_w": grid.tolist(),
        "sigma_b": BIASES.tolist(),
        "chi": chi.tolist(),
    }
