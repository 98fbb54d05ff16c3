"""Slips that people bring along from other libraries and data: the refusal says what to write instead."""

import math
import sys
import types

import numpy as np
import pytest

import vgp
from vgp import _errors, activations, data, init, losses
from vgp.layers import Elementwise, mlp
from vgp.losses import mse, sigmoid_cross_entropy, softmax_cross_entropy
from vgp.measure.formats import PRECISIONS

B = 6
LABELS = np.arange(B) % 3


def net(n_in=4, **options):
    return mlp(n_in, 5, 3, depth=1, rng=np.random.default_rng(0), **options)


def refusal(call):
    with pytest.raises(ValueError) as caught:
        call()
    return str(caught.value)


def train(x, labels, loss=softmax_cross_entropy, model=None):
    model = model or net(4)
    return vgp.train(model, loss, vgp.SGD(0.1), x, labels, epochs=1, batch=3, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("xavier", "glorot"), ("Xavier_Normal", "glorot"), ("xavier_uniform", "glorot_uniform"),
        ("glorot_normal", "glorot"), ("kaiming", "he"), ("kaiming_normal_", "he"), ("kaiming_uniform", "he_uniform"),
        ("He", "he"), ("LeCun", "lecun"), ("lecun_normal", "lecun"), ("torch", "pytorch"), ("orthogonl", "orthogonal"),
    ],
)  # fmt: skip
def test_initialisers_by_other_names(name, meant):
    text = refusal(lambda: net(init=name))
    assert text.startswith(f"init: got {name!r}; allowed: one of glorot, ")
    assert text.endswith(f"; do you mean {meant!r}?")
    assert meant in init.INITS


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ReLU", "relu"), ("Tanh", "tanh"), ("leakyrelu", "leaky_relu"), ("LeakyReLU", "leaky_relu"),
        ("leaky", "leaky_relu"),
        ("swish", "silu"), ("SiLU", "silu"), ("GELU", "gelu"), ("linear", "identity"), ("logistic", "sigmoid"),
        ("hardtanh", "hard_tanh"), ("sigmod", "sigmoid"), ("soft-plus", "softplus"), (np.tanh, "tanh"),
    ],
)  # fmt: skip
def test_activations_by_other_names(name, meant):
    assert refusal(lambda: Elementwise(name)).endswith(f"; do you mean {meant!r}?")
    assert meant in activations.ACTIVATIONS


@pytest.mark.parametrize("name", ["", "quux", 3, None, ["relu"]])
def test_where_nothing_is_near_nothing_is_said(name):
    assert refusal(lambda: activations.get(name)).endswith("softsign, tanh")


def test_names_that_stand_for_an_object():
    """Their variance is a number of yours, so that the name alone does not do."""
    for name, meant in (
        ("normal", "normal(sd)"),
        ("uniform", "uniform(limit)"),
        ("scaled_normal", "scaled_normal(sigma_w)"),
    ):
        assert refusal(lambda name=name: init.get(name)).endswith(f"; do you mean vgp.init.{meant}?")
    assert refusal(lambda: init.get_bias("ones")).endswith("; do you mean vgp.init.bias_constant(value)?")
    assert refusal(lambda: init.get_bias("zero")).endswith("; do you mean 'zeros'?")


def test_every_alias_stands_for_something():
    names = {*init.INITS, *init.BIASES, *activations.ACTIVATIONS, *PRECISIONS}
    for other, meant in _errors.MEANT.items():
        assert meant in names or callable(getattr(init, meant.removeprefix("vgp.init.").partition("(")[0])), other
        assert other not in names  # an alias that is a name would never be asked for
        argument, _, word = other.rpartition(" ")
        assert argument in ("", "init", "bias")
        assert word == _errors._plain(word)


def test_formats_by_other_names():
    t = vgp.trace(net(), np.ones((B, 4)), LABELS, softmax_cross_entropy)
    for name, meant in (("half", "float16"), ("fp32", "float32"), ("Float64", "float64"), (float, "float64")):
        assert refusal(lambda name=name: vgp.diagnose(t, dtype=name)).endswith(f"; do you mean {meant!r}?")


# --- nets of other libraries ------------------------------------------------------------------------------------------


@pytest.fixture
def torch(monkeypatch):
    """Modules as those of PyTorch, where a class is defined deeper than it is used."""
    made = type("Sequential", (), {"__module__": "torch.nn.modules.container"})
    for name in ("torch", "torch.nn", "torch.nn.modules", "torch.nn.modules.container"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        if name != "torch":
            sys.modules[name].Sequential = made
    return made


def test_a_net_of_another_library_has_its_full_name(torch):
    for call in (
        lambda: train(np.ones((B, 4)), LABELS, model=torch()),
        lambda: vgp.trace(torch(), np.ones((B, 4)), LABELS, softmax_cross_entropy),
    ):
        text = refusal(call)
        assert text.startswith(
            "net: got torch.nn.Sequential; allowed: a Sequential of vgp; build the net anew with vgp.mlp"
        )
        assert text.endswith("which in PyTorch is weight.T")
    keras = type("Functional", (), {"__module__": "keras.src.models.functional"})
    text = refusal(lambda: vgp.accuracy(keras(), np.ones((B, 4)), LABELS))
    assert text.startswith("net: got keras.src.models.functional.Functional; allowed: a net of vgp; build")
    assert text.endswith("weights as (n_in, n_out)")


def test_layers_of_another_library_are_told_what_they_are(torch):
    for call in (
        lambda: vgp.Sequential([torch()]),
        lambda: vgp.Residual(torch()),
        lambda: vgp.Highway(torch(), torch()),
    ):
        text = refusal(call)
        assert "torch.nn.Sequential" in text
        assert "of vgp; build the net anew with vgp.mlp or vgp.Sequential" in text
        assert text.endswith("weights as (n_in, n_out), which in PyTorch is weight.T")
    assert refusal(lambda: vgp.unroll(torch(), np.ones((3, B, 4)))).startswith(
        "cell: got torch.nn.Sequential; allowed: an"
    )
    assert refusal(lambda: vgp.Residual(3)) == "branch: got int; allowed: a layer"
    assert refusal(lambda: vgp.Sequential([3])) == "layers: got ['int']; allowed: a non-empty list of layers"


def test_losses_and_optimisers_of_another_library(torch):
    """They were called, and complained of arrays where they want tensors."""
    torch.__call__ = torch.step = lambda self, *args: None
    x = np.ones((B, 4))
    for call in (lambda: train(x, LABELS, torch()), lambda: vgp.trace(net(), x, LABELS, torch())):
        assert refusal(call).startswith(
            "loss: got torch.nn.Sequential; allowed: a loss of vgp, such as vgp.softmax_cross"
        )
    text = refusal(lambda: vgp.train(net(), mse, torch(), x, x, epochs=1, batch=3, rng=np.random.default_rng(0)))
    assert text == "optimiser: got torch.nn.Sequential; allowed: an optimiser of vgp, such as vgp.SGD(0.1)"


def test_a_net_is_no_trace(torch):
    for what, name in ((net(), "Sequential"), (torch(), "torch.nn.Sequential")):
        text = refusal(lambda what=what: vgp.diagnose(what))
        assert text.startswith(f"measured: got {name}; allowed: a Trace, such as vgp.trace(net, x, labels, loss), or")


def test_what_is_no_net_has_its_plain_name():
    assert refusal(lambda: train(np.ones((B, 4)), LABELS, model=[1])) == "net: got list; allowed: a Sequential"


# --- data -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "write"),
    [
        (np.ones((B, 784), np.uint8), "images: write x.astype(np.float64) / 255"),
        (np.ones((B, 784), int), "write x.astype(np.float64)"),
        (np.ones((B, 784), bool), "write x.astype(np.float64)"),
        (np.ones((B, 784), object), "write np.asarray(x, dtype=np.float64)"),
        (np.ones((B, 28, 28)), f"write x.reshape({B}, 784)"),
        (np.ones((B, 1, 28, 28)), f"write x.reshape({B}, 784)"),
        (np.ones(784), "write x.reshape(1, 784)"),
    ],
)
def test_inputs(x, write):
    assert refusal(lambda: train(x, LABELS, model=net(784))).endswith("; " + write)


def test_the_advice_works():
    """Each expression of the messages, on the data that provoke it."""
    images = np.full((B, 28, 28), 255, np.uint8)
    x = (images.astype(np.float64) / 255).reshape(B, 784)
    hot = np.eye(3)[LABELS]
    words = np.array(["a", "b", "c"])[LABELS]
    for labels in (hot.argmax(axis=-1), (LABELS + 1) - 1, LABELS.astype(float).astype(int), LABELS[:, None][..., 0],
                   np.unique(words, return_inverse=True)[1]):  # fmt: skip
        assert np.array_equal(labels, LABELS)
        assert train(x, labels, model=net(784)).shape == (1,)
    assert mse(np.zeros((B, 3)), np.eye(3)[LABELS])[0] == pytest.approx(1 / 3)
    assert mse(np.zeros((B, 1)), np.ones(B)[..., None])[0] == 1


def test_lists_and_tables_do_where_they_hold_numbers():
    class Table:
        """As a DataFrame: no array, but it can be made into one."""

        def __array__(self, dtype=None, copy=None):
            return np.ones((B, 4))

    for x in (Table(), np.ones((B, 4)).tolist()):
        assert train(x, LABELS.tolist()).shape == (1,)
    assert (
        refusal(lambda: train([[1.0], [1.0, 2.0]], LABELS))
        == "x: got rows of different lengths; allowed: rows of one length"
    )


CLASSES = [softmax_cross_entropy, sigmoid_cross_entropy]
LABEL_SLIPS = [
    (np.eye(3, dtype=int)[LABELS], "one-hot rows: write labels.argmax(axis=-1)"),
    (np.eye(3)[LABELS], "one-hot rows: write labels.argmax(axis=-1)"),
    (LABELS[:, None], "write labels[..., 0]"),
    (LABELS + 1, "labels count from 0: write labels - 1"),
    (LABELS.astype(float), "write labels.astype(int)"),
    (np.array(["a", "b", "c"])[LABELS], "write np.unique(labels, return_inverse=True)[1]"),
]


@pytest.mark.parametrize(("labels", "write"), LABEL_SLIPS)
@pytest.mark.parametrize("seeds", [(), (2,)])
def test_labels(labels, write, seeds):
    y = np.zeros((*seeds, B, 3))
    for call in (*(lambda loss=loss: loss(y, labels) for loss in CLASSES),
                 lambda: vgp.accuracy(net(seeds=seeds[0] if seeds else None), np.ones((B, 4)), labels)):  # fmt: skip
        assert refusal(call).endswith("; " + write)


@pytest.mark.parametrize(("labels", "write"), LABEL_SLIPS)
def test_labels_in_training(labels, write):
    assert refusal(lambda: train(np.ones((B, 4)), labels)).endswith("; " + write)


def test_no_advice_where_the_slip_is_another():
    y = np.zeros((B, 3))
    assert refusal(lambda: losses.softmax_cross_entropy(y, LABELS + 2)).endswith("; allowed: integers from 0 to 2")
    assert refusal(lambda: losses.softmax_cross_entropy(y, LABELS[:-1])).endswith(f"({B},), one label for each example")
    assert refusal(lambda: losses.softmax_cross_entropy(y, LABELS * 1j)).endswith("; allowed: integers from 0 to 2")
    assert refusal(lambda: train(np.ones((B, 4), "U1"), LABELS)).endswith("(float16, float32 or float64)")


def test_shapes_are_listed_once():
    text = refusal(lambda: softmax_cross_entropy(np.zeros((B, 3)), LABELS[:-1]))
    assert f"allowed: ({B},), one label" in text
    text = refusal(lambda: softmax_cross_entropy(np.zeros((2, B, 3)), LABELS[:-1]))
    assert f"allowed: ({B},) or (2, {B}), one label" in text


def test_targets():
    assert refusal(lambda: mse(np.zeros((B, 3)), LABELS)).endswith("; class labels: write np.eye(3)[target]")
    assert refusal(lambda: mse(np.zeros((B, 1)), np.ones(B))).endswith("; write target[..., None]")
    assert refusal(lambda: mse(np.zeros((2, B, 3)), LABELS)).endswith("; class labels: write np.eye(3)[target]")


def test_outputs_that_are_no_arrays():
    for loss in (*CLASSES, mse):
        text = refusal(lambda loss=loss: loss([[0.0, 1.0]], [0]))
        assert text == "y: got list; allowed: an array of floats; write np.asarray(y, dtype=np.float64)"
        assert "got an array of int64" in refusal(lambda loss=loss: loss(np.zeros((1, 2), int), [0]))


def test_labels_that_are_out_of_range_have_no_accuracy():
    """They were counted as wrong answers, and one output, whose largest is always the first, as a net that fails."""
    for labels in (LABELS - 1, LABELS + 2):
        with pytest.raises(ValueError, match="allowed: integers from 0 to 2"):
            vgp.accuracy(net(), np.ones((B, 4)), labels)
    x, labels = data.clusters(B, 4, rng=np.random.default_rng(1), classes=3)
    assert 0 <= float(vgp.accuracy(net(), x, labels)) <= 1
    assert math.isfinite(train(x, labels)[0])


@pytest.mark.parametrize("make", [net, lambda: vgp.Sequential([vgp.LayerNorm(4), *net().layers])])
@pytest.mark.parametrize(
    ("x", "hint"),
    [
        (np.zeros((3, 2, 2)), "; write x.reshape(3, 4)"),
        (np.zeros(4), "; write x.reshape(1, 4)"),
        ([[0.0] * 4], "; write np.asarray(x, dtype=np.float64)"),
        (np.zeros((3, 4), np.uint8), "; images: write x.astype(np.float64) / 255"),
        (np.zeros((3, 4), int), "; write x.astype(np.float64)"),
    ],
)
def test_a_net_that_is_called_by_hand_says_what_to_write(make, x, hint):
    assert refusal(lambda: make().forward(x)).endswith(hint)
