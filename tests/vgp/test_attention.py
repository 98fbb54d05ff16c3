"""Attention against its formula, autograd, and what a mask promises."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from vgp.attention import SelfAttention, transformer_block
from vgp.check import relative_error

T, HEADS, N = 4, 2, 6


def build(causal):
    rng = np.random.default_rng(3)
    layer = SelfAttention(N, heads=HEADS, tokens=T, causal=causal, rng=rng)
    for key in ("bqkv", "bo"):
        layer.params[key][:] = rng.standard_normal(layer.params[key].shape)
    return layer, rng.standard_normal((2 * T, N)), rng.standard_normal((2 * T, N))


def formula(p, x, causal):
    """Vaswani et al. (2017), eq. 1, sequence by sequence and head by head."""
    rows = []
    for s in range(len(x) // T):
        qkv = x[s * T : (s + 1) * T] @ p["Wqkv"] + p["bqkv"]
        heads = []
        for k in range(HEADS):
            d = N // HEADS
            q, key, v = (qkv[:, part * N + k * d : part * N + (k + 1) * d] for part in range(3))
            scores = q @ key.T / np.sqrt(d) + (np.triu(np.full((T, T), -1e9), 1) if causal else 0)
            e = anp.exp(scores - anp.max(scores, axis=1, keepdims=True))
            heads.append(e / anp.sum(e, axis=1, keepdims=True) @ v)
        rows.append(anp.concatenate(heads, axis=1) @ p["Wo"] + p["bo"])
    return anp.concatenate(rows, axis=0)


@pytest.mark.parametrize("causal", [False, True])
def test_against_autograd(causal):
    layer, x, dy = build(causal)
    y, cache = layer.forward(x)
    dx, grads = layer.backward(dy, cache)
    assert relative_error(y, formula(layer.params, x, causal)) < 1e-13
    want_x, want = autograd.grad(lambda x, p: anp.sum(formula(p, x, causal) * dy), (0, 1))(x, dict(layer.params))
    assert relative_error(dx, want_x) < 1e-12
    assert all(relative_error(grads[key], want[key]) < 1e-12 for key in want)


@pytest.mark.parametrize("causal", [False, True])
def test_who_sees_whom(causal):
    """Token i reaches token j of its own sequence, with a causal mask only i <= j; another sequence never."""
    layer, x, _ = build(causal)
    y, _ = layer.forward(x)
    for i in range(2 * T):
        moved = x.copy()
        moved[i] += 1
        changed = np.abs(layer.forward(moved)[0] - y).max(axis=1) > 0
        first = i if causal else i // T * T
        assert np.flatnonzero(changed).tolist() == list(range(first, i // T * T + T))


def test_large_scores_do_not_overflow():
    layer, x, dy = build(True)
    y, cache = layer.forward(1e100 * x)
    dx, _ = layer.backward(dy, cache)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


def test_each_projection_has_the_fan_out_of_one():
    layer = SelfAttention(100, heads=2, tokens=3, rng=np.random.default_rng(0), init="glorot")
    assert layer.params["Wqkv"].var() == pytest.approx(2 / 200, rel=0.05)


@pytest.mark.parametrize(("order", "kinds"), [("pre", ["Residual"] * 2), ("post", ["Residual", "LayerNorm"] * 2)])
def test_block(order, kinds):
    rng = np.random.default_rng(0)
    block = transformer_block(N, heads=HEADS, tokens=T, order=order, factor=3, rng=rng, seeds=2, activation="gelu")
    assert [type(layer).__name__ for layer in block.layers] == kinds
    shapes = {p.shape for p in block.params.values()}
    assert (2, N, 3 * N) in shapes
    assert (2, 3 * N, N) in shapes
    assert block.forward(rng.standard_normal((2, 2 * T, N)))[0].shape == (2, 2 * T, N)


def test_post_ln_ends_normalised_and_pre_ln_keeps_the_skip_path_free():
    rng = np.random.default_rng(0)
    x = 5 * rng.standard_normal((T, N))
    post = transformer_block(N, heads=HEADS, tokens=T, order="post", rng=rng)
    assert np.allclose(post.forward(x)[0].var(axis=1), 1, atol=1e-4)
    pre = transformer_block(N, heads=HEADS, tokens=T, order="pre", rng=rng)
    for key, p in pre.params.items():
        if key.endswith(("Wo", "3.W")):
            p[:] = 0
    assert np.array_equal(pre.forward(x)[0], x)


ERRORS = {
    "heads": (
        lambda rng: SelfAttention(6, heads=4, tokens=2, rng=rng),
        "heads: got 4; allowed: a divisor of width = 6",
    ),
    "rows": (
        lambda rng: SelfAttention(6, heads=2, tokens=4, rng=rng).forward(np.ones((6, 6))),
        r"x: got shape \(6, 6\); allowed: \(..., B \* 4, 6\)",
    ),
    "width": (
        lambda rng: SelfAttention(6, heads=2, tokens=4, rng=rng).forward(np.ones((8, 5))),
        r"x: got shape \(8, 5\)",
    ),
    "one axis": (lambda rng: SelfAttention(6, heads=2, tokens=4, rng=rng).forward(np.ones(6)), r"x: got shape \(6,\)"),
    "order": (lambda rng: transformer_block(6, heads=2, tokens=2, order="mid", rng=rng), "order: got 'mid'"),
    "factor": (lambda rng: transformer_block(6, heads=2, tokens=2, factor=0, rng=rng), "factor: got 0"),
    "rng": (lambda rng: transformer_block(6, heads=2, tokens=2, rng=None), "rng: got NoneType"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call(np.random.default_rng(0))
