"""_press/live/browser: the theory that the playground draws, against the library and against wide nets."""

import numpy as np
import playground
import playground_state
import playground_theory
import pytest

from vgp.activations import ACTIVATIONS
from vgp.layers import Sequential
from vgp.theory import meanfield, phases

CHEAP = {"depth": 4, "width": 8, "seeds": 3, "batch": 8, "data": "noise"}
PLAIN = [name for name in ACTIVATIONS if name != "gelu"]  # its exact averages take too long for a test


@pytest.mark.parametrize("name", PLAIN)
def test_paths_of_plain_nets_are_those_of_the_library(name):
    s = playground_state.check({**CHEAP, "activation": name, "sigma_w": 1.3, "sigma_b": 0.2, "depth": 8})
    x = playground_state.examples("noise", "float64", 0).x_train[:8]
    q_1, c_1 = playground_theory.first(s, x)
    ours = playground_theory.paths(s, x)
    options = {"depth": 8, "sigma_w": 1.3, "sigma_b": 0.2}
    assert np.allclose(ours["q"], meanfield.q_path(q_1, name, **options), rtol=1e-9)
    assert np.allclose(playground_theory.delta(ours["g"]), meanfield.gradient_path(q_1, name, **options), rtol=1e-9)
    exact = meanfield.c_path(c_1, q_1, name, **{**options, "depth": 4})
    assert np.allclose(ours["c"][:4], exact, atol=3e-3)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_quick_averages_draw_the_same_lines(name):
    for more in ({}, {"norm": "layer"}, {"residual": True, "scale": "depth"}, {"sigma_w": 2.0}):
        s = playground_state.check({**CHEAP, "activation": name, "sigma_w": 1.2, "sigma_b": 0.2, "depth": 30, **more})
        x = playground_state.examples("noise", "float64", 0).x_train[:8]
        exact, quick = (playground_theory.paths(s, x, kind) for kind in (True, False))
        assert np.allclose(np.log(exact["q"]), np.log(quick["q"]), atol=0.02, rtol=0.02)
        logs = [np.log(playground_theory.delta(path["g"])) for path in (exact, quick)]
        assert np.allclose(*logs, atol=0.02, rtol=0.03)
        assert np.allclose(exact["c"], quick["c"], atol=0.01)


def test_the_path_of_skip_connections_is_that_of_the_library():
    s = playground_state.check({**CHEAP, "residual": True, "sigma_w": 1.5, "scale": 0.5, "depth": 6})
    x = playground_state.examples("noise", "float64", 0).x_train[:8]
    ours = playground_theory.paths(s, x)
    p, g = phases.residual_path(5, "tanh", sigma_w=1.5, p_0=ours["q"][0] / 1.5**2, scale=0.5)
    assert np.allclose(ours["q"], 1.5**2 * p)
    assert np.allclose(np.cumprod(ours["g"]), g[1:])


@pytest.mark.parametrize(
    "state",
    [
        {}, {"activation": "relu", "init": "he"}, {"activation": "sigmoid", "sigma_b": 1.0}, {"init": "orthogonal"},
        {"activation": "selu", "init": "glorot_uniform"}, {"norm": "layer"}, {"norm": "rms", "activation": "silu"},
        {"norm": "batch", "activation": "relu", "sigma_b": 0.5, "batch": 64, "seeds": 4},
        {"residual": True, "sigma_b": 0.3},
        {"residual": True, "activation": "relu", "init": "he", "scale": "depth"},
        {"residual": True, "norm": "layer", "activation": "relu", "init": "he"},
    ],
)  # fmt: skip
def test_wide_nets_do_what_the_theory_says(state):
    answer = playground.evaluate({"width": 200, "depth": 8, "seeds": 6, "batch": 16, "data": "noise", **state})
    assert answer["reduced"] is None
    for key in ("forward", "delta", "correlation"):
        measured = np.array(answer[key]["median"][:8], float)
        predicted = np.array(answer["theory"][key]["values"], float)
        error = predicted - measured if key == "correlation" else predicted / measured - 1
        assert np.nanmax(np.abs(error)) < 0.15, key


def test_what_the_library_has_no_theory_for_is_said():
    for state in ({"norm": "batch", "activation": "tanh"}, {"norm": "batch", "residual": True}):
        part = playground.evaluate({**CHEAP, **state}, "small")["theory"]["delta"]
        assert part["values"] is None
        assert part["reason"].startswith("BatchNorm ")


def edge_of(name, sigma_b):
    """The critical sigma_w, or where the library has none, that from which the length grows without end."""
    try:
        return phases.critical_sigma_w(name, sigma_b=sigma_b)
    except ValueError:
        low, high = 0.5, 4.0
        while high - low > 0.002:
            middle = (low + high) / 2
            q = meanfield.q_path(1.0, name, depth=400, sigma_w=middle, sigma_b=sigma_b)[-1]
            low, high = (low, middle) if q > 1e3 else (middle, high)
        return low


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_critical_line_is_that_of_the_library(name):
    line = np.array(playground.phase(name)["critical"])
    for sigma_b in (0.0, 0.7):
        ours = np.interp(sigma_b, *line.T)
        assert ours == pytest.approx(edge_of(name, sigma_b), rel=0.02)
    diagram = playground.phase(name)
    chi = np.array(diagram["chi"])
    assert chi.shape == (len(diagram["sigma_b"]), len(diagram["sigma_w"]))
    edge = np.interp(diagram["sigma_b"], *line.T)[:, None]
    clear = np.abs(np.array(diagram["sigma_w"]) / edge - 1) > 0.05
    assert ((chi > 1) == (np.array(diagram["sigma_w"]) > edge))[clear].all()


def test_the_point_is_that_of_the_library():
    for name, sigma_w, sigma_b in (("tanh", 1.2, 0.3), ("tanh", 2.0, 0.3), ("sigmoid", 2.0, 0.5), ("selu", 1.0, 0.0)):
        ours = playground_theory.point(name, sigma_w, sigma_b, True)
        theirs = phases.phase(name, sigma_w=sigma_w, sigma_b=sigma_b)
        assert ours["phase"] == theirs.name
        for key in ("q", "c", "chi", "xi_q"):
            assert ours[key] == pytest.approx(getattr(theirs, key), rel=1e-6), (name, key)
        assert ours["xi_c"] == pytest.approx(theirs.xi_c, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "sigma_w", "c"), [("tanh", 0.5, None), ("gelu", 0.9, None), ("relu", 1.0, 1.0), ("identity", 0.7, None)]
)
def test_where_the_length_falls_to_0_only_a_slope_that_jumps_lets_inputs_merge(name, sigma_w, c):
    ours, theirs = playground_theory.point(name, sigma_w, 0.0, True), phases.phase(name, sigma_w=sigma_w)
    assert (ours["phase"], theirs.name) == ("ordered", "ordered")
    assert ours["c"] == c
    assert np.isnan(theirs.c) if c is None else theirs.c == c
    assert (ours["xi_c"], ours["xi_c_infinite"], theirs.xi_c) == (None, True, np.inf)


@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b", "phase"),
    [
        ("relu", 2**0.5, 0.0, "critical"), ("relu", 1.0, 0.5, "ordered"), ("relu", 2.0, 0.5, "chaotic"),
        ("tanh", 1.0, 0.0, "critical"), ("gelu", 1.0, 0.0, "ordered"), ("gelu", 2.0, 0.3, "chaotic"),
        ("identity", 1.0, 0.0, "critical"),
    ],
)  # fmt: skip
def test_points_without_a_length_to_settle_at_have_a_phase_too(name, sigma_w, sigma_b, phase):
    assert playground_theory.point(name, sigma_w, sigma_b, True)["phase"] == phase


@pytest.mark.parametrize(
    "more", [{}, {"norm": "layer"}, {"activation": "relu"}, {"residual": True}, {"residual": True, "norm": "rms"}]
)
def test_the_singular_values_are_those_of_the_hidden_layers(more):
    answer = playground.evaluate({**CHEAP, "depth": 3, **more})
    net = playground_state.build(answer["state"], answer["seeds"])
    z = net.layers[0].forward(playground_state.examples("noise", "float64", 0).x_train[:1])[0]
    inner = Sequential(net.layers[1 : -3 if "norm" in more else -2])  # from z of the first to z of the last
    columns = []
    for i in range(8):
        step = np.zeros(8)
        step[i] = 1e-5
        columns.append((inner.forward(z + step)[0] - inner.forward(z - step)[0])[0, 0] / 2e-5)
    values = np.linalg.svd(np.array(columns), compute_uv=False)
    ours = [0.0 if v is None else 10.0**v for v in answer["spectrum"]["log10"]]
    assert np.allclose(ours, values, rtol=1e-3, atol=1e-6)


def test_there_is_a_reason_where_there_are_no_singular_values():
    for state in ({"norm": "batch"}, {"depth": 1}):
        spectrum = playground.evaluate({**CHEAP, **state})["spectrum"]
        assert spectrum["log10"] is None
        assert spectrum["reason"]
