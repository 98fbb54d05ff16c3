"""Do many jobs on all cores of this machine, or on the workers of a `dask.distributed` scheduler.

A job is a text, such as a script, and `work` a function of it. Workers on other machines need no copy of the
repository: `work` goes to them with what it uses of the module that defines it. They need this version of `vgp`, and
are asked for it before anything is sent.

    dask scheduler --host ADDRESS                              on one machine
    dask worker tcp://ADDRESS:8786 --nthreads 1 --nworkers -1  on each, in an environment with vgp installed
"""

import hashlib
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import as_completed as completed
from pathlib import Path


def processor():
    """Name of the processor, as Linux gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def library():
    """A short name of the files of the installed vgp: the same on two machines if they are."""
    import vgp

    files = sorted(Path(vgp.__file__).parent.rglob("*.py"), key=lambda path: path.as_posix())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def everything(work, jobs, scheduler=None, on_done=lambda key, result, done: None):
    """Return {key: work(text)} of the `jobs` {key: text}, and the names of the processors that have done it.

    `on_done` is called for each that has ended, with its key, its result, and how many have ended. Raises ValueError if
    a worker of the scheduler has no vgp, or another one, or if there is none.
    """
    if scheduler:
        return _there(work, jobs, scheduler, on_done)
    results = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = {pool.submit(work, text): key for key, text in jobs.items()}
        for future in completed(futures):
            key = futures[future]
            results[key] = future.result()
            on_done(key, results[key], len(results))
    return results, [processor()]


def _there(work, jobs, scheduler, on_done):
    import cloudpickle
    from distributed import Client
    from distributed import as_completed as completed_there

    for function in (work, library):
        cloudpickle.register_pickle_by_value(sys.modules[function.__module__])
    results = {}
    with Client(scheduler, timeout=30) as client:
        if not client.scheduler_info()["workers"]:
            raise ValueError(f"the scheduler {scheduler} has no workers")
        own = library()
        for worker, found in client.run(library, on_error="return").items():
            if found != own:
                said = f"has another vgp ({found})" if isinstance(found, str) else f"cannot import vgp: {found!r}"
                raise ValueError(f"the worker {worker} {said}; here it is {own}")
        processors = sorted(set(client.run(processor).values()))
        futures = {client.submit(work, text, pure=False): key for key, text in jobs.items()}
        for future in completed_there(list(futures)):
            key = futures[future]
            results[key] = future.result()
            on_done(key, results[key], len(results))
    return results, processors
