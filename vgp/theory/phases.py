"""Order, chaos and the line between: fixed points of the correlation, depth scales, the critical weight variance.

All of it is computed from the maps of `vgp.theory.meanfield` at the fixed point q*; chapter 9 draws it. Below them: the
same factors for residual nets and for batch-normalised nets, and the spread of singular values (chapters 10, 12, 13).
"""

import itertools
from dataclasses import dataclass

import numpy as np

from .. import activations
from .._errors import bad, need_choice, need_int, need_kind, need_number
from . import meanfield
from .edge import LONGEST, critical_start, edge_point, scale_free, shortest
from .gaussian import expect_pair, relu_kernel
from .meanfield import NEAR_0, Name, chi, chi_c, expect, q_fixed, q_slope


def _length(activation: Name, sigma_w: float, sigma_b: float) -> tuple[float, float, float]:
    """q*; the length at which its factors are taken, near 0 for q* = 0; and that length over the next, 1 unless q* = 0.

    The last turns chi, which is a factor on products, into the slope of the correlation map. NaN if all is 0.
    """
    q = q_fixed(activation, sigma_w=sigma_w, sigma_b=sigma_b)
    if q > 0:
        return q, q, 1.0
    after = meanfield.q_map(NEAR_0, activation, sigma_w=sigma_w, sigma_b=sigma_b)
    return q, NEAR_0, NEAR_0 / after if after > 0 else np.nan


def c_fixed(activation: Name, *, sigma_w: float, sigma_b: float = 0.0) -> float:
    """The correlation c* that two different inputs approach: 1 where chi <= 1 (order), below 1 where chi > 1 (chaos).

    c = 1 is always a fixed point, with slope chi (Poole et al. 2016; Schoenholz et al. 2017). Past chi = 1 it is
    unstable, and the other one is where (c_map(c) - c) / (1 - c), which is 1 - chi at c = 1, passes 0: found by false
    position.

    Where q* = 0, c* is that of the limit of small q, in which the slope at 1 is chi over the factor of the length.
    Where that map leaves every correlation as it is, c* is undefined: NaN. So it is for every function with a slope at
    0, since a straight line keeps angles: pairs stop somewhere, and where depends on their start. Where the slope
    jumps at 0, as for ReLU and SELU, c* is 1. Raises ValueError where `q_fixed` does.

    >>> c_fixed("tanh", sigma_w=1.0, sigma_b=0.3), round(c_fixed("tanh", sigma_w=2.5, sigma_b=0.3), 3)
    (1.0, 0.122)
    >>> c_fixed("tanh", sigma_w=0.5), c_fixed("relu", sigma_w=0.5)
    (nan, 1.0)
    """
    return _c_fixed(activation, sigma_w, sigma_b, *_length(activation, sigma_w, sigma_b))


def _c_fixed(activation: Name, sigma_w: float, sigma_b: float, q: float, near: float, share: float) -> float:
    """c*, from what `_length` returns."""
    at_1 = 1 - chi(near, activation, sigma_w=sigma_w) * share
    if np.isnan(at_1):
        return np.nan

    def excess(c: float) -> float:
        return (meanfield.c_map(c, near, activation, sigma_w=sigma_w, sigma_b=sigma_b) - c) / (1 - c)

    flat = 1e-12 if q == 0 else 0.0  # at another length, the identity alone
    if abs(at_1) <= flat and abs(excess(0.5)) <= flat:
        return np.nan
    if at_1 > -1e-13:  # below 0 by rounding, as that of ReLU at sigma_w = sqrt(2)
        return 1.0
    low, high, f_low, f_high = 0.0, 1.0, excess(0.0), at_1
    if f_low < 1e-28:  # up to rounding, which is squared, nothing in common is made: 0 itself is the fixed point
        return 0.0
    c, last, side = 1.0, 2.0, 0
    while abs(c - last) > 1e-13:  # ten rounds are enough
        last, c = c, low + (high - low) * f_low / (f_low - f_high)
        f = excess(c)
        # An end that stays twice is counted half: without this, false position would creep (the Illinois rule).
        if f > 0:
            low, f_low, f_high, side = c, f, f_high / (2 if side == 1 else 1), 1
        else:
            high, f_high, f_low, side = c, f, f_low / (2 if side == -1 else 1), -1
    return c


@dataclass(frozen=True)
class Phase:
    """One point (sigma_w, sigma_b): fixed points, factors at them, and depth scales in layers.

    `chi` is the factor on the squared gradient norm at q*; `chi_c` that on the product of two examples' gradients at
    c*; `xi_q`, `xi_c` are the depths over which length and correlation forget their start, -1 / ln(slope), infinite
    where they do not, or slower than exponentially. NaN where there is no such number; see `phase`.

    >>> Phase(q=1.0, c=1.0, chi=0.9, chi_c=0.9, xi_q=3.0, xi_c=9.5).name
    'ordered'
    """

    q: float
    c: float
    chi: float
    chi_c: float
    xi_q: float
    xi_c: float

    @property
    def name(self) -> str:
        """ "ordered" (gradients vanish), "chaotic" (they explode), or "critical" within 1e-6 of chi = 1."""
        return "critical" if abs(self.chi - 1) < 1e-6 else "ordered" if self.chi < 1 else "chaotic"


def _scale(slope: float) -> float:
    """-1 / ln(slope), infinite from 1 on, which quadrature meets within 1e-13; NaN stays."""
    return float(-1 / np.log(slope)) if 0 < slope < 1 - 1e-13 else 0.0 if slope <= 0 else float(slope + np.inf)


def phase(activation: Name, *, sigma_w: float, sigma_b: float = 0.0) -> Phase:
    """Fixed points, factors and depth scales at one point (Poole et al. 2016; Schoenholz et al. 2017).

    q* is the length that is reached from 1. Without biases it may be 0; then chi, chi_c and xi_q are the limits of
    small q. The correlation map tends to a limit too: where phi has a slope at 0 it is the identity, so that c is NaN
    (it depends on the start), chi_c = chi at any c, and xi_c is infinite; where the slope jumps, as for ReLU, c is 1,
    approached like 1 / l^2, and xi_c is infinite as well. tanh at sigma_w = 1 is critical, at q* = 0.

    Raises ValueError where the length grows without end: ReLU from sigma_w^2 = 2 on where there are biases, GELU where
    chi is still below 1 (Hayou, Doucet and Rousseau 2019 ask for a finite q* likewise). There, take `q_path` and `chi`
    at the lengths of your layers.

    >>> p = phase("tanh", sigma_w=1.2, sigma_b=0.3)
    >>> p.name, round(p.chi, 3), round(p.c, 3)
    ('ordered', 0.87, 1.0)
    >>> p = phase("tanh", sigma_w=0.5)
    >>> p.q, round(p.chi, 9), round(p.xi_q, 3), p.c, p.xi_c
    (0.0, 0.25, 0.721, nan, inf)
    """
    q, near, share = _length(activation, sigma_w, sigma_b)
    c = _c_fixed(activation, sigma_w, sigma_b, q, near, share)
    factor = chi(near, activation, sigma_w=sigma_w)
    at_c = factor if np.isnan(c) else chi_c(c, near, activation, sigma_w=sigma_w)
    return Phase(
        q=q,
        c=c,
        chi=factor,
        chi_c=at_c,
        xi_q=_scale(q_slope(near, activation, sigma_w=sigma_w)),
        xi_c=_scale(at_c * share),
    )


def critical_sigma_w(activation: Name, *, sigma_b: float = 0.0, low: float = 1e-3, high: float = 60.0) -> float:
    """The sigma_w of the edge of chaos at this sigma_b: where chi = 1 at a length that stays (`edge_point`).

    Found by bisection over the length. Where chi passes 1 at several lengths, it is the shortest. Without biases the
    length is that of `critical_start`: small for tanh and SELU (for which chi is the limit, with both slopes at 0), any
    for ReLU.

    Raises ValueError where no such length is: with biases, for ReLU and other functions that are straight on each side
    of 0, whose chi comes to 1 only as the length goes to infinity (Hayou, Doucet and Rousseau 2019 ask for a finite
    one); for GELU below sigma_b = 0.4158 and SiLU below 0.7451, whose length grows without end while chi is still below
    1; for softplus everywhere; and where the sigma_w found is not in [low, high].

    >>> round(critical_sigma_w("tanh", sigma_b=0.05**0.5) ** 2, 2)
    1.76
    >>> round(critical_sigma_w("relu") ** 2, 6)
    2.0
    >>> critical_sigma_w("gelu", sigma_b=0.3)
    Traceback (most recent call last):
        ...
    ValueError: sigma_b: got 0.3; allowed: at least 0.415839 for gelu, with which its edge of chaos begins
    """
    phi = activations.get(activation)
    low, high = need_number("low", low, 0.0, 1e50, open_low=True), need_number("high", high, low, 1e50)
    sigma_b = need_number("sigma_b", sigma_b, 0.0, 1e60)
    start = critical_start(phi)
    if sigma_b < start.sigma_b * (1 - 1e-9):
        allowed = f"at least {start.sigma_b:.6g} for {phi.name}, with which its edge of chaos begins"
        raise bad("sigma_b", f"{sigma_b:g}", allowed)
    found = start.sigma_w
    if sigma_b > start.sigma_b:
        q = np.nan if scale_free(phi) else shortest(phi, sigma_b**2)
        if np.isnan(q):
            where = "only as the length goes to infinity" if scale_free(phi) else f"at no length up to {LONGEST:g}"
            raise bad("sigma_b", f"{sigma_b:g}", f"a smaller one for {phi.name}; here chi comes to 1 {where}")
        found = edge_point(phi, q).sigma_w
    if not low <= found <= high:
        allowed = f"a range in which chi passes 1 for {phi.name}: it does at {found:.6g}"
        raise bad("low, high", f"{low:g}, {high:g}", allowed)
    return found


def residual_path(
    depth: int, activation: Name, *, sigma_w: float, p_0: float = 1.0, scale: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Reduced residual net x + scale * phi(W x): mean square of x, and squared norm of the gradient at its input.

    Returns two arrays of length depth + 1, for 0..depth blocks. With p the mean square of x and z ~ N(0, sigma_w^2 p),
    p grows by scale^2 E phi(z)^2 and the gradient by the factor 1 + scale^2 sigma_w^2 E phi'(z)^2 at each block
    (Yang and Schoenholz 2017). Independent zero-mean branches are assumed: phi must be odd, or W fresh after phi.

    >>> p, g = residual_path(2, "identity", sigma_w=1.0)
    >>> p.round(9).tolist(), g.round(9).tolist()
    ([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    """
    phi, sw2 = activations.get(activation), need_number("sigma_w", sigma_w, 0.0, 1e60) ** 2
    s2 = need_number("scale", scale, -1e60, 1e60) ** 2
    p, g = [need_number("p_0", p_0, 0.0, open_low=True)], [1.0]
    for _ in range(need_int("depth", depth)):
        q = sw2 * p[-1]
        g.append(g[-1] * (1 + s2 * chi(q, phi, sigma_w=sigma_w)))
        p.append(p[-1] + s2 * expect(lambda z: phi.f(z) ** 2, q, phi.kinks))
    return np.array(p), np.array(g)


def residual_c_path(
    depth: int, activation: Name, *, c_0: float, sigma_w: float, p_0: float = 1.0, scale: float = 1.0
) -> np.ndarray:
    """Correlation of two inputs of equal length after 0..depth blocks x + scale * phi(W x): (depth + 1,).

    The product of the two signals grows by scale^2 E phi(u1) phi(u2) at each block, their mean square p as in
    `residual_path`, whose assumption holds here too; c is the ratio (Yang and Schoenholz 2017).

    >>> residual_c_path(2, "relu", c_0=0.0, sigma_w=2**0.5).round(4).tolist()
    [0.0, 0.1592, 0.2805]
    """
    phi, s2 = activations.get(activation), need_number("scale", scale, -1e60, 1e60) ** 2
    path = [need_number("c_0", c_0, -1.0, 1.0)]
    p, _ = residual_path(depth, phi, sigma_w=sigma_w, p_0=p_0, scale=scale)
    for before, after in itertools.pairwise(p):
        together = path[-1] * before + s2 * expect_pair(phi.f, sigma_w**2 * before, path[-1], phi.kinks)
        path.append(float(np.clip(together / after, -1.0, 1.0)))
    return np.array(path)


def batchnorm_c_path(c_1: float, depth: int, *, batch: int, activation: str = "relu") -> np.ndarray:
    """Correlation of any two of `batch` inputs in the pre-activations of layers 1..depth, each before its BatchNorm.

    c_1 is that of all pairs in layer 1. BatchNorm takes out what the examples have in common, so behind it any two
    have the correlation -1 / (B - 1) whatever they had before: layer 2 is at the fixed point, J(-1 / (B - 1)) for
    ReLU with its kernel J, which tends to 1 / pi as B grows, and -1 / (B - 1) for the identity (Yang et al. 2019).

    >>> batchnorm_c_path(0.9, 3, batch=10**7).round(4).tolist()
    [0.9, 0.3183, 0.3183]
    """
    batch, c_1 = need_int("batch", batch, 2), need_number("c_1", c_1, -1.0, 1.0)
    if not -1 / (batch - 1) <= c_1 < 1:
        raise bad("c_1", c_1, f"a correlation that {batch} different inputs can have: [-1 / (batch - 1), 1)")
    c = -1 / (batch - 1)
    if need_choice("activation", activation, ("relu", "identity")) == "relu":
        c = relu_kernel(c)[0]
    return np.array([c_1, *[c] * (need_int("depth", depth) - 1)])


def batchnorm_rate(batch: int, activation: str = "relu") -> float:
    """Factor per layer on the **squared** gradient norm of a plain net with BatchNorm before each activation, at init.

    `activation` is "relu" or "identity", the two with a closed form: with c = -1 / (B - 1) and ReLU's kernel J,
    ((B - 1 + J'(c)) / (1 - J(c)) - 1) / (B - 3), which falls to pi / (pi - 1) = 1.467 as B grows (Yang et al. 2019);
    (B - 2) / (B - 3) for the identity. The norm itself grows by the root, 1.21 for ReLU. Needs a batch of at least 4.

    >>> round(batchnorm_rate(10**7), 4), round(batchnorm_rate(32, "identity"), 4)
    (1.4669, 1.0345)
    """
    batch = need_int("batch", batch, 4)
    if need_choice("activation", activation, ("relu", "identity")) == "identity":  # a closed form is known
        return (batch - 2) / (batch - 3)
    j, slope = relu_kernel(-1 / (batch - 1))
    return ((batch - 1 + slope) / (1 - j) - 1) / (batch - 3)


def slope_moments(q: float, activation: Name, *, order: int = 2) -> list[float]:
    """mu_k = E phi'(z)^(2k) for k = 1..order, z ~ N(0, q).

    >>> [round(mu, 9) for mu in slope_moments(1.0, "relu")]
    [0.5, 0.5]
    """
    phi = activations.get(activation)
    powers = [2 * k for k in range(1, need_int("order", order) + 1)]
    return [expect(lambda z, n=n: phi.df(z) ** n, q, phi.kinks) for n in powers]  # type: ignore[misc]


def spectrum_variance(q: float, activation: Name, *, depth: int, orthogonal: bool) -> float:
    """Variance of the squared singular values of a product of `depth` Jacobians, over their mean squared.

    depth * (mu_2 / mu_1^2 - 1 - s_1) with s_1 = 0 for orthogonal and -1 for Gaussian weights (Pennington, Schoenholz
    and Ganguli 2017). 0 is dynamical isometry: every direction keeps its length. Gaussian weights never reach it.

    >>> [round(spectrum_variance(1.0, "relu", depth=8, orthogonal=kind), 9) for kind in (True, False)]
    [8.0, 16.0]
    """
    mu_1, mu_2 = slope_moments(q, activation)
    need_kind("orthogonal", orthogonal, (bool, np.bool_), "True or False")
    if mu_1**2 == 0:
        raise bad("q", q, f"a length at which {activations.get(activation).name} still has a slope")
    return need_int("depth", depth) * (mu_2 / mu_1**2 - 1 + (0 if orthogonal else 1))
