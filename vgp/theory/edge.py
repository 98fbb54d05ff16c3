"""The edge of chaos as a curve: the variances on it, the length at which it begins, and how a net on it behaves.

At a fixed point q of the length map, chi = 1 fixes both variances:

    sigma_w^2(q) = 1 / E phi'(z)^2,   sigma_b^2(q) = q - sigma_w^2(q) E phi(z)^2,   z ~ N(0, q).

The edge is the part of this curve on which sigma_b^2 >= 0 and the length stays, chi_par = dq_{l+1}/dq_l <= 1; chi_par
is "chi parallel" of Roberts, Yaida and Hanin (2022), whose "chi perpendicular" is chi.
"""

from dataclasses import dataclass

import numpy as np

from .. import activations
from .._errors import bad, need_int, need_number
from ..activations import Activation
from .gaussian import expect
from .meanfield import NEAR_0, Name, chi, q_map, q_path, q_slope

_SHORTEST, LONGEST = 1e-6, 1e5  # lengths among which the beginning of an edge is looked for


@dataclass(frozen=True)
class EdgePoint:
    """A point of the edge of chaos: a length q, the standard deviations at which it is kept with chi = 1, and chi_par.

    `chi_par` is the factor by which a small deviation from the length q changes from layer to layer.

    >>> EdgePoint(q=1.0, sigma_w=2**0.5, sigma_b=0.0, chi_par=1.0).sigma_b
    0.0
    """

    q: float
    sigma_w: float
    sigma_b: float
    chi_par: float


def _at(phi: Activation, q: float) -> tuple[float, float, float]:
    """sigma_w^2, sigma_b^2, which may be negative, and chi_par at length q; at q = 0 their limits."""
    q = max(q, NEAR_0)
    slopes = chi(q, phi, sigma_w=1.0)
    if not slopes > 0:
        raise bad("activation", phi.name, f"a function with a slope; here it is 0 at length {q:g}")
    weights = 1 / slopes
    biases = q - weights * q_map(q, phi, sigma_w=1.0)
    return weights, 0.0 if abs(biases) < 1e-12 * q else biases, weights * q_slope(q, phi, sigma_w=1.0)


def scale_free(phi: Activation) -> bool:
    """Whether phi is a straight line on each side of 0, as ReLU is: then no length differs from another."""
    z = np.array([-3.0, -0.1, 0.0, 0.1, 3.0])
    return bool(np.allclose(phi.f(2 * z), 2 * phi.f(z), rtol=1e-12, atol=0))


def shortest(phi: Activation, biases: float) -> float:
    """The shortest length on the edge with this sigma_b^2 or more, 0 where all short ones are; NaN where there is none.

    sigma_b^2 is at most q, and grows with it along an edge, apart from the sigmoid's, which is negative where it falls.
    """

    def there(q: float) -> bool:
        _, found, chi_par = _at(phi, q)
        return found >= biases and chi_par <= 1 + 1e-13

    q = max(biases, _SHORTEST)
    if there(q) and biases == 0:
        return 0.0
    while there(q):
        q /= 1.5
    while not there(q):
        q *= 1.5
        if q > LONGEST:
            return np.nan
    below = q / 1.5
    for _ in range(50):  # 50 halves leave rounding
        middle = (below + q) / 2
        below, q = (below, middle) if there(middle) else (middle, q)
    return q


def _begins(phi: Activation) -> float:
    """The shortest length on the edge, as in `shortest`; 1 of all those of ReLU."""
    return 1.0 if scale_free(phi) else shortest(phi, 0.0)


def edge_point(activation: Name, q: float) -> EdgePoint:
    """The point of the edge of chaos at which nets keep the length q, with chi = 1 (Hayou, Doucet and Rousseau 2019).

    At q = 0 it is the limit of small q. A point with chi_par > 1 lies on the curve, but nets leave its length: GELU
    below (3 + sqrt(17)) / 2.

    Raises ValueError where sigma_b^2 would have to be negative: at every length for softplus; for the sigmoid below
    45.6. As q falls to 0 its sigma_w^2 comes to 1 / s1^2 = 16 and its sigma_b^2 to -(s0 / s1)^2 = -4, with
    s0 = phi(0), s1 = phi'(0): what a bias does that takes the mean of the sigmoid away, b = -(sum of the weights) / 2.

    >>> point = edge_point("tanh", 1.0)
    >>> round(point.sigma_w**2, 6), round(point.sigma_b**2, 6), round(point.chi_par, 6)
    (2.153303, 0.150965, 0.391465)
    """
    phi, q = activations.get(activation), need_number("q", q, 0.0, 1e50)
    weights, biases, chi_par = _at(phi, q)
    if biases < 0:
        first = _begins(phi)
        where = "no length" if np.isnan(first) else f"a length of at least {first:.6g}"
        why = f"; at {q:g}, chi = 1 needs sigma_w^2 = {weights:.6g} and sigma_b^2 = {biases:.6g}, which no bias has"
        raise bad("q", f"{q:g}", f"{where} for {phi.name}{why}")
    value, error = expect(lambda z: phi.df(z) ** 2, max(q, NEAR_0), phi.kinks, error=True)
    if error > 1e-6 * value:
        raise bad("q", f"{q:g}", f"a length at which quadrature gives E phi'^2 of {phi.name} to six digits")
    return EdgePoint(q=q, sigma_w=float(np.sqrt(weights)), sigma_b=float(np.sqrt(biases)), chi_par=chi_par)


def critical_start(activation: Name) -> EdgePoint:
    """The shortest length on the edge of chaos, and what keeps it: the activation's own critical initialisation.

    Found numerically for any activation. Up to now there are four kinds of it:

    - Odd smooth functions with phi'(0) = s1 whose slope is largest at 0, as tanh, erf; also ELU and softsign: q = 0,
      sigma_w^2 = 1 / s1^2, no biases. The length falls to 0 like a power of the depth (`universality`).
    - Straight on each side of 0, as ReLU: any length, of which 1 is given, sigma_w^2 = 2 for ReLU, no biases.
    - GELU and SiLU: the half-stable point chi_par = chi = 1. From one side the length comes back (GELU from above, SiLU
      from below), from the other it moves to another one nearby; slowly, by 1e-5 of itself in a layer where it is 10 %
      off. At shorter lengths the curve has chi_par > 1.
    - The sigmoid: where its sigma_b^2, negative at shorter lengths, comes to 0. There chi_par is below 1.

    Raises ValueError where there is none: softplus has chi = 1 at negative sigma_b^2 only.

    >>> start = critical_start("gelu")
    >>> round(start.q, 6), round(start.sigma_w**2, 6), round(start.sigma_b**2, 6)
    (3.561553, 1.983058, 0.172922)
    >>> critical_start("tanh").sigma_w, round(critical_start("relu").sigma_w ** 2, 12)
    (1.0, 2.0)
    """
    phi = activations.get(activation)
    q = _begins(phi)
    if np.isnan(q):
        what = f"a function that has an edge of chaos; here, up to q = {LONGEST:g}, chi = 1 goes with"
        raise bad("activation", phi.name, f"{what} sigma_b^2 < 0 or with a length that does not stay")
    return edge_point(phi, q)


@dataclass(frozen=True)
class Universality:
    """What a net keeps of its activation function when its length has become small: see `universality`.

    >>> universality("tanh").p
    1.0
    """

    a1: float
    b1: float
    p: float


def universality(activation: Name) -> Universality:
    """How length and gradient fall with depth at sigma_w^2 = 1 / s1^2, sigma_b = 0, where phi(0) = 0.

    With phi(z) = s1 z + s2 z^2 / 2 + s3 z^3 / 6 + ..., the maps near q = 0 are

        q_{l+1} = q_l (1 + a1 q_l),   a1 = s3 / s1 + (3/4) (s2 / s1)^2,
        chi     = 1 + b1 q_l,         b1 = s3 / s1 + (s2 / s1)^2,

    so that for a1 < 0, q_l -> 1 / (-a1 l) and chi -> 1 - p / l with p = b1 / a1. The squared delta of layer l then
    goes as (l / L)^p: p = 1 for every odd function, such as tanh, erf, arctan and sin, and p = 0 for ReLU and other
    functions that are straight on each side of 0, for which a1 = b1 = 0.

    These are the classes of Roberts, Yaida and Hanin (2022). Raises ValueError where phi(0) is not 0, where phi has no
    slope at 0 or a slope that bends there (softsign, ELU), and for a1 >= 0: the length of GELU and SiLU does not fall.

    >>> u = universality("lecun_tanh")
    >>> round(u.a1, 9), round(u.b1, 9), round(u.p, 9)
    (-0.888888889, -0.888888889, 1.0)
    """
    phi = activations.get(activation)
    at_0 = float(phi.f(np.zeros(1))[0])
    if abs(at_0) > 1e-12:
        raise bad("activation", phi.name, f"a function with phi(0) = 0; here it is {at_0:.6g}")
    if scale_free(phi):
        return Universality(a1=0.0, b1=0.0, p=0.0)
    if any(abs(kink) < 1e-9 for kink in phi.kinks):
        raise bad("activation", phi.name, "a function that is smooth at 0, or straight on each side of it")
    reach = min([0.5, *(abs(kink) for kink in phi.kinks)])
    # phi' as a polynomial around 0; differences of phi would lose half of the digits
    slope = np.polynomial.chebyshev.Chebyshev.interpolate(phi.df, 32, [-reach, reach])
    s1, s2, s3 = float(phi.df(np.zeros(1))[0]), float(slope.deriv()(0.0)), float(slope.deriv(2)(0.0))
    if s1 == 0:
        raise bad("activation", phi.name, "a function with a slope at 0")
    s3 = s3 if abs(s3) > 1e-9 * abs(s1) else 0.0
    bend = (s2 / s1) ** 2 if abs(s2) > 1e-11 * abs(s1) else 0.0
    a1, b1 = s3 / s1 + 0.75 * bend, s3 / s1 + bend
    if not a1 < -1e-9:
        what = "a function whose length falls like 1 / l: a1 = s3 / s1 + (3/4) (s2 / s1)^2 below 0"
        raise bad("activation", phi.name, f"{what}; here it is {a1:.6g}: take critical_start")
    return Universality(a1=a1, b1=b1, p=b1 / a1)


def width_path(q_1: float, activation: Name, *, depth: int, sigma_w: float, sigma_b: float = 0.0) -> np.ndarray:
    """n Var(m_l) / q_l^2 of layers 1..depth, m_l the mean of z^2 over n units, over nets, one input: to first order.

    The first layer is exactly Gaussian with variance q_1, and n units of it have 2. Each next layer adds what n
    values of phi^2 vary, and passes on what the length before it did, by the slope chi_par of the length map:

        v_1 = 0,   v_{l+1} = (chi_par q_l / q_{l+1})^2 v_l + sigma_w^4 Var phi(z)^2 / q_{l+1}^2,   result 2 + v_l.

    The next orders are smaller by depth / n. v is the four-point vertex of Roberts, Yaida and Hanin (2022), over q^2.

    >>> width_path(1.0, "relu", depth=3, sigma_w=2**0.5).round(9).tolist()
    [2.0, 7.0, 12.0]
    """
    phi, depth, sigma_w = (
        activations.get(activation),
        need_int("depth", depth),
        need_number("sigma_w", sigma_w, 0.0, 1e60),
    )
    q = q_path(need_number("q_1", q_1, 0.0, open_low=True), phi, depth=depth, sigma_w=sigma_w, sigma_b=sigma_b)
    found = [0.0]
    for now, after in zip(q[:-1].tolist(), q[1:].tolist(), strict=True):
        if after == 0:
            raise bad("sigma_w, sigma_b", f"{sigma_w:g}, {sigma_b:g}", "values for which no layer is 0")
        square = q_map(now, phi, sigma_w=1.0)
        varies = expect(lambda z, mean=square: (phi.f(z) ** 2 - mean) ** 2, now, phi.kinks)  # type: ignore[misc]
        passed = q_slope(now, phi, sigma_w=sigma_w) * now / after
        found.append(passed**2 * found[-1] + sigma_w**4 * varies / after**2)
    return 2 + np.array(found)


def width_rate(activation: Name) -> float:
    """nu: where the edge begins, n Var(m) / q^2 of `width_path` grows by nu for each layer, as 2 + nu (l - 1).

    With A2 and A4 the means of the squared and fourth powers of phi's two slopes at 0, E phi^4 / (E phi^2)^2 is
    3 A4 / A2^2, and

    - straight on each side of 0: nu = 3 A4 / A2^2 - 1, exactly from layer 2 on: 2 without activation function, 5 for
      ReLU;
    - length falling to 0 like a power of l (tanh, erf, sin; ELU): a third of this, 2/3 for functions with one slope
      at 0. It is a limit, of many layers (and still far fewer than n): there chi_par q_l / q_{l+1} = 1 - 1 / l, so that
      v_{l+1} = (1 - 2 / l) v_l + 2, which v = (2/3) l solves;
    - GELU and SiLU at the point chi_par = 1: sigma_w^4 Var phi^2 / q^2 there;
    - chi_par < 1 (sigmoid): 0, since v comes to an end.

    So a tanh net may be several times deeper than a ReLU net at equal luck.

    >>> [round(width_rate(name), 6) for name in ("identity", "relu", "tanh", "sigmoid")]
    [2.0, 5.0, 0.666667, 0.0]
    """
    phi = activations.get(activation)
    start = critical_start(phi)
    if start.chi_par < 1 - 1e-6:
        return 0.0
    q = max(start.q, NEAR_0)
    unit = np.sqrt(q)
    square, fourth = (expect(lambda z, n=n: (phi.f(z) / unit) ** n, q, phi.kinks) for n in (2, 4))  # type: ignore[misc]
    varies = start.sigma_w**4 * (fourth - square**2)
    return float(varies / 3 if start.q == 0 else varies)
