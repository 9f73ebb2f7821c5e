"""Mann-Whitney U against scipy.stats.mannwhitneyu."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.monitor.metrics.mann_whitney import mann_whitney, mann_whitney_pvalue
from tests.monitor.windows import WINDOWS, floats

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    ours = mann_whitney(reference, current)

    theirs = scipy.stats.mannwhitneyu(
        floats(reference), floats(current), method="asymptotic"
    ).statistic
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_each_pair_is_won_by_one_side_or_shared(
    reference: list[float], current: list[float]
) -> None:
    total = mann_whitney(reference, current) + mann_whitney(current, reference)

    assert total == len(reference) * len(current)


def test_as_a_ratio_one_half_says_that_neither_lies_higher() -> None:
    assert mann_whitney([1, 2, 3], [1, 2, 3], scale="ratio") == 0.5
    assert mann_whitney([4, 5], [1, 2, 3], scale="ratio") == 1.0


def test_the_p_value_is_that_of_scipy() -> None:
    reference, current = [1.0, 2.0, 3.0, 4.5], [2.5, 4.0, 5.0]

    theirs = scipy.stats.mannwhitneyu(reference, current).pvalue
    assert mann_whitney_pvalue(reference, current) == theirs
