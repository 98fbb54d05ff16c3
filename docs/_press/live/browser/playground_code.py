"""The script that gives a state's numbers with `vgp` alone: what 'Show me the code' shows.

It makes the calls of `playground_state.build` and of `playground.measure`, written out for this state; a test runs it
for every preset and for random states and compares all digits.
"""

from playground_state import CLASSES, DYING, FREE, INPUTS, NORMS, branch_scale
from playground_words import name

DATA = {
    "mnist": "x, labels, _, _ = vgp.data.mnist(1000, 200{dtype})",
    "digits8": "x, labels, _, _ = vgp.data.digits8(1500, 200{dtype})",
    "noise": (
        "x = np.random.default_rng({seed}).standard_normal((1200, 64)){cast}\nlabels = np.arange(1200) % {classes}"
    ),
}
LOSS = {"softmax": "vgp.softmax_cross_entropy", "sigmoid": "vgp.sigmoid_cross_entropy"}
RULE = {"normal": "scaled_normal", "orthogonal": "orthogonal"}
END = """
phi = vgp.activations.get("{activation}")
with np.errstate(all="ignore"):  # what overflows shows as inf or nan in the table
    t = vgp.trace(net, x, labels, {loss})
{seen}
    measured = {{
        "forward": t.z_rms,  # rows are layers, columns are nets; the last row is the output layer
        "delta": t.delta,
        "weight_gradient": t.weight_speed,
        "bias_gradient": t.bias_speed,
        "signal": {signal},
        "saturation": {saturation},
        "dead": {dead},
        "correlation": np.array([
            input_cosine(z) if np.isfinite(z).all() else np.full(SEEDS, np.nan) for z in t.z[:-1]
        ]),
        "loss": t.loss[None],
    }}
    bands = {{  # 5 %, median and 95 % over the nets: (3, layers)
        key: np.percentile(values.astype(float), [5, 50, 95], axis=1) for key, values in measured.items()
    }}

print(f"loss {{bands['loss'][1, 0]:.4g}}")
print("layer   rms z   |delta|  |dL/dW|  |dL/db|   cosine saturated  dead   (medians)")
for i in range(DEPTH + 1):
    row = f"{{i + 1:5d}}" + "".join(
        f" {{bands[key][1, i]:8.2e}}" for key in ("forward", "delta", "weight_gradient", "bias_gradient")
    )
    if i < DEPTH:
        row += f" {{bands['correlation'][1, i]:8.3f}} {{bands['saturation'][1, i]:7.0%}} {{bands['dead'][1, i]:7.0%}}"
    print(row)

print(diagnose(t{rate}, dtype="{dtype}"))

fig, ax = subplots()
layer = np.arange(1, DEPTH + 1)
for key, colour, label in (("forward", "forward", "rms z"), ("delta", "backward", "norm of delta")):
    low, middle, high = bands[key][:, :DEPTH]
    band(ax, layer, low, high, colour=colour)
    ax.semilogy(layer, middle, color=COLOURS[colour], label=label)
layers_axis(ax, DEPTH)
ax.legend()
show(fig, alt=f"Line chart by layer: rms of z and norm of delta, {{bands['delta'][1, 0]:.2g}} in layer 1.")
"""
SIGNAL = "np.array([vgp.norm(phi.f(a)) / (a.shape[-1] * a.shape[-2]) ** 0.5 for a in seen])"
SATURATION = "np.array([(np.abs(phi.df(a)) < 0.05 * largest).mean(axis=(-1, -2)) for a in seen])"
LARGEST = "    largest = np.abs(phi.df(np.linspace(-6, 6, 2401))).max()  # slope"
DEAD = "np.array([(phi.df(a) == 0).all(axis=-2).mean(axis=-1) for a in seen])"


def code(s, seeds, batch):
    """The script for the complete state `s` with so many nets and examples."""
    inputs, normed, dtype = INPUTS[s["data"]], s["norm"] != "none", s["dtype"]
    imports = ["bias_normal", *([RULE[s["init"]]] if s["init"] in FREE else [])]
    layers = [*([NORMS[s["norm"]].__name__] if normed else []), *(["Residual"] if s["residual"] else [])]
    lines = [
        f"# {name(s)}: the playground's numbers for this state, by vgp alone.",
        "import numpy as np",
        "",
        "import vgp",
        f"from vgp import {', '.join([*layers, 'diagnose', 'input_cosine'])}",
        "from vgp.book import COLOURS, band, layers_axis, show, subplots",
        f"from vgp.init import {', '.join(imports)}",
        "",
        f"DEPTH, WIDTH, SEEDS, BATCH = {s['depth']}, {s['width']}, {seeds}, {batch}",
        "",
        DATA[s["data"]].format(
            seed=s["seed"], classes=CLASSES,
            dtype="" if dtype == "float64" else f', dtype="{dtype}"',
            cast="" if dtype == "float64" else f'.astype("{dtype}")',
        ),
        "x, labels = x[:BATCH], labels[:BATCH]",
        "",
        "net = vgp.mlp(",
        f'    {inputs}, WIDTH, {CLASSES}, depth=DEPTH, activation="{s["activation"]}",',
        f"    init={_rule(s)}, bias=bias_normal({s['sigma_b']!r}),",
        f'    rng=np.random.default_rng({s["seed"]}), seeds=SEEDS, dtype="{dtype}",',
        ")",
        *_around(s),
    ]  # fmt: skip
    lines_seen = ["    seen = t.z[:-1]  # what the activation receives in each hidden layer"]
    if normed:
        kind = NORMS[s["norm"]].__name__
        lines_seen = [f"    norm = {kind}(WIDTH, affine=False)", "    seen = [norm.forward(z)[0] for z in t.z[:-1]]"]
    skip, dying = s["residual"], s["activation"] in DYING
    end = END.format(
        activation=s["activation"], loss=LOSS[s["loss"]], dtype=dtype,
        seen="\n".join([*lines_seen, *([LARGEST] if skip else [])]),
        signal=SIGNAL if skip else "t.h_rms[:-1]",
        saturation=SATURATION if skip else "t.saturation[:-1]",
        dead=DEAD if dying else "np.zeros((DEPTH, SEEDS))",
        rate=f", rate={s['rate']!r}" if s["optimiser"] == "sgd" else "",
    )  # fmt: skip
    return "\n".join(lines) + "\n" + end


def _rule(s):
    return f"{RULE[s['init']]}({s['sigma_w']!r})" if s["init"] in FREE else f'"{s["init"]}"'


def _around(s):
    """The lines that put normalisations and skip connections around the plain net's layers."""
    if s["norm"] == "none" and not s["residual"]:
        return []
    parts = [f'vgp.Elementwise("{s["activation"]}")']
    if s["norm"] != "none":
        parts.insert(0, f"{NORMS[s['norm']].__name__}(WIDTH, affine=False)")
    lines = ["first, *hidden, last = net.layers[::2]  # its Dense layers", "layers = [first]", "for dense in hidden:"]
    if s["residual"]:
        lines += [f"    branch = vgp.Sequential([{', '.join(parts)}, dense])"]
        lines += [f"    layers.append(Residual(branch, scale={branch_scale(s)!r}))"]
    else:
        lines += [f"    layers += [{', '.join(parts)}, dense]"]
    return [*lines, f"net = vgp.Sequential([*layers, {', '.join(parts)}, last])"]
