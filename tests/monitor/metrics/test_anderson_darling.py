"""Anderson-Darling against scipy.stats.anderson_ksamp with mid-ranks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings

from headgate.core.errors import Invalid
from headgate.monitor.metrics.anderson_darling import anderson_darling, anderson_darling_pvalue
from tests.monitor.windows import WINDOWS, floats


def of_scipy(reference: list[float], current: list[float]) -> Any:
    """Test by scipy; it warns where its table ends, and of its own new names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return scipy.stats.anderson_ksamp([floats(reference), floats(current)])


@settings(max_examples=75, deadline=None)
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    together = np.concatenate([floats(reference), floats(current)])
    assume(len(together) > 3 and np.ptp(together) > 0)

    ours = anderson_darling(reference, current)

    assert ours == pytest.approx(of_scipy(reference, current).statistic, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.4, 0.6, 5.0])
def test_the_p_value_is_that_of_scipy(shift: float) -> None:
    rng = np.random.default_rng(3)
    reference, current = rng.normal(size=60), rng.normal(shift, 1, size=50)

    ours = anderson_darling_pvalue(reference, current)

    theirs = of_scipy(reference.tolist(), current.tolist())
    assert ours == pytest.approx(theirs.pvalue, rel=2e-3)


@pytest.mark.parametrize(("reference", "current"), [([1.0], [2.0, 3.0]), ([5.0] * 9, [5.0] * 9)])
def test_too_little_to_compare_is_refused(reference: list[float], current: list[float]) -> None:
    with pytest.raises(Invalid, match="fewer than four values, or all the same"):
        anderson_darling(reference, current)
