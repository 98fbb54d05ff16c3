"""A trace against a slow one: loops over nets, examples and units, with gradients by autograd."""

import math

import cases
import numpy as np
import pytest
from autograd import grad
from test_oracle import ACTIVATIONS, LOSSES, forward

from vgp import init, mlp, trace
from vgp.check import relative_error
from vgp.layers import Dense, Elementwise, Sequential
from vgp.losses import mse, softmax_cross_entropy
from vgp.normalise import BatchNorm, LayerNorm, RMSNorm
from vgp.optim import SGD

MEASURED = ["z_rms", "h_rms", "h_mean", "delta", "bias_speed", "weight_speed", "W_norm", "b_norm", "saturation"]


def root(values, mean=True):
    values = [v * v for v in np.ravel(values)]
    return math.sqrt(math.fsum(values) / (len(values) if mean else 1))


def slow_trace(net, x, target, activation, loss):
    """One dict of numbers for each layer of one net."""
    params = list(net.params.values())
    rows = []
    for layer in range(len(params) // 2):
        W, b = params[2 * layer : 2 * layer + 2]
        zs, hs, deltas, slopes = [], [], [], []
        for n in range(len(x)):
            h = x[n : n + 1]
            for l in range(layer):
                h = ACTIVATIONS[activation](h @ params[2 * l] + params[2 * l + 1])
            z = h @ W + b

            def rest(z, n=n, layer=layer):
                """Each example's own loss as a function of z of this layer."""
                if 2 * layer + 2 == len(params):
                    return LOSSES[loss](z, target[n : n + 1])
                return LOSSES[loss](
                    forward(params[2 * layer + 2 :], ACTIVATIONS[activation](z), activation), target[n : n + 1]
                )

            last = 2 * layer + 2 == len(params)
            zs.append(z)
            hs.append(z if last else ACTIVATIONS[activation](z))
            deltas.append(grad(rest)(z))
            slopes += [] if last else [grad(lambda v: ACTIVATIONS[activation](v))(float(v)) for v in z[0]]

        f = lambda arrays: LOSSES[loss](forward(arrays, x, activation), target)  # noqa: E731
        grads = grad(f)(params)
        rows.append(
            {
                "z_rms": root(zs),
                "h_rms": root(hs),
                "h_mean": float(np.mean(hs)),
                "delta": math.sqrt(np.mean([root(d, mean=False) ** 2 for d in deltas])),
                "bias_speed": root(grads[2 * layer + 1], mean=False),
                "weight_speed": root(grads[2 * layer], mean=False),
                "W_norm": root(W, mean=False),
                "b_norm": root(b, mean=False),
                "saturation": sum(abs(s) < 0.05 * SLOPE[activation] for s in slopes) / len(slopes)
                if slopes
                else np.nan,
            }
        )
        # Nielsen's definition once more: the bias gradient is the mean of the examples' deltas
        assert relative_error(grads[2 * layer + 1], np.mean(deltas, axis=0)) < 1e-12
    return rows


SLOPE = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}


@pytest.mark.parametrize("activation", SLOPE)
@pytest.mark.parametrize("loss", LOSSES)
def test_trace_against_plain_loops(activation, loss, rng):
    net = mlp(5, [4, 6], 3, depth=2, activation=activation, init="he", bias="normal", rng=rng, seeds=2)
    x, target = 2 * rng.standard_normal((7, 5)), cases.LOSSES[loss][1](rng, (7, 3))
    t = trace(net, x, target, cases.LOSSES[loss][0])
    for s in range(2):
        for layer, row in enumerate(slow_trace(cases.pick(net, s), x, target, activation, loss)):
            for name in MEASURED:
                assert getattr(t, name)[layer, s] == pytest.approx(row[name], rel=1e-12, nan_ok=True), name


def test_the_arrays_themselves(rng):
    net = mlp(5, [4, 6], 3, depth=2, activation="tanh", rng=rng, seeds=2)
    x, labels = rng.standard_normal((7, 5)), cases.labels(rng, (7, 3))
    t = trace(net, x, labels, softmax_cross_entropy)
    y, cache = net.forward(x)
    value, dy = softmax_cross_entropy(y, labels)
    assert np.array_equal(t.loss, value)
    assert t.depth == 2
    assert [z.shape for z in t.z] == [dz.shape for dz in t.dz] == [(2, 7, 4), (2, 7, 6), (2, 7, 3)]
    assert all(np.array_equal(z, cache[i][0]) for z, i in zip(t.z, (0, 2, 4)))
    assert all(np.array_equal(h, cache[i][0]) for h, i in zip(t.h, (1, 3, 4)))
    assert np.array_equal(t.dz[-1], dy)
    _, grads = net.backward(dy, cache)
    for l, key in enumerate(("0.b", "2.b", "4.b")):
        assert relative_error(t.dz[l].sum(axis=-2, keepdims=True), grads[key]) < 1e-14


def test_seed_axis_is_a_loop_over_seeds(rng):
    net = mlp(5, 4, 3, depth=3, rng=rng, seeds=3)
    x, labels = rng.standard_normal((3, 7, 5)), cases.labels(rng, (3, 7, 3))
    t = trace(net, x, labels, softmax_cross_entropy)
    for s in range(3):
        one = trace(cases.pick(net, s), x[s], labels[s], softmax_cross_entropy)
        for name in MEASURED:
            assert getattr(t, name)[:, s] == pytest.approx(getattr(one, name), rel=1e-13, nan_ok=True)


@pytest.mark.parametrize("dtype", cases.DTYPES)
def test_large_batches_in_low_precision(dtype, rng):
    """100,000 squares of size 1 are beyond float16, their root mean square is not."""
    net = mlp(5, 100, 3, depth=1, activation="tanh", init=init.normal(10.0), rng=rng, dtype=dtype)
    x = rng.standard_normal((1000, 5)).astype(dtype)
    t = trace(net, x, np.arange(1000) % 3, softmax_cross_entropy)
    want = trace(
        Sequential([Dense(*(p.astype(float) for p in l.params.values())) if l.params else l for l in net.layers]),
        x.astype(float),
        np.arange(1000) % 3,
        softmax_cross_entropy,
    )
    for name in ("z_rms", "h_rms", "W_norm"):
        # one rounding for each entry averages out; its square root of products does not: a few units in the last place
        assert np.allclose(getattr(t, name), getattr(want, name), rtol=8 * float(np.finfo(dtype).eps), atol=0), name


@pytest.mark.parametrize("norm", [BatchNorm, LayerNorm, RMSNorm])
@pytest.mark.parametrize("affine", [True, False])
def test_z_is_the_output_of_the_weights_also_where_a_norm_has_parameters_of_its_own(rng, norm, affine):
    dense = [Dense(rng.normal(size=(4, 4)), rng.normal(size=(1, 4))) for _ in range(3)]
    layers = [part for one in dense for part in (one, norm(4, affine=affine), Elementwise("tanh"))]
    x, labels = rng.normal(size=(8, 4)), np.arange(8) % 4
    last = Dense(rng.normal(size=(4, 4)), np.zeros((1, 4)))
    seen = trace(Sequential([*layers, last]), x, labels, softmax_cross_entropy)
    for row, one in enumerate(dense):
        below = x if row == 0 else seen.h[row - 1]
        assert relative_error(seen.z[row], one.forward(below)[0]) < 1e-14
        assert relative_error(seen.weight_speed[row], np.linalg.norm(below.T @ seen.dz[row])) < 1e-12


def test_z_is_the_output_of_the_weights_also_where_an_activation_stands_before_them(rng):
    first, last = (Dense(rng.normal(size=(4, 4)), rng.normal(size=(1, 4))) for _ in range(2))
    x, labels = rng.normal(size=(8, 4)), np.arange(8) % 4
    seen = trace(Sequential([Elementwise("tanh"), first, Elementwise("tanh"), last]), x, labels, softmax_cross_entropy)
    assert seen.depth == 1
    assert relative_error(seen.z[0], first.forward(np.tanh(x))[0]) < 1e-14
    assert relative_error(seen.weight_speed[0], np.linalg.norm(np.tanh(x).T @ seen.dz[0])) < 1e-12


def test_vanished_gradients_keep_their_norm(rng):
    """Squares of 1e-200 are 0; norms must not be."""
    net = mlp(5, 4, 3, depth=2, activation="identity", rng=rng)
    x, labels = rng.standard_normal((7, 5)), cases.labels(rng, (7, 3))
    t = trace(net, x, labels, softmax_cross_entropy)
    small = trace(net, x, labels, lambda y, t: tuple(1e-200 * v for v in softmax_cross_entropy(y, t)))
    for name in ("delta", "bias_speed", "weight_speed"):
        assert np.allclose(getattr(small, name), 1e-200 * getattr(t, name), rtol=1e-13, atol=0)


def test_update_ratio_is_what_a_step_of_sgd_changes(rng):
    net = mlp(5, 4, 3, depth=2, rng=rng, seeds=2)
    x, labels = rng.standard_normal((7, 5)), cases.labels(rng, (7, 3))
    t = trace(net, x, labels, softmax_cross_entropy)
    before = {key: p.copy() for key, p in net.params.items()}
    y, cache = net.forward(x)
    SGD(0.3).step(net.params, net.backward(softmax_cross_entropy(y, labels)[1], cache)[1])
    for l, key in enumerate(("0.W", "2.W", "4.W")):
        change, size = (np.linalg.norm(a, axis=(-2, -1)) for a in (net.params[key] - before[key], before[key]))
        assert np.allclose(t.update_ratio(0.3)[l], change / size, rtol=1e-12)


def test_a_net_of_dense_layers_only_and_one_that_ends_in_an_activation(rng):
    a, b = cases.dense(5, 4, rng=rng), cases.dense(4, 3, rng=rng)
    x, target = rng.standard_normal((7, 5)), rng.standard_normal((7, 3))
    t = trace(Sequential([a, b]), x, target, mse)
    assert np.isnan(t.saturation).all()
    assert np.array_equal(t.z[0], t.h[0])
    t = trace(Sequential([a, Elementwise("tanh"), b, Elementwise("tanh")]), x, target, mse)
    assert np.array_equal(t.h[-1], np.tanh(t.z[-1]))
    assert np.isfinite(t.saturation).all()


def test_trace_writes_nothing(rng):
    net = mlp(5, 4, 3, depth=2, rng=rng)
    x, labels = rng.standard_normal((7, 5)), cases.labels(rng, (7, 3))
    before = [x.copy(), *(p.copy() for p in net.params.values())]
    trace(net, x, labels, softmax_cross_entropy)
    assert all(np.array_equal(a, b) for a, b in zip(before, [x, *net.params.values()]))
