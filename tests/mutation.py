"""Try mutmut's mutants of the core and the theory, quickly: `nox -s mutation`, or `-- optim data` for these alone.

`-- alive optim` tries again those of optim that no test has noticed yet.

mutmut makes the mutants, switches them, and keeps the answers (`mutmut results` and `mutmut show NAME` read them), but
it starts pytest anew for each mutant, which takes longer than the tests that notice it. Here the tests of a module are
collected once, and each mutant runs in a fork: first the tests that noticed the last mutants of its function, then the
others that call the function, fastest first, as many as fit in SECONDS. A mutant lives if all of these pass.
"""

import collections
import importlib
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path

SECONDS = 1.0  # of CPU time for the tests of one mutant
HOME = Path(__file__).resolve().parent.parent
ANY = ["test_fuzz", "test_messages", "test_bad_input", "test_doctests"]  # these call every module
# Beside the file of a module's own name, such as test_optim for `optim`.
MORE = {
    "_erf": ["test_activations"],
    "_trees": ["test_layers", "test_optim"],
    "layers": ["test_check"],
    "normalise": ["test_layers"],
    "theory.gaussian": ["test_meanfield"],
}


def tests_of():
    """The test files that try each module of the core and of the theory, which vgp/_layout.py lists."""
    found = {}
    for path in (path for row in runpy.run_path(str(HOME / "vgp" / "_layout.py"))["RANKS"] for path in row):
        package, _, module = path.rpartition(".")
        own = [f"test_{module}"] if (HOME / "tests" / "vgp" / f"test_{module}.py").exists() else []
        if package in ("", "theory") and path != "data" and (own or path in MORE):  # as in pyproject.toml
            found[path] = [*ANY, *own, *MORE.get(path, [])]
    return found


TESTS = tests_of()
KILLED, SURVIVED, NO_TESTS, TIMEOUT = 1, 0, 33, 36  # mutmut's own numbers


def in_a_fork(work, seconds):
    """What `work` returns in a fork that may use `seconds` of CPU time; None where it needs more or dies."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = json.dumps(work()).encode()
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(pid, 0)
    return json.loads(answer) if status == 0 else None


class Trial:
    """A pytest plugin: in place of running the collected tests, it tries the mutants of one module on them."""

    def __init__(self, module):
        from mutmut.mutation.data import SourceFileMutationData

        self.module, self.data = module, SourceFileMutationData(path=f"vgp/{module.replace('.', '/')}.py")

    def failed(self, session, items):
        """The index of the first of `items` that fails, or -1."""
        for i, item in enumerate(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if session.testsfailed:
                return i
        return -1

    def measure(self, session):
        """For each test its time, and the functions it calls, without any mutant; or the name of one that fails."""
        from mutmut.mutation.trampoline import set_mutant_under_test
        from mutmut.state import state

        found = []
        set_mutant_under_test("stats")
        for item in session.items:
            state()._stats.clear()
            start = time.process_time()
            if self.failed(session, [item]) >= 0:
                return item.nodeid
            called = [name for name in state()._stats if name.startswith(f"vgp.{self.module}.")]
            found.append((time.process_time() - start, called))
        return found

    def pytest_runtestloop(self, session):
        from mutmut.mutation.trampoline import set_mutant_under_test
        from mutmut.utils.format_utils import mangled_name_from_mutant_name

        os.chdir(HOME)
        self.data.load()
        os.chdir(HOME / "mutants")
        found = in_a_fork(lambda: self.measure(session), 3600)
        if not isinstance(found, list):
            sys.exit(f"without a mutant, a test fails: {found}")
        tests_of, total_of = collections.defaultdict(list), collections.Counter()
        for i in sorted(range(len(found)), key=lambda i: found[i][0]):
            seconds, called = found[i]
            for name in called:
                if not tests_of[name] or total_of[name] + seconds <= SECONDS:
                    tests_of[name].append(i)
                    total_of[name] += seconds
        order = sorted({i for tests in tests_of.values() for i in tests}, key=lambda i: found[i][0])
        set_mutant_under_test("")
        if (wrong := in_a_fork(lambda: self.failed(session, [session.items[i] for i in order]), 3600)) != -1:
            sys.exit(f"without a mutant, in the order of the trial, a test fails: {session.items[order[wrong]].nodeid}")
        first = collections.defaultdict(list)  # for each function, the tests that noticed a mutant of it, last first
        for mutant in [name for name, known in self.data.exit_code_by_key.items() if wanted(known)]:
            function = mangled_name_from_mutant_name(mutant)
            tests, total = list(dict.fromkeys(first[function] + tests_of[function])), total_of[function]
            set_mutant_under_test(mutant)
            began = time.perf_counter()
            items = [session.items[i] for i in tests]
            at = in_a_fork(lambda items=items: self.failed(session, items), 5 + 3 * total) if tests else -1
            code = NO_TESTS if not tests else SURVIVED if at == -1 else TIMEOUT if at is None else KILLED
            if code == KILLED:
                first[function] = list(dict.fromkeys([tests[at], *first[function]]))
            self.data.exit_code_by_key[mutant] = code
            self.data.durations_by_key[mutant] = time.perf_counter() - began
            self.data.estimated_time_of_tests_by_mutant[mutant] = total
            os.chdir(HOME)
            self.data.save()
            os.chdir(HOME / "mutants")
        set_mutant_under_test("")
        return True


def wanted(known):
    """Whether to try a mutant of which this is known: each one, or with `alive` those that no test has noticed yet."""
    return "alive" not in sys.argv or known in (None, SURVIVED, NO_TESTS)


def one(module):
    """In a new process for each module: collect its tests from the mutated copy, and try its mutants."""
    import pytest

    os.chdir(HOME / "mutants")
    sys.path.insert(0, str(HOME / "mutants"))
    importlib.invalidate_caches()
    assert importlib.import_module("vgp").__file__.startswith(str(HOME / "mutants"))
    files = [f"tests/vgp/{name}.py" for name in TESTS[module]]
    options = ["--rootdir=.", "-q", "-s", "--tb=no", "-p", "no:cacheprovider"]
    status = pytest.main([*options, *files], plugins=[Trial(module)])
    os.chdir(HOME)
    return int(status)


def table(modules):
    """Print what is known of each module, and the mutants that live."""
    from mutmut.mutation.data import SourceFileMutationData

    rows, alive = [], []
    for module in modules:
        data = SourceFileMutationData(path=f"vgp/{module.replace('.', '/')}.py")
        data.load()
        codes = list(data.exit_code_by_key.values())
        killed, unknown = sum(code in (KILLED, TIMEOUT) for code in codes), codes.count(None)
        rows.append((module, killed, len(codes) - unknown, unknown))
        alive += [name for name, code in data.exit_code_by_key.items() if code in (SURVIVED, NO_TESTS)]
    print("These live:", *alive, sep="\n")
    for module, killed, tried, unknown in [*rows, ("total", *(sum(row[i] for row in rows) for i in (1, 2, 3)))]:
        share = 100 * killed / max(tried, 1)
        print(f"{module:16} killed {killed:4} of {tried:4} tried, {share:5.1f} %; {unknown} not tried")


if __name__ == "__main__":
    os.chdir(HOME)
    chosen = [word for word in sys.argv[1:] if word != "alive"] or list(TESTS)
    if unknown := set(chosen) - set(TESTS):
        sys.exit(f"unknown: {sorted(unknown)}; known: {sorted(TESTS)}")
    from mutmut.__main__ import create_mutants
    from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

    os.makedirs("mutants", exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(1)
    for module in chosen:
        began = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            os._exit(one(module))
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            sys.exit(f"{module}: not tried")
        print(f"{module}: {time.perf_counter() - began:.0f} s", flush=True)
    table(chosen)
