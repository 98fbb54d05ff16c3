"""Which units are active, and what becomes of them, against definitions written out."""

import numpy as np
import pytest

from vgp import mlp
from vgp.measure.units import active, dead_share, unit_fates


def test_active_units_and_dead_shares(rng):
    net = mlp(4, 30, 2, depth=3, activation="relu", rng=rng, seeds=2, bias="normal")
    x = rng.standard_normal((9, 4))
    _, cache = net.forward(x)
    rows = active(net, x)
    assert [row.shape for row in rows] == [(2, 30)] * 3
    for k, row in enumerate(rows):
        z = cache[2 * k][0]
        assert np.array_equal(row, (z > 0).any(axis=1))
        assert np.allclose(dead_share(net, x)[k], (z <= 0).all(axis=1).mean(axis=1), rtol=1e-12)


def test_fates_add_up_to_1(rng):
    history = rng.random((6, 2, 400)) < 0.5
    fates = unit_fates(history)
    assert np.allclose(sum(fates.values()), 1)
    for unit in range(400):
        h = history[:, 0, unit]
        if h.all():
            kind = "alive"
        elif not h.any():
            kind = "dead"
        else:
            kind = "dying" if h[0] and not h[-1] else "sleeping"
        alone = unit_fates(history[:, :1, unit : unit + 1])
        assert alone[kind].item() == 1


def test_a_history_is_of_yes_and_no():
    with pytest.raises(ValueError, match="history: got dtype float64"):
        unit_fates(np.ones((3, 2)))
