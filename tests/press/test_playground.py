"""live/browser: what the playground computes, says and prints; the code it shows gives its numbers, every digit."""

import contextlib
import io
import json
import math
import random
import re
import warnings
from pathlib import Path
from unittest import mock

import cases
import playground
import playground_presets
import playground_state
import playground_train
import pytest

from vgp.book import curves

LIVE = Path(playground.__file__).parent
CHAPTERS = cases.ROOT / "docs" / "chapters"
PRESETS = json.loads((LIVE / "presets.json").read_text(encoding="utf-8"))
IDS = [preset["id"] for preset in PRESETS]
BANDS = ("forward", "delta", "weight_gradient", "bias_gradient", "signal", "saturation", "dead", "correlation", "loss")
CHEAP = {"depth": 4, "width": 8, "seeds": 3, "batch": 8, "data": "noise"}


def some_state(rng):
    """A random state, most keys given, small enough for a test."""
    state = {}
    for key, spec in playground_state.KEYS.items():
        kind = spec["kind"]
        if rng.random() < 0.3:
            continue
        if kind == "choice":
            state[key] = rng.choice(spec["choices"])
        elif kind == "bool":
            state[key] = rng.random() < 0.5
        elif kind == "int":
            state[key] = rng.randint(spec["low"], spec["high"])
        else:
            state[key] = round(rng.uniform(spec["low"], min(spec["high"], 4.0)), 3)
    state |= {"depth": rng.randint(1, 30), "width": rng.choice([1, 2, 5, 16, 33]), "seeds": rng.randint(1, 5)}
    if rng.random() < 0.3:
        state["scale"] = "depth"
    return state


def ran(code):
    """The numbers of a script of the playground and what it prints, without its picture."""
    space = {}
    with contextlib.redirect_stdout(io.StringIO()) as said, mock.patch.object(curves, "show", return_value=None):
        exec(compile(code, "cell", "exec"), space)
    return space["bands"], said.getvalue()


def same(answer, state, size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # axes without a positive number, and the like
        bands, said = ran(playground.code(state, size)["code"])
    for key in BANDS:
        for row, which in zip(bands[key].tolist(), ("low", "median", "high"), strict=True):
            ours = answer[key][which] if key != "loss" else [answer[key][which]]
            assert ours == [v if math.isfinite(v) else None for v in row], (state, key, which)
    return said


@pytest.mark.parametrize("preset", PRESETS, ids=IDS)
def test_the_code_of_a_preset_gives_its_numbers(preset):
    answer = playground.evaluate(preset["state"])
    json.dumps(answer, allow_nan=False)
    assert answer["reduced"] is None
    said = same(answer, preset["state"], "full")
    assert f"loss {answer['loss']['median']:.4g}" in said
    for finding in answer["verdict"]["findings"]:
        assert finding["disease"] in said


@pytest.mark.parametrize("seed", range(24))
def test_the_code_of_any_state_gives_its_numbers(seed):
    rng = random.Random(seed)
    state, size = some_state(rng), ("tiny", "small", "full")[seed % 3]
    answer = playground.evaluate(state, size)
    json.dumps(answer, allow_nan=False)
    same(answer, state, size)
    depth = answer["state"]["depth"]
    assert len(answer["forward"]["median"]) == depth + 1 == len(answer["layers"])
    for part in answer["theory"].values():
        assert (part["values"] is None) == bool(part["reason"])
        assert part["values"] is None or len(part["values"]) == depth
    assert all(isinstance(text, str) and text for text in answer["summary"].values())


def test_a_drag_gives_the_numbers_of_a_fresh_start():
    fresh = {}
    for depth, sigma_w in ((9, 1.0), (12, 1.5), (7, 1.5), (9, 1.0)):
        state = {**CHEAP, "depth": depth, "sigma_w": sigma_w}
        answer = playground.evaluate(state, "small")
        assert fresh.setdefault((depth, sigma_w), answer) == answer
        playground_state._replay.cache_clear() if depth == 12 else None
        same(answer, state, "small")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (3, "state: got int; allowed: a dict from key to value"),
        ({"dept": 3}, "state: got the key 'dept'; allowed: depth, width, "),
        ({"depth": 0}, "depth: got 0; allowed: a whole number from 1 to 100"),
        ({"depth": 2.5}, "depth: got 2.5; allowed: a whole number from 1 to 100"),
        ({"depth": True}, "depth: got True; allowed: a whole number from 1 to 100"),
        ({"width": "64"}, "width: got '64'; allowed: a whole number from 1 to 256"),
        ({"sigma_w": math.nan}, "sigma_w: got nan; allowed: a number from 0.05 to 15"),
        ({"sigma_b": -1}, "sigma_b: got -1; allowed: a number from 0 to 3"),
        ({"activation": "rely"}, "activation: got 'rely'; allowed: one of identity, sigmoid, tanh, "),
        ({"norm": None}, "norm: got None; allowed: one of none, batch, layer, rms"),
        ({"residual": 1}, "residual: got 1; allowed: true or false"),
        ({"scale": "one"}, "scale: got 'one'; allowed: a number from 0 to 2, or \"depth\""),
    ],
)
def test_a_bad_state_is_told_which_key_and_what_is_allowed(state, message):
    for call in (playground.evaluate, playground.code, playground.train_start):
        with pytest.raises(ValueError, match=re.escape(message)):
            call(state)


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="size: got 'big'; allowed: one of tiny, small, full"):
        playground.evaluate({}, "big")
    with pytest.raises(ValueError, match="activation: got 'rely'"):
        playground.phase("rely")
    playground_train._run = None
    with pytest.raises(ValueError, match="training: got none; allowed: train_start first"):
        playground.train_steps(1)
    playground.train_start(CHEAP)
    for n in (0, 201, 1.5, True, "2"):
        with pytest.raises(ValueError, match="a whole number of steps from 1 to 200"):
            playground.train_steps(n)


def test_whole_numbers_may_come_as_floats():
    assert playground_state.check({"depth": 5.0})["depth"] == 5


def test_training_goes_on_where_it_paused():
    state = {"depth": 2, "width": 20, "seeds": 2, "batch": 32, "data": "digits8", "rate": 0.3}
    first = playground.train_start(state)
    assert first["points"][0]["step"] == 0
    assert first["points"][0]["loss"]["median"] == pytest.approx(math.log(10), abs=0.7)
    whole = playground.train_steps(60)
    assert whole["step"] == 61
    assert whole["points"][-1]["loss"]["median"] < 1.2
    seen = [p["accuracy"]["median"] for p in whole["points"] if p["accuracy"]]
    assert seen[-1] > 0.6
    playground.train_start(state)
    pieces = [point for n in (20, 20, 20) for point in playground.train_steps(n)["points"]]
    shared = {p["step"]: p for p in pieces}
    assert all(shared[p["step"]] == p for p in whole["points"] if p["step"] in shared)
    assert len(whole["points"][0]["speed"]) == 3


def test_training_that_overflows_ends_and_says_why():
    playground.train_start({**CHEAP, "activation": "relu", "sigma_w": 10.0, "rate": 10.0, "depth": 30})
    ended = playground.train_steps(200)
    assert ended["done"]
    assert not ended["finite"]
    assert "no longer finite" in ended["why"]
    json.dumps(ended, allow_nan=False)
    assert playground.train_steps(5)["points"] == []


@pytest.mark.parametrize("state", [{"norm": "batch"}, {"norm": "layer", "residual": True}, {"optimiser": "adam"}])
def test_every_kind_of_net_trains(state):
    playground.train_start({**CHEAP, "data": "digits8", "width": 16, "rate": 0.01, **state})
    assert playground.train_steps(4)["finite"]


@pytest.mark.parametrize("preset", PRESETS, ids=IDS)
def test_a_preset_has_a_sentence_with_numbers_and_a_chapter(preset):
    said = playground_presets.said(preset, playground.evaluate(preset["state"]))
    assert "{" not in said
    assert "not a number" not in said
    assert len(re.findall(r"\d", said)) >= 3
    assert (CHAPTERS / f"{preset['chapter']}.md").is_file()


def test_presets_have_names_of_their_own():
    """A chapter need not have one; that each leads to a chapter is tested above."""
    assert len(set(IDS)) == len(IDS)
