"""A difference has a reason that was checked, or none at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.monitor.adopting.comparing import compare
from headgate.monitor.adopting.peer import Score, Wanted
from headgate.monitor.adopting.recomputed import recompute
from headgate.monitor.adopting.reports import Compared
from headgate.monitor.adopting.windows import Column, sides
from headgate.monitor.exchange.methods import method
from tests.monitor.adopting.windows import window

RNG = np.random.default_rng(3)
REFERENCE, CURRENT = window(RNG, moved=False), window(RNG, moved=True)
NAMES = {"city", "two"}


def said(name: str, column: str, *, off: float = 0.0, limit: float | None = None) -> Compared:
    """Compare what Evidently would say of a column, its number a bit off if wanted."""
    known = method(name)
    assert known is not None
    kind: Any = "category" if column in NAMES else "number"
    made = Column(column, kind, REFERENCE[column], CURRENT[column])
    held = sides(made)
    score = recompute(name, held.pair)
    assert score is not None
    limit = known.default if limit is None else limit
    verdict = Score(column, known.display, score + off, limit, known.is_drift(score + off, limit))
    wish = Wanted(column, name, limit if limit != known.default else None)
    return compare(made, held, wish, verdict)


@pytest.mark.parametrize(
    ("name", "column"),
    [("wasserstein", "amount"), ("jensenshannon", "city"), ("jensenshannon", "few")],
)
def test_where_both_say_the_same_there_is_nothing_to_explain(name: str, column: str) -> None:
    found = said(name, column)

    assert found.same == pytest.approx(found.theirs, rel=1e-6)
    assert (found.is_same, found.is_explained, found.reasons) == (True, True, ())


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("psi", "amount", "bins of equal width over both windows there, deciles of the reference"),
        ("hellinger", "amount", "bins of equal width over both windows"),
        ("psi", "outlier", "one of its bins holds 100.0% of the reference: an outlier"),
        ("psi", "items", "a cell for each of 15 values there, ten cells here"),
        ("psi", "city", "an empty cell counts as a share of 0.0001 or less there"),
        ("mannw", "fell", "it asks only whether values grew"),
    ],
)
def test_a_number_that_comes_out_again_by_their_rules_is_explained(
    name: str, column: str, reason: str
) -> None:
    found = said(name, column)

    assert found.is_explained
    assert not found.is_same
    assert reason in found.reasons[0]


def test_a_chi_square_that_takes_shares_for_exact_is_explained() -> None:
    made = Column("two", "category", ["a", "b"] * 500, ["a"] * 530 + ["b"] * 470)
    held = sides(made)
    score = recompute("chisquare", held.pair)
    verdict = Score("two", "chi-square p_value", score, 0.05, detected=False)

    found = compare(made, held, Wanted("two"), verdict)

    assert found.theirs == pytest.approx(0.05778, abs=1e-5)
    assert found.same == pytest.approx(0.17952, abs=1e-5)
    assert found.reasons == (
        "it takes the reference's shares for exact; here both windows are samples",
    )


@pytest.mark.parametrize("name", ["psi", "wasserstein", "mannw"])
def test_a_number_that_does_not_come_out_again_is_not_explained(name: str) -> None:
    found = said(name, "amount", off=0.01)

    assert not found.is_explained
    assert found.reasons[0].startswith("not explained: ")


def test_a_verdict_that_does_not_follow_from_its_number_is_not_explained() -> None:
    made = Column("amount", "number", REFERENCE["amount"], CURRENT["amount"])
    held = sides(made)
    score = recompute("wasserstein", held.pair)
    verdict = Score("amount", "Wasserstein distance (normed)", score, 0.1, detected=False)

    found = compare(made, held, Wanted("amount"), verdict)

    assert not found.is_explained
    assert "is called False" in found.reasons[0]


def test_a_shift_too_small_to_matter_is_drift_there_alone() -> None:
    found = said("mannw", "tiny", limit=0.2)

    assert (found.their_drift, found.drift) == (True, False)
    assert "that it is too small" in found.reasons[-1]
    assert found.is_explained


def test_an_outlier_hides_drift_there_alone() -> None:
    found = said("psi", "outlier")

    assert (found.their_drift, found.drift) == (False, True)
    assert found.is_explained


def test_a_threshold_of_the_users_counts_here_too() -> None:
    found = said("wasserstein", "amount", limit=0.6)

    assert (found.limit, found.drift, found.is_same) == (0.6, False, True)


def test_short_windows_raise_no_alert_here() -> None:
    made = Column("x", "number", np.arange(100.0), np.arange(100.0) + 50)
    held = sides(made)
    score = recompute("wasserstein", held.pair)
    verdict = Score("x", "Wasserstein distance (normed)", score, 0.1, detected=True)

    found = compare(made, held, Wanted("x"), verdict)

    assert found.reasons == ("100 values; below 500 a window raises no alert here",)
    assert found.is_explained


@pytest.mark.parametrize(
    ("score", "reason", "is_explained"),
    [
        (Score("amount", error="ValueError: no spread"), "no number: ValueError", True),
        (Score("amount", "PSI"), "its number is none", True),
        (Score("amount", "t_test", 0.01, 0.05, detected=True), "a mean that moves", True),
        (Score("amount", "TVD", 0.0, 0.1, detected=True), "it reshuffles the rows", True),
        (Score("amount", "mine", 0.3, 0.1, detected=True), "user's own", False),
    ],
)
def test_what_has_no_counterpart_is_told(score: Score, reason: str, *, is_explained: bool) -> None:
    made = Column("amount", "number", REFERENCE["amount"], CURRENT["amount"])

    found = compare(made, sides(made), Wanted("amount"), score)

    assert reason in found.reasons[0]
    assert found.is_explained is is_explained


def test_values_that_are_missing_or_infinite_are_left_out_on_both_sides() -> None:
    before = [1.0, None, float("nan"), float("inf"), 2.0]

    held = sides(Column("x", "number", before, [1.0, 3.0]))

    assert (held.n, held.m, held.n_missing, held.n_infinite) == (2, 2, (3, 0), 1)
    assert held.pair.before.tolist() == [1.0, 2.0]
