"""How long a training step of vgp takes, against PyTorch, JAX, autograd, scikit-learn, and the bare matrix products.

Protocol: equal losses in float64 first; then all systems interleaved in one process on pinned cores, CPU time
(wall time for two threads), median of per-round ratios, and vgp against itself as the A/A pair. Run it on an
otherwise idle machine:

    python tests/peers/bench.py --threads 1 --out build/peers
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import time
from importlib.metadata import version
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--core", type=int, help="the first core to pin to; default: the last one of those allowed")
    parser.add_argument("--only", default="", help="regular expression on workloads")
    parser.add_argument("--without", default="^$", help="regular expression on systems to leave out")
    parser.add_argument("--dtype", nargs="+", default=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=15, help="0: check that the losses agree, and measure nothing")
    parser.add_argument("--seconds", type=float, default=0.02, help="CPU time of one system in one round, at least")
    parser.add_argument("--compile-limit", type=int, default=30, help="most layers that are given to torch.compile")
    parser.add_argument("--out", type=Path, default=Path("build/peers"))
    return parser.parse_args()


OPTIONS = arguments()
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
if CORES:
    if OPTIONS.core is not None:
        CORES = [c for c in CORES if c >= OPTIONS.core]
    os.sched_setaffinity(0, CORES[-OPTIONS.threads :] if OPTIONS.core is None else CORES[: OPTIONS.threads])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):  # before NumPy is imported
    os.environ[name] = str(OPTIONS.threads)
if OPTIONS.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import autograd  # noqa: E402
import autograd.numpy as anp  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import sklearn  # noqa: E402
import threadpoolctl  # noqa: E402
import torch  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from translate import cross_entropy, recurrent_function, tensor, to_function, to_torch, torch_recurrent  # noqa: E402

import vgp  # noqa: E402
from vgp import recurrent, residual  # noqa: E402
from vgp._trees import norm  # noqa: E402
from vgp.attention import SelfAttention, transformer_block  # noqa: E402
from vgp.layers import Dense, Elementwise, Sequential, mlp  # noqa: E402
from vgp.normalise import BatchNorm, LayerNorm  # noqa: E402

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)
torch.set_num_threads(OPTIONS.threads)
# glibc gives freed memory back to the kernel, and faults it in again, until a large block has been freed once. Which
# workload does that first would decide the results of the others.
np.ones(31 << 20, np.uint8)
clock = time.process_time if OPTIONS.threads == 1 else time.perf_counter
LOSS = vgp.softmax_cross_entropy
OPTIMISERS = {
    "sgd": (lambda rate: vgp.SGD(rate), lambda p, **o: torch.optim.SGD(p, **o)),
    "momentum": (lambda rate: vgp.Momentum(rate, beta=0.9), lambda p, **o: torch.optim.SGD(p, momentum=0.9, **o)),
    "adam": (lambda rate: vgp.Adam(rate), lambda p, **o: torch.optim.Adam(p, **o)),
}


def jax_update(rule, rate):
    """(params, state, grads) -> (params, state), as one would write it by hand."""
    tree = jax.tree_util.tree_map

    def start(params):
        zero = tree(jnp.zeros_like, params)
        return {"sgd": (), "momentum": zero, "adam": (zero, tree(jnp.zeros_like, params), jnp.zeros((), jnp.int32))}[
            rule
        ]

    def update(p, state, g):
        if rule == "sgd":
            return tree(lambda p, g: p - rate * g, p, g), state
        if rule == "momentum":
            v = tree(lambda v, g: 0.9 * v + g, state, g)
            return tree(lambda p, v: p - rate * v, p, v), v
        m, v, t = state
        m, v, t = tree(lambda m, g: 0.9 * m + 0.1 * g, m, g), tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, g), t + 1
        a, b = 1 - 0.9 ** t.astype(x_dtype(p)), 1 - 0.999 ** t.astype(x_dtype(p))
        return tree(lambda p, m, v: p - rate * (m / a) / (jnp.sqrt(v / b) + 1e-8), p, m, v), (m, v, t)

    return start, update


def x_dtype(params):
    return next(iter(params.values())).dtype


# --- systems: each a function without arguments that does one full step and returns the loss before it ---------------


def copy_of(params):
    return {key: p.copy() for key, p in params.items()}


def vgp_step(net, rule, rate, x, labels):
    optimiser = OPTIMISERS[rule][0](rate)

    def step():
        y, cache = net.forward(x)
        value, dy = LOSS(y, labels)
        _, grads = net.backward(dy, cache, to_input=False)
        optimiser.step(net.params, grads)
        return value

    return step


def torch_step(module, rule, rate, x, labels, fused, compiled=False):
    run = torch.compile(module) if compiled else module
    optimiser = OPTIMISERS[rule][1]([p for p in module.parameters() if p.requires_grad], lr=rate, fused=fused)
    x, labels = tensor(x), tensor(labels)

    def step():
        loss = torch.nn.functional.cross_entropy(run(x), labels)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return loss

    return step


def jax_step(f, params, rule, rate, x, labels):
    start, update = jax_update(rule, rate)
    one_hot = jnp.eye(10, dtype=x.dtype)[labels]
    value_and_grad = jax.value_and_grad(lambda p, x, t: cross_entropy(f(p, x), t, jnp))

    def whole(p, state, x, t):
        value, g = value_and_grad(p, x, t)
        return *update(p, state, g), value

    return jax_loop(jax.jit(whole, donate_argnums=(0, 1)), params, start, (jnp.asarray(x), one_hot))


def jax_loop(whole, params, start, inputs):
    p = {key: jnp.array(a) for key, a in params.items()}
    kept = [p, start(p)]

    def step():
        *kept[:], value = whole(*kept, *inputs)
        return jax.block_until_ready(value)

    return step


def autograd_step(f, params, rule, rate, x, labels):
    p, optimiser = copy_of(params), OPTIMISERS[rule][0](rate)
    one_hot = np.eye(10, dtype=x.dtype)[labels]
    value_and_grad = autograd.value_and_grad(lambda p: cross_entropy(f(p, x), one_hot, anp))

    def step():
        value, g = value_and_grad(p)
        optimiser.step(p, g)
        return value

    return step


def sklearn_step(net, rate, x, labels):
    dense = [layer for layer in net.layers if isinstance(layer, Dense)]
    name = {"sigmoid": "logistic"}.get(net.layers[1].activation.name, net.layers[1].activation.name)
    model = MLPClassifier(
        [layer.params["W"].shape[1] for layer in dense[:-1]], activation=name, solver="sgd", alpha=0.0,
        batch_size=len(x), learning_rate_init=rate, momentum=0.0, nesterovs_momentum=False,
    )  # fmt: skip
    model.partial_fit(x, labels, classes=np.arange(10))
    for i, layer in enumerate(dense):
        model.coefs_[i][...], model.intercepts_[i][...] = layer.params["W"], layer.params["b"][0]

    def step():
        model.partial_fit(x, labels)
        return model.loss_

    return step


def floor(products):
    """The matrix products of one step and nothing else: operands and results preallocated."""
    work = [(np.ones(a, d), np.ones(b, d)) for a, b, d in products]
    work = [(a, b, np.matmul(a, b)) for a, b in work]

    def step():
        for a, b, out in work:
            np.matmul(a, b, out=out)
        return 0.0

    return step


def products_of(layer, rows, first=True):
    """Shapes of the products in one step: forward, weight gradient, and dL/dx except for the first layer."""
    found = []
    inner = getattr(layer, "layers", None) or list(layer.parts.values())
    for i, part in enumerate(inner):
        found += products_of(part, rows, first and i == 0)
    if isinstance(layer, Dense):
        W = layer.params["W"]
        *lead, n, m = W.shape
        found = [((*lead, rows, n), W.shape, W.dtype), ((*lead, n, rows), (*lead, rows, m), W.dtype)]
        found += [] if first else [((*lead, rows, m), (*lead, m, n), W.dtype)]
    if isinstance(layer, SelfAttention):
        n, t, h, d = layer.width, layer.tokens, layer.heads, layer.params["Wo"].dtype
        heads, wide = (rows // t, h, t, n // h), (rows // t, h, n // h, t)
        for m in (3 * n, n):
            found += [((rows, n), (n, m), d), ((n, rows), (rows, m), d), ((rows, m), (m, n), d)]
        square = (rows // t, h, t, t)
        found += [(heads, wide, d), (square, heads, d)] + [(heads, wide, d)] + [(square, heads, d)] * 3
    return found


def training(make, rule, rate, n_in, batch, *, sk=False):
    """A workload: every system trains the same net on one batch; `make(dtype)` returns the vgp net."""

    def workload(dtype):
        rng = np.random.default_rng(1)
        net = make(dtype)
        x, labels = rng.standard_normal((batch, n_in)).astype(dtype), rng.integers(0, 10, batch)
        start = copy_of(net.params)
        fresh = lambda: to_torch(net, {})  # noqa: E731
        systems = {}
        if sk:
            systems["scikit-learn"] = sklearn_step(net, rate, x, labels)
        systems |= {
            "PyTorch": torch_step(fresh(), rule, rate, x, labels, None),
            "PyTorch fused": torch_step(fresh(), rule, rate, x, labels, True),
            "JAX jit": jax_step(to_function(net, jnp), start, rule, rate, x, labels),
            "autograd": autograd_step(to_function(net, anp), start, rule, rate, x, labels),
            "floor": floor(products_of(net, batch)),
        }
        if len(net.layers) <= OPTIONS.compile_limit:
            systems["torch.compile"] = torch_step(fresh(), rule, rate, x, labels, True, compiled=True)
        return {"vgp": vgp_step(net, rule, rate, x, labels), **systems}

    return workload


def plain(n_in, width, depth, activation, init):
    return lambda dtype: mlp(
        n_in, width, 10, depth=depth, activation=activation, init=init, rng=np.random.default_rng(0), dtype=dtype
    )


def normed(dtype, *, n=256, depth=40):
    rng, layers = np.random.default_rng(0), []
    for i in range(depth):
        W = vgp.init.get("he")(64 if i == 0 else n, n, rng=rng, dtype=dtype)
        layers += [Dense(W, np.zeros((1, n), dtype)), BatchNorm(n, dtype=dtype), Elementwise("relu")]
    return Sequential([*layers, Dense(vgp.init.get("lecun")(n, 10, rng=rng, dtype=dtype), np.zeros((1, 10), dtype))])


def skipping(dtype):
    return residual.residual_mlp(
        64, 64, 10, blocks=48, rng=np.random.default_rng(0), scale="depth", dtype=dtype,
        normalise=LayerNorm,
    )  # fmt: skip


def transformer(dtype):
    rng = np.random.default_rng(0)
    blocks = [transformer_block(64, heads=4, tokens=32, causal=True, rng=rng, dtype=dtype) for _ in range(4)]
    W = vgp.init.get("lecun")(64, 10, rng=rng, dtype=dtype)
    return Sequential([*[layer for block in blocks for layer in block.layers], Dense(W, np.zeros((1, 10), dtype))])


def sequence(kind, rule, rate, *, steps=100, n_in=10, n=64, batch=32):
    """A recurrent cell, its last state into a Dense layer."""

    def workload(dtype):
        rng = np.random.default_rng(1)
        cell = getattr(recurrent, kind)(n_in, n, rng=np.random.default_rng(0), dtype=dtype)
        head = Dense(vgp.init.get("lecun")(n, 10, rng=rng, dtype=dtype), np.zeros((1, 10), dtype))
        x, labels = rng.standard_normal((steps, batch, n_in)).astype(dtype), rng.integers(0, 10, batch)
        params = {f"cell.{key}": p for key, p in cell.params.items()} | {
            f"head.{key}": p for key, p in head.params.items()
        }
        start, optimiser = copy_of(params), OPTIMISERS[rule][0](rate)

        def step():
            run = recurrent.unroll(cell, x)
            y, kept = head.forward(run.h[-1])
            value, dy = LOSS(y, labels)
            dh, g_head = head.backward(dy, kept)
            g_cell = recurrent.bptt(cell, run, dh).grads
            grads = {f"cell.{key}": g for key, g in g_cell.items()} | {f"head.{key}": g for key, g in g_head.items()}
            optimiser.step(params, grads)
            return value

        class Last(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.cell, self.head = torch_recurrent(cell, {}), to_torch(head, {})

            def forward(self, x):
                return self.head(self.cell(x)[0][-1])

        def function(xp, scan):
            run = recurrent_function(cell, xp, scan)

            def f(p, x):
                own = {key: p[f"cell.{key}"] for key in ("Wx", "Wh", "b")}
                return run(own, x)[-1] @ p["head.W"] + p["head.b"]

            return f

        def loop(f, carry, a):
            out = []
            for t in range(len(a)):
                carry, h = f(carry, a[t])
                out.append(h)
            return carry, out

        d, gates = dtype, cell.gates * n
        shapes = [((steps * batch, n_in), (n_in, gates), d), ((n_in, steps * batch), (steps * batch, gates), d)]
        shapes += [((n, steps * batch), (steps * batch, gates), d)]
        shapes += [((batch, n), (n, gates), d), ((batch, gates), (gates, n), d)] * steps
        return {
            "vgp": step,
            "PyTorch": torch_step(Last(), rule, rate, x, labels, None),
            "PyTorch fused": torch_step(Last(), rule, rate, x, labels, True),
            "JAX jit": jax_step(function(jnp, jax.lax.scan), start, rule, rate, x, labels),
            "autograd": autograd_step(function(anp, loop), start, rule, rate, x, labels),
            "floor": floor(shapes),
        }

    return workload


def seeds(dtype, *, count=200, batch=10, rate=0.1):
    """200 nets in one pass; each sees a batch of its own. Of the losses the sum is compared."""
    rng = np.random.default_rng(1)
    net = mlp(784, 30, 10, depth=3, rng=np.random.default_rng(0), seeds=count, dtype=dtype)
    x, labels = rng.standard_normal((count, batch, 784)).astype(dtype), rng.integers(0, 10, (count, batch))
    one_hot = np.eye(10, dtype=dtype)[labels]
    step = vgp_step(net, "sgd", rate, x, labels)
    one = []
    for s in range(count):
        alone = mlp(784, 30, 10, depth=3, rng=np.random.default_rng(0), dtype=dtype)
        for key, p in alone.params.items():
            p[...] = net.params[key][s]
        one.append(torch_step(to_torch(alone, {}), "sgd", rate, x[s], labels[s], True))
    single = {key: p[0] for key, p in net.params.items()}
    f_jax, f_torch = to_function(alone, jnp), to_function(alone, torch)

    def whole(p, state, x, t):
        value, g = jax.vmap(jax.value_and_grad(lambda p, x, t: cross_entropy(f_jax(p, x), t, jnp)))(p, x, t)
        return {key: p[key] - rate * g[key] for key in p}, state, value.sum()

    def loss(p, x, t):
        value = torch.nn.functional.cross_entropy(f_torch(p, x), t)
        return value, value

    stacked = {key: tensor(p) for key, p in net.params.items()}
    gradient = torch.func.vmap(torch.func.grad(loss, has_aux=True))
    x_torch, t_torch = tensor(x), tensor(labels)

    def vmap_step():
        with torch.no_grad():
            g, value = gradient(stacked, x_torch, t_torch)
            for key, p in stacked.items():
                p.sub_(g[key], alpha=rate)
        return value.sum()

    assert list(single) == list(stacked)
    return {
        "vgp": lambda: step().sum(),
        "PyTorch loop": lambda: sum(s().item() for s in one),
        "PyTorch vmap": vmap_step,
        "JAX vmap": jax_loop(
            jax.jit(whole, donate_argnums=0), net.params, lambda p: (), (jnp.asarray(x), jnp.asarray(one_hot))
        ),
        "floor": floor(products_of(net, batch)),
    }


def tracing(dtype, *, batch=128):
    """Every activation and gradient recorded with its norm, against the bare pass of the same system."""
    net = plain(100, 100, 50, "tanh", "glorot")(dtype)
    rng = np.random.default_rng(1)
    x, labels = rng.standard_normal((batch, 100)).astype(dtype), rng.integers(0, 10, batch)
    module = to_torch(net, {})
    x_torch, t_torch, record = tensor(x), tensor(labels), []

    def bare():
        y, cache = net.forward(x)
        value, dy = LOSS(y, labels)
        net.backward(dy, cache, to_input=False)
        return value

    def norms():
        y, cache = net.forward(x)
        value, dy = LOSS(y, labels)
        record.clear()
        for i in range(len(net.layers) - 1, -1, -1):
            layer, (out, kept) = net.layers[i], cache[i]
            record.append((out, norm(out), dy, norm(dy)))
            dy, grads = layer.backward(dy, kept) if i else (None, layer.param_grads(dy, kept))
            record.append([(g, norm(g)) for g in grads.values()])
        return value

    def torch_bare():
        loss = torch.nn.functional.cross_entropy(module(x_torch), t_torch)
        loss.backward()
        module.zero_grad(set_to_none=True)
        return loss

    def keep(layer, inputs, output):
        record.append((output.detach(), torch.linalg.vector_norm(output.detach())))
        output.register_hook(lambda g: record.append((g, torch.linalg.vector_norm(g))))

    def torch_hooks():
        record.clear()
        handles = [layer.register_forward_hook(keep) for layer in module]
        loss = torch.nn.functional.cross_entropy(module(x_torch), t_torch)
        loss.backward()
        record.extend((p.grad, torch.linalg.vector_norm(p.grad)) for p in module.parameters())
        module.zero_grad(set_to_none=True)
        for handle in handles:
            handle.remove()
        return loss

    return {
        "vgp": lambda: vgp.trace(net, x, labels, LOSS).loss,
        "vgp norms alone": norms,  # what the hooks record; a trace measures more
        "vgp bare": bare,
        "PyTorch hooks": torch_hooks,
        "PyTorch bare": torch_bare,
    }


def jacobian(dtype, *, width=64, depth=50, batch=16, spectrum=False):
    """dy/dx for each example (its sum of squares is compared), and with `spectrum` its singular values."""
    net = mlp(
        width, width, width, depth=depth, activation="tanh", init="glorot", rng=np.random.default_rng(0), dtype=dtype
    )
    x = np.random.default_rng(1).standard_normal((batch, width)).astype(dtype)
    module, x_torch = to_torch(net, {}), tensor(x)
    for p in module.parameters():
        p.requires_grad_(False)
    f = to_function(net, jnp)
    params = {key: jnp.array(p) for key, p in net.params.items()}
    of_torch = torch.func.vmap(torch.func.jacrev(module))
    of_jax = jax.jit(jax.vmap(jax.jacrev(lambda x: f(params, x[None])[0])))
    x_jax = jnp.asarray(x)

    def ours():
        y, cache = net.forward(x)
        return net.jacobian(cache, y)

    if spectrum:
        svd = lambda J: np.linalg.svd(J, compute_uv=False).max(axis=-1).sum()  # noqa: E731
        return {
            "vgp": lambda: svd(ours()),
            "PyTorch jacrev": lambda: torch.linalg.svdvals(of_torch(x_torch)).amax(-1).sum(),
            "JAX jacrev": lambda: svd(np.asarray(of_jax(x_jax))),
        }
    return {
        "vgp": lambda: np.vdot(J := ours(), J),
        "PyTorch jacrev": lambda: of_torch(x_torch).square().sum(),
        "JAX jacrev": lambda: np.vdot(J := np.asarray(of_jax(x_jax)), J),
    }


WORKLOADS = {
    "784-30-30-10 sigmoid, batch 10, SGD": training(
        plain(784, 30, 2, "sigmoid", "lecun"), "sgd", 0.1, 784, 10, sk=True
    ),
    "64-30x4-10 sigmoid, batch 32, SGD": training(plain(64, 30, 4, "sigmoid", "lecun"), "sgd", 0.1, 64, 32, sk=True),
    "50x100 tanh, batch 128, SGD": training(plain(100, 100, 50, "tanh", "glorot"), "sgd", 0.001, 100, 128, sk=True),
    "200x64 relu, batch 64, Adam": training(plain(64, 64, 200, "relu", "he"), "adam", 1e-5, 64, 64),
    "20x64 selu, batch 64, momentum": training(plain(64, 64, 20, "selu", "lecun"), "momentum", 0.001, 64, 64),
    "784-512-512-10 relu, batch 128, Adam": training(plain(784, 512, 2, "relu", "he"), "adam", 1e-4, 784, 128),
    "residual 48x2x64 LayerNorm, batch 64, Adam": training(skipping, "adam", 1e-4, 64, 64),
    "BatchNorm 40x256 relu, batch 128, SGD": training(normed, "sgd", 1e-3, 64, 128),
    "LSTM 100 steps, 64 units, batch 32, Adam": sequence("LSTMCell", "adam", 1e-3),
    "RNN 100 steps, 64 units, batch 32, SGD": sequence("RNNCell", "sgd", 0.01),
    "transformer 4x64, 8x32 tokens, Adam": training(transformer, "adam", 1e-4, 64, 256),
    "200 seeds of 784-30-30-30-10, batch 10, SGD": seeds,
    "trace of 50x100 tanh, batch 128": tracing,
    "Jacobian of 50x64 tanh, 16 examples": jacobian,
    "Jacobian and its singular values": lambda dtype: jacobian(dtype, spectrum=True),
}

# --- measuring ------------------------------------------------------------------------------------------------------


def equal_losses(make, notes):
    """In float64 every system must see the same losses for three steps."""
    systems = make(np.dtype("float64"))
    want = None
    for name, step in systems.items():
        if name == "floor":
            continue
        try:
            got = [float(v.detach() if torch.is_tensor(v := step()) else v) for _ in range(3)]
        except Exception as error:
            if name != "torch.compile":
                raise
            notes.append(f"torch.compile left out: {type(error).__name__}")
            continue
        want = want or got
        np.testing.assert_allclose(got, want, rtol=1e-8, err_msg=name)
    return systems


def measure(systems):
    """Seconds a step of every system, by round; vgp twice."""
    order = [*systems.items(), ("vgp again", systems["vgp"])]
    repeats = {}
    for name, step in order:
        step(), step()  # compile, allocate
        start = clock()
        step()
        repeats[name] = max(1, round(OPTIONS.seconds / max(clock() - start, 1e-6)))
    seconds = {name: [] for name, _ in order}
    rng = np.random.default_rng(0)
    for _ in range(OPTIONS.rounds):
        for k in rng.permutation(len(order)):
            name, step = order[k]
            start = clock()
            for _ in range(repeats[name]):
                step()
            seconds[name].append((clock() - start) / repeats[name])
    return seconds


def ratios(seconds):
    """Median over rounds of vgp's time over the peer's."""
    return {
        name: statistics.median(a / b for a, b in zip(seconds["vgp"], other))
        for name, other in seconds.items()
        if name != "vgp"
    }


def processor():
    """The name of the processor, from where the system says it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    return next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.processor())


def main():
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": {
            "processor": processor(),
            "blas": [
                {key: lib.get(key) for key in ("internal_api", "version", "architecture", "num_threads")}
                for lib in threadpoolctl.threadpool_info()
            ],
            "threads": OPTIONS.threads,
        },
        "versions": {
            "python": platform.python_version(), "vgp": vgp.__version__, "numpy": np.__version__,
            "torch": torch.__version__, "jax": jax.__version__, "autograd": version("autograd"),
            "scikit-learn": sklearn.__version__,
        },
        "rows": [],
    }  # fmt: skip
    for name, make in WORKLOADS.items():
        if not re.search(OPTIONS.only, name):
            continue
        notes = []
        systems = {}
        for dtype in OPTIONS.dtype:
            if not systems:
                systems = equal_losses(make, notes)
            if dtype != "float64" or OPTIONS.dtype[0] != "float64":
                systems = make(np.dtype(dtype))
            chosen = {n: s for n, s in systems.items() if not re.search(OPTIONS.without, n)}
            if any(note.startswith("torch.compile") for note in notes):
                chosen.pop("torch.compile", None)
            if not OPTIONS.rounds:
                continue
            seconds = measure(chosen)
            row = {
                "workload": name, "dtype": dtype, "notes": notes, "ratio": ratios(seconds),
                "ms": {n: 1e3 * statistics.median(s) for n, s in seconds.items()},
            }  # fmt: skip
            result["rows"].append(row)
            print(f"{name} [{dtype}] {row['ms']['vgp']:.3f} ms:", flush=True)
            print("   " + "  ".join(f"{n} {r:.2f}" for n, r in row["ratio"].items()), *notes, flush=True)
    write(result)


def geometric_mean(values):
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")


def write(result):
    """JSON and a Markdown table for each dtype, with the geometric mean over the training steps."""
    OPTIONS.out.mkdir(parents=True, exist_ok=True)
    stem = OPTIONS.out / f"bench-{OPTIONS.threads}"
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    lines = [f"Time of vgp over the peer's, {OPTIONS.threads} thread(s), {result['date']}; below 1 vgp is faster.", ""]
    for dtype in OPTIONS.dtype:
        rows = [row for row in result["rows"] if row["dtype"] == dtype]
        names = list(dict.fromkeys(name for row in rows for name in row["ratio"]))
        lines += [f"| {dtype} | ms | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
        for row in rows:
            cells = [f"{row['ratio'][name]:.2f}" if name in row["ratio"] else "" for name in names]
            lines.append(f"| {row['workload']} | {row['ms']['vgp']:.3g} | " + " | ".join(cells) + " |")
        means = [geometric_mean([row["ratio"][name] for row in rows if name in row["ratio"]]) for name in names]
        lines += ["| geometric mean | | " + " | ".join(f"{m:.2f}" for m in means) + " |", ""]
    stem.with_suffix(".md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
