"""Jensen-Shannon against scipy.spatial.distance.jensenshannon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.spatial.distance import jensenshannon

from headgate.monitor.metrics.jensen_shannon import jensen_shannon
from tests.monitor.windows import CATEGORIES, table

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_what_scipy_computes_on_categories(reference: list[str], current: list[str]) -> None:
    ours = jensen_shannon(reference, current)

    counts = table(reference, current)
    theirs = jensenshannon(counts[0], counts[1])
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_symmetric_on_categories_and_at_most_one_in_bits(
    reference: list[str], current: list[str]
) -> None:
    ours = jensen_shannon(reference, current, unit=2)

    assert ours == pytest.approx(jensen_shannon(current, reference, unit=2), abs=1e-9)
    assert 0 <= ours <= 1 + 1e-12


def test_one_outlier_does_not_blind_it() -> None:
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=5000), rng.normal(0.5, 1, size=5000)

    was = jensen_shannon(reference, current)
    current[0] = 1e6

    assert jensen_shannon(reference, current) == pytest.approx(was, rel=0.01)
