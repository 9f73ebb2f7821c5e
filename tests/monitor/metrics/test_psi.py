"""PSI against scipy.special.rel_entr, and what it does where others collapse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.special import rel_entr

from headgate.core.errors import Invalid
from headgate.monitor.metrics.psi import psi
from tests.monitor.windows import CATEGORIES, WINDOWS, table

MANY = settings(max_examples=60, deadline=None)


def shifted(n: int = 5000) -> tuple[np.ndarray, np.ndarray]:
    """Return N(0, 1) and N(0.5, 1)."""
    rng = np.random.default_rng(0)
    return rng.normal(size=n), rng.normal(0.5, 1, size=n)


def by_hand(reference: np.ndarray, current: np.ndarray) -> float:
    """Compute PSI over reference deciles with numpy and scipy alone."""
    deciles = np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf")
    edges = np.concatenate([[-np.inf], deciles, [np.inf]])
    cells = [np.digitize(each, edges[1:-1], right=True) for each in (reference, current)]
    before, after = (np.bincount(each, minlength=10) / len(each) for each in cells)
    return float(np.sum(rel_entr(before, after) + rel_entr(after, before)))


def test_it_is_the_jeffreys_divergence_over_reference_deciles() -> None:
    reference, current = shifted()

    assert psi(reference, current) == pytest.approx(by_hand(reference, current), rel=1e-9)
    assert 0.22 < psi(reference, current) < 0.30


@MANY
@given(reference=CATEGORIES, current=CATEGORIES)
def test_an_empty_cell_counts_as_half_a_value(reference: list[str], current: list[str]) -> None:
    ours = psi(reference, current)

    before, after = (np.maximum(row, 0.5) / row.sum() for row in table(reference, current))
    theirs = np.sum(rel_entr(before, after) + rel_entr(after, before))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("outlier", [1e6, -1e6, float("inf")])
def test_one_outlier_in_5000_moves_it_by_less_than_one_percent(outlier: float) -> None:
    reference, current = shifted()
    was = psi(reference, current)
    current[0] = outlier

    now = psi(reference, current)

    assert now == pytest.approx(was, rel=0.01)
    assert now != was


@MANY
@given(window=WINDOWS)
def test_a_window_has_not_moved_from_itself(window: list[float]) -> None:
    assert psi(window, window) == pytest.approx(0.0, abs=1e-12)


@MANY
@given(reference=WINDOWS, current=WINDOWS)
def test_order_and_unit_of_the_values_do_not_matter(
    reference: list[float], current: list[float]
) -> None:
    doubled = [[2.0 * each for each in one][::-1] for one in (reference, current)]

    assert psi(*doubled) == pytest.approx(psi(reference, current), abs=1e-9)


def test_a_constant_column_that_becomes_another_constant_is_seen() -> None:
    below, same, above = (psi([7.0] * 100, [each] * 100) for each in (6.0, 7.0, 8.0))

    assert same == 0.0
    assert below > 1
    assert above > 1


def test_zeros_have_a_cell_of_their_own() -> None:
    rng = np.random.default_rng(2)
    amounts = rng.exponential(size=1000)
    reference = np.where(np.arange(1000) < 600, 0.0, amounts)
    current = np.where(np.arange(1000) < 600, -1.0, amounts)

    assert psi(reference, current) > 1


def test_values_missing_are_seen_only_in_a_cell_of_their_own() -> None:
    reference, _ = shifted()
    current = np.where(np.arange(5000) % 2 == 0, np.nan, reference)

    dropped = psi(reference, current, missing="drop")
    with_cell = psi(reference, current, missing="cell")

    assert dropped < 0.02
    assert with_cell > 1
    with pytest.raises(Invalid, match="the current window has 0 null and 2500 NaN"):
        psi(reference, current)


def test_its_noise_floor_is_that_of_its_formula() -> None:
    rng = np.random.default_rng(4)

    found = [psi(rng.normal(size=500), rng.normal(size=500)) for _ in range(400)]

    assert np.mean(found) == pytest.approx(9 * (1 / 500 + 1 / 500), rel=0.1)


@pytest.mark.parametrize(
    ("reference", "current", "bins", "message"),
    [
        ([], [1.0], 10, "the reference window has no"),
        ([1.0], [], 10, "the current window has no"),
        ([1.0], ["a"], 10, "one window holds numbers"),
        (["a"], [1.0], 10, "one window holds numbers"),
        ([1.0], [2.0], 1, "1 bins tell nothing apart"),
        ([None], [2.0], 10, "1 null and 0 NaN"),
        (["a"], [True], 10, "one window holds text"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    reference: list[object], current: list[object], bins: int, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        psi(reference, current, bins=bins)
