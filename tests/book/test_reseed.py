"""A chapter at other seeds: what is replaced, what is counted, and what is refused."""

import json
import re

import pytest
import reseed

SETTINGS = """
```{code-cell} ipython3
import numpy as np
from vgp.book import claim, record_mean
SEED, NETS = 1, 40
x = np.random.default_rng([SEED, 5]).normal(size=NETS)
```
"""
CLAIMS = """
```{code-cell} ipython3
:tags: [remove-cell]
record_mean("mean", x, what="a mean", status="simulation", expect=(-1, 1))
claim("above", "The seed is even", holds=SEED % 2 == 0, seeds=0)
assert x[1] > 0
assert 1 / (x[2] > 0)
```
"""


def chapter(*cells):
    return "\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)


def test_the_seed_alone_is_replaced():
    script, own = reseed.at_seed(SETTINGS, 77)
    assert own == 1
    assert "SEED, NETS = (77, 40)" in script
    assert "SEED, NETS = (1, 40)" in reseed.at_seed(SETTINGS, None)[0]
    assert "SEED = 7" in reseed.at_seed(chapter("SEED = 3"), 7)[0]


def test_checks_and_answers_of_exercises_are_left_out():
    text = SETTINGS + "```{code-cell} ipython3\n:tags: [check, hide-input]\nassert 'checked'\n```"
    assert "checked" not in reseed.at_seed(text, 2)[0]


def test_without_chance_there_is_nothing_to_run():
    assert reseed.at_seed(chapter("x = 1"), 2) == (None, None)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["SEED = 1", "SEED = 2"], "bound once, to a whole number: ['1', '2']"),
        (["SEED = other"], "bound once, to a whole number: ['other']"),
        (["SEED = 1", "rng = np.random.default_rng(0)"], "does not come from SEED: np.random.default_rng(0)"),
        (["SEED = 1", "rng = np.random.default_rng()"], "does not come from SEED: np.random.default_rng()"),
        (["SEED = 1", "def f():\n    return default_rng([3, 4])"], "does not come from SEED: default_rng([3, 4])"),
    ],
)
def test_chance_that_would_stay_the_same_is_refused(cells, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        reseed.at_seed(chapter(*cells), 2)


def test_a_generator_may_be_given_a_seed_by_name():
    assert reseed.at_seed(
        chapter("SEED = 1", "def f(seed):\n    return default_rng(seed)", "default_rng([SEED, 1])"), 2
    )


def test_a_run_tells_of_all_that_failed():
    """No record, claim or assert ends a run."""
    jobs = {seed: reseed.at_seed(SETTINGS + CLAIMS, seed)[0] for seed in (None, *range(2, 9))}
    results, _ = reseed.everything(jobs)
    assert all(wrong == "" for _, wrong in results.values())
    own, _ = results.pop(None)
    found = reseed.summary(own, results)
    assert found["runs"] == 7
    for seed, (rows, _) in results.items():
        kinds = [("claim" if "kind" in r else "assert" if "assert" in r else "record", r["ok"]) for r in rows]
        assert [kind for kind, _ in kinds] == ["record", "claim", "assert", "assert"]
        said = found["failed"].get(str(seed), [])
        assert ("above" in said) == (not kinds[1][1])
        assert ("assert x[1] > 0" in said) == (not kinds[2][1])
        division = [line for line in said if "ZeroDivisionError" in line]
        assert len(division) == (not kinds[3][1])
    assert found["claims"] == {"above": 4}
    assert found["records"] == {"mean": 7}
    low, high = own[0]["low"], own[0]["high"]
    inside = sum(low <= rows[0]["value"] <= high for rows, _ in results.values())
    assert found["intervals"] == {"mean": [inside, 7]}


def test_a_run_that_breaks_or_hangs_says_so():
    assert reseed.run("raise KeyError('x')")[1] == "KeyError: 'x'"
    assert reseed.run("import time\ntime.sleep(30)", timeout=1)[1] == "took more than 1 s"


def test_a_range_of_nets_is_no_interval():
    row = {"low": 1.0, "high": 2.0}
    assert reseed.is_interval(row | {"interval": "95 % of the mean, Student's t"})
    assert not reseed.is_interval(row | {"interval": "5 to 95 % of nets"})
    assert not reseed.is_interval({"low": None, "high": None, "interval": "95 % of the median, order statistics"})


def test_a_stored_number_is_no_test_of_its_interval():
    """A number that a longer run has left in a cell is the same at every seed."""

    def rows(new):
        own = {"status": "simulation", "ok": True, "low": 1.0, "high": 3.0, "interval": "95 % of the mean, Student's t"}
        return [{"name": "stored", "value": 2.0, **own}, {"name": "measured", "value": new, **own}]

    found = reseed.summary(rows(2.0), {5: (rows(2.5), ""), 6: (rows(3.5), "")})
    assert found["intervals"] == {"measured": [1, 2]}
    assert found["records"] == {"stored": 2, "measured": 2}


def test_the_code_has_a_name_that_prose_does_not_change():
    assert reseed.code_of(SETTINGS) == reseed.code_of("More words.\n" + SETTINGS)
    assert reseed.code_of(SETTINGS) != reseed.code_of(SETTINGS.replace("40", "41"))
    spaced = SETTINGS.replace("x = np", "x  =  np").replace("40\n", "40  # nets\n")
    assert reseed.code_of(SETTINGS) == reseed.code_of(spaced)
    said = SETTINGS + chapter('conclude("demo", "reproduced", claim="a", because="b", read="abstract")')
    assert reseed.code_of(SETTINGS) == reseed.code_of(said)


def test_it_is_written_down_and_other_chapters_stay(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "chapters"
    folder.mkdir()
    (folder / "01-first.md").write_text(SETTINGS + CLAIMS.replace("assert 1 / (x[2] > 0)", ""), encoding="utf-8")
    file = tmp_path / "reseed.json"
    file.write_text(json.dumps({"chapters": {"02-second": {"runs": 5}}}), encoding="utf-8")
    monkeypatch.setattr(reseed.chapters, "CHAPTERS", sorted(folder.glob("*.md")))
    monkeypatch.setattr(reseed, "FILE", file)
    monkeypatch.setattr("sys.argv", ["reseed.py", "3", "01", "--first", "11", "--write"])
    with pytest.raises(SystemExit):
        reseed.main()
    written = json.loads(file.read_text(encoding="utf-8"))["chapters"]
    assert list(written) == ["01-first", "02-second"]
    assert written["01-first"]["seeds"] == [11, 12, 13]
    assert written["01-first"]["made"].keys() == {"date", "numpy", "processor"}
    assert "01-first: " in capsys.readouterr().out
