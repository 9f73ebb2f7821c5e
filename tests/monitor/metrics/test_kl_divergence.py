"""Kullback-Leibler divergence against scipy.stats.entropy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.monitor.metrics.kl_divergence import kl_divergence
from tests.monitor.windows import CATEGORIES, table

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_it_is_what_scipy_computes_on_categories(reference: list[str], current: list[str]) -> None:
    ours = kl_divergence(reference, current)

    counts = table(reference, current)
    before, after = (np.maximum(row, 0.5) / row.sum() for row in counts)
    theirs = scipy.stats.entropy(before, after)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_it_is_not_symmetric() -> None:
    even, mostly_a = ["a", "b"] * 50, ["a"] * 90 + ["b"] * 10

    assert kl_divergence(even, mostly_a) == pytest.approx(scipy.stats.entropy([5, 5], [9, 1]))
    assert kl_divergence(mostly_a, even) == pytest.approx(scipy.stats.entropy([9, 1], [5, 5]))
