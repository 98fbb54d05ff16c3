"""The words of the errors of the core and of the theory are those in messages.txt, which is there to be read.

For each function there, one example of each error that test_fuzz.py provokes, then the errors of test_bad_input.py and
test_normalise.py; lists of names are left out. After a change that is meant, `python tests/vgp/test_messages.py` writes
the file anew, and the diff shows it. What is new in vgp is compared from then on.
"""

import functools
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import test_bad_input
import test_fuzz
import test_normalise

from vgp import _layout, check

FILE = Path(__file__).with_name("messages.txt")
# the modules whose errors these are
MODULES = {name for row in _layout.RANKS for name in row if name.partition(".")[0] not in ("measure", "book")}


def elided(text):
    """The text without the names in a list of them, so that a new name changes nothing."""
    return re.sub(r"\bone of [\w.-]+(, (?!or )[\w.-]+)+", "one of ...", text)


def error(call):
    """The text of the error and the module that raised it, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except (ValueError, TypeError) as caught:
        trace, module = caught.__traceback__, ""
        while trace is not None:
            name = trace.tb_frame.f_globals["__name__"]
            if name.startswith("vgp.") and name != "vgp._errors":
                module = name.removeprefix("vgp.")
            trace = trace.tb_next
        return elided(str(caught)), module
    except check.GradientError:
        pass  # the answer of a check, and not of this concern
    return None


def spoilt(name):
    """One example of each argument and what is allowed for it, and for an array one more where an array came."""
    found = {}
    for argument, value in test_fuzz.CASES[name].items():
        for _, wrong in test_fuzz.spoilt(value):
            if got := error(functools.partial(test_fuzz.call, name, {**test_fuzz.CASES[name], argument: wrong})):
                text = got[0]
                both = isinstance(value, np.ndarray) and isinstance(wrong, np.ndarray)
                found.setdefault((text.partition(": got ")[0], text.partition("; allowed: ")[2], both), text)
    return list(found.values())


def unfit(name):
    """The same for an x that does not fit a layer."""
    wrong = [x for _, x in test_fuzz.spoilt(test_fuzz.X) if isinstance(x, np.ndarray)]
    texts = listed(functools.partial(test_fuzz.LAYERS[name].forward, x) for x in wrong)
    return list({text.partition("; allowed: ")[2]: text for text in texts}.values())


def listed(calls):
    """The errors of `calls` that a numeric module raises."""
    found = [error(call) for call in calls]
    return list(dict.fromkeys(got[0] for got in found if got and got[1] in MODULES))


PARTS = {
    **{name: functools.partial(spoilt, name) for name in sorted(test_fuzz.CASES) if name.rpartition(".")[0] in MODULES},
    **{f"{name}, x": functools.partial(unfit, name) for name in test_fuzz.LAYERS},
    **{f"{what} (test_bad_input)": functools.partial(listed, [case[0]]) for what, case in test_bad_input.CASES.items()},
    **{
        f"{what} (test_normalise)": functools.partial(listed, [case[0]]) for what, case in test_normalise.ERRORS.items()
    },
}


def written():
    """What messages.txt holds: a name at the left, and its messages below it."""
    parts, name = {}, ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            parts[name].append(line[4:])
        else:
            parts[name := line] = []
    return parts


@pytest.mark.parametrize("name", written())
def test_every_word(name):
    assert name in PARTS, "it is gone: python tests/vgp/test_messages.py"
    assert PARTS[name]() == written()[name]


def test_the_file_has_what_most_modules_say():
    """One that is new may be missing; many that are would mean that nothing is compared."""
    there = {name.partition(",")[0].rpartition(".")[0] for name in written() if " (" not in name}
    assert len(there & MODULES) > len({name.rpartition(".")[0] for name in test_fuzz.CASES} & MODULES) / 2


def test_a_list_of_names_is_left_out():
    assert elided("allowed: one of a_1, b, c, or a number") == "allowed: one of ..., or a number"
    assert elided("x: got 'one of two'; allowed: one of these") == "x: got 'one of two'; allowed: one of these"


if __name__ == "__main__":
    found = {name: texts for name, part in PARTS.items() if (texts := part())}
    lines = [line for name, texts in found.items() for line in (name, *(f"    {text}" for text in texts))]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.exit(f"written: {FILE}")
