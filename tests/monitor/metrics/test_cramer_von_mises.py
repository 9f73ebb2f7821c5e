"""Cramér-von Mises against scipy.stats.cramervonmises_2samp."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import assume, given, settings

from headgate.core.errors import Invalid
from headgate.monitor.metrics.cramer_von_mises import cramer_von_mises, cramer_von_mises_pvalue
from tests.monitor.windows import WINDOWS, floats

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    assume(min(len(reference), len(current)) > 1)

    ours = cramer_von_mises(reference, current)

    theirs = scipy.stats.cramervonmises_2samp(
        floats(reference), floats(current), method="asymptotic"
    ).statistic
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_the_p_value_is_that_of_scipy() -> None:
    reference, current = [1.0, 2.0, 3.0, 4.5], [2.5, 4.0, 5.0]

    theirs = scipy.stats.cramervonmises_2samp(reference, current).pvalue
    assert cramer_von_mises_pvalue(reference, current) == theirs


def test_of_one_value_there_is_a_criterion_but_no_p_value() -> None:
    assert cramer_von_mises([1.0], [2.0, 3.0]) > 0
    with pytest.raises(Invalid, match="one value only"):
        cramer_von_mises_pvalue([1.0], [2.0, 3.0])
