"""L-infinity distance against its formula in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from headgate.monitor.metrics.l_infinity import l_infinity
from tests.monitor.windows import CATEGORIES, table

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_what_numpy_computes_on_categories(reference: list[str], current: list[str]) -> None:
    ours = l_infinity(reference, current)

    counts = table(reference, current)
    before, after = (row / row.sum() for row in counts)
    theirs = np.max(np.abs(before - after))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_a_new_category_moves_it_by_its_share() -> None:
    reference = ["cash"] * 60 + ["card"] * 40
    current = ["cash"] * 57 + ["card"] * 38 + ["crypto"] * 5

    assert l_infinity(reference, current) == pytest.approx(0.05)


def test_numbers_may_be_cut_into_bins() -> None:
    reference, current = list(range(100)), list(range(50, 150))

    assert l_infinity(reference, current, bins=4) == pytest.approx(0.5)
