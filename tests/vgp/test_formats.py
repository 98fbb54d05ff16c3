"""What a number format cannot hold."""

import numpy as np
import pytest

from vgp import mlp, mse, softmax_cross_entropy, trace
from vgp.layers import Dense, Elementwise, Sequential
from vgp.measure.formats import PRECISIONS, underflow


@pytest.mark.parametrize(("dtype", "limit"), [("float16", 2.0**-14), ("float32", 2.0**-126), ("float64", 2.0**-1022)])
def test_underflow_counts_what_a_format_cannot_hold(dtype, limit, rng):
    t = trace(mlp(4, 30, 2, depth=12, rng=rng), rng.standard_normal((8, 4)), np.arange(8) % 2, softmax_cross_entropy)
    want = [(np.abs(dz) < limit).mean() for dz in t.dz]
    assert np.allclose(underflow(t, dtype), want, rtol=1e-14)
    assert underflow(t, "float16")[0] == 1


def test_a_true_zero_is_no_underflow():
    net = Sequential(
        [
            Dense(np.array([[1.0, -1.0]]), np.zeros((1, 2))),
            Elementwise("relu"),
            Dense(np.ones((2, 1)), np.zeros((1, 1))),
        ]
    )
    t = trace(net, np.ones((3, 1)), np.zeros((3, 1)), mse)
    assert underflow(t, "float16").tolist() == [0, 0]


def test_the_formats_are_numpys_floats():
    assert {np.dtype(name).kind for name in PRECISIONS} == {"f"}
