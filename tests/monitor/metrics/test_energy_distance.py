"""Energy distance against scipy.stats.energy_distance."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given, settings

from headgate.core.errors import Invalid
from headgate.monitor.metrics.energy_distance import energy_distance
from tests.monitor.windows import WINDOWS, floats, size

MANY = settings(max_examples=60, deadline=None)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_it_is_what_scipy_computes(reference: list[float], current: list[float]) -> None:
    ours = energy_distance(reference, current)

    theirs = scipy.stats.energy_distance(floats(reference), floats(current))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9 * size(reference, current) ** 0.5)


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(Invalid, match="infinite"):
        energy_distance([1.0], [float("-inf")])
