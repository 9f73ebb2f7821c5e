"""Kolmogorov-Smirnov against scipy.stats.ks_2samp."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.monitor.metrics.ks_statistic import ks_pvalue, ks_statistic
from tests.monitor.windows import WINDOWS, floats

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    ours = ks_statistic(reference, current)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of p-values, which nobody asked for here
        theirs: Any = scipy.stats.ks_2samp(floats(reference), floats(current))
    assert ours == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_symmetric_and_none_between_a_window_and_itself(
    reference: list[float], current: list[float]
) -> None:
    assert ks_statistic(reference, current) == pytest.approx(ks_statistic(current, reference))
    assert ks_statistic(reference, reference) == pytest.approx(0.0, abs=1e-12)


def test_the_p_value_is_that_of_scipy() -> None:
    reference, current = [1.0, 2.0, 3.0, 4.5], [2.5, 4.0, 5.0]

    theirs: Any = scipy.stats.ks_2samp(reference, current)
    assert ks_pvalue(reference, current) == theirs.pvalue


def test_infinite_values_have_an_order_and_are_compared() -> None:
    assert ks_statistic([-float("inf"), 1.0], [1.0, float("inf")]) == 0.5
