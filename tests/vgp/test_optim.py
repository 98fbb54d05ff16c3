"""Optimisers against their published formulas, written out once more with plain numbers, step by step."""

import math

import cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vgp import optim
from vgp._trees import Params, global_norm
from vgp.attention import transformer_block
from vgp.check import relative_error
from vgp.layers import Dense, mlp
from vgp.losses import softmax_cross_entropy
from vgp.normalise import WeightNorm
from vgp.optim import (
    SGD,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimiser,
    clip_by_norm,
    clip_by_value,
    cosine_decay,
    per_layer,
    step_decay,
    warm_up,
)
from vgp.recurrent import LSTMCell

every = pytest.mark.parametrize("make", cases.OPTIMISERS.values(), ids=cases.OPTIMISERS)


def tree(rng, seeds=(), dtype=np.float64):
    shapes = {"0.W": (3, 4), "0.b": (1, 4), "2.W": (4, 2), "2.b": (1, 2)}
    return named({key: rng.standard_normal((*seeds, *shape)).astype(dtype) for key, shape in shapes.items()})


def named(arrays):
    """The arrays, those with keys in W as weights, which is how this file writes them; `Params` looks at no key."""
    return Params(arrays, weights=[key for key in arrays if key.endswith("W")])


def run(optimiser, params, gradients):
    params = named({key: p.copy() for key, p in params.items()})
    for grads in gradients:
        optimiser.step(params, grads)
    return params


def sgd(p, grads, rate):
    for g in grads:
        p = p - rate * g
    return p


def nielsen(p, grads, rate, decay):
    """network2.py of Nielsen (2015): (1 - eta * lmbda / n) * w - eta * nabla_w, with decay = lmbda / n."""
    for g in grads:
        p = (1 - rate * decay) * p - rate * g
    return p


def heavy_ball(p, grads, rate, beta, decay=0.0):
    """Polyak (1964), eq. 9: p_next = p - rate * g + beta * (p - p_before)."""
    before = p
    for g in grads:
        p, before = p - rate * (g + decay * p) + beta * (p - before), p
    return p


def adam(p, grads, rate, beta1=0.9, beta2=0.999, eps=1e-8):
    """Kingma and Ba (2015), algorithm 1, line by line."""
    m = v = 0.0
    for t, g in enumerate(grads, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        p = p - rate * m_hat / (math.sqrt(v_hat) + eps)
    return p


def nesterov(p, grads, rate, beta, decay=0.0):
    """Nesterov (1983), as Sutskever et al. (2013) write it: the gradient is taken at theta + beta * v.

    Their theta is not our p: p = theta + beta * v is the point looked ahead to, and the gradients are those at p.
    """
    v = 0.0
    for g in grads:
        theta = p - beta * v
        v = beta * v - rate * (g + decay * p)
        theta += v
        p = theta + beta * v
    return p


def rmsprop(p, grads, rate, beta=0.99, eps=1e-8):
    """Tieleman and Hinton (2012), lecture 6e."""
    mean_square = 0.0
    for g in grads:
        mean_square = beta * mean_square + (1 - beta) * g**2
        p = p - rate * g / (math.sqrt(mean_square) + eps)
    return p


def adamw(p, grads, rate, decay, beta1=0.9, beta2=0.999, eps=1e-8):
    """Loshchilov and Hutter (2019), algorithm 2: the decay is no part of the gradient."""
    m = v = 0.0
    for t, g in enumerate(grads, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        step = (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps)
        p = p - rate * (step + decay * p)
    return p


# name -> formula for a weight, formula for a bias
FORMULAS = {
    "SGD": (sgd, sgd),
    "SGD(decay)": (lambda p, g, rate: nielsen(p, g, rate, 0.3), sgd),
    "Momentum": (lambda p, g, rate: heavy_ball(p, g, rate, 0.9), lambda p, g, rate: heavy_ball(p, g, rate, 0.9)),
    "Momentum(decay)": (
        lambda p, g, rate: heavy_ball(p, g, rate, 0.5, decay=0.3),
        lambda p, g, rate: heavy_ball(p, g, rate, 0.5),
    ),
    "Nesterov": (lambda p, g, rate: nesterov(p, g, rate, 0.9),) * 2,
    "Nesterov(decay)": (
        lambda p, g, rate: nesterov(p, g, rate, 0.5, decay=0.3),
        lambda p, g, rate: nesterov(p, g, rate, 0.5),
    ),
    "RMSProp": (rmsprop, rmsprop),
    "RMSProp(beta)": (lambda p, g, rate: rmsprop(p, g, rate, 0.5, 1e-3),) * 2,
    "AdamW": (lambda p, g, rate: adamw(p, g, rate, 0.01), adam),
    "AdamW(decay)": (
        lambda p, g, rate: adamw(p, g, rate, 0.3, 0.5, 0.9, 1e-3),
        lambda p, g, rate: adam(p, g, rate, 0.5, 0.9, 1e-3),
    ),
    "Adam": (adam, adam),
    "Adam(betas)": (lambda p, g, rate: adam(p, g, rate, 0.5, 0.9, 1e-3),) * 2,
}


@pytest.mark.parametrize("name", cases.OPTIMISERS)
def test_against_the_published_formula(name, rng):
    params, gradients = tree(rng), [tree(rng) for _ in range(7)]
    after = run(cases.OPTIMISERS[name](0.1), params, gradients)
    for key, p in params.items():
        formula = FORMULAS[name][key.endswith("b")]
        want = [formula(p.flat[i], [g[key].flat[i] for g in gradients], 0.1) for i in range(p.size)]
        assert relative_error(after[key].ravel(), np.array(want)) < 1e-13


def test_adam_takes_steps_of_its_rate_whatever_the_scale():
    """Kingma and Ba (2015), section 2.1: scaling the gradients scales m and sqrt(v) alike."""
    for scale in (1e-3, 1.0, 1e3):
        params = {"b": np.zeros((1, 2))}
        Adam(0.01, eps=1e-12).step(params, {"b": scale * np.array([[1.0, -2.0]])})
        assert np.allclose(params["b"], [[-0.01, 0.01]], rtol=1e-8, atol=0)


def test_momentum_on_a_parabola_follows_its_closed_form():
    """f = w^2 / 2: (v, w) is multiplied by one matrix in each step, so 50 steps are its 50th power."""
    rate, beta = 0.3, 0.8
    params, rule = {"b": np.array([[1.0]])}, Momentum(rate, beta=beta)
    for _ in range(50):
        rule.step(params, {"b": params["b"].copy()})
    matrix = np.array([[beta, 1.0], [-rate * beta, 1 - rate]])
    assert params["b"].item() == pytest.approx((np.linalg.matrix_power(matrix, 50) @ [0, 1])[1], rel=1e-10)


@every
def test_seed_axis_is_a_loop_over_seeds(make, rng):
    params, gradients = tree(rng, (3,)), [tree(rng, (3,)) for _ in range(4)]
    after = run(make(0.1), params, gradients)
    for s in range(3):
        params_s, *gradients_s = (named({key: a[s] for key, a in arrays.items()}) for arrays in (params, *gradients))
        one = run(make(0.1), params_s, gradients_s)
        assert all(np.array_equal(after[key][s], one[key]) for key in params)


@every
@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_in_place_in_the_dtype_of_the_parameters(make, dtype, rng):
    params, grads = tree(rng, dtype=dtype), tree(rng, dtype=dtype)
    arrays, before = dict(params), {key: g.copy() for key, g in grads.items()}
    rule = make(0.1)
    rule.step(params, grads)
    rule.step(params, grads)
    assert all(params[key] is arrays[key] and params[key].dtype == dtype for key in arrays)
    assert all(np.array_equal(grads[key], before[key]) for key in grads)


@every
@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_a_gradient_of_zero_moves_nothing(make, dtype, rng):
    """And gives no 0 / 0, in float16 neither, where Adam's eps of 1e-8 is 0."""
    params = tree(rng, dtype=dtype)
    rule = make(0.1)
    after = run(rule, params, [{key: 0 * p for key, p in params.items()}])
    for key in ("0.b", "2.b") if getattr(rule, "decay", 0) else params:
        assert np.array_equal(after[key], params[key])


@pytest.mark.parametrize("make", [SGD, Momentum, Nesterov])
def test_decay_is_for_weights_only(make, rng):
    params = tree(rng)
    zero = {key: 0 * p for key, p in params.items()}
    after = run(make(0.1, decay=0.5), params, [zero])
    for key, p in params.items():
        factor = 0.95 - 0.045 * (make is Nesterov)  # its first step is 1 + beta times as long
        assert np.allclose(after[key], factor * p if key.endswith("W") else p, rtol=1e-14, atol=0)


@every
def test_a_rate_for_each_layer(make, rng):
    """By prefix, by key, the longest that fits; the same as separate optimisers. Rate 0 freezes, to the bit."""
    params, gradients = tree(rng), [tree(rng) for _ in range(3)]
    after = run(make({"0": 0.1, "2": 0.2, "2.b": 0.0}), params, gradients)
    for key, rate in {"0.W": 0.1, "0.b": 0.1, "2.W": 0.2}.items():
        alone = run(make(rate), {key: params[key]}, [{key: g[key]} for g in gradients])
        assert np.array_equal(after[key], alone[key])
    assert np.array_equal(after["2.b"], params["2.b"])


def test_a_prefix_is_a_whole_number(rng):
    """ "1" is not the layer of "10.W"."""
    params = {"1.W": np.ones((1, 1)), "10.W": np.ones((1, 1))}
    SGD({"1": 1.0, "10": 0.0}).step(params, {key: np.ones((1, 1)) for key in params})
    assert (params["1.W"].item(), params["10.W"].item()) == (0.0, 1.0)


def test_per_layer_names_the_layers_in_order(rng):
    assert per_layer(tree(rng), [0.0, 0.5]) == {"0": 0.0, "2": 0.5}
    assert per_layer({"0.0.W": np.eye(2), "0.2.W": np.eye(2)}, [1, 2]) == {"0.0": 1, "0.2": 2}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: global_norm([1]), "grads: got list; allowed: a dict of arrays"),
        (lambda: global_norm({}), "grads: got an empty dict; allowed: at least one array"),
        (
            lambda: global_norm({"b": np.ones(3)}),
            r"grads\['b'\]: got shape \(3,\); allowed: an array with at .*2 axes",
        ),
        (
            lambda: clip_by_norm({"b": np.full((1, 1), np.nan)}, 1.0),
            "grads: got norms nan; allowed: finite gradients: no .*; leave this step out, .*",
        ),
        (lambda: clip_by_value([1], 1.0), "grads: got list; allowed: a dict of arrays"),
        (
            lambda: clip_by_value({"b": np.full((1, 1), np.nan)}, 1.0),
            r"grads\['b'\]: got NaN; allowed: finite gradients; leave this step out",
        ),
    ],
)
def test_clipping_says_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()


# --- pieces: small arrays are joined, large ones are cut ------------------------------------------------------------


@every
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 100])
def test_cut_or_joined_the_step_is_the_same_to_the_bit(make, length, rng, monkeypatch):
    """Pieces of other lengths, with a rate for each array; one of the arrays is not contiguous and is never cut."""
    params, gradients = tree(rng), [tree(rng) for _ in range(3)]
    params = named({**params, "4.W": rng.standard_normal((2, 7))})
    rates = {"0": 0.1, "2": 0.2, "2.b": 0.0, "4": 0.3}
    for grads in gradients:
        grads["4.W"] = rng.standard_normal((2, 7))
    usual = run(make(rates), params, gradients)
    monkeypatch.setattr(optim, "_PIECE", length)
    rule, cut = make(rates), named({key: p.copy() for key, p in params.items()})
    cut["4.W"] = np.asfortranarray(cut["4.W"])
    for grads in gradients:
        rule.step(cut, grads)
    assert all(np.array_equal(cut[key], usual[key]) for key in usual)


def layout(params, monkeypatch, length):
    monkeypatch.setattr(optim, "_PIECE", length)
    return [
        [(key, cut.start, cut.stop) for key, cut in piece] for piece in optim._pieces(params, named(params).weights)
    ]


def test_pieces_are_as_long_as_they_may_be_and_no_longer(monkeypatch):
    params = {"0.W": np.zeros((2, 3)), "0.b": np.zeros((1, 3)), "1.W": np.zeros((2, 2)), "1.b": np.zeros((1, 2))}
    assert layout(params, monkeypatch, 10) == [[("0.W", 0, 6), ("1.W", 0, 4)], [("0.b", 0, 3), ("1.b", 0, 2)]]
    assert layout(params, monkeypatch, 9)[:2] == [[("0.W", 0, 6)], [("1.W", 0, 4)]]
    assert layout(params, monkeypatch, 6) == [[("0.W", 0, 6)], [("1.W", 0, 4)], [("0.b", 0, 3), ("1.b", 0, 2)]]
    assert layout(params, monkeypatch, 3)[:4] == [[("0.W", 0, 3)], [("0.W", 3, 6)], [("1.W", 0, 3)], [("1.W", 3, 6)]]
    params["0.W"] = np.zeros((3, 2)).T
    assert layout(params, monkeypatch, 5)[:2] == [[("0.W", 0, 6)], [("1.W", 0, 4)]]  # not contiguous: whole
    four = {f"{i}.W": np.zeros((1, 4)) for i in range(4)}
    assert [len(piece) for piece in layout(four, monkeypatch, 8)] == [2, 2]
    assert layout({}, monkeypatch, 8) == []


def test_an_array_longer_than_a_piece():
    W = np.arange(80_000.0).reshape(200, 400)
    params = {"0.W": W.copy()}
    SGD(0.5).step(params, {"0.W": W})
    assert len(optim._pieces(params, frozenset())) == 2
    assert np.array_equal(params["0.W"], W / 2)


@every
def test_other_shapes_than_before_are_refused_by_what_remembers(make, rng):
    """SGD remembers nothing and goes on; the others cannot know which entry was which."""
    params, rule = tree(rng), make(0.1)
    rule.step(params, tree(rng))
    other = named({key: p[..., :1].copy() for key, p in params.items()})
    grads = {key: np.ones_like(p) for key, p in other.items()}
    if type(rule) is SGD:
        fresh = named({key: p.copy() for key, p in other.items()})
        rule.step(other, grads)
        make(0.1).step(fresh, grads)
        assert all(np.array_equal(other[key], fresh[key]) for key in other)
    else:
        with pytest.raises(ValueError, match=r"^params: got shapes and strides .*; allowed: those of the steps before"):
            rule.step(other, grads)


def test_a_frozen_layer_stays_whatever_its_gradient():
    params = {"0.W": np.ones((1, 2)), "2.W": np.ones((1, 2))}
    with np.errstate(invalid="ignore"):
        SGD({"0": 0.5, "2": 0.0}).step(params, {"0.W": np.ones((1, 2)), "2.W": np.full((1, 2), np.inf)})
    assert (params["0.W"].tolist(), params["2.W"].tolist()) == ([[0.5, 0.5]], [[1.0, 1.0]])


def test_the_usual_numbers():
    """Kingma and Ba (2015) for Adam; PyTorch's for RMSProp and the decay of AdamW."""
    for rule in (Adam(), optim.AdamW()):
        assert (rule.rate, rule.beta1, rule.beta2, rule.eps) == (1e-3, 0.9, 0.999, 1e-8)
    assert optim.AdamW().decay == 0.01
    assert (optim.RMSProp(1.0).beta, optim.RMSProp(1.0).eps) == (0.99, 1e-8)
    assert (Momentum(1.0).beta, Nesterov(1.0).beta) == (0.9, 0.9)


@pytest.mark.parametrize("make", [Adam, optim.AdamW, optim.RMSProp])
@pytest.mark.parametrize(
    ("dtype", "kept"), [(np.float16, np.float32), (np.float32, np.float32), (np.float64, np.float64)]
)
def test_what_is_remembered_is_at_least_float32_and_no_wider_than_it_must_be(make, dtype, kept, rng):
    rule = make(0.1)
    rule.step(tree(rng, dtype=dtype), tree(rng, dtype=dtype))
    assert {v.dtype for v in rule._memory.values()} == {np.dtype(kept)}


# --- schedules ------------------------------------------------------------------------------------------------------


@given(rate=st.floats(0, 10), steps=st.integers(1, 50), warm=st.integers(0, 20), t=st.integers(0, 200))
def test_schedules_follow_their_formulas(rate, steps, warm, t):
    assert warm_up(rate, steps)(t) == pytest.approx(rate * (t + 1) / steps if t < steps else rate, rel=1e-14)
    want = (
        rate * (t + 1) / warm
        if t < warm
        else 0.0
        if t >= warm + steps
        else rate * math.cos(math.pi * (t - warm) / (2 * steps)) ** 2
    )
    assert cosine_decay(rate, steps, warm=warm)(t) == pytest.approx(want, rel=1e-9, abs=1e-12 * rate)
    assert step_decay(rate, steps, factor=0.5)(t) == pytest.approx(rate / 2 ** (t // steps), rel=1e-14)


def test_a_schedule_is_asked_once_for_each_step(rng):
    """With the number of steps done before: 0 at the first."""
    asked = []
    params = {"b": np.zeros((1, 1))}
    rule = SGD(lambda t: asked.append(t) or {"b": 10.0**-t})
    for _ in range(3):
        rule.step(params, {"b": np.ones((1, 1))})
    assert asked == [0, 1, 2]
    assert params["b"].item() == pytest.approx(-1.11, rel=1e-15)


# --- clipping -------------------------------------------------------------------------------------------------------


def test_one_seed_of_huge_gradients_does_not_drown_another(rng):
    """Each seed is scaled by its own largest entry, over all of both axes."""
    g = np.stack([1e-300 * rng.standard_normal((3, 4)), 1e300 * rng.standard_normal((3, 4))])
    want = [1e-300 * np.linalg.norm(g[0] / 1e-300), 1e300 * np.linalg.norm(g[1] / 1e300)]
    assert global_norm({"W": g}) == pytest.approx(want, rel=1e-14, abs=0)
    row = np.array([[1e-200], [1e200]])  # the largest entry in another row, then in another column
    assert global_norm({"W": row}) == global_norm({"W": row.T.copy()}) == pytest.approx(1e200, rel=1e-15)


def test_global_norm_is_over_all_arrays_and_of_each_seed(rng):
    grads = tree(rng, (3,))
    for s in range(3):
        want = math.sqrt(math.fsum(v * v for g in grads.values() for v in g[s].ravel()))
        assert global_norm(grads)[s] == pytest.approx(want, rel=1e-15)
    assert global_norm({key: g[0] for key, g in grads.items()}).shape == ()


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_global_norm_neither_overflows_nor_underflows(scale, rng):
    grads = tree(rng)
    scaled = {key: scale * g for key, g in grads.items()}
    assert global_norm(scaled) == pytest.approx(scale * global_norm(grads), rel=1e-14, abs=0)


@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_clipping_at_norm_zero(dtype):
    grads = {"0.W": np.zeros((2, 3), dtype), "0.b": np.zeros((1, 3), dtype)}
    assert clip_by_norm(grads, 1.0) == 0
    clip_by_value(grads, 1.0)
    assert not any(g.any() for g in grads.values())


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (np.float64(3.0), "float64 of float64"), (3.0, "float"), ([3.0], "list"), (None, "NoneType"),
        (np.full((1, 1), 3), "ndarray of int64"), (np.full((1, 1), 3j), "ndarray of complex128"),
    ],
)  # fmt: skip
def test_what_cannot_be_clipped_in_place_is_refused_before_anything_is_changed(clip, wrong, got):
    grads = {"a": np.full((1, 2), 5.0), "b": wrong}
    with pytest.raises(ValueError, match=rf"^grads\['b'\]: got {got}; allowed: an array of floats, to be changed in"):
        clip(grads, 1.0)
    assert grads["a"].tolist() == [[5.0, 5.0]]


def test_a_gradient_that_is_not_finite_leaves_the_others_alone():
    for clip, wrong in ((clip_by_norm, np.inf), (clip_by_norm, np.nan), (clip_by_value, np.nan)):
        grads = {"a": np.full((1, 2), 5.0), "b": np.full((1, 1), wrong)}
        with pytest.raises(ValueError, match=r"finite gradients.*leave this step out"):
            clip(grads, 1.0)
        assert grads["a"].tolist() == [[5.0, 5.0]]


def test_empty_arrays_have_nothing_to_clip():
    for seeds in ((), (2,)):
        grads = {"a": np.full((*seeds, 1, 2), 5.0), "b": np.zeros((*seeds, 0, 3))}
        norms = clip_by_norm(grads, 1.0)
        assert norms.tolist() == pytest.approx(np.full(seeds, math.sqrt(50)).tolist())
        assert np.allclose(grads["a"], math.sqrt(0.5), rtol=1e-15)
        clip_by_value(grads, 0.5)
        assert (grads["a"] == 0.5).all()
    assert clip_by_norm({"b": np.zeros((0, 3))}, 1.0) == 0
    clip_by_value({}, 1.0)


def test_entries_are_cut_in_arrays_of_any_shape():
    grads = {"scalar": np.array(3.0), "row": np.array([-3.0, 0.5])}
    clip_by_value(grads, 1.0)
    assert (grads["scalar"].item(), grads["row"].tolist()) == (1.0, [-1.0, 0.5])


@given(st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1), st.sampled_from([(), (3,)]))
def test_clip_by_norm(limit, draw, seeds):
    """Pascanu, Mikolov and Bengio (2013), algorithm 1: scale by limit / norm where the norm is larger."""
    grads = tree(np.random.default_rng(draw), seeds)
    before = {key: g.copy() for key, g in grads.items()}
    norm = clip_by_norm(grads, limit)
    assert np.array_equal(norm, global_norm(before))
    factor = np.where(norm > limit, limit / norm, 1.0)
    for key, g in grads.items():
        assert np.allclose(g, factor[..., None, None] * before[key], rtol=1e-15, atol=0)
    assert (global_norm(grads) <= limit * (1 + 1e-14)).all()


def test_clip_by_norm_below_the_limit_changes_no_bit(rng):
    grads = tree(rng, (3,))
    before = {key: g.copy() for key, g in grads.items()}
    clip_by_norm(grads, 100.0)
    assert all(np.array_equal(grads[key], before[key]) for key in grads)


@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_clipping_is_in_place_and_keeps_the_dtype(dtype, rng):
    for clip in (clip_by_norm, clip_by_value):
        grads = tree(rng, dtype=dtype)
        arrays = dict(grads)
        clip(grads, 0.5)
        assert all(grads[key] is arrays[key] and grads[key].dtype == dtype for key in grads)


def test_clip_by_value(rng):
    grads = tree(rng, (3,))
    before = {key: g.copy() for key, g in grads.items()}
    clip_by_value(grads, 0.5)
    for key, g in grads.items():
        assert np.array_equal(g.ravel(), [max(-0.5, min(0.5, v)) for v in before[key].ravel()])


def test_clip_by_value_lets_the_infinite_in_but_not_nan():
    grads = {"b": np.array([[np.inf, -np.inf]])}
    clip_by_value(grads, 2.0)
    assert grads["b"].tolist() == [[2.0, -2.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: warm_up(-1.0, 3), "rate: got -1.0; allowed: a finite number"),
        (lambda: warm_up(0.1, 0), "steps: got 0; allowed: an integer of at least 1"),
        (lambda: cosine_decay(-1.0, 3), "rate: got -1.0"),
        (lambda: cosine_decay(0.1, 0), "steps: got 0"),
        (lambda: cosine_decay(0.1, 3, warm=-1), "warm: got -1"),
        (lambda: step_decay(-1.0, 3), "rate: got -1.0"),
        (lambda: step_decay(0.1, 0), "every: got 0"),
        (lambda: step_decay(0.1, 3, factor=1.5), r"factor: got 1.5; allowed: a finite number in \[0, 1\]"),
        (lambda: step_decay(0.1, 3, factor=-0.5), "factor: got -0.5"),
    ],
)
def test_schedules_refuse(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_step_decay_goes_down_by_ten_unless_told():
    assert step_decay(1.0, 1)(3) == pytest.approx(1e-3, rel=1e-14)


# --- rules on named arrays ------------------------------------------------------------------------------------------


class Muon(Optimiser):
    """Momentum, made orthogonal by five Newton-Schulz steps, for weights; plain steps for the rest (Jordan 2024)."""

    def update(self, key, p, g, rate):
        if key not in self.weights:
            return rate * g
        m = self.kept("m", key, g)
        m += g - 0.05 * m
        x = m / (np.linalg.norm(m, axis=(-2, -1), keepdims=True) + 1e-7)
        for _ in range(5):
            a = x @ x.mT
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        return rate * x


class LARS(Optimiser):
    """Each array's step in the proportion |p| / |g| (You, Gitman and Ginsburg 2017, without momentum)."""

    def update(self, key, p, g, rate):
        return rate * g * (np.linalg.norm(p) / np.linalg.norm(g) if key in self.weights else 1.0)


class LAMB(Optimiser):
    """Adam's direction, each weight array's step in the proportion |p| / |step| (You et al. 2020)."""

    def update(self, key, p, g, rate):
        m, v = self.kept("m", key, g), self.kept("v", key, g)
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        step = m / (1 - 0.9**self.t) / (np.sqrt(v / (1 - 0.999**self.t)) + 1e-6)
        return rate * step * (np.linalg.norm(p) / np.linalg.norm(step) if key in self.weights else 1.0)


def test_a_rule_on_matrices_sees_each_array_in_its_shape(rng):
    """Muon turns no singular vector and sends each singular value through its quintic; a bias moves by its gradient."""
    net = mlp(6, 8, 3, depth=2, activation="tanh", rng=rng)
    x, labels = rng.standard_normal((30, 6)), np.arange(30) % 3
    y, cache = net.forward(x)
    grads = net.backward(softmax_cross_entropy(y, labels)[1], cache)[1]
    before = {key: p.copy() for key, p in net.params.items()}
    Muon(0.1).step(net.params, grads)
    for key, p in net.params.items():
        step = (before[key] - p) / 0.1
        if key.endswith("W"):
            u, s, vt = np.linalg.svd(grads[key], full_matrices=False)
            s /= np.linalg.norm(s) + 1e-7
            for _ in range(5):
                s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
            assert relative_error(step, u * s @ vt) < 1e-9
        else:
            assert relative_error(step, grads[key]) < 1e-12


@pytest.mark.parametrize("rule", [LARS, LAMB])
def test_a_trust_ratio_moves_every_weight_array_by_the_same_share_of_itself(rule, rng):
    params, grads = tree(rng), tree(rng)
    before = {key: p.copy() for key, p in params.items()}
    rule(0.01).step(params, grads)
    for key in ("0.W", "2.W"):
        share = np.linalg.norm(params[key] - before[key]) / np.linalg.norm(before[key])
        assert share == pytest.approx(0.01, rel=1e-9)


def test_a_rule_on_arrays_has_the_decays_too(rng):
    """Coupled decay reaches the rule inside g, decoupled decay stands beside it; both as Entrywise has them."""

    class Plain(Optimiser):
        def update(self, key, p, g, rate):
            return rate * g

    class Apart(Plain):
        decoupled = True

    class Signs(Apart):
        def update(self, key, p, g, rate):
            return rate * np.sign(g)

    params, gradients = tree(rng), [tree(rng) for _ in range(3)]
    for mine, theirs in ((Plain, SGD), (Apart, SGD)):  # for plain descent the two are the same
        one, other = (run(rule(0.1, decay=0.3), params, gradients) for rule in (mine, theirs))
        assert all(relative_error(one[key], other[key]) < 1e-14 for key in params)
    after = run(Signs(0.1, decay=0.3), params, gradients[:1])
    assert relative_error(after["0.W"], params["0.W"] * (1 - 0.03) - 0.1 * np.sign(gradients[0]["0.W"])) < 1e-14
    assert relative_error(after["0.b"], params["0.b"] - 0.1 * np.sign(gradients[0]["0.b"])) < 1e-14


def test_a_rate_of_0_freezes_an_array_of_such_a_rule(rng):
    params, grads = tree(rng), tree(rng)
    before = {key: p.copy() for key, p in params.items()}
    Muon({"0": 0.1, "2": 0.0}, decay=0.2).step(params, grads)
    assert np.array_equal(params["2.W"], before["2.W"])
    assert not np.array_equal(params["0.W"], before["0.W"])


def test_decay_follows_the_layers_and_not_the_spelling_of_their_keys(rng):
    """Attention's and a cell's matrices decay, whatever they are called; biases and the scales of norms do not."""
    block = transformer_block(4, heads=2, tokens=3, rng=rng)
    lstm = LSTMCell(3, 4, rng=rng)
    normed = WeightNorm(Dense(rng.standard_normal((3, 4)), np.ones((1, 4))))
    for part, grows in ((block, ("gamma", "beta", "bqkv", "bo", "b")), (lstm, ("b",)), (normed, ("g", "b"))):
        params = part.params
        before = {key: p.copy() for key, p in params.items()}
        SGD(0.1, decay=0.5).step(params, {key: np.zeros_like(p) for key, p in params.items()})
        for key, p in params.items():
            share = 1.0 if key.rpartition(".")[2] in grows else 0.95
            assert np.allclose(p, share * before[key], rtol=1e-14, atol=0), key


@pytest.mark.parametrize("rule", [SGD, Momentum, Nesterov, AdamW])
def test_decay_asks_which_arrays_are_weights(rule):
    params = {"W": np.ones((2, 2))}
    with pytest.raises(ValueError, match=r"^params: got a dict that names no weights; allowed: net.params, or Params"):
        rule(0.1, decay=0.1).step(params, params)
    rule(0.1, decay=0.0).step(params, {"W": np.ones((2, 2))})


def test_params_name_their_weights():
    with pytest.raises(ValueError, match=r"^weights: got \['v'\]; allowed: keys of the arrays, \['W'\]"):
        Params({"W": np.ones((1, 1))}, weights=["v"])
