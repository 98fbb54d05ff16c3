"""Layers, losses, cells, optimisers and initialisers against PyTorch and JAX: same parameters, equal to rounding."""

import functools

import numpy as np
import pytest

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
import jax.numpy as jnp  # noqa: E402
from jax.example_libraries import optimizers as jax_optimizers  # noqa: E402
from translate import (  # noqa: E402
    TORCH,
    activation_table,
    recurrent_function,
    tensor,
    to_function,
    to_torch,
    torch_recurrent,
)

from vgp import activations, init, losses, normalise, optim, recurrent, residual  # noqa: E402
from vgp._trees import Params  # noqa: E402
from vgp.attention import SelfAttention, transformer_block  # noqa: E402
from vgp.check import relative_error  # noqa: E402
from vgp.layers import Dense, Elementwise, Sequential, mlp  # noqa: E402

jax.config.update("jax_enable_x64", True)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ROUNDING = 1e-11
WIDTH, TOKENS = 6, 4


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def dense(n_in, n_out, rng):
    return Dense(init.get("glorot")(n_in, n_out, rng=rng), rng.standard_normal((1, n_out)))


def normed(kind, rng):
    layer = kind(WIDTH)
    for p in layer.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    return layer


def branch(rng):
    return Sequential([dense(WIDTH, 5, rng), Elementwise("tanh"), dense(5, WIDTH, rng)])


LAYERS = {
    "Dense": lambda rng: dense(WIDTH, 5, rng),
    **{
        f"Elementwise({name})": lambda rng, name=name: Elementwise(name)
        for name in activations.ACTIVATIONS
        if name in TORCH and name in activation_table(jnp)  # of one that they have not, there is nothing to compare
    },
    **{
        kind.__name__: lambda rng, kind=kind: normed(kind, rng)
        for kind in (normalise.LayerNorm, normalise.RMSNorm, normalise.BatchNorm)
    },
    "WeightNorm": lambda rng: normalise.WeightNorm(dense(WIDTH, 5, rng)),
    "Residual": lambda rng: residual.Residual(branch(rng), scale=0.7),
    "Residual(learned)": lambda rng: residual.Residual(branch(rng), scale=0.7, learned=True),
    "Highway": lambda rng: residual.highway(WIDTH, rng=rng, activation="tanh", gate_bias=-0.5),
    **{
        f"SelfAttention({causal})": lambda rng, causal=causal: SelfAttention(
            WIDTH, heads=2, tokens=TOKENS, causal=causal, rng=rng
        )
        for causal in (False, True)
    },
    **{
        f"transformer_block({order})": lambda rng, order=order: transformer_block(
            WIDTH, heads=3, tokens=TOKENS, order=order, causal=True, activation="gelu", rng=rng
        )
        for order in ("pre", "post")
    },
    **{
        f"mlp({name})": lambda rng, name=name: mlp(WIDTH, 7, 3, depth=20, activation=name, bias="normal", rng=rng)
        for name in ("sigmoid", "tanh", "relu", "selu")
    },
    "residual_mlp": lambda rng: residual.residual_mlp(WIDTH, 8, 3, blocks=5, normalise=normalise.LayerNorm, rng=rng),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_layer(make, rng):
    layer = make(rng)
    x = 2 * rng.standard_normal((3 * TOKENS, WIDTH))
    y, cache = layer.forward(x)
    u = rng.standard_normal(y.shape)
    dx, grads = layer.backward(u, cache)

    names = {}
    module, x_torch = to_torch(layer, names), tensor(x).requires_grad_()
    y_torch = module(x_torch)
    y_torch.backward(tensor(u))
    assert relative_error(y_torch.detach().numpy(), y) < ROUNDING
    assert relative_error(x_torch.grad.numpy(), dx) < ROUNDING
    assert names.keys() == grads.keys()
    for key, (p, view) in names.items():
        assert relative_error(view(p.grad.numpy()), grads[key]) < ROUNDING, key

    y_jax, pull = jax.vjp(to_function(layer, jnp), {key: jnp.array(p) for key, p in layer.params.items()}, jnp.array(x))
    g_jax, dx_jax = pull(jnp.array(u))
    assert relative_error(np.array(y_jax), y) < ROUNDING
    assert relative_error(np.array(dx_jax), dx) < ROUNDING
    for key, g in g_jax.items():
        assert relative_error(np.array(g), grads[key]) < ROUNDING, key


def test_jacobian(rng):
    net = mlp(5, 7, 4, depth=12, activation="tanh", init="glorot", bias="normal", rng=rng)
    x = rng.standard_normal((3, 5))
    y, cache = net.forward(x)
    J = net.jacobian(cache, y)
    module = to_torch(net, {})
    got = torch.func.vmap(torch.func.jacrev(module))(tensor(x)).detach().numpy()
    assert relative_error(got, J) < ROUNDING
    f, p = to_function(net, jnp), {key: jnp.array(p) for key, p in net.params.items()}
    got = jax.vmap(jax.jacrev(lambda x: f(p, x[None])[0]))(jnp.array(x))
    assert relative_error(np.array(got), J) < ROUNDING


def test_seed_axis_is_vmap(rng):
    net = mlp(5, 7, 4, depth=3, activation="sigmoid", bias="normal", rng=rng, seeds=6)
    x, u = rng.standard_normal((6, 9, 5)), rng.standard_normal((6, 9, 4))
    _, cache = net.forward(x)
    _, grads = net.backward(u, cache)
    for xp, func, array in ((jnp, jax, jnp.array), (torch, torch.func, tensor)):
        f = to_function(net, xp)
        loss = lambda p, x, u, f=f: (f(p, x) * u).sum()  # noqa: E731
        got = func.vmap(func.grad(loss))({key: array(p) for key, p in net.params.items()}, array(x), array(u))
        for key, g in got.items():
            assert relative_error(np.array(g), grads[key]) < ROUNDING, key


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_recurrent(kind, rng):
    steps, batch, n = 30, 3, 5
    cell = getattr(recurrent, kind)(4, n, rng=rng)
    cell.params["b"] += 0.3 * rng.standard_normal(cell.params["b"].shape)
    x, u = rng.standard_normal((steps, batch, 4)), rng.standard_normal((steps, batch, n))
    run = recurrent.unroll(cell, x)
    through = recurrent.bptt(cell, run, u)

    names = {}
    module, x_torch = torch_recurrent(cell, names), tensor(x).requires_grad_()
    start = [torch.zeros(1, batch, n, dtype=torch.float64, requires_grad=True) for _ in range(cell.states)]
    h, _ = module(x_torch, tuple(start) if cell.states == 2 else start[0])
    h.backward(tensor(u))
    assert relative_error(h.detach().numpy(), run.h[1:]) < ROUNDING
    assert relative_error(x_torch.grad.numpy(), through.dx) < ROUNDING
    assert relative_error(start[0].grad[0].numpy(), through.dh[0]) < ROUNDING
    if cell.states == 2:
        assert relative_error(start[1].grad[0].numpy(), through.dc[0]) < ROUNDING
    for key, (p, view) in names.items():
        assert relative_error(view(p.grad.numpy()), through.grads[key]) < ROUNDING, key

    f = recurrent_function(cell, jnp, jax.lax.scan)
    h, pull = jax.vjp(f, {key: jnp.array(p) for key, p in cell.params.items()}, jnp.array(x))
    g, dx = pull(jnp.array(u))
    assert relative_error(np.array(h), run.h[1:]) < ROUNDING
    assert relative_error(np.array(dx), through.dx) < ROUNDING
    for key, got in g.items():
        assert relative_error(np.array(got), through.grads[key]) < ROUNDING, key


def softmax_jax(y, t):
    return -jnp.take_along_axis(jax.nn.log_softmax(y), t[:, None], axis=-1).mean()


def sigmoid_jax(y, t):
    hot = jax.nn.one_hot(t, y.shape[-1])
    return -(hot * jax.nn.log_sigmoid(y) + (1 - hot) * jax.nn.log_sigmoid(-y)).sum() / len(y)


def sigmoid_torch(y, t):
    hot = torch.nn.functional.one_hot(t, y.shape[-1]).to(y.dtype)
    return torch.nn.functional.binary_cross_entropy_with_logits(y, hot, reduction="sum") / len(y)


LOSSES = {
    "softmax_cross_entropy": (torch.nn.functional.cross_entropy, softmax_jax),
    "sigmoid_cross_entropy": (sigmoid_torch, sigmoid_jax),
    "mse": (torch.nn.functional.mse_loss, lambda y, t: ((y - t) ** 2).mean()),
}


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, scale, rng):
    y = scale * rng.standard_normal((8, 5))
    target = rng.standard_normal((8, 5)) if name == "mse" else rng.integers(0, 5, 8)
    value, dy = getattr(losses, name)(y, target)
    of_torch, of_jax = LOSSES[name]
    leaf = tensor(y).requires_grad_()
    of_torch(leaf, tensor(target)).backward()
    assert relative_error(leaf.grad.numpy(), dy) < ROUNDING
    value_jax, dy_jax = jax.value_and_grad(of_jax)(jnp.array(y), jnp.array(target))
    assert relative_error(np.array(dy_jax), dy) < ROUNDING
    assert float(value_jax) == pytest.approx(float(value), rel=1e-13)


T, J = torch.optim, jax_optimizers
OPTIMISERS = {
    "SGD": (optim.SGD(0.1), functools.partial(T.SGD, lr=0.1), J.sgd(0.1)),
    "SGD(decay)": (optim.SGD(0.1, decay=0.3), functools.partial(T.SGD, lr=0.1, weight_decay=0.3), None),
    "Momentum": (optim.Momentum(0.1, beta=0.8), functools.partial(T.SGD, lr=0.1, momentum=0.8), J.momentum(0.1, 0.8)),
    "Nesterov": (
        optim.Nesterov(0.1, beta=0.8),
        functools.partial(T.SGD, lr=0.1, momentum=0.8, nesterov=True),
        J.nesterov(0.1, 0.8),
    ),
    # JAX's own has eps inside the root
    "RMSProp": (
        optim.RMSProp(0.1, beta=0.9, eps=1e-30),
        functools.partial(T.RMSprop, lr=0.1, alpha=0.9, eps=1e-30),
        J.rmsprop(0.1, 0.9, 0.0),
    ),
    "Adam": (optim.Adam(0.1), functools.partial(T.Adam, lr=0.1), J.adam(0.1)),
    "Adam(betas)": (
        optim.Adam(0.1, beta1=0.5, beta2=0.9, eps=1e-3),
        functools.partial(T.Adam, lr=0.1, betas=(0.5, 0.9), eps=1e-3),
        J.adam(0.1, 0.5, 0.9, 1e-3),
    ),
    "AdamW": (optim.AdamW(0.1, decay=0.3), functools.partial(T.AdamW, lr=0.1, weight_decay=0.3), None),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimiser(name, rng):
    """Ten steps; one array is longer than a piece of the update, so that cutting and joining are tested too."""
    ours, of_torch, of_jax = OPTIMISERS[name]
    shapes = {"0.W": (300, 200), "0.b": (1, 200), "1.W": (4, 3), "1.b": (1, 3)}
    params = Params({key: rng.standard_normal(shape) for key, shape in shapes.items()}, weights=["0.W", "1.W"])
    leaves = {key: tensor(p).requires_grad_() for key, p in params.items()}
    weights = [p for key, p in leaves.items() if key.endswith("W")]
    biases = [p for key, p in leaves.items() if key.endswith("b")]
    theirs = of_torch([{"params": weights}, {"params": biases, "weight_decay": 0}])
    state = of_jax[0]({key: jnp.array(p) for key, p in params.items()}) if of_jax else None
    for t in range(10):
        grads = {key: rng.standard_normal(p.shape) for key, p in params.items()}
        before = {key: g.copy() for key, g in grads.items()}
        ours.step(params, grads)
        assert all((grads[key] == before[key]).all() for key in grads)
        for key, p in leaves.items():
            p.grad = tensor(grads[key])
        theirs.step()
        if of_jax:
            state = of_jax[1](t, {key: jnp.array(g) for key, g in grads.items()}, state)
    for key, p in params.items():
        assert relative_error(leaves[key].detach().numpy(), p) < ROUNDING, key
        if of_jax:
            assert relative_error(np.array(of_jax[2](state)[key]), p) < ROUNDING, key


N_IN, N_OUT = 400, 300


def from_torch(fill):
    W = torch.empty(N_OUT, N_IN, dtype=torch.float64)
    fill(W)
    return W.numpy().T


def from_jax(maker):
    return np.array(maker()(jax.random.key(0), (N_IN, N_OUT), jnp.float64))


INITS = {
    "glorot": lambda: from_torch(torch.nn.init.xavier_normal_),
    "glorot_uniform": lambda: from_torch(torch.nn.init.xavier_uniform_),
    "he": lambda: from_torch(lambda W: torch.nn.init.kaiming_normal_(W, nonlinearity="relu")),
    "he_uniform": lambda: from_torch(lambda W: torch.nn.init.kaiming_uniform_(W, nonlinearity="relu")),
    "lecun": lambda: from_torch(lambda W: torch.nn.init.kaiming_normal_(W, nonlinearity="linear")),
    "lecun_uniform": lambda: from_jax(jax.nn.initializers.lecun_uniform),
    "pytorch": lambda: torch.nn.Linear(N_IN, N_OUT, dtype=torch.float64).weight.detach().numpy().T,
    "orthogonal": lambda: from_torch(torch.nn.init.orthogonal_),
}


@pytest.mark.parametrize("name", INITS)
def test_initialiser(name, rng):
    """Mean, variance and kurtosis of 120,000 draws, and the largest singular value, within five standard errors."""
    torch.manual_seed(0)
    ours, theirs = init.get(name)(N_IN, N_OUT, rng=rng), INITS[name]()
    n = ours.size
    for W in (ours, theirs):
        assert abs(W.mean()) < 5 * W.std() / np.sqrt(n)
    assert theirs.var() / ours.var() == pytest.approx(1, abs=5 * np.sqrt(2 * 2 / n))
    kurtosis = [(W**4).mean() / (W**2).mean() ** 2 for W in (ours, theirs)]
    assert kurtosis[0] == pytest.approx(kurtosis[1], abs=5 * np.sqrt(2 * 96 / n))
    assert np.linalg.norm(theirs, 2) == pytest.approx(np.linalg.norm(ours, 2), rel=0.05)
