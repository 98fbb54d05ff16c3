"""What a wide random net does, computed before any net is built.

Weights N(0, sigma_w^2 / n_in), biases N(0, sigma_b^2), width to infinity: then every pre-activation is Gaussian, and
a layer is summed up by its mean square q, by the correlation c of two inputs, and by two factors for the gradient.

    q_{l+1} = sigma_w^2 E phi(z)^2 + sigma_b^2                length
    c_{l+1} = (sigma_w^2 E phi(u1) phi(u2) + sigma_b^2) / q   correlation
    chi     = sigma_w^2 E phi'(z)^2                           factor on the squared norm of delta, per example
    chi_c   = sigma_w^2 E phi'(u1) phi'(u2)                   factor on the product of two examples' deltas

with z ~ N(0, q) and (u1, u2) of variance q and correlation c. Poole et al. (2016); Schoenholz et al. (2017).
The averages are closed forms (`vgp.theory.closed_form`) for the identity, ReLU, leaky ReLU and erf, and quadrature
elsewhere; `quadrature_errors` estimates what that costs.
"""

from collections.abc import Callable

import numpy as np

from .. import activations
from .._errors import bad, need_int, need_number
from .gaussian import closed_form, expect, expect_pair

Name = str | activations.Activation
NEAR_0 = 1e-60  # a length so small that every function is straight on both sides of 0


def _squares(sigma_w: float, sigma_b: float = 0.0) -> tuple[float, float]:
    return need_number("sigma_w", sigma_w, 0.0, 1e60) ** 2, need_number("sigma_b", sigma_b, 0.0, 1e60) ** 2


def q_map(q: float, activation: Name, *, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Mean square of the next layer's pre-activations, sigma_w^2 E phi(z)^2 + sigma_b^2 (Poole et al. 2016).

    >>> f"{q_map(3.0, 'relu', sigma_w=2**0.5):.10f}"
    '3.0000000000'
    """
    phi, (sw2, sb2), q = activations.get(activation), _squares(sigma_w, sigma_b), need_number("q", q, 0.0)
    exact = closed_form(phi)
    return sw2 * (exact.square(q) if exact else expect(lambda z: phi.f(z) ** 2, q, phi.kinks)) + sb2


def q_slope(q: float, activation: Name, *, sigma_w: float) -> float:
    """Slope of the length map at q: sigma_w^2 E[phi(z) phi'(z) z] / q for z ~ N(0, q).

    >>> round(q_slope(1.0, "relu", sigma_w=2**0.5), 12)
    1.0
    """
    phi, (sw2, _), q = activations.get(activation), _squares(sigma_w), need_number("q", q, 0.0, open_low=True)
    return sw2 * expect(lambda z: phi.f(z) * phi.df(z) * z, q, phi.kinks) / q


def q_path(q_1: float, activation: Name, *, depth: int, sigma_w: float, sigma_b: float = 0.0) -> np.ndarray:
    """q_1, ..., q_depth: the lengths of the hidden layers, from that of the first.

    >>> q_path(1.0, "relu", depth=3, sigma_w=1.0).round(6).tolist()
    [1.0, 0.5, 0.25]
    """
    path = [need_number("q_1", q_1, 0.0)]
    for _ in range(need_int("depth", depth) - 1):
        path.append(q_map(path[-1], activation, sigma_w=sigma_w, sigma_b=sigma_b))
    return np.array(path)


def q_fixed(activation: Name, *, sigma_w: float, sigma_b: float = 0.0, start: float = 1.0, steps: int = 5_000) -> float:
    """The fixed point q* that the map reaches from `start` (Poole et al. 2016), 0 where the length dies out.

    Iterated at most `steps` times, with Aitken's extrapolation, since the plain map crawls where its slope is near 1.
    Where that is not enough, the first fixed point on its way is found by bisection: q* = 0 of tanh at sigma_w = 1,
    sigma_b = 0 is approached like 1 / (2 l). Raises ValueError where there is no finite q*: the length grows without
    end, as that of ReLU does from sigma_w^2 = 2 on where there are biases (Hayou, Doucet and Rousseau 2019).

    >>> f"{q_fixed('tanh', sigma_w=1.5, sigma_b=0.3):.6f}", q_fixed("tanh", sigma_w=1.0)
    ('0.960844', 0.0)
    """
    q, settled = _iterate(activation, sigma_w, sigma_b, need_number("start", start, 0.0), need_int("steps", steps))
    why = "the length grows without end: take a smaller sigma_w, or read q_path"
    if not settled and q < np.inf:

        def growth(at: float) -> float:
            return q_map(at, activation, sigma_w=sigma_w, sigma_b=sigma_b) / at - 1

        now = growth(q)
        if now * growth(q * (1 + now)) >= 0:
            q = _creep(q, growth)
        else:
            q, why = np.inf, f"the length goes back and forth: take more than {steps} steps"
    if q < np.inf:
        return q
    what = f"values for which the length of {activations.get(activation).name} settles; from {start:g}, here, {why}"
    raise bad("sigma_w, sigma_b", f"{sigma_w:g}, {sigma_b:g}", what)


def _iterate(activation: Name, sigma_w: float, sigma_b: float, q: float, steps: int) -> tuple[float, bool]:
    """Follow the map from q; return where that ends, infinite past 1e100, and whether it has settled there."""
    for _ in range(steps):
        q1 = q_map(q, activation, sigma_w=sigma_w, sigma_b=sigma_b)
        q2 = q_map(q1, activation, sigma_w=sigma_w, sigma_b=sigma_b)
        if not np.isfinite(q2) or q2 > 1e100:
            return np.inf, False
        if q2 < 1e-200:
            return 0.0, True
        if abs(q2 - q1) <= 1e-14 * q2:
            return q2, True
        bend = q2 - 2 * q1 + q
        guess = q - (q1 - q) * ((q1 - q) / bend) if bend != 0 else q2  # a square would underflow near q = 0
        q = guess if 0 < guess < 2 * max(q, q2) and abs(q2 - q1) < abs(q1 - q) else q2
    return q, False


def _creep(q: float, growth: Callable[[float], float]) -> float:
    """The first length on the way, up or down from q, at which growth(q), the next over this less 1, changes its sign.

    0 or infinity where there is none. Within 1e-13 the sign may be rounding.
    """
    sign, step = 1 if growth(q) > 0 else -1, 0.01
    while 1e-200 < q < 1e100:
        far = q * np.exp(sign * step)
        if sign * growth(far) < -1e-13:
            for _ in range(60):
                middle = q * np.sqrt(far / q)
                q, far = (middle, far) if sign * growth(middle) > 0 else (q, middle)
            return float(far)
        q, step = far, 1.5 * step
    return np.inf if sign > 0 else 0.0


def chi(q: float, activation: Name, *, sigma_w: float) -> float:
    """Factor on the squared norm of delta from one layer to the one before it, sigma_w^2 E phi'(z)^2.

    The norm changes by its square root (Schoenholz et al. 2017). Chapter 4 derives it. At q = 0 it is the limit of
    small q: where the slope jumps at 0, both sides count.

    >>> f"{chi(1.0, 'relu', sigma_w=2**0.5):.10f}"
    '1.0000000000'
    """
    phi, (sw2, _), q = activations.get(activation), _squares(sigma_w), need_number("q", q, 0.0)
    exact = closed_form(phi)
    return sw2 * (exact.slopes(q) if exact else expect(lambda z: phi.df(z) ** 2, max(q, NEAR_0), phi.kinks))


def chi_c(c: float, q: float, activation: Name, *, sigma_w: float) -> float:
    """Factor on the product of two examples' deltas, sigma_w^2 E phi'(u1) phi'(u2), at correlation c; chi at c = 1.

    >>> f"{chi_c(0.0, 1.0, 'relu', sigma_w=2**0.5):.10f}"
    '0.5000000000'
    """
    phi, (sw2, _), q = activations.get(activation), _squares(sigma_w), need_number("q", q, 0.0)
    exact, c = closed_form(phi), need_number("c", c, -1.0, 1.0)
    return sw2 * (exact.slope_pair(q, c) if exact else expect_pair(phi.df, max(q, NEAR_0), c, phi.kinks))


def c_map(c: float, q: float, activation: Name, *, sigma_w: float, sigma_b: float = 0.0) -> float:
    """Correlation of two inputs in the next layer, from correlation c and common length q (Poole et al. 2016).

    Valid where both have length q and the next length is q_map(q).

    >>> f"{c_map(0.0, 1.0, 'relu', sigma_w=2**0.5):.6f}"
    '0.318310'
    """
    phi, (sw2, sb2), q = activations.get(activation), _squares(sigma_w, sigma_b), need_number("q", q, 0.0)
    exact, c = closed_form(phi), need_number("c", c, -1.0, 1.0)
    together = sw2 * (exact.pair(q, c) if exact else expect_pair(phi.f, q, c, phi.kinks)) + sb2
    length = q_map(q, phi, sigma_w=sigma_w, sigma_b=sigma_b)
    if length == 0:
        raise bad("q, sigma_w, sigma_b", f"{q:g}, {sigma_w:g}, {sigma_b:g}", "values for which the next layer is not 0")
    return float(np.clip(together / length, -1.0, 1.0))


def c_path(c_1: float, q_1: float, activation: Name, *, depth: int, sigma_w: float, sigma_b: float = 0.0) -> np.ndarray:
    """c_1, ..., c_depth along the lengths of `q_path`.

    >>> c_path(0.0, 1.0, "relu", depth=3, sigma_w=2**0.5).round(3).tolist()
    [0.0, 0.318, 0.494]
    """
    path = [need_number("c_1", c_1, -1.0, 1.0)]
    for q in q_path(q_1, activation, depth=depth, sigma_w=sigma_w, sigma_b=sigma_b)[:-1]:
        path.append(c_map(path[-1], q, activation, sigma_w=sigma_w, sigma_b=sigma_b))
    return np.array(path)


def quadrature_errors(q: float, activation: Name, *, sigma_w: float, c: float = 0.5) -> dict[str, float]:
    """Estimated absolute errors of the four factors when they are taken by quadrature (`vgp.theory.gaussian`).

    >>> max(quadrature_errors(1.0, "tanh", sigma_w=1.5).values()) < 1e-13
    True
    """
    phi, (sw2, _) = activations.get(activation), _squares(sigma_w)
    return {
        "q_map": sw2 * expect(lambda z: phi.f(z) ** 2, q, phi.kinks, error=True)[1],
        "chi": sw2 * expect(lambda z: phi.df(z) ** 2, q, phi.kinks, error=True)[1],
        "c_map": sw2 * expect_pair(phi.f, q, c, phi.kinks, error=True)[1],
        "chi_c": sw2 * expect_pair(phi.df, q, c, phi.kinks, error=True)[1],
    }


def gradient_path(
    q_1: float, activation: Name, *, depth: int, sigma_w: float, sigma_b: float = 0.0, c_1: float | None = None
) -> np.ndarray:
    """Predicted size of the gradient for the pre-activations of layers 1..depth, relative to the last hidden layer.

    Parameters
    ----------
    q_1 : mean square of the first layer's pre-activations
    depth : number of hidden layers; from layer `depth` to layer 1 there are depth - 1 factors
    c_1 : None for the norm of one example's delta: the product of sqrt(chi(q_l)). A correlation of two inputs in
        layer 1 for the root of their deltas' product instead: sqrt(chi_c(c_l)), which rules averages over examples.

    Returns
    -------
    (depth,) array of **norm** ratios |delta_l| / |delta_depth|, dimensionless; the last entry is 1

    >>> gradient_path(1.0, "relu", depth=3, sigma_w=1.0).round(4).tolist()
    [0.5, 0.7071, 1.0]
    """
    q = q_path(q_1, activation, depth=depth, sigma_w=sigma_w, sigma_b=sigma_b)
    if c_1 is None:
        factors = [chi(q_l, activation, sigma_w=sigma_w) for q_l in q[:-1]]
    else:
        c = c_path(c_1, q_1, activation, depth=depth, sigma_w=sigma_w, sigma_b=sigma_b)
        factors = [chi_c(c_l, q_l, activation, sigma_w=sigma_w) for c_l, q_l in zip(c[:-1], q[:-1], strict=True)]
    logs = 0.5 * np.log(np.maximum(factors, 1e-300)) if factors else np.array([])
    return np.exp(np.concatenate([np.cumsum(logs[::-1])[::-1], [0.0]]))
