"""How much will the gradient's norm differ from one draw of the weights to the next? Before the net is built.

Fully connected ReLU layers, Gaussian weights of variance 2 / fan_in, no biases; `widths` are the hidden layers.
"""

import numpy as np


def log_chi2(k):
    """Mean and variance of ln chi^2 with 1, ..., k degrees of freedom, by the recursion from j to j + 2."""
    mean, var = np.empty(k), np.empty(k)
    mean[:2] = np.log(2) - np.euler_gamma + np.array([-2 * np.log(2), 0.0])[:k]
    var[:2] = np.array([np.pi**2 / 2, np.pi**2 / 6])[:k]
    for i in range(2, k):  # entry i has i + 1 degrees of freedom
        mean[i], var[i] = mean[i - 2] + 2 / (i - 1), var[i - 2] - 4 / (i - 1) ** 2
    return mean, var


def log_layer(n):
    """Mean and variance of ln of the factor (2/n) chi^2_B, B ~ Bin(n, 1/2), B >= 1: one ReLU layer of n units."""
    mean, var = log_chi2(n)
    k = np.arange(1, n + 1)
    log_p = np.cumsum(np.log((n - k + 1) / k))
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    return np.log(2 / n) + p @ mean, p @ (var + (mean - p @ mean) ** 2)


def spread(widths):
    """beta, and mean and variance of ln of the squared norm, from one end of the hidden layers to the other."""
    moments = np.sum([log_layer(n) for n in widths], axis=0)
    return sum(1 / n for n in widths), moments[0], moments[1]


if __name__ == "__main__":
    for name, widths in {"512-256": [512, 256], "50 x 50": [50] * 50, "20 wide, 100 deep": [20] * 100}.items():
        beta, mean, var = spread(widths)
        low, mid, high = np.exp((mean + np.array([-1.645, 0, 1.645]) * var**0.5) / 2)
        print(f"{name:18s} beta {beta:6.4f}   norm x {mid:.3g}, 5 to 95 % of nets {low:.2g} to {high:.2g}")
