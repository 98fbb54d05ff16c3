"""_press/finish/steps.py: the steps stand in an order in which each finds what it needs."""

import pytest

from _press.cells import ledger
from _press.finish import addresses, kept, policy, scripts, styles
from _press.finish.steps import NOT_IN_PLAIN, STEPS, unneeded
from _press.live import notices, parts
from _press.page import figures, playground, search
from _press.take import chapters


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (scripts.join, styles.unite, "the stylesheet keeps what the scripts switch on, Bootstrap's no more"),
        (playground.files, parts.files, "one folder: the runtime comes to the rest"),
        (scripts.join, policy.forbid, "a policy has the hashes of the page's last scripts"),
        (styles.unite, policy.forbid, "the stylesheet's step adds a script"),
        (styles.unite, unneeded, "the fonts are cut from those that lie there"),
        (styles.unite, addresses.missing, "addresses of all files are counted from the root"),
        (chapters.library, parts.files, "the browser gets the library of the wheel"),
        (styles.unite, parts.files, "the runtime's scripts switch nothing on in a page"),
    ],
)
def test_one_step_comes_before_the_other(one, other, why):
    assert STEPS.index(one) < STEPS.index(other), why


def test_pages_are_brought_back_before_any_step_changes_one():
    assert STEPS[0] is kept.as_written


def test_no_step_is_taken_twice_and_the_plain_theme_leaves_out_some_of_them():
    assert len(set(STEPS)) == len(STEPS)
    assert set(NOT_IN_PLAIN) < set(STEPS)
    assert not {figures.files, ledger.file, search.index, notices.licences} & set(NOT_IN_PLAIN)
