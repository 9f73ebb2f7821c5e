"""What is promised of numbers of rows, from the snapshots there were."""

from __future__ import annotations

import pytest

from headgate.contract.infer.history import row_count


@pytest.mark.parametrize(
    ("n_rows", "low", "between"),
    [
        ([1001], 1, None),
        ([0], 0, None),
        ([120, 100], 60, None),
        ([300, 200, 100], 270, None),
        ([100, 110, 90, 100], None, (50, 150)),
        ([100, 100, 100], None, (80, 120)),
        ([0, 100, 0, 100], None, (0, 300)),
    ],
)
def test_a_band_of_rows_follows_from_how_many_there_were(
    n_rows: list[int], low: int | None, between: tuple[int, int] | None
) -> None:
    rule = row_count(n_rows).rule

    assert rule is not None
    assert (rule.must_be_greater_or_equal_to, rule.must_be_between) == (low, between)
