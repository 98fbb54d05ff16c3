"""_press/page/unclip.py: clips go where they cut nothing off, and stay where they do.

tests/press/site/test_figures.py looks at the pictures.
"""

import re

import numpy as np
import pytest

from _press.page import figures
from _press.page.unclip import unclipped
from vgp.book.curves import show, subplots


def drawn(**limits):
    """A figure with a curve, a band and markers from 0 to 10 and 0 to 1, as a file."""
    fig, ax = subplots(figsize=(4, 3))
    x = np.linspace(0, 10, 30)
    y = (np.sin(x) + 1) / 2
    ax.plot(x, y)
    ax.plot(x, y / 2, "o", markersize=5)
    ax.fill_between(x, y / 3, y)
    ax.set(**limits)
    return figures.alone(show(fig, alt="A curve, markers and a band.").svg)


def clips(text):
    return len(re.findall(r'clip-path="url', text))


def test_clips_that_cut_nothing_off_go():
    figure = drawn(xlim=(-1, 11), ylim=(-0.5, 1.5))
    assert clips(figure) > 3
    assert clips(unclipped(figure)) == 0


@pytest.mark.parametrize("limits", [{"xlim": (2, 11)}, {"ylim": (-0.5, 0.3)}, {"xlim": (-1, 5), "ylim": (0.4, 2)}])
def test_clips_that_cut_stay(limits):
    figure = drawn(**({"xlim": (-1, 11), "ylim": (-0.5, 1.5)} | limits))
    assert clips(unclipped(figure)) == 3  # curve, markers and band; the grid lines lie inside
