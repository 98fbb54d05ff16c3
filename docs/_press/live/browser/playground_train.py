"""Training in the playground: started, continued in small portions, paused by not being continued."""

import math
import time

import numpy as np
from playground_state import CLASSES, INPUTS, LOSSES, build, check, examples

import vgp
from vgp import norm
from vgp._errors import bad
from vgp.train import accuracy

STEPS = 2000  # the end of a run
WORK = 30e6  # multiplications of one step, which decide how many nets are trained side by side
TEST = 20  # steps between two looks at the test images
_run = None


class Run:
    """Nets in training, with what the page shows of them."""

    def __init__(self, s):
        width, depth = s["width"], s["depth"]
        per = 3 * s["batch"] * (INPUTS[s["data"]] * width + (depth - 1) * width**2 + CLASSES * width)
        self.s, self.seeds = s, max(1, min(s["seeds"], 5, int(WORK / per)))
        self.data = examples(s["data"], s["dtype"], s["seed"])
        self.net = build(s, self.seeds, fresh=True)
        self.loss = LOSSES[s["loss"]]
        self.optimiser = {
            "sgd": vgp.SGD, "momentum": vgp.Momentum, "adam": vgp.Adam
        }[s["optimiser"]](s["rate"])  # fmt: skip
        self.batches = self._batches(np.random.default_rng([s["seed"], 1]))
        self.step, self.why = 0, None
        keys = [key.rpartition(".") for key in self.net.params]
        self.weights = [".".join((place, "W")) for place, _, leaf in keys if leaf == "W"]
        self.biases = [".".join((place, "b")) for place, _, leaf in keys if leaf == "b"]

    def _batches(self, rng):
        batch = min(self.s["batch"], len(self.data.x_train))
        while True:
            yield from vgp.data.batches(self.data.x_train, self.data.y_train, batch, rng=rng, seeds=self.seeds)

    def go(self, keep):
        """One step of training; returns what the page shows of it if `keep`."""
        x, labels = next(self.batches)
        y, cache = self.net.forward(x)
        value, dy = self.loss(y, labels)
        _, grads = self.net.backward(dy, cache, to_input=False)
        point = self._point(value, grads) if keep else None
        self.optimiser.step(self.net.params, grads)
        self.step += 1
        if not np.isfinite(value).any():
            self.why = f"The loss is no longer finite after {self.step} steps: the rate is too large, or the start is."
        return point

    def _point(self, value, grads):
        params = self.net.params
        weights = np.array([norm(params[key]) for key in self.weights], float)
        steps = self.s["rate"] * np.array([norm(grads[key]) for key in self.weights], float)
        speed = np.array([norm(grads[key]) for key in self.biases], float)
        seen = self.step % TEST == 0
        right = accuracy(self.net, self.data.x_test, self.data.y_test) if seen else None
        return {
            "step": self.step,
            "loss": _spread(value),
            "accuracy": _spread(right) if seen else None,
            "speed": [_finite(v) for v in np.median(speed, axis=1)],
            "update": [_finite(v) for v in np.median(steps / np.where(weights > 0, weights, np.nan), axis=1)],
        }

    def answer(self, points, started):
        done = self.step >= STEPS or self.why is not None
        return {
            "step": self.step, "points": [p for p in points if p], "finite": self.why is None, "why": self.why,
            "done": done, "seconds": time.perf_counter() - started, "seeds": self.seeds, "batch": self.s["batch"],
        }  # fmt: skip


def _finite(value):
    return float(value) if math.isfinite(value) else None


def _spread(values):
    low, middle, high = np.percentile(np.asarray(values, float), [5, 50, 95])
    return {"median": _finite(middle), "low": _finite(low), "high": _finite(high)}


def train_start(state):
    """Make the nets of a state and take the first step."""
    global _run
    started = time.perf_counter()
    with np.errstate(all="ignore"):
        _run = Run(check(state))
        made = _run.answer([_run.go(keep=True)], started)
    return {**made, "depth": _run.s["depth"], "chance": 1 / CLASSES, "last": STEPS}


def train_steps(n):
    """Go on for `n` steps; the points are those of every second step, or of every fifth where n is large."""
    if _run is None:
        raise bad("training", "none", "train_start first")
    if isinstance(n, bool) or not isinstance(n, (int, float)) or n != int(n) or not 1 <= n <= 200:
        raise bad("n", repr(n), "a whole number of steps from 1 to 200")
    started, points = time.perf_counter(), []
    every = 2 if n <= 20 else 5
    with np.errstate(all="ignore"):
        for _ in range(int(n)):
            if _run.step >= STEPS or _run.why is not None:
                break
            points.append(_run.go(keep=_run.step % every == 0 or _run.step % TEST == 0))
    return _run.answer(points, started)
