"""Deep Kernel Shaping: bend the activation function, not the weights, until a net of given depth sits near the edge.

phi_hat(z) = gamma (phi(alpha z + beta) + delta) replaces phi, with weights of sigma_w = 1 and no biases. The four
constants are chosen so that the length 1 is kept, that small deviations from it are kept too, that unlike inputs stay
unlike, and that the whole net separates like inputs by the factor zeta, not more (Martens et al. 2021).
"""

from dataclasses import dataclass

import numpy as np

from .. import activations
from .._errors import bad, need_int, need_number
from ..activations import Activation
from .gaussian import expect

_STARTS = [(alpha, beta) for alpha in (1.0, 0.1) for beta in (1.0, -1.0, 0.0)]


@dataclass(frozen=True)
class Shaped:
    """A shaped activation function, and the constants in gamma (phi(alpha z + beta) + delta).

    >>> s = shape("tanh", depth=50)
    >>> bool(abs(s.gamma * (np.tanh(s.alpha * 2.0 + s.beta) + s.delta) - s.activation.f(np.array(2.0))) < 1e-12)
    True
    """

    activation: Activation
    alpha: float
    beta: float
    gamma: float
    delta: float


def local_conditions(activation: str | Activation) -> dict[str, float]:
    """What one layer of phi with sigma_w = 1 and no biases does at length 1: Q(1), Q'(1), C(0), C'(1).

    Q is the length map and C the correlation map; C'(1) is chi where Q(1) = 1.

    >>> {name: round(value, 9) for name, value in local_conditions("identity").items()}
    {'Q(1)': 1.0, "Q'(1)": 1.0, 'C(0)': 0.0, "C'(1)": 1.0}
    """
    phi = activations.get(activation)
    q = expect(lambda z: phi.f(z) ** 2, 1.0, phi.kinks)
    if not q > 0:
        raise bad("activation", phi.name, "a function that is not 0 everywhere")
    return {
        "Q(1)": q,
        "Q'(1)": expect(lambda z: phi.f(z) * phi.df(z) * z, 1.0, phi.kinks),
        "C(0)": expect(phi.f, 1.0, phi.kinks) ** 2 / q,
        "C'(1)": expect(lambda z: phi.df(z) ** 2, 1.0, phi.kinks) / q,
    }


def _bend(phi: Activation, alpha: float, beta: float) -> Shaped:
    """Given alpha and beta, gamma and delta follow from C(0) = 0 and Q(1) = 1."""

    def inner(z: np.ndarray) -> np.ndarray:
        return phi.f(alpha * z + beta)

    kinks = tuple(sorted((k - beta) / alpha for k in phi.kinks))
    mean = expect(inner, 1.0, kinks)
    gamma = float(expect(lambda z: (inner(z) - mean) ** 2, 1.0, kinks) ** -0.5)
    shaped = Activation(
        f"shaped {phi.name}",
        lambda z: gamma * (inner(z) - mean),
        lambda z: gamma * alpha * phi.df(alpha * z + beta),
        kinks,
    )
    return Shaped(shaped, alpha, beta, gamma, -mean)


def shape(activation: str | Activation, *, depth: int, zeta: float = 1.5) -> Shaped:
    """The shaped function for a plain net of `depth` layers: Q(1) = Q'(1) = 1, C(0) = 0, C'(1) = zeta^(1/depth).

    Parameters
    ----------
    activation : a smooth one, such as tanh, softplus or GELU; ReLU has no shape with Q'(1) = 1 and C'(1) > 1
    depth : layers that apply the function
    zeta : slope at 1 of the correlation map of the whole net, above 1; the authors take 1.5

    Notes
    -----
    Several sets of constants meet the conditions (alpha and beta may change sign); one of them is returned, by
    Newton's method from fixed starting points. Every deviation from the conditions is below 1e-9.

    >>> shaped = shape("tanh", depth=50)
    >>> [f"{value:.6f}" for value in local_conditions(shaped.activation).values()]
    ['1.000000', '1.000000', '0.000000', '1.008142']
    """
    phi, depth = activations.get(activation), need_int("depth", depth)
    target = need_number("zeta", zeta, 1.0, open_low=True) ** (1 / depth)

    def miss(at: np.ndarray) -> np.ndarray:
        try:
            found = local_conditions(_bend(phi, float(at[0]), float(at[1])).activation)
        except (ValueError, ZeroDivisionError):  # flat there, as ReLU is left of its kink
            return np.array([np.nan, np.nan])
        return np.array([found["Q'(1)"] - 1, found["C'(1)"] - target])

    with np.errstate(all="ignore"):
        for start in _STARTS:
            at, rounds = np.array(start), 0
            now = miss(at)
            while rounds < 60 and np.isfinite(now).all() and np.abs(now).max() >= 1e-12:
                rounds += 1
                slopes = np.column_stack([(miss(at + d) - miss(at - d)) / 2e-5 for d in 1e-5 * np.eye(2)])
                if not np.isfinite(slopes).all() or np.linalg.matrix_rank(slopes) < 2:
                    break
                step, share = np.linalg.solve(slopes, now), 1.0
                while share > 1e-3 and not np.abs(miss(at - share * step)).max() < np.abs(now).max():
                    share /= 2
                at = at - share * step
                now = miss(at)
            if np.abs(now).max() < 1e-9:
                return _bend(phi, float(at[0]), float(at[1]))
    raise bad(
        "activation, zeta",
        f"{phi.name}, {zeta:g}",
        "a pair that can meet the conditions (a smooth function of changing curvature)",
    )
