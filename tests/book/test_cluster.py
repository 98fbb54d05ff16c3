"""Chapters and slow experiments on a `dask.distributed` cluster: two workers here, on the loopback address."""

import subprocess
import sys

import chapters
import farm
import pytest
import reseed
import slow

distributed = pytest.importorskip("distributed")  # in locks/tests.txt
psutil = pytest.importorskip("psutil")

# its own warnings, and sockets that it closes after a test has ended
pytestmark = pytest.mark.filterwarnings("default")

CHAPTER = """
```{code-cell} ipython3
import numpy as np
from vgp.book import claim, record_mean
SEED = 1
x = np.random.default_rng(SEED).normal(size=40)
```
```{code-cell} ipython3
record_mean("mean", x, what="a mean", status="simulation", expect=(-1, 1))
claim("even", "The seed is even", holds=SEED % 2 == 0, seeds=0)
```
"""


HERE = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def scheduler():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **HERE) as cluster:
        cluster.wait_for_workers(2, timeout=60)
        yield cluster.scheduler_address


def test_it_listens_on_the_loopback_address_alone(scheduler):
    own = psutil.Process()
    open_here = [one for process in (own, *own.children(recursive=True)) for one in process.net_connections("tcp")]
    addresses = {one.laddr.ip for one in open_here if one.status == psutil.CONN_LISTEN}
    assert addresses == {"127.0.0.1"}


def test_a_chapter_gives_there_what_it_gives_here(scheduler):
    jobs = {seed: reseed.at_seed(CHAPTER, seed)[0] for seed in (2, 3, 4)}
    here, _ = reseed.everything(jobs)
    told = []
    there, processors = reseed.everything(jobs, scheduler, lambda key, result, done: told.append((key, done)))
    assert there == here
    assert [rows[1]["ok"] for rows, _ in map(there.get, (2, 3, 4))] == [True, False, True]
    assert sorted(key for key, _ in told) == [2, 3, 4]
    assert [done for _, done in told] == [1, 2, 3]
    assert processors == [farm.processor()]


def test_a_slow_script_prints_there_and_tells_that_it_failed(scheduler):
    jobs = {"right": "import vgp\nprint(vgp.__name__)", "wrong": "import warnings\nwarnings.warn('no')"}
    results, _ = farm.everything(slow.run, jobs, scheduler)
    assert results["right"] == (True, "vgp\n")
    assert results["wrong"][0] is False
    assert "UserWarning: no" in results["wrong"][1]


def test_a_worker_with_another_library_is_refused(scheduler, monkeypatch):
    class Client(distributed.Client):
        def run(self, function, *args, **options):
            found = super().run(function, *args, **options)
            return dict.fromkeys(found, "another") if function is farm.library else found

    monkeypatch.setattr(distributed, "Client", Client)
    with pytest.raises(ValueError, match=r"the worker tcp://127\.0\.0\.1:\d+ has another vgp \(another\); here it is"):
        reseed.everything({}, scheduler)


def test_a_scheduler_without_workers_is_refused():
    with distributed.LocalCluster(n_workers=0, **HERE) as cluster, pytest.raises(ValueError, match="has no workers"):
        reseed.everything({}, cluster.scheduler_address)


@pytest.mark.parametrize("script", ["reseed.py", "slow.py"])
def test_an_unknown_name_is_told(script):
    command = [sys.executable, str(chapters.DOCS.parent / "tests" / script)]
    words = ["1", "nothing"] if script == "reseed.py" else ["nothing"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "which" in done.stderr
