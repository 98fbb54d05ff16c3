"""One net, three times more: a vgp layer as a PyTorch module, and as a function for JAX or autograd, same parameters.

The oracles compare gradients through these, the benchmark compares time; so each peer is written as its users would
write it: fused modules in PyTorch, plain formulas under jit in JAX.
"""

import math

import numpy as np
import torch
from torch import nn

from vgp.activations import ACTIVATIONS
from vgp.attention import SelfAttention
from vgp.layers import Dense, Elementwise, Sequential
from vgp.normalise import BatchNorm, LayerNorm, RMSNorm, WeightNorm
from vgp.residual import Highway, Residual

Names = dict  # vgp key -> (torch parameter, how its array looks in vgp)


class _Residual(nn.Module):
    def __init__(self, branch, scale):
        super().__init__()
        self.branch, self.scale = branch, scale

    def forward(self, x):
        f = self.branch(x)
        return x + f if isinstance(self.scale, float) and self.scale == 1 else x + self.scale * f


class _Highway(nn.Module):
    def __init__(self, transform, gate):
        super().__init__()
        self.transform, self.gate = transform, gate

    def forward(self, x):
        t = self.gate(x)
        return t * self.transform(x) + (1 - t) * x


class _Attention(nn.Module):
    def __init__(self, qkv, out, layer):
        super().__init__()
        self.qkv, self.out = qkv, out
        self.heads, self.tokens, self.causal = layer.heads, layer.tokens, bool(layer.hidden.any())

    def forward(self, x):
        n = x.shape[-1]
        q, k, v = self.qkv(x).view(-1, self.tokens, 3, self.heads, n // self.heads).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.out(y.transpose(1, 2).reshape(-1, n))


class _LecunTanh(nn.Module):
    def forward(self, z):
        return 1.7159 * torch.tanh(2 / 3 * z)


class _Erf(nn.Module):
    def forward(self, z):
        return torch.erf(z)


# PyTorch's module of the same name, as nn.LeakyReLU for leaky_relu; then those that it has not, or has otherwise.
TORCH = {name: made for made in vars(nn).values() if isinstance(made, type) for name in ACTIVATIONS
         if made.__name__.lower() == name.replace("_", "")}  # fmt: skip
TORCH |= {"softplus": lambda: nn.Softplus(threshold=1e9), "erf": _Erf, "lecun_tanh": _LecunTanh}


def tensor(a):
    return torch.tensor(np.ascontiguousarray(a))


def linear(W, b, names=None, prefix="", keys=("W", "b")):
    module = nn.Linear(*W.shape, dtype=tensor(W[:1]).dtype)
    module.weight.data, module.bias.data = tensor(W.T), tensor(b[0])
    if names is not None:
        names[prefix + keys[0]] = (module.weight, lambda a: a.T)
        names[prefix + keys[1]] = (module.bias, lambda a: a[None])
    return module


def to_torch(layer, names, prefix=""):
    """The module; fills `names` with its parameters by vgp's keys."""
    p = layer.params
    if isinstance(layer, Sequential):
        return nn.Sequential(*[to_torch(part, names, f"{prefix}{i}.") for i, part in enumerate(layer.layers)])
    if isinstance(layer, Dense):
        return linear(p["W"], p["b"], names, prefix)
    if isinstance(layer, Elementwise):
        return TORCH[layer.activation.name]()
    if isinstance(layer, (LayerNorm, RMSNorm, BatchNorm)):
        dtype = tensor(p["gamma"]).dtype
        if isinstance(layer, LayerNorm):
            module = nn.LayerNorm(layer.n, layer.eps, dtype=dtype)
        elif isinstance(layer, RMSNorm):
            module = nn.RMSNorm(layer.n, layer.eps, dtype=dtype)
        else:
            module = nn.BatchNorm1d(layer.n, layer.eps, track_running_stats=False, dtype=dtype)
        for key, own in (("gamma", module.weight), ("beta", getattr(module, "bias", None))):
            if key in p:
                own.data = tensor(p[key][0])
                names[prefix + key] = (own, lambda a: a[None])
        return module
    if isinstance(layer, WeightNorm):
        module = linear(p["v"], p["b"], names, prefix, ("v", "b"))
        module = nn.utils.parametrizations.weight_norm(module, dim=0)
        g, v = module.parametrizations.weight.original0, module.parametrizations.weight.original1
        g.data, v.data = tensor(p["g"].T), tensor(p["v"].T)
        names[prefix + "g"], names[prefix + "v"] = (g, lambda a: a.T), (v, lambda a: a.T)
        names[prefix + "b"] = (module.bias, lambda a: a[None])
        return module
    if isinstance(layer, Residual):
        scale = layer.scale
        if layer.own:
            scale = nn.Parameter(tensor(p["scale"]))
            names[prefix + "scale"] = (scale, lambda a: a)
        return _Residual(to_torch(layer.parts["branch"], names, prefix + "branch."), scale)
    if isinstance(layer, Highway):
        return _Highway(*[to_torch(layer.parts[key], names, f"{prefix}{key}.") for key in ("transform", "gate")])
    if isinstance(layer, SelfAttention):
        qkv = linear(p["Wqkv"], p["bqkv"], names, prefix, ("Wqkv", "bqkv"))
        return _Attention(qkv, linear(p["Wo"], p["bo"], names, prefix, ("Wo", "bo")), layer)
    raise TypeError(type(layer).__name__)


def activation_table(xp):
    """Activations in JAX, in torch as functions (for vmap), or as autograd's users write them."""
    if xp.__name__ == "jax.numpy":
        import jax

        named = {name: getattr(jax.nn, name) for name in ACTIVATIONS if hasattr(jax.nn, name)}
        return named | {
            "tanh": xp.tanh, "softsign": jax.nn.soft_sign, "erf": jax.scipy.special.erf,
            "gelu": lambda z: jax.nn.gelu(z, approximate=False), "lecun_tanh": lambda z: 1.7159 * xp.tanh(2 / 3 * z),
        }  # fmt: skip
    if xp is torch:
        return {name: make() for name, make in TORCH.items()}
    return {
        "sigmoid": lambda z: 1 / (1 + xp.exp(-z)), "tanh": xp.tanh, "relu": lambda z: xp.maximum(z, 0),
        "selu": lambda z: 1.0507009873554805 * xp.where(
            z > 0, z, 1.6732632423543772 * (xp.exp(xp.minimum(z, 0)) - 1)),
    }  # fmt: skip


def softmax(s, xp):
    e = xp.exp(s - xp.max(s, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def to_function(layer, xp, prefix=""):
    """f(params, x) in the array module `xp`, params by vgp's keys."""
    if isinstance(layer, Sequential):
        parts = [to_function(part, xp, f"{prefix}{i}.") for i, part in enumerate(layer.layers)]

        def run(p, x):
            for part in parts:
                x = part(p, x)
            return x

        return run
    if isinstance(layer, Dense):
        return lambda p, x: x @ p[prefix + "W"] + p[prefix + "b"]
    if isinstance(layer, Elementwise):
        phi = activation_table(xp)[layer.activation.name]
        return lambda p, x: phi(x)
    if isinstance(layer, (LayerNorm, RMSNorm, BatchNorm)):

        def normalise(p, x):
            if layer.centred:
                x = x - xp.mean(x, axis=layer.axis, keepdims=True)
            x = x / xp.sqrt(xp.mean(x * x, axis=layer.axis, keepdims=True) + layer.eps)
            y = x * p[prefix + "gamma"]
            return y + p[prefix + "beta"] if layer.centred else y

        return normalise
    if isinstance(layer, WeightNorm):

        def weight_norm(p, x):
            v = p[prefix + "v"]
            W = v / xp.sqrt(xp.sum(v * v, axis=-2, keepdims=True)) * p[prefix + "g"]
            return x @ W + p[prefix + "b"]

        return weight_norm
    if isinstance(layer, Residual):
        branch = to_function(layer.parts["branch"], xp, prefix + "branch.")
        return lambda p, x: x + p.get(prefix + "scale", layer.scale) * branch(p, x)
    if isinstance(layer, Highway):
        h, t = (to_function(layer.parts[key], xp, f"{prefix}{key}.") for key in ("transform", "gate"))
        return lambda p, x: t(p, x) * h(p, x) + (1 - t(p, x)) * x
    if isinstance(layer, SelfAttention):
        shape = (-1, layer.tokens, 3, layer.heads, layer.width // layer.heads)

        def attend(p, x):
            qkv = xp.reshape(x @ p[prefix + "Wqkv"] + p[prefix + "bqkv"], shape)
            q, k, v = xp.transpose(qkv, (2, 0, 3, 1, 4))
            s = q @ xp.swapaxes(k, -1, -2) / math.sqrt(shape[-1])
            y = softmax(xp.where(layer.hidden, -1e30, s), xp) @ v
            return xp.reshape(xp.swapaxes(y, 1, 2), (-1, layer.width)) @ p[prefix + "Wo"] + p[prefix + "bo"]

        return attend
    raise TypeError(type(layer).__name__)


def cross_entropy(y, one_hot, xp):
    """Mean over the batch, as in vgp; for JAX and autograd."""
    y = y - xp.max(y, axis=-1, keepdims=True)
    return -xp.sum(one_hot * (y - xp.log(xp.sum(xp.exp(y), axis=-1, keepdims=True)))) / len(y)


def torch_recurrent(cell, names):
    """nn.LSTM, nn.GRU or nn.RNN with the parameters of a vgp cell; the second bias of PyTorch is 0 and stays so."""
    kind = {"LSTMCell": nn.LSTM, "GRUCell": nn.GRU, "RNNCell": nn.RNN}[type(cell).__name__]
    module = kind(cell.n_in, cell.n, dtype=tensor(cell.params["b"]).dtype)
    for key, own in (("Wx", module.weight_ih_l0), ("Wh", module.weight_hh_l0)):
        own.data = tensor(cell.params[key].T)
        names[key] = (own, lambda a: a.T)
    module.bias_ih_l0.data = tensor(cell.params["b"][0])
    names["b"] = (module.bias_ih_l0, lambda a: a[None])
    module.bias_hh_l0.data.zero_()
    module.bias_hh_l0.requires_grad_(False)
    return module


def recurrent_function(cell, xp, scan):
    """f(params, x) -> all h_t, (T, B, n); `scan` is jax.lax.scan or a loop with its contract."""
    table, n, kind = activation_table(xp), cell.n, type(cell).__name__

    def step(p, carry, a):
        h, c = carry
        if kind == "LSTMCell":
            z = a + h @ p["Wh"]
            i, f, o = (table["sigmoid"](z[..., k * n : (k + 1) * n]) for k in (0, 1, 3))
            c = f * c + i * xp.tanh(z[..., 2 * n : 3 * n])
            h = o * xp.tanh(c)
        elif kind == "GRUCell":
            s = h @ p["Wh"]
            r, u = (table["sigmoid"]((a + s)[..., k * n : (k + 1) * n]) for k in (0, 1))
            h = u * h + (1 - u) * xp.tanh(a[..., 2 * n :] + r * s[..., 2 * n :])
        else:
            h = table[cell.activation.name](a + h @ p["Wh"])
        return (h, c), h

    def run(p, x):
        zero = xp.zeros((x.shape[1], n), x.dtype)
        return scan(lambda carry, a: step(p, carry, a), (zero, zero), x @ p["Wx"] + p["b"])[1]

    return run
