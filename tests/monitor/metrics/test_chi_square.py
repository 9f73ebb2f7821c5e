"""Chi-square against scipy.stats.chi2_contingency without correction."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.monitor.metrics.chi_square import chi_square, chi_square_pvalue
from tests.monitor.windows import CATEGORIES, table

MANY = settings(max_examples=60, deadline=None)


def of_scipy(counts: Any) -> Any:
    """Test a table of counts by scipy."""
    return scipy.stats.chi2_contingency(counts, correction=False)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_what_scipy_computes_on_categories(reference: list[str], current: list[str]) -> None:
    ours = chi_square(reference, current)

    counts = table(reference, current)
    theirs = of_scipy(counts).statistic
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_the_p_value_is_that_of_scipy(reference: list[str], current: list[str]) -> None:
    ours = chi_square_pvalue(reference, current)

    theirs = of_scipy(table(reference, current)).pvalue
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_each_number_is_a_category_unless_bins_are_asked_for() -> None:
    reference, current = [1, 1, 2, 2, 7], [1, 2, 2, 2, 8]

    theirs = of_scipy([[2, 2, 1, 0], [1, 3, 0, 1]])
    assert chi_square(reference, current) == pytest.approx(theirs.statistic)
