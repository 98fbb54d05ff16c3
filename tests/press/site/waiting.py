"""Waiting in a page of the site."""


def until(tab, condition):
    """Wait for a condition; Playwright's own waiting is a string that the pages' policy forbids to run."""
    for _ in range(50):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(100)
    raise AssertionError(condition)
