"""A column of a window is drawn beside the reference, with the band that windows lie in."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.monitor.distributions import N_NAMES, distributions
from headgate.monitor.reference import Window
from tests.monitor.seeing import baseline_of, seen_of

RNG = np.random.default_rng(6)
BEFORE = {"a": RNG.normal(size=20_000), "b": [f"n{n % 20}" for n in range(20_000)]}


def test_shares_add_up_and_lie_within_the_band_where_nothing_happens() -> None:
    after = {"a": RNG.normal(size=2000), "b": BEFORE["b"][:2000]}
    seen = seen_of(BEFORE, after)

    drawn = distributions(baseline_of(BEFORE), seen.data, ["b"])

    assert [one.column for one in drawn] == ["b", "a"]
    for one in drawn:
        assert sum(one.reference) == pytest.approx(1)
        assert sum(one.current) == pytest.approx(1)
        bands = zip(one.low, one.current, one.high, strict=True)
        assert all(low <= share <= high for low, share, high in bands)


def test_numbers_are_drawn_over_cells_of_equal_shares_between_their_ends() -> None:
    seen = seen_of(BEFORE, {"a": BEFORE["a"][:500] + 3, "b": [None] * 500})

    numbers, _ = distributions(baseline_of(BEFORE), seen.data, [])

    assert (numbers.kind, len(numbers.reference), len(numbers.edges)) == ("number", 20, 21)
    assert len(numbers.labels) == len(numbers.current) == 20
    assert numbers.edges[0] == min(BEFORE["a"])
    assert list(numbers.edges) == sorted(numbers.edges)
    assert numbers.current[-1] > numbers.high[-1]


def test_rare_names_are_drawn_together_and_what_is_missing_is_told() -> None:
    after = {"a": BEFORE["a"][:100], "b": [*BEFORE["b"][:60], *["new"] * 20, *[None] * 20]}

    _, names = distributions(baseline_of(BEFORE), seen_of(BEFORE, after).data, [])

    assert len(names.labels) == N_NAMES + 1
    assert names.labels[-1] == "others"
    assert (names.missing_before, names.missing) == (0.0, 0.2)
    assert names.current[-1] >= 0.25


def test_columns_that_were_not_counted_are_left_out() -> None:
    assert distributions(baseline_of(BEFORE), Window({}), ["a"]) == ()
