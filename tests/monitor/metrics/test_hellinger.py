"""Hellinger distance against its formula in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from headgate.monitor.metrics.hellinger import hellinger
from tests.monitor.windows import CATEGORIES, table

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_what_numpy_computes_on_categories(reference: list[str], current: list[str]) -> None:
    ours = hellinger(reference, current)

    counts = table(reference, current)
    before, after = (row / row.sum() for row in counts)
    theirs = np.linalg.norm(np.sqrt(before) - np.sqrt(after)) / np.sqrt(2)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_numbers_are_cut_on_the_reference_and_an_outlier_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=4000), rng.normal(0.5, 1, size=4000)

    was = hellinger(reference, current)
    current[0] = 1e9

    assert hellinger(reference, current) == pytest.approx(was, rel=0.01)
    assert was > 0.15
