"""Theory against simulation, for the results that the book quotes with a formula.

One rule for all: seeds are fixed in advance; |measured - theory| <= 4 standard errors over independent nets, plus the
allowance named; and the agreement counts only if it is resolved, 4 standard errors <= |theory|.
"""

import math

import numpy as np
import pytest

from vgp import activations, mlp, trace
from vgp.attention import transformer_block
from vgp.init import scaled_normal
from vgp.layers import Dense, Elementwise, Sequential
from vgp.normalise import BatchNorm, LayerNorm
from vgp.residual import Residual
from vgp.theory.gaussian import expect
from vgp.theory.meanfield import c_map, chi, q_map
from vgp.theory.phases import batchnorm_c_path, q_slope, residual_c_path


def agrees(sample, theory, allowance=0.0, *, resolved=True):
    """The rule above for the mean of `sample`, one number for each net."""
    sample = np.asarray(sample, dtype=np.float64)
    four = 4 * sample.std(ddof=1) / math.sqrt(len(sample))
    assert not resolved or four <= abs(theory), f"4 SE = {four:.3g} do not resolve {theory:.3g}"
    assert abs(sample.mean() - theory) <= four + allowance * abs(theory), (sample.mean(), theory, four)


# --- narrow nets: the logarithm of a product of chi-squares ---------------------------------------------------------


def digamma(k):
    """psi(k / 2) for an integer k, by psi(x + 1) = psi(x) + 1 / x."""
    start = -np.euler_gamma - (2 * math.log(2) if k % 2 else 0)
    return start + math.fsum(2 / j for j in range(2 - k % 2, k, 2))


def trigamma(k):
    """psi'(k / 2), by psi'(x + 1) = psi'(x) - 1 / x^2."""
    return math.pi**2 / (2 if k % 2 else 6) - math.fsum(4 / j**2 for j in range(2 - k % 2, k, 2))


def test_digamma_and_trigamma_are_the_slopes_of_log_gamma():
    h = 1e-3
    for k in (1, 2, 5, 8, 101):
        above, at, below = (math.lgamma(k / 2 + s) for s in (h, 0, -h))
        assert digamma(k) == pytest.approx((above - below) / (2 * h), rel=1e-5)
        assert trigamma(k) == pytest.approx((above - 2 * at + below) / h**2, rel=1e-4)


def log_moments(n, relu=True):
    """Mean and variance of ln |h_l|^2 / |h_{l-1}|^2 at width n: ln (2/n) chi^2_B, B ~ Bin(n, 1/2) given B >= 1.

    Without ReLU ln (1/n) chi^2_n. A chi-square of k degrees has the log moments ln 2 + psi(k/2) and psi'(k/2).
    """
    if not relu:
        return digamma(n) + math.log(2 / n), trigamma(n)
    weights = [math.comb(n, k) / (2**n - 1) for k in range(1, n + 1)]
    means = [digamma(k) + math.log(4 / n) for k in range(1, n + 1)]
    mean = math.fsum(w * m for w, m in zip(weights, means))
    spread = math.fsum(w * (trigamma(k) + (m - mean) ** 2) for k, (w, m) in enumerate(zip(weights, means), 1))
    return mean, spread


@pytest.mark.parametrize(("n", "allowance"), [(10, 0.005), (20, 0.001), (50, 0.001), (100, 0.001), (200, 0.001)])
def test_sussillos_gains_are_fits_to_the_exact_ones(n, allowance):
    """Sussillo and Abbott (2014): exp(1 / (2N)) for linear nets, sqrt(2) exp(1.2 / (max(N, 6) - 2.4)) for ReLU."""
    linear, relu = (math.exp(-log_moments(n, kind)[0] / 2) for kind in (False, True))
    assert math.exp(1 / (2 * n)) == pytest.approx(linear, rel=allowance)
    assert math.sqrt(2) * math.exp(1.2 / (max(n, 6) - 2.4)) == pytest.approx(math.sqrt(2) * relu, rel=allowance)


def log_ratios(nets, n, depth, name, sigma_w, group=50):
    """ln |h_depth|^2 / |h_0|^2 and ln |delta_1|^2 / |delta_depth|^2 of so many nets, one input each."""
    rng, forward, backward = np.random.default_rng([13, n, depth]), [], []
    for _ in range(nets // group):
        net = mlp(n, n, n, depth=depth, activation=name, init=scaled_normal(sigma_w), rng=rng, seeds=group)
        x, u = rng.standard_normal((2, group, 1, n))
        t = trace(net, x, np.zeros(1), lambda y, _: ((y * u).sum((-1, -2)), u))  # noqa: B023
        forward.append(np.log(np.square(t.h[depth - 1]).sum((-1, -2)) / np.square(x).sum((-1, -2))))
        backward.append(2 * np.log(t.delta[0] / t.delta[depth - 1]))
    return np.concatenate(forward), np.concatenate(backward)


@pytest.mark.parametrize(("name", "he"), [("identity", 1.0), ("relu", math.sqrt(2))])
def test_the_exact_gain_stops_the_drift_of_a_narrow_net(name, he):
    """Sussillo and Abbott (2014): 200 nets of width 20 and 100 layers; without the gain the drift is the formula's."""
    mean, _ = log_moments(20, name == "relu")
    _, plain = log_ratios(200, 20, 100, name, he)
    agrees(plain, 99 * mean)
    _, corrected = log_ratios(200, 20, 100, name, he * math.exp(-mean / 2))
    agrees(corrected, 0.0, resolved=False)


@pytest.mark.parametrize(("n", "depth"), [(20, 20), (50, 50), (100, 50)])
def test_reciprocal_widths_set_the_spread_of_the_logarithm(n, depth):
    """Hanin (2018), Hanin and Rolnick (2018): He nets, 300 of each kind; the variance within 25 %, 3 of its SE."""
    mean, variance = log_moments(n)
    forward, backward = log_ratios(300, n, depth, "relu", math.sqrt(2), group=25)
    for sample, layers in ((forward, depth), (backward, depth - 1)):
        agrees(sample, layers * mean)
        assert sample.var(ddof=1) == pytest.approx(layers * variance, rel=0.25)


def test_the_rule_of_thumb_for_wide_nets():
    """Mean -2.5 beta, variance 5 beta with beta = depth / width: what log_moments tends to."""
    mean, variance = log_moments(500)
    assert (500 * mean, 500 * variance) == (pytest.approx(-2.5, rel=0.02), pytest.approx(5, rel=0.02))


@pytest.mark.parametrize(("n", "depth"), [(2, 9), (3, 9), (5, 9), (10, 9), (3, 20), (6, 50)])
def test_born_dead(n, depth):
    """Lu et al. (2020): 1 - (1 - 2^-N)^L at one input, exactly; for all inputs, both signs of x here, a bound."""
    rng, nets = np.random.default_rng([33, n, depth]), 2000
    net = mlp(1, n, 1, depth=depth, activation="relu", init="he", rng=rng, seeds=nets)
    h = np.array([[1.0], [-1.0]])
    for layer in net.layers[:-1]:
        h, _ = layer.forward(h)
    dead = (h == 0).all(axis=-1)
    want = 1 - (1 - 2.0**-n) ** depth
    agrees(dead[:, 0], want, resolved=want > 0.01)
    both = dead.all(axis=-1)
    assert both.mean() <= want
    assert both.mean() < dead[:, 0].mean()


# --- shaped activations ---------------------------------------------------------------------------------------------


def shaped(name, slope):
    """gamma (phi(alpha z + beta) + delta) with Q(1) = 1, C(0) = 0, Q'(1) = 1, C'(1) = slope, by Newton's method."""
    phi = activations.get(name)

    def build(alpha, beta):
        shift = -expect(lambda z: phi.f(alpha * z + beta))
        gamma = expect(lambda z: (phi.f(alpha * z + beta) + shift) ** 2) ** -0.5
        return activations.Activation(
            f"shaped {name}",
            lambda z: gamma * (phi.f(alpha * z + beta) + shift),
            lambda z: gamma * alpha * phi.df(alpha * z + beta),
            (),
        )

    def excess(point):
        made = build(*point)
        return np.array([q_slope(1.0, made, sigma_w=1.0) - 1, chi(1.0, made, sigma_w=1.0) - slope])

    point = np.array([0.5, 0.5])
    for _ in range(12):
        steps = [(excess(point + h) - excess(point - h)) / 2e-6 for h in 1e-6 * np.eye(2)]
        full = np.linalg.solve(np.transpose(steps), excess(point))
        point = point - full * min(1.0, 0.15 / max(np.abs(full).max(), 1e-300))
    return build(*point)


@pytest.mark.parametrize("depth", [10, 50, 100])
@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_deep_kernel_shaping(name, depth):
    """Martens et al. (2021): four conditions, with the net's slope C'(1) = 1.5; by quadrature and by sampling."""
    phi, slope = shaped(name, 1.5 ** (1 / depth)), 1.5 ** (1 / depth)
    assert q_map(1.0, phi, sigma_w=1.0) == pytest.approx(1, abs=1e-9)
    assert c_map(0.0, 1.0, phi, sigma_w=1.0) == pytest.approx(0, abs=1e-9)
    assert q_slope(1.0, phi, sigma_w=1.0) == pytest.approx(1, abs=1e-9)
    assert chi(1.0, phi, sigma_w=1.0) ** depth == pytest.approx(1.5, abs=1e-8)
    z = np.random.default_rng(22).standard_normal(1_000_000)
    f, df = phi.f(z), phi.df(z)
    agrees(f**2, 1.0)
    agrees(f, 0.0, resolved=False)
    agrees(f * df * z, 1.0)
    agrees(df**2, slope)


# --- skip connections and norms -------------------------------------------------------------------------------------


def toy(order, depth, nets, gain, rng):
    """Blocks of LayerNorm and a two-layer ReLU branch with weights N(0, 1/n) and N(0, gain/n), as one net."""
    n, layers = 300, []
    for _ in range(depth):
        up, down = rng.standard_normal((2, nets, n, n)) / math.sqrt(n)
        zero, norm = np.zeros((nets, 1, n)), LayerNorm(n, affine=False, eps=0.0)
        branch = [Dense(up, zero), Elementwise("relu"), Dense(math.sqrt(gain) * down, zero)]
        layers += [Residual(Sequential([norm, *branch]))] if order == "pre" else [Residual(Sequential(branch)), norm]
    return Sequential([*layers, LayerNorm(n, affine=False, eps=0.0)] if order == "pre" else layers)


@pytest.mark.parametrize(
    ("depth", "gain", "share"), [*((depth, 2.0, 1.0) for depth in (1, 2, 4, 8, 16)), (4, 1.0, 0.5), (8, 1.0, 0.5)]
)
@pytest.mark.parametrize("order", ["pre", "post"])
def test_gradients_at_both_ends_of_pre_and_post_layernorm(order, depth, gain, share):
    """Xiong et al. (2020), in a toy: squared gradient at the last branch 1 / (1 + L) or 1/2, at the input 1.

    With Glorot's weights (gain 1) the branch has half the variance: 1 / (1 + L/2) and 2/3.
    """
    rng = np.random.default_rng([27, depth])
    nets, n = 10 if depth < 16 else 5, 300
    net = toy(order, depth, nets, gain, rng)
    x, dy = rng.standard_normal((2, nets, 1, n))
    x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True))
    _, caches = net.forward(x)
    g, sizes = dy, []
    for layer, (_, cache) in zip(net.layers[::-1], caches[::-1]):
        g, _ = layer.backward(g, cache)
        sizes.append(np.square(g).sum((-1, -2)) / np.square(dy).sum((-1, -2)))
    last = sizes[0]  # behind the last norm: what reaches the last branch's output
    agrees(last, 1 / (1 + share * depth) if order == "pre" else 1 / (1 + share), 0.05)
    if order == "pre" or depth < 16:  # behind 16 post-LN blocks a few nets do not resolve the mean
        agrees(sizes[-1], 1.0, 0.08)


@pytest.mark.parametrize(("order", "slope"), [("pre", -0.5), ("post", 0.0)])
def test_the_last_weight_gradient_of_a_transformer(order, slope):
    """Xiong et al. (2020), theorem 1: |dL/dW2| of the last block like L^-1/2 with pre-LN, like L^0 with post-LN.

    One head, width 64, 16 tokens, 12 nets of 6 and of 24 blocks; allowed: 0.15 in the log-log slope.
    """
    speed = {}
    for depth in (6, 24):
        rng = np.random.default_rng([27, depth])
        net = Sequential(
            [
                *(transformer_block(64, heads=1, tokens=16, order=order, rng=rng, seeds=12) for _ in range(depth)),
                *([LayerNorm(64)] if order == "pre" else []),
            ]
        )
        y, cache = net.forward(rng.standard_normal((12, 16, 64)))
        _, grads = net.backward(rng.standard_normal(y.shape), cache)
        (key,) = (key for key in grads if key.startswith(f"{depth - 1}.") and np.shape(grads[key])[-2:] == (256, 64))
        speed[depth] = np.log(np.square(grads[key]).sum((-1, -2))) / 2
    agrees((speed[24] - speed[6]) / math.log(4) + 1, slope + 1, 0.15)


def test_paths_through_54_modules():
    """Veit, Wilber and Belongie (2016): more than 95 % of the 2^54 paths pass 19 to 35 modules."""
    share = sum(math.comb(54, k) for k in range(19, 36)) / 2**54
    assert 0.95 < share < 0.99


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_the_gradient_weights_the_paths_binomially(scale):
    """Share of paths of length k in the squared gradient: Bin(N, r / (1 + r)), r the measured ratio of one branch.

    54 blocks x + scale * F(x) at width 64, 24 nets. The gradient of all paths of length k is carried along as row k.
    """
    rng, nets, n, blocks = np.random.default_rng([30, int(2 * scale)]), 24, 64, 54
    h = np.repeat(rng.standard_normal((nets, 1, n)), blocks + 1, axis=-2)
    stack = []
    for _ in range(blocks):
        up, down = rng.standard_normal((2, nets, n, n)) / math.sqrt(n)
        zero = np.zeros((nets, 1, n))
        branch = Sequential([Dense(up, zero), Elementwise("relu"), Dense(scale * math.sqrt(2) * down, zero)])
        f, cache = branch.forward(h)
        stack.append((branch, cache))
        h = h + f
    g, ratios = np.zeros((nets, blocks + 1, n)), []
    g[:, 0] = rng.standard_normal((nets, n))
    for branch, cache in stack[::-1]:
        through, _ = branch.backward(g, cache)
        ratios.append(np.square(through).sum((-1, -2)) / np.square(g).sum((-1, -2)))
        g[:, 1:] += through[:, :-1]
    r = np.mean(ratios)
    assert r == pytest.approx(scale**2, rel=0.1)
    p = r / (1 + r)
    squares = np.square(g).sum(axis=-1)
    lengths = np.arange(blocks + 1)
    shares = squares / squares.sum(axis=-1, keepdims=True)
    want = np.array([math.comb(blocks, k) * p**k * (1 - p) ** (blocks - k) for k in lengths])
    agrees(shares @ lengths, want @ lengths, 0.05)
    middle = (lengths >= 5) & (lengths <= 17) if scale == 0.5 else (lengths >= 19) & (lengths <= 35)
    agrees(shares[:, middle].sum(axis=-1), want[middle].sum(), 0.05)


@pytest.mark.parametrize(("name", "scale", "sigma_w"), [("tanh", 1.0, 1.0), ("tanh", 0.3, 2.0), ("erf", 0.7, 1.5)])
def test_correlations_along_a_residual_net(name, scale, sigma_w):
    """x + scale phi(W x), 10 blocks of width 300, 8 nets, against the recursion (allowed: 2 %)."""
    rng, nets, n, blocks = np.random.default_rng(21), 8, 300, 10
    x = rng.standard_normal((nets, 2, n))
    x[:, 1] = 0.3 * x[:, 0] + math.sqrt(1 - 0.09) * x[:, 1]
    path = residual_c_path(blocks, name, c_0=0.3, sigma_w=sigma_w, scale=scale)
    for l in range(blocks):
        W = sigma_w / math.sqrt(n) * rng.standard_normal((nets, n, n))
        x, _ = Residual(Sequential([Dense(W, np.zeros((nets, 1, n))), Elementwise(name)]), scale=scale).forward(x)
        a, b = x[:, 0], x[:, 1]
        c = (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
        agrees(c, path[l + 1], 0.02)


def test_the_ends_of_a_residual_correlation_path():
    """Equal inputs stay equal, opposite ones opposite where phi is odd; a scale of 0 changes nothing."""
    assert residual_c_path(5, "tanh", c_0=1.0, sigma_w=1.3) == pytest.approx(np.ones(6), rel=1e-12)
    assert residual_c_path(5, "tanh", c_0=-1.0, sigma_w=1.3) == pytest.approx(-np.ones(6), rel=1e-12)
    assert residual_c_path(5, "relu", c_0=0.4, sigma_w=1.3, scale=0.0) == pytest.approx(np.full(6, 0.4), rel=1e-12)
    # a skip connection merges inputs more slowly than the plain net (c_map: 0.318 after one ReLU layer)
    assert residual_c_path(1, "relu", c_0=0.0, sigma_w=math.sqrt(2))[1] == pytest.approx(1 / (2 * math.pi), rel=1e-12)


@pytest.mark.parametrize("start", [0.0, 0.9])
@pytest.mark.parametrize(("batch", "name"), [(4, "relu"), (16, "relu"), (8, "identity")])
def test_correlations_along_a_batch_normed_net(batch, name, start):
    """Any start; 5 layers of width 400, 8 nets: the fixed point from the second layer on (allowed: 2 %)."""
    rng, nets, n = np.random.default_rng(25), 8, 400
    common = rng.standard_normal((nets, 1, n))
    h = math.sqrt(start) * common + math.sqrt(1 - start) * rng.standard_normal((nets, batch, n))
    path = batchnorm_c_path(start, 5, batch=batch, activation=name)
    for l in range(5):
        z = h @ rng.standard_normal((nets, n, n)) / math.sqrt(n)
        gram = z @ z.mT
        size = np.sqrt(np.einsum("...ii->...i", gram))
        c = gram / (size[..., :, None] * size[..., None, :])
        pairs = (c.sum((-1, -2)) - batch) / (batch * (batch - 1))
        agrees(pairs, path[l], 0.02, resolved=abs(path[l]) > 0.05)
        h = Sequential([BatchNorm(n, affine=False, eps=0.0), Elementwise(name)]).forward(z)[0]


def test_the_limit_of_large_batches():
    assert batchnorm_c_path(0.5, 2, batch=10**8)[1] == pytest.approx(1 / math.pi, rel=1e-6)
    assert batchnorm_c_path(0.5, 1, batch=3).tolist() == [0.5]
    with pytest.raises(ValueError, match=r"^c_1: got -0\.6; allowed: a correlation that 3 different inputs can have"):
        batchnorm_c_path(-0.6, 2, batch=3)
    with pytest.raises(ValueError, match=r"^c_1: got 1\.0; allowed"):
        batchnorm_c_path(1, 2, batch=3)
