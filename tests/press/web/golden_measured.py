"""Golden numbers of what is measured, predicted and drawn: functions of_MODULE, or of_MODULE_PART."""

from __future__ import annotations

import re

import numpy as np
from golden_nets import net_and_data, rng

import vgp
from vgp import activations, check, layers, losses
from vgp.book import curves, figures, ledger, style
from vgp.measure import formats, signals, spectra, units
from vgp.measure.diagnose import over_seeds
from vgp.theory import edge, gaussian, meanfield, narrow, phases, shaping


def of_gaussian():
    tanh = activations.get("tanh").f
    return {
        "expect": [gaussian.expect(lambda z: tanh(z) ** 2, q) for q in (1e-6, 0.5, 40.0)],
        "pair": [gaussian.expect_pair(tanh, 1.5, c) for c in (-0.9, 0.0, 0.99)],
        "relu": np.array([gaussian.relu_kernel(c) for c in (-1.0, 0.1, 1.0)]),
    }


def of_gaussian_closed():
    found = {name: gaussian.closed_form(a) for name, a in activations.ACTIVATIONS.items()}
    return {
        name: [c.square(1.7), c.slopes(1.7), c.pair(1.7, 0.4), c.slope_pair(1.7, 0.4)] for name, c in found.items() if c
    }


def traced(**options):
    net, x, labels = net_and_data(**options)
    return vgp.trace(net, x, labels, losses.softmax_cross_entropy)


def of_trace():
    t = traced(depth=50)
    names = ("loss", "z_rms", "h_rms", "delta", "bias_speed", "weight_speed", "W_norm", "saturation")
    made = {name: getattr(t, name) for name in names} | {"log delta": np.log(t.delta)}  # of the smallest ones, too
    return made | {"cka": signals.linear_cka(rng().standard_normal((9, 4)), rng(1).standard_normal((9, 3)))}


def of_diagnose():
    found = vgp.diagnose(traced(depth=20, init="old_uniform", activation="tanh"), rate=0.1, dtype="float16")
    return {f"{n}.{f.disease}": [f.value, f.threshold, *f.layers] for n, f in enumerate(found.findings)}


def of_diagnose_words():
    return {"over_seeds": over_seeds(rng().standard_normal((4, 30)))}


def of_units_and_signals():
    net, x, _ = net_and_data(activation="relu")
    _, h = rng(), rng(4).standard_normal((50, 6))
    line = layers.mlp(1, 50, 1, depth=3, activation="relu", rng=rng())
    return {
        "dead": units.dead_share(net, x),
        "share": signals.input_share(h),
        "cosine": signals.input_cosine(h),
        "shattered": signals.gradient_autocorrelation(line, np.linspace(-2, 2, 64), [1, 3, 9]),
        "underflow": formats.underflow(traced(depth=12), "float16"),
    }


def of_check():
    f, x, v = np.tanh, rng().standard_normal(5), rng(1).standard_normal(5)
    layer = layers.Dense(rng().standard_normal((3, 2)), np.zeros((1, 2)))
    good = check.check_layer(layer, rng(1).standard_normal((4, 3)), rng=rng())
    return {"complex": check.complex_step(f, x, v), "good": [value < 1e-10 for value in good.values()]}


def of_lsuv():
    net, x, _ = net_and_data(seeds=None, activation="relu", batch=200)
    return {"rows": [row["after"] for row in vgp.lsuv(net, x, rng=rng())]}


def of_meanfield():
    options = {"sigma_w": 1.7, "sigma_b": 0.2}
    return {
        "q": meanfield.q_path(2.0, "tanh", depth=40, **options),
        "fixed": [meanfield.q_fixed(name, **options) for name in ("tanh", "erf", "sigmoid")],
        "c": meanfield.c_path(0.3, 1.0, "tanh", depth=40, **options),
        "chi": meanfield.chi(1.0, "gelu", sigma_w=1.7),
        "gradient": meanfield.gradient_path(1.0, "tanh", depth=40, **options),
    }


def of_edge():
    starts = [edge.critical_start(name) for name in ("gelu", "tanh")]
    return {
        "start": [[p.q, p.sigma_w, p.sigma_b, p.chi_par] for p in starts],
        "class": [universality.p for universality in (edge.universality("tanh"), edge.universality("relu"))],
        "width": edge.width_path(1.0, "tanh", depth=10, sigma_w=1.0),
    }


def of_phases():
    p = phases.phase("tanh", sigma_w=1.3, sigma_b=0.3)
    return {
        "phase": [p.q, p.c, p.chi, p.chi_c, p.xi_q, p.xi_c],
        "critical": [phases.critical_sigma_w(name, sigma_b=0.1) for name in ("tanh", "erf")],
        "residual": phases.residual_path(10, "relu", sigma_w=1.4),
        "batchnorm": phases.batchnorm_rate(64),
        "spectrum": phases.spectrum_variance(1.0, "tanh", depth=10, orthogonal=True),
    }


def of_narrow():
    return {"path": narrow.log_path([5, 6, 7]), "walk": narrow.random_walk_gain(50), "chi": narrow.log_chi_square(3)[0]}


def of_shaping():
    made = shaping.shape("tanh", depth=50)
    return {"shape": [made.alpha, made.beta, made.gamma, made.delta]}


def of_spectra():
    net, x, _ = net_and_data(depth=30, seeds=None, activation="tanh", batch=3)
    spectrum = spectra.jacobian_spectrum(net, x)
    return {
        "product": spectrum.product,
        "lyapunov": spectra.lyapunov([rng(i).standard_normal((4, 4)) for i in range(50)]),
    }


def of_ledger():
    values = ledger.published("nielsen2015-speeds-4")
    return {"published": values, "fmt": [float(ledger.fmt(value)) for value in (4.8818, 0.0123456)]}


def drawing():
    fig, axes = curves.subplots(1, 2)
    curves.spread(axes[0], [1, 2, 3], rng().lognormal(size=(3, 40)), label="nets")
    curves.theory_line(axes[0], [1, 2, 3], [1, 0.5, 0.25])
    figures.spectrum(axes[1], rng().standard_normal((5, 20)))
    return curves.show(fig, alt="Two charts that stand for all of them: a spread and a spectrum.")


def numbers_in(svg):
    """The numbers of all paths of a figure."""
    return [float(number) for path in re.findall(r' d="([^"]*)"', svg) for number in re.findall(r"-?\d+\.?\d*", path)]


def of_curves():
    fig, ax = curves.subplots()
    curves.spread(ax, [1, 2], np.arange(10.0).reshape(2, 5))
    return {"data": ax.lines[0].get_ydata(), "width": fig.get_size_inches()}


def of_figures():
    axes = figures.spectrum(curves.subplots()[1], rng().standard_normal((5, 20)))
    return {"lines": [line.get_ydata() for line in axes.lines]}


def of_svg():
    return {"themed": ["var(--vgp-" in drawing().svg, len(numbers_in(drawing().svg)) > 100]}


def of_style():
    return {"points": np.array(style.points([1, 2], y=[3.0, 4.0]))}
