"""Wasserstein against scipy.stats.wasserstein_distance."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.core.errors import Invalid
from headgate.monitor.metrics.wasserstein import wasserstein
from tests.monitor.windows import WINDOWS, floats, size

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    ours = wasserstein(reference, current)

    theirs = scipy.stats.wasserstein_distance(floats(reference), floats(current))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12 * size(reference, current))


def test_in_units_of_the_references_spread_it_does_not_depend_on_the_unit() -> None:
    rng = np.random.default_rng(1)
    reference, current = rng.normal(size=500), rng.normal(0.3, 1, size=700)

    in_metres = wasserstein(reference, current, scale="std")
    in_feet = wasserstein(reference * 3.28084, current * 3.28084, scale="std")

    theirs = scipy.stats.wasserstein_distance(reference, current) / np.std(reference)
    assert in_metres == pytest.approx(theirs, rel=1e-9)
    assert in_feet == pytest.approx(in_metres, rel=1e-9)


@pytest.mark.parametrize(
    ("reference", "message"),
    [([2.0, 2.0], "one value only"), ([2.0, float("inf")], "infinite")],
)
def test_a_distance_without_a_size_is_refused(reference: list[float], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        wasserstein(reference, [1.0, 3.0], scale="std")
