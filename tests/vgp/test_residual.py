"""Skip connections against the formulas of their papers: identity paths exactly, growth within standard errors."""

import numpy as np
import pytest

from vgp.check import relative_error
from vgp.init import scaled_normal
from vgp.layers import Dense, Elementwise, Sequential
from vgp.normalise import LayerNorm
from vgp.residual import Highway, Residual, highway, residual_mlp


def dense(W):
    return Dense(W, np.zeros((1, W.shape[1])))


@pytest.mark.parametrize("bias", [-1.0, -2.0, -3.0, -4.0])
def test_highway_carries_the_share_of_its_gate(bias):
    """With the transform and the gate's weights at 0: y = (1 - sigmoid(b)) x, over L layers its power (entry 28)."""
    layer = highway(3, rng=np.random.default_rng(0), gate_bias=bias)
    for key, p in layer.params.items():
        if key.endswith("W"):
            p[:] = 0
    net, x = Sequential([layer] * 50), np.random.default_rng(1).standard_normal((4, 3))
    y, cache = net.forward(x)
    carry = (1 - 1 / (1 + np.exp(-bias))) ** 50
    assert relative_error(y, carry * x) < 1e-12
    assert relative_error(net.backward(x, cache)[0], carry * x) < 1e-12


def test_highway_by_hand():
    h, t = Elementwise("tanh"), Elementwise("sigmoid")
    y, _ = Highway(h, t).forward(np.array([[0.5]]))
    gate = 1 / (1 + np.exp(-0.5))
    assert y.item() == pytest.approx(gate * np.tanh(0.5) + (1 - gate) * 0.5, rel=1e-15)


def growth(blocks, scale, nets=40):
    """|x_L|^2 / |x_0|^2 and the same for the gradient, over the blocks alone, mean over nets with standard error."""
    rng = np.random.default_rng(0)
    net = residual_mlp(64, 64, 1, blocks=blocks, scale=scale, order="pre", rng=rng, seeds=nets, init=HE_BRANCH)
    inner = Sequential(net.layers[1:-1])
    x, dy = rng.standard_normal((2, nets, 8, 64))
    y, cache = inner.forward(x)
    dx, _ = inner.backward(dy, cache)
    for ratio in ((y**2).sum((-1, -2)) / (x**2).sum((-1, -2)), (dx**2).sum((-1, -2)) / (dy**2).sum((-1, -2))):
        yield ratio.mean(), ratio.std(ddof=1) / np.sqrt(nets)


HE_BRANCH = scaled_normal(2**0.5)  # each Dense after a ReLU keeps the mean square


@pytest.mark.parametrize(
    ("blocks", "scale", "factor"), [(5, 1.0, 2.0**5), (20, "depth", 1.05**20), (10, 0.1, 1.01**10)]
)
def test_variance_preserving_branches_add_up(blocks, scale, factor):
    """Squared norms grow by (1 + alpha^2)^L, forward and backward (He et al. 2016; entry 29)."""
    for mean, se in growth(blocks, scale):
        assert abs(mean - factor) < 4 * se + 0.02 * factor
        assert 4 * se < factor


@pytest.mark.parametrize("scale", ["zero", "rezero", "fixup"])
def test_nets_that_start_as_the_identity(scale):
    """Their blocks add nothing: gradient factor exactly 1 (entries 31, 32)."""
    rng = np.random.default_rng(0)
    net = residual_mlp(5, 6, 2, blocks=10, scale=scale, rng=rng)
    inner = Sequential(net.layers[1:-1])
    x, dy = rng.standard_normal((2, 3, 6))
    y, cache = inner.forward(x)
    dx, grads = inner.backward(dy, cache)
    assert np.array_equal(y, x)
    assert np.array_equal(dx, dy)
    if scale == "rezero":
        assert all(grads[f"{k}.scale"] != 0 for k in range(10))  # it can leave 0
    if scale == "fixup":
        first = net.params["1.branch.1.W"]
        twin = residual_mlp(5, 6, 2, blocks=10, scale="one", rng=np.random.default_rng(0)).params["1.branch.1.W"]
        assert relative_error(first, twin / np.sqrt(10)) < 1e-15


def test_shares_of_the_branches():
    """With scale 1 the branch of block l holds 1/(l + 1) of the variance after it (De and Smith 2020)."""
    rng, nets = np.random.default_rng(0), 20
    net = residual_mlp(100, 100, 1, blocks=8, normalise=LayerNorm, order="pre", rng=rng, seeds=nets, init=HE_BRANCH)
    x = rng.standard_normal((nets, 32, 100))
    for l, block in enumerate(net.layers[1:-1], start=1):
        y, (_, f) = block.forward(x)
        share = (f**2).mean((-1, -2)) / (y**2).mean((-1, -2))
        assert abs(share.mean() - 1 / (l + 1)) < 4 * share.std(ddof=1) / np.sqrt(nets) + 0.03 / (l + 1)
        x = y


def test_what_relu_leaves_of_a_sum(rng):
    """A stream s >= 0 and a branch of twice its mean square, as He weights make: of relu(s + g), 2.4 E s^2 is left."""
    s = np.maximum(rng.standard_normal(400_000), 0)
    for _ in range(10):
        s /= np.sqrt((s * s).mean())
        s = np.maximum(s + 2**0.5 * rng.standard_normal(s.size), 0)
    assert (s * s).mean() == pytest.approx(2.4, abs=0.03)


@pytest.mark.parametrize(("order", "forward", "backward"), [("pre", 2.0, 2.0), ("post", 2.4, 2.1)])
def test_growth_with_he_weights(order, forward, backward):
    """Of the squared norms per block, over 24 nets, from block 4 on: for wide nets 2 and 2, or 2.4 and about 2.1."""
    rng, blocks = np.random.default_rng(0), 12
    net = residual_mlp(100, 100, 10, blocks=blocks, order=order, init="he", rng=rng, seeds=24)
    y, cache = net.forward(rng.standard_normal((32, 100)))
    g, stream, gradient = rng.standard_normal(y.shape), [], []
    for i in range(len(net.layers) - 1, 0, -1):
        g, _ = net.layers[i].backward(g, cache[i][1])
        if isinstance(net.layers[i], Residual):
            out = cache[i + 1 if order == "post" else i][0]  # what the next block receives
            stream.insert(0, np.log((out * out).mean(axis=(-1, -2))))
            gradient.insert(0, np.log((g * g).mean(axis=(-1, -2))))
    for rows, want, allowed in ((stream, forward, 0.02), (-np.array(gradient), backward, 0.05)):
        per_block = (rows[-1] - rows[3]) / (len(rows) - 4)  # mean of ln, for each net
        se = per_block.std(ddof=1) / np.sqrt(24)
        assert abs(per_block.mean() - np.log(want)) < 4 * se + allowed


def test_layout_of_both_orders():
    rng = np.random.default_rng(0)

    def kinds(layers):
        return [type(layer).__name__ for layer in layers]

    pre = residual_mlp(4, 5, 2, blocks=2, order="pre", normalise=LayerNorm, rng=rng)
    assert kinds(pre.layers) == ["Dense", "Residual", "Residual", "Dense"]
    inner = ["LayerNorm", "Elementwise", "Dense", "Elementwise", "Dense"]
    assert kinds(pre.layers[1].parts["branch"].layers) == inner
    post = residual_mlp(4, 5, 2, blocks=2, order="post", rng=rng)
    assert kinds(post.layers) == ["Dense", "Residual", "Elementwise", "Residual", "Elementwise", "Dense"]
    assert kinds(post.layers[1].parts["branch"].layers) == ["Dense", "Elementwise", "Dense"]
    assert [layer.scale for layer in residual_mlp(4, 5, 2, blocks=4, scale="depth", rng=rng).layers[1:3]] == [0.5, 0.5]
    assert residual_mlp(4, 5, 2, blocks=1, scale=0.3, rng=rng).layers[1].scale == 0.3


def test_a_learned_scale_starts_where_it_is_told_and_is_one_for_each_net():
    rng = np.random.default_rng(0)
    layer = Residual(Elementwise("tanh"), scale=0.25, learned=True)
    assert layer.params["scale"].tolist() == [[0.25]]
    W = rng.standard_normal((3, 2, 2))
    assert Residual(Dense(W, np.zeros((3, 1, 2))), learned=True).params["scale"].shape == (3, 1, 1)


ERRORS = {
    "branch": (lambda rng: Residual("tanh"), "branch: got str; allowed: a layer"),
    "scale": (lambda rng: Residual(Elementwise("tanh"), scale=np.nan), "scale: got nan"),
    "width": (
        lambda rng: Residual(dense(np.ones((2, 3)))).forward(np.ones((1, 2))),
        "branch: got a map from 2 to 3 features; allowed: one that keeps the width",
    ),
    "unknown scale": (
        lambda rng: residual_mlp(2, 3, 2, blocks=1, scale="half", rng=rng),
        "scale: got 'half'; allowed: one",
    ),
    "order": (lambda rng: residual_mlp(2, 3, 2, blocks=1, order="mid", rng=rng), "order: got 'mid'"),
    "blocks": (lambda rng: residual_mlp(2, 3, 2, blocks=0, rng=rng), "blocks: got 0"),
    "rng": (lambda rng: residual_mlp(2, 3, 2, blocks=1, rng=7), "rng: got int"),
    "gate bias": (lambda rng: highway(2, rng=rng, gate_bias=np.inf), "gate_bias: got inf"),
    "transform": (lambda rng: Highway("tanh", Elementwise("sigmoid")), "transform: got str; allowed: a layer"),
    "highway width": (
        lambda rng: Highway(dense(np.ones((2, 3))), dense(np.ones((2, 3)))).forward(np.ones((1, 2))),
        "transform, gate: got maps from 2 to 3 and 3 features; allowed: maps that keep the width",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, message = ERRORS[name]
    with pytest.raises((ValueError, TypeError), match=message):
        call(np.random.default_rng(0))
