"""A watch keeps what the training goes through, step by step."""

import numpy as np
import pytest

from vgp import mlp, softmax_cross_entropy
from vgp.measure.watch import Watch
from vgp.optim import SGD
from vgp.train import train


@pytest.mark.parametrize("seeds", [None, 2])
def test_watch(seeds, rng):
    net = mlp(3, 5, 2, depth=1, rng=rng, seeds=seeds)
    net.params["0.b"][:] = 0
    watch, kept = Watch(net, every=3), []

    def both(step, value, grads):
        kept.append((value, {k: p.copy() for k, p in net.params.items()}, {k: g.copy() for k, g in grads.items()}))
        watch(step, value, grads)

    x, y = rng.standard_normal((20, 3)), np.arange(20) % 2
    train(net, softmax_cross_entropy, SGD(0.1), x, y, epochs=2, batch=5, rng=rng, on_step=both)
    assert watch.steps == [0, 3, 6]
    for row, step in enumerate(watch.steps):
        value, params, grads = kept[step]
        assert np.array_equal(watch.loss[row], value)
        for key in params:
            assert np.allclose(watch.weight[key][row], np.sqrt((params[key] ** 2).sum((-1, -2))), rtol=1e-13)
            assert np.allclose(watch.gradient[key][row], np.sqrt((grads[key] ** 2).sum((-1, -2))), rtol=1e-13)
    assert np.allclose(watch.ratio(0.2)["0.W"], 0.2 * watch.gradient["0.W"] / watch.weight["0.W"])
    assert np.isnan(watch.ratio(0.2)["0.b"][0]).all()


def test_every_0_steps_is_refused(rng):
    with pytest.raises(ValueError, match="every: got 0"):
        Watch(mlp(1, 3, 2, depth=1, rng=rng), every=0)
