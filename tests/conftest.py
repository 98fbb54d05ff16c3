"""Settings of every test: one thread, no window, the same Hypothesis examples in every run."""

import os
import sys

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}  # before NumPy is imported

import hypothesis
import numpy as np
import pytest

# "default" is what everybody and the continuous integration run: reproducible. "quick" is for the session of that name,
# "search" looks for new examples: pytest --hypothesis-profile=search
hypothesis.settings.register_profile("default", derandomize=True, deadline=None, max_examples=25, database=None)
hypothesis.settings.register_profile("quick", hypothesis.settings.get_profile("default"), max_examples=3)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("default")


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.fixture(autouse=True)
def _close_figures():
    """Leave no figure open: matplotlib warns from the twenty-first on, and warnings are errors."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
