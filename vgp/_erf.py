"""The error function, the normal distribution function and log1p, for whole arrays, real or complex.

NumPy has neither of the first two, and its log1p loses digits where it is complex. Those two come from one table of
Taylor coefficients of erfcx(x) = exp(x^2) erfc(x), which varies slowly, so that relative accuracy survives far in the
tail where 1 + erf(x) would cancel to nothing.
Complex arguments are for the complex-step check: they need a small imaginary part (below about 0.01).
"""

import math

import numpy as np

_STEP = 0.125  # grid points have exact squares, so exp(x^2) is good to rounding
_LAST = 27.0  # erfc(27) = 5e-319: nothing is left in float64
_ORDER = 12


def _erfcx_table() -> np.ndarray:
    """Taylor coefficients y_k / k! of erfcx at each grid point, from y' = 2xy - 2/sqrt(pi) differentiated k times."""
    rows = []
    for x in np.arange(0.0, _LAST + 0.4, _STEP):
        # math.erfc is subnormal past 26.5; there the asymptotic series is exact to rounding
        far = (
            sum((-1) ** k * math.prod(range(1, 2 * k, 2)) / (2 * x * x) ** k for k in range(8))
            / (x * math.sqrt(math.pi))
            if x > 20
            else 0.0
        )
        y = [math.exp(x * x) * math.erfc(x) if x <= 20 else far]
        y.append(2 * x * y[0] - 2 / math.sqrt(math.pi))
        for k in range(1, _ORDER):
            y.append(2 * x * y[k] + 2 * k * y[k - 1])
        rows.append([y_k / math.factorial(k) for k, y_k in enumerate(y)])
    return np.array(rows).T.copy()


_TABLE = _erfcx_table()


def _erfc_positive(x: np.ndarray) -> np.ndarray:
    """erfc(x) where Re x >= 0, in float64 or complex128."""
    inside = x.real < _LAST  # beyond the table the value is 0 in float64
    x = np.where(inside, x, _LAST)
    index = np.rint(x.real / _STEP).astype(np.intp)
    t = x - index * _STEP
    value = _TABLE[_ORDER][index] + 0 * t
    for k in range(_ORDER - 1, -1, -1):
        value = value * t + _TABLE[k][index]
    return value * np.exp(-x * x) * inside


def log1p(z: np.ndarray) -> np.ndarray:
    """ln(1 + z) for Re z > -1; NumPy's, for complex z, adds the 1 first, and the value is gone below 1e-16.

    ln|1 + z| is split into that of the real part and what the imaginary part adds: with t = Im z / (1 + Re z), it is
    ln(1 + Re z) + ln(1 + t^2) / 2.

    >>> log1p(np.array([1e-20 + 1e-40j])).tolist(), np.log1p(np.array([1e-20 + 1e-40j])).tolist()
    ([(1e-20+1e-40j)], [1e-40j])
    """
    if z.dtype.kind != "c":
        return np.log1p(z)
    t = z.imag / (1 + z.real)
    return np.log1p(z.real) + np.log1p(t * t) / 2 + 1j * np.arctan2(z.imag, 1 + z.real)


def _wide(z: np.ndarray) -> np.ndarray:
    return z.astype(np.complex128 if z.dtype.kind == "c" else np.float64)


def erf(z: np.ndarray) -> np.ndarray:
    """Error function, erf(z) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to z; dtype in equals dtype out.

    >>> [round(float(v), 12) for v in erf(np.array([-1.0, 0.0, 0.5, 9.0]))]
    [-0.84270079295, 0.0, 0.520499877813, 1.0]
    """
    x = _wide(z)
    sign = np.where(x.real < 0, -1.0, 1.0)
    small = np.abs(x.real) < 0.5
    s = x * small  # Maclaurin series near 0, where 1 - erfc would cancel
    series = sum((-1) ** k * s ** (2 * k) / (math.factorial(k) * (2 * k + 1)) for k in range(13))
    value = np.where(small, 2 / math.sqrt(math.pi) * s * series, sign * (1 - _erfc_positive(x * sign)))
    return value.astype(z.dtype)


def normal_cdf(z: np.ndarray) -> np.ndarray:
    """Distribution function of N(0, 1), relative accuracy kept in the lower tail; dtype in equals dtype out.

    >>> [f"{v:.6e}" for v in normal_cdf(np.array([-20.0, 0.0, 1.0]))]
    ['2.753624e-89', '5.000000e-01', '8.413447e-01']
    """
    x = _wide(z)
    sign = np.where(x.real < 0, -1.0, 1.0)
    tail = 0.5 * _erfc_positive(x * sign / math.sqrt(2))
    return np.where(x.real < 0, tail, 1 - tail).astype(z.dtype)
