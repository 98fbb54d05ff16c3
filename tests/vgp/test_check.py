"""The checker is checked: wrong backward passes must fail, each with a message that says where."""

import cases
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vgp import mlp
from vgp.check import GradientError, central_difference, check_layer, complex_step, directional, relative_error
from vgp.layers import Dense, Elementwise, Layer, Sequential
from vgp.normalise import RMSNorm


class Spoilt(Layer):
    """A layer whose backward pass goes through `spoil(dx, grads, dy)`."""

    def __init__(self, inner, spoil):
        self.inner, self.spoil = inner, spoil
        self.__dict__ |= {name: value for name, value in vars(inner).items() if name in ("own", "parts")}

    def forward(self, x):
        return self.inner.forward(x)

    def backward(self, dy, cache):
        dx, grads = self.inner.backward(dy, cache)
        return self.spoil(dx, dict(grads), dy)


class Residual(Layer):
    """y = x + f(x): the shape of a diamond. `skip=0` forgets the straight path on the way back."""

    def __init__(self, inner, skip=1.0):
        self.parts, self.skip = {"0": inner}, skip

    def forward(self, x):
        y, cache = self.parts["0"].forward(x)
        return x + y, cache

    def backward(self, dy, cache):
        dx, grads = self.parts["0"].backward(dy, cache)
        return self.skip * dy + dx, {f"0.{key}": g for key, g in grads.items()}


class Softmax(Layer):
    """y = softmax(x), each row; with `wrong`, the gradient is lost."""

    def __init__(self, wrong=False):
        self.wrong = wrong

    def forward(self, x):
        e = np.exp(x)
        y = e / e.sum(-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        dx = y * (dy - (y * dy).sum(-1, keepdims=True))
        return (0 * dx if self.wrong else dx), {}


class Norm(Layer):
    """y = (x - mean) / sd, each row; with `wrong`, the term that comes from the sd is missing."""

    def __init__(self, wrong=False):
        self.wrong = wrong

    def forward(self, x):
        centred = x - x.mean(-1, keepdims=True)
        sd = np.sqrt((centred * centred).mean(-1, keepdims=True))
        return centred / sd, (centred / sd, sd)

    def backward(self, dy, cache):
        y, sd = cache
        missing = 0 if self.wrong else y * (dy * y).mean(-1, keepdims=True)
        return (dy - dy.mean(-1, keepdims=True) - missing) / sd, {}


def change(key, f):
    return lambda dx, grads, dy: (dx, {**grads, key: f(grads[key])})


WRONG = {
    "dx is 0.1 % too large": (lambda dx, grads, dy: (1.001 * dx, grads), "x"),
    "dx is the product with W, not with its transpose": (None, "x"),  # see below: it needs the layer
    "dx has the wrong shape": (lambda dx, grads, dy: (dx[:1], grads), "shape"),
    "dx is NaN": (lambda dx, grads, dy: (dx + np.nan, grads), "x"),
    "dW is 0.1 % too large": (change("W", lambda g: 1.001 * g), "W"),
    "dW is transposed": (change("W", lambda g: g.T), "W"),
    "dW lacks one example": (lambda dx, g, dy: (dx, {**g, "W": g["W"] * (1 - np.eye(3))}), "W"),
    "db is dropped": (change("b", lambda g: 0 * g), "b"),
    "db is a mean, not a sum": (change("b", lambda g: g / 4), "b"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_dense_layer_fails(rng, name):
    spoil, where = WRONG[name]
    layer = cases.dense(3, 3, rng=rng)
    spoil = spoil or (lambda dx, grads, dy: (dy @ layer.params["W"], grads))
    with pytest.raises(GradientError, match=where if where == "shape" else f"Spoilt, gradient for {where}: "):
        check_layer(Spoilt(layer, spoil), rng.standard_normal((4, 3)), rng=rng)


RIGHT_AND_WRONG = {
    "residual": (lambda rng: Residual(cases.dense(3, 3, rng=rng)), lambda rng: Residual(cases.dense(3, 3, rng=rng), 0)),
    "softmax": (lambda rng: Softmax(), lambda rng: Softmax(wrong=True)),
    "norm": (lambda rng: Norm(), lambda rng: Norm(wrong=True)),
}


@pytest.mark.parametrize(("right", "wrong"), RIGHT_AND_WRONG.values(), ids=RIGHT_AND_WRONG)
def test_diamonds(rng, right, wrong):
    x = rng.standard_normal((4, 3))
    assert max(check_layer(right(rng), x, rng=rng).values()) < 1e-10
    with pytest.raises(GradientError):
        check_layer(wrong(rng), x, rng=rng)
    with pytest.raises(GradientError):  # also deep inside a net
        check_layer(Sequential([cases.dense(3, 3, rng=rng), wrong(rng), cases.dense(3, 2, rng=rng)]), x, rng=rng)


@pytest.mark.parametrize("layer", [Softmax(wrong=True), Norm(wrong=True)])
def test_a_covector_of_ones_would_miss_it(rng, layer):
    """Why `directional` draws its covectors: the outputs of a row sum to a constant, so <1, Jv> is 0 anyway."""
    x, v = rng.standard_normal((2, 4, 3))
    y, cache = layer.forward(x)
    slope = complex_step(lambda a: layer.forward(a)[0], x, v)

    def gap(u):
        return abs((u * slope).sum() - (layer.backward(u, cache)[0] * v).sum()) / np.abs(u * slope).sum()

    assert gap(np.ones_like(y)) < 1e-14
    assert gap(rng.standard_normal(y.shape)) > 0.01


def test_a_vanished_gradient_that_is_wrong_by_a_thousandth_fails(rng):
    """At depth 20 an absolute tolerance accepts anything, zero included; the relative error does not."""
    net = mlp(3, 4, 2, depth=20, rng=rng)
    x = rng.standard_normal((5, 3))
    y, cache = net.forward(x)
    _, grads = net.backward(np.ones_like(y), cache)
    assert np.allclose(grads["0.W"], 0, atol=1e-5)
    assert relative_error(1.001 * grads["0.W"], grads["0.W"]) == pytest.approx(0.001, rel=0.01)

    wrong = Spoilt(net, change("0.W", lambda g: 1.001 * g))
    with pytest.raises(GradientError, match=r"gradient for 0\.W"):
        check_layer(wrong, x, rng=rng)
    assert max(check_layer(net, x, rng=rng).values()) < 1e-10


def test_the_message_names_layer_parameter_both_values_and_the_error(rng):
    number = r"-?\d[\d.e+-]*"
    wrong = Spoilt(cases.dense(3, 3, rng=rng), change("W", lambda g: 1.001 * g))
    pattern = (
        rf"^Spoilt, gradient for W: complex step {number}, backward {number}, relative error {number}, allowed 1e-10$"
    )
    with pytest.raises(GradientError, match=pattern):
        check_layer(wrong, rng.standard_normal((4, 3)), rng=rng)


def test_tolerance_and_draws_are_used(rng):
    wrong = Spoilt(cases.dense(3, 3, rng=rng), change("W", lambda g: 1.001 * g))
    x = rng.standard_normal((4, 3))
    assert 1e-4 < check_layer(wrong, x, rng=rng, tolerance=0.1)["W"] < 0.1
    seen = []
    directional(np.exp, lambda u: seen.append(u) or u * np.exp(x), x, rng=rng, draws=5)
    assert len(seen) == 5
    assert not any(np.array_equal(seen[0], u) for u in seen[1:])


def test_the_checker_leaves_the_layer_alone(rng):
    net = mlp(3, 4, 2, depth=2, rng=rng)
    before = {key: p.copy() for key, p in net.params.items()}
    check_layer(net, rng.standard_normal((4, 3)), rng=rng)
    assert all(np.array_equal(p, before[key]) and p.dtype == np.float64 for key, p in net.params.items())


def test_a_function_without_slope(rng):
    assert directional(lambda x: 0 * x, lambda u: 0 * u, np.ones(3), rng=rng) == (0, 0, 0)
    assert directional(lambda x: 0 * x, lambda u: u, np.ones(3), rng=rng)[2] > 0.1
    assert directional(lambda x: x, lambda u: 0 * u, np.ones(3), rng=rng)[2] > 0.1


numbers = hnp.arrays(float, st.integers(1, 6), elements=st.floats(-1e3, 1e3))


@given(numbers, st.floats(-290, 290))
def test_relative_error_does_not_depend_on_the_scale(a, power):
    scale = 10.0 ** round(power)
    b = a + 0.1
    big = np.abs(a) > 1e-3  # what lies below is rounded away by the scale itself
    a, b = np.where(big, a, 0), np.where(big, b, 0)
    assert relative_error(a * scale, b * scale) == pytest.approx(relative_error(a, b), rel=1e-9)


@pytest.mark.parametrize("bias", [-14.0, -36.0])
@pytest.mark.parametrize("name", ["softplus", "sigmoid", "silu", "softsign", "tanh"])
def test_a_right_net_with_its_units_far_out_passes(name, bias, rng):
    """Behind the norm the slope depends on the value, whose digits a complex step must not lose."""
    dense = Dense(rng.standard_normal((4, 5)), np.full((1, 5), bias))
    net = Sequential([dense, Elementwise(name), RMSNorm(5, eps=0.0)])
    assert max(check_layer(net, rng.standard_normal((3, 4)), rng=rng).values()) < 1e-12


@given(numbers)
def test_relative_error_of_equal_arrays_is_zero(a):
    assert relative_error(a, a) == 0
    assert relative_error(a, -a) == (2 if a.any() else 0)


def test_relative_error_at_the_ends():
    assert relative_error(np.array([0.0, 3.0]), np.array([4.0, 0.0])) == pytest.approx(1.25)
    assert relative_error(np.array([1.0]), np.array([0.0])) == 1
    assert relative_error(np.array([]), np.array([])) == 0
    assert relative_error(np.array([1.7e308]), np.array([-1.7e308])) == 2
    for bad in (np.nan, np.inf):
        assert relative_error(np.array([bad]), np.array([1.0])) == np.inf
        assert relative_error(np.array([1.0]), np.array([bad])) == np.inf


def test_complex_step_where_central_differences_die():
    """The slope of 1 + 1e-30 sin(x): lost in rounding by any subtraction."""
    f = lambda x: 1 + 1e-30 * np.sin(x)  # noqa: E731
    x, v = np.array([0.3]), np.array([2.0])
    assert central_difference(f, x, v) == 0
    assert complex_step(f, x, v) == pytest.approx(2e-30 * np.cos(0.3), rel=1e-15)


def test_central_difference_is_of_second_order():
    x, v = np.array([0.3]), np.array([2.0])
    error = [abs(central_difference(np.exp, x, v, step=h) - 2 * np.exp(0.3)).item() for h in (1e-2, 1e-3)]
    assert error[0] / error[1] == pytest.approx(100, rel=0.01)
    # half the third derivative along v, times h^2 / 3
    assert error[0] == pytest.approx(8 * np.exp(0.3) * 1e-4 / 6, rel=0.01)


def test_a_parameter_outside_own_is_refused(rng):
    class Hidden(Softmax):
        @property
        def params(self):
            return {"W": np.ones((1, 1))}

    with pytest.raises(ValueError, match="layer: got Hidden with a parameter 'W' that is not in `own`"):
        check_layer(Hidden(), rng.standard_normal((2, 3)), rng=rng)
