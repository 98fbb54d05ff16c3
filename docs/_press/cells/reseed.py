"""What became of the chapters at other seeds: `reseed.json`, which `nox -s reseed` writes, beside the pages' sources.

    {"chapters": {page: {"made": {"date": ..., "numpy": ..., "processor": ...}, "code": hash, "seeds": [201, ...],
                         "runs": n, "failed": {seed: [what]}, "claims": {name: runs in which it held},
                         "records": {name: the same}, "intervals": {name: [new values inside, how many]}}}}

A claim that held in fewer than 95 % of the runs is refused ("seeds" in `refusals.py`), unless its text says in how many
it holds: "in 13 of 40". So is a claim, or a page with measured numbers, that was never tried at other seeds.

Configuration
-------------
press_reseed : str
    The file, from the folder of the sources.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from statistics import NormalDist

from .ledger import by_page, claims, records
from .refusals import refuse

SHARE = 0.95  # of the runs, in which a claim must hold
SAYS_HOW_MANY = re.compile(r"\bin \d+ of (the )?\d+", re.I)


# --- the file --------------------------------------------------------------------------------------------------------


def path(app):
    return Path(app.srcdir, app.config.press_reseed)


def load(app):
    """Return what the file holds; of a file that is not there, nothing."""
    if not path(app).is_file():
        return {"chapters": {}}
    return json.loads(path(app).read_text(encoding="utf-8"))


def of_page(found, docname):
    """Return what the file knows of a page, by its name, of a chapter without the folder; or None."""
    return found["chapters"].get(docname.removeprefix("chapters/"))


# --- what is refused -------------------------------------------------------------------------------------------------


def problems(docname, made, tried):
    """Return what is wrong with the claims of a page: `made` the claims, `tried` what the file knows of the page.

    A page without claims, but with measured numbers, is to be tried too.
    """
    number = re.match(r"(?:.*/)?(\d\d)-", docname)
    run = f"run `nox -s reseed -- 20 {number[1] if number else docname}`"
    if tried is None:
        return [f"this page was not tried at other seeds: {run}"]
    said = []
    for claim in made:
        name, runs = claim["name"], tried["runs"]
        held = tried["claims"].get(name)
        if held is None:
            said.append(f"the claim {name!r} was not tried at other seeds: {run}")
        elif held < SHARE * runs and not SAYS_HOW_MANY.search(claim["text"]):
            said.append(
                f"the claim {name!r} held at {held} of {runs} other seeds: weaken it, give it more nets, or say in its "
                f'text how often it holds ("in 13 of 40")'
            )
    return said


def check(app, env):
    """After all pages are read: refuse claims that hang on their seed; write again the pages that show the file."""
    found = load(app)
    measured = {name for name, rows in records(env).items() if any(row.get("seeds") for row in rows)}
    for docname in sorted(measured | set(claims(env))):
        for message in problems(docname, claims(env).get(docname, []), of_page(found, docname)):
            refuse(app, "seeds", message, location=docname)
    before, env.vgp_reseed = getattr(env, "vgp_reseed", None), found
    return [docname for docname in by_page(env, "vgp_reseed_users") if before != found]


# --- how often an interval should miss -------------------------------------------------------------------------------


def expected_misses(counts):
    """Return (expected share of misses, its standard error) of 95 % intervals of means, `counts` new values in each.

    The interval has an error of its own: a new mean, from as many nets, differs from it by sqrt(2) standard errors, and
    lies outside in 16.6 % of all cases. All values that one interval is compared with share that error e: it is missed
    by each with the probability p(e), so the misses of one interval are not independent.
    """
    normal, steps = NormalDist(), 2000
    share = square = 0.0
    for step in range(steps):  # quantiles of e
        e = normal.inv_cdf((step + 0.5) / steps)
        p = normal.cdf(e - 1.96) + normal.cdf(-e - 1.96)
        share += p / steps
        square += p * p / steps
    total = sum(counts)
    if not total:
        return share, math.nan
    between, within = square - share**2, share - square
    return share, math.sqrt(sum(n * n * between + n * within for n in counts)) / total


def misses(intervals):
    """Return (missed, of how many, expected share, three standard errors) of {name: (inside, n)}."""
    counts = [n for _, n in intervals.values()]
    share, error = expected_misses(counts)
    return sum(n - inside for inside, n in intervals.values()), sum(counts), share, 3 * error


def purge(app, env, docname):
    by_page(env, "vgp_reseed_users").pop(docname, None)


def merge(app, env, docnames, other):
    by_page(env, "vgp_reseed_users").update(by_page(other, "vgp_reseed_users"))


def setup(app):
    app.setup_extension(refuse.__module__)
    app.add_config_value("press_reseed", "reseed.json", "", (str,))
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
