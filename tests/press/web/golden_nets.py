"""Golden numbers of what nets are made of and of how they train: functions of_MODULE, or of_MODULE_PART."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import vgp
from vgp import (
    _erf,
    _errors,
    activations,
    attention,
    data,
    init,
    layers,
    losses,
    normalise,
    optim,
    recurrent,
    residual,
)
from vgp.train import accuracy, train

sys.path.append(str(Path(__file__).resolve().parents[2]))
import cases


def rng(seed=0):
    return np.random.default_rng(seed)


def net_and_data(seed=0, *, depth=4, width=20, n_in=64, seeds=3, batch=32, **options):
    x, labels = data.clusters(batch, n_in, rng=rng(seed))
    return layers.mlp(n_in, width, 10, depth=depth, rng=rng(seed), seeds=seeds, **options), x, labels


def through(layer, seed=1, rows=6, n_in=3):
    """Output of a layer and all its gradients."""
    g = rng(seed)
    x = g.standard_normal((rows, n_in))
    y, cache = layer.forward(x)
    dx, grads = layer.backward(g.standard_normal(y.shape), cache)
    return {"y": y, "dx": dx, **{f"d{key}": value for key, value in grads.items()}}


Z = np.array([-700.0, -40.0, -6.5, -2.0, -1e-3, 0.0, 1e-9, 0.5, 3.0, 12.0, 300.0])


def of_activations():
    return {
        f"{name}.{part}": getattr(a, part)(Z) for name, a in activations.ACTIVATIONS.items() for part in ("f", "df")
    }


def of_erf():
    return {"erf": _erf.erf(Z / 10), "cdf": _erf.normal_cdf(Z / 20)}


def of_errors():
    return {"length": len(str(_errors.bad("depth", 0, "at least 1"))), "int": _errors.need_int("depth", np.int64(3))}


def of_init():
    made = {name: w(7, 5, rng=rng(), seeds=2) for name, w in init.INITS.items() if name != "identity"}
    made["identity"] = init.identity(0.5)(5, 5, rng=rng())
    return made | {"bias": init.bias_normal(0.1)(7, 5, rng=rng()), "chrono": init.chrono(8, longest=20, rng=rng())}


def of_losses():
    y, labels = rng().standard_normal((5, 4)) * 9, np.array([0, 1, 2, 3, 0])
    made = {}
    for name, loss in (("softmax", losses.softmax_cross_entropy), ("sigmoid", losses.sigmoid_cross_entropy)):
        made[f"{name}.value"], made[f"{name}.dy"] = loss(y, labels)
    made["mse.value"], made["mse.dy"] = losses.mse(y, np.ones_like(y))
    return made


def of_optim_clipping():
    grads = {"W": rng().standard_normal((3, 4)), "b": rng(1).standard_normal((1, 4))}
    before = optim.clip_by_norm(grads, 0.5)
    return {"norm": before, "W": grads["W"], "after": vgp.global_norm(grads)}


def of_optim_rates():
    steps, cosine = np.arange(0, 100, 7), optim.cosine_decay(0.1, 80, warm=10)
    return {
        "cosine": [cosine(int(n)) for n in steps],
        "warm": [optim.warm_up(0.1, 30)(int(n)) for n in steps],
        "step": [optim.step_decay(0.1, 20)(int(n)) for n in steps],
    }


def of_data():
    mnist, small = data.mnist(50, 20), data.digits8(50, 20)
    made = {"mnist": mnist.x_train.sum(axis=-1), "labels": mnist.y_test, "digits8": small.x_train[:5]}
    made["spirals"], _ = data.spirals(30, rng=rng())
    made["clusters"], _ = data.clusters(20, 5, rng=rng())
    made["batches"] = np.concatenate([y for _, y in data.batches(small.x_train, small.y_train, 10, rng=rng())])
    return made


def of_layers():
    net, x, _ = net_and_data()
    made = {}
    for name, make in cases.LAYERS.items():
        layer = make(3, 2, rng=rng(7))
        found = through(layer, n_in=getattr(layer, "width", 3))  # attention with several heads is wider
        made |= {f"{name}.{part}": value for part, value in found.items()}
    return made | {"mlp": net.forward(x)[0]}


def of_layers_base():
    layer = layers.Dense(rng().standard_normal((3, 2)), np.zeros((1, 2)))
    y, cache = layer.forward(rng(1).standard_normal((4, 3)))
    return {"jacobian": layer.jacobian(cache, y), "sizes": [value.size for value in layer.params.values()]}


def of_normalise():
    made = {}
    for kind in (normalise.LayerNorm, normalise.RMSNorm, normalise.BatchNorm):
        made |= {f"{kind.__name__}.{part}": value for part, value in through(kind(3)).items()}
    return made


def of_normalise_weights():
    return through(normalise.WeightNorm(layers.Dense(rng().standard_normal((3, 2)), np.zeros((1, 2)))))


def of_residual():
    deep = residual.residual_mlp(3, 8, 2, blocks=20, rng=rng(), scale="depth", normalise=normalise.LayerNorm)
    return {**through(deep), "highway": residual.highway(3, rng=rng()).forward(rng(1).standard_normal((4, 3)))[0]}


def of_attention():
    return through(attention.transformer_block(4, heads=2, tokens=3, rng=rng(), causal=True), n_in=4)


def unrolled(cell, steps=30):
    run = recurrent.unroll(cell, rng(2).standard_normal((steps, 4, 3)))
    return run, recurrent.bptt(cell, run, rng(3).standard_normal((4, 5)))


def of_recurrent_cells():
    kinds = (recurrent.RNNCell, recurrent.LSTMCell, recurrent.GRUCell)
    return {kind.__name__: unrolled(kind(3, 5, rng=rng()))[0].h[-1] for kind in kinds}


def of_recurrent():
    cell = recurrent.LSTMCell(3, 5, rng=rng())
    run, back = unrolled(cell)
    grads = {f"d{key}": value for key, value in back.grads.items()}
    return {"dx": back.dx, "lag": recurrent.lag_norms(back), "cell": recurrent.cell_path(cell, run), **grads}


def of_data_sequences():
    x, y = data.adding_problem(20, 3, rng=rng())
    return {
        "x": x,
        "y": y,
        "rows": data.digit_rows(5, 2)[0].sum(axis=-1),
        "noise": data.noise(3, 4, rng=rng()),
    }


def of_optim():
    made = {}
    for name, make in cases.OPTIMISERS.items():
        params, g, step = vgp.Params({"W": np.ones((2, 3))}, weights=["W"]), rng(), make(0.01)
        for _ in range(20):
            step.step(params, {"W": g.standard_normal((2, 3))})
        made[name] = params["W"]
    return made


def of_train():
    net, x, labels = net_and_data(batch=200)
    history = train(net, losses.softmax_cross_entropy, optim.Adam(0.01), x, labels, epochs=2, batch=20, rng=rng())
    return {"loss": history, "accuracy": accuracy(net, x, labels), "W": net.params["0.W"].sum(axis=-1)}
