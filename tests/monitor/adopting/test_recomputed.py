"""Evidently's numbers by its own rules, checked against scipy and against small sums by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats

from headgate.monitor.adopting.recomputed import Pair, n_bins, recompute, shares
from headgate.monitor.adopting.windows import Column, sides

RNG = np.random.default_rng(0)
BEFORE, AFTER = RNG.normal(size=4000), RNG.normal(0.5, 1, size=3000)


def numbers(before: Any, after: Any) -> Pair:
    """Return a column of numbers."""
    return sides(Column("x", "number", before, after)).pair


def names(before: Any, after: Any) -> Pair:
    """Return a column of categories."""
    return sides(Column("x", "category", before, after)).pair


def test_bins_are_of_equal_width_over_both_windows() -> None:
    pair = numbers(BEFORE, AFTER)

    p, q = shares(pair, filled=False)

    edges = np.histogram_bin_edges(np.concatenate([BEFORE, AFTER]), bins="sturges")
    assert n_bins(pair) == len(edges) - 1
    assert p == pytest.approx(np.histogram(BEFORE, edges)[0] / 4000)
    assert q == pytest.approx(np.histogram(AFTER, edges)[0] / 3000)


def test_a_column_of_few_values_has_a_cell_for_each() -> None:
    pair = numbers([1, 1, 2, 3], [1, 2, 2, 4])

    assert n_bins(pair) == 0
    assert shares(pair, filled=False)[0].tolist() == [0.5, 0.25, 0.25, 0.0]


def test_an_empty_cell_counts_as_a_small_share() -> None:
    found = recompute("psi", names(["a", "a", "b"], ["a", "c", "c"]))

    p, q = np.array([2 / 3, 1 / 3, 1e-4]), np.array([1 / 3, 1e-4, 2 / 3])
    assert found == pytest.approx(float(np.sum((p - q) * np.log(p / q))))


def test_where_a_share_is_smaller_still_the_fill_is_a_millionth_of_it() -> None:
    before = ["a"] * 99_999 + ["b"]

    p, _ = shares(names(before, ["a", "c"]), filled=True)

    assert p.tolist() == pytest.approx([0.99999, 1e-5, 1e-11])


def test_one_outlier_hides_a_shift_of_half_a_deviation() -> None:
    moved = AFTER.copy()
    moved[0] = 1e6

    shown, hidden = (recompute("psi", numbers(BEFORE, one)) for one in (AFTER, moved))

    assert shown is not None
    assert hidden is not None
    assert shown > 0.2
    assert hidden < 0.001


def test_counts_are_held_against_shares_taken_for_exact() -> None:
    found = recompute("chisquare", names(["a"] * 60 + ["b"] * 40, ["a"] * 45 + ["b"] * 55))

    assert found == pytest.approx(scipy.stats.chisquare([45, 55], [60, 40]).pvalue)


def test_two_shares_are_compared_by_the_pooled_z_test() -> None:
    found = recompute("z", names(["a"] * 60 + ["b"] * 40, ["a"] * 45 + ["b"] * 55))

    table = [[60, 40], [45, 55]]
    pooled: Any = scipy.stats.chi2_contingency(table, correction=False)
    assert found == pytest.approx(pooled.pvalue)
    assert recompute("z", names(["a"], ["a"])) == 1.0


def test_ranks_are_compared_on_one_side() -> None:
    found = recompute("mannw", numbers(AFTER, BEFORE))

    assert found == pytest.approx(
        scipy.stats.mannwhitneyu(AFTER, BEFORE, alternative="less").pvalue
    )
    assert found == pytest.approx(1.0)


def test_hellinger_of_two_densities_on_cells_of_different_values() -> None:
    found = recompute("hellinger", names(["a", "a", "b", "b"], ["a", "b", "b", "b"]))
    assert found == pytest.approx(math.sqrt(1 - math.sqrt(1 / 8) - math.sqrt(3 / 8)))

    same = recompute("hellinger", numbers(BEFORE, BEFORE))
    assert same == pytest.approx(0.0, abs=1e-7)


def test_a_reference_without_spread_is_taken_to_have_a_thousandth() -> None:
    assert recompute("wasserstein", numbers([5.0, 5.0], [5.5, 5.5])) == pytest.approx(500.0)


def test_divergence_and_distance_are_scipys_over_those_cells() -> None:
    pair = numbers(BEFORE, AFTER)
    filled, plain = shares(pair, filled=True), shares(pair, filled=False)

    assert recompute("kl_div", pair) == pytest.approx(scipy.stats.entropy(*filled))
    distance = scipy.spatial.distance.jensenshannon(*plain)
    assert recompute("jensenshannon", pair) == pytest.approx(distance)


def test_what_is_not_known_here_is_nothing() -> None:
    assert recompute("TVD", numbers([1.0], [2.0])) is None
    assert recompute("jensenshannon", names(["a"], [])) is None
