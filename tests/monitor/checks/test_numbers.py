"""Numbers of the checks, each held against scipy, scikit-learn, or a reckoning by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.checks.embedding_drift import (
    EmbeddingSettings,
    embedding_drift,
    fit_embedding_drift,
)
from headgate.monitor.checks.missing import MissingSettings, missing
from headgate.monitor.checks.new_categories import NewSettings, new_categories
from headgate.monitor.checks.text_drift import TextSettings, fit_text_drift, text_drift
from headgate.monitor.checks.volume import VolumeSettings, volume
from headgate.monitor.seen import Past
from tests.monitor.seeing import DAY, one, seen_of
from tests.monitor.seeing import baseline_of as baseline
from tests.monitor.worlds import START

NAMED = TextSettings(columns=("note",))


def vectors(rows: Any) -> pa.Table:
    return pa.table({"vector": pa.array(list(rows))})


def notes(n: int, n_empty: int) -> pa.Table:
    """Return texts that differ, of which the first are empty."""
    return pa.table({"note": ["" if at < n_empty else f"note number {at}" for at in range(n)]})


@pytest.mark.parametrize(("before", "after"), [(5, 30), (40, 10), (1, 1), (100, 120)])
def test_the_chance_of_a_share_of_marks_is_that_of_the_pooled_test(before: int, after: int) -> None:
    n, m = 800, 500

    found = text_drift(fit_text_drift(notes(n, before), NAMED), notes(m, after), NAMED)

    empty = one(found, "note", "empty")
    table = [[before, n - before], [after, m - after]]
    # the chi square of two shares is the square of their normal deviate
    test: Any = scipy.stats.chi2_contingency(table, correction=False)
    deviate = math.copysign(math.sqrt(test.statistic), after / m - before / n)
    assert empty.p_value == pytest.approx(scipy.stats.norm.sf(deviate), abs=1e-9)
    assert (empty.value, empty.before, empty.n) == (after / m, before / n, m)
    assert empty.evidence == {"n_hits": after, "n_hits_before": before, "n_before": n}


def test_a_share_of_marks_has_to_grow_beyond_both_chance_and_what_matters() -> None:
    reference = fit_text_drift(notes(1000, 100), NAMED)

    found = [
        one(text_drift(reference, notes(1000, n), TextSettings(growth=growth)), "note", "empty")
        for n, growth in ((135, 0.03), (190, 0.03), (190, 0.1))
    ]

    # the error of the difference is 0.0134: what chance gives is above 0.03, 0.19 is beyond it
    assert [each.is_exceeded for each in found] == [False, True, False]
    assert 0.13 < (found[1].threshold or 0) < 0.19
    assert found[2].threshold == pytest.approx(0.2)


def test_means_of_texts_are_those_of_their_words_and_signs() -> None:
    texts = ["one two three", "one two", "", "one two three four five"] * 100
    reference = fit_text_drift(pa.table({"note": texts}), NAMED)

    found = text_drift(reference, pa.table({"note": ["one two three four"] * 400}), NAMED)

    words, signs = (one(found, "note", f"{each}:psi") for each in ("words", "signs"))
    assert words.before == pytest.approx(10 / 3)
    assert words.evidence["mean"] == 4.0
    assert signs.before == pytest.approx((13 + 7 + 23) / 3)
    assert signs.evidence["mean"] == 18.0
    assert (words.n, one(found, "note", "empty").n) == (400, 400)


def test_how_far_words_moved_is_told_in_deviations_of_the_reference() -> None:
    rng = np.random.default_rng(71)
    before, after = rng.integers(5, 25, 600), rng.integers(5, 25, 600) + 6
    past, now = ([" ".join(["word"] * n) for n in each] for each in (before, after))

    found = text_drift(
        fit_text_drift(pa.table({"note": past}), NAMED), pa.table({"note": now}), NAMED
    )

    moved = scipy.stats.wasserstein_distance(before, after) / before.std()
    measured = one(found, "note", "words:wasserstein")
    assert measured.value == pytest.approx(moved, rel=0.02)
    assert measured.is_exceeded


@pytest.mark.parametrize("step", [0.0, 0.5, 1.0, 2.0])
def test_how_well_windows_are_told_apart_is_what_their_distance_says(step: float) -> None:
    rng = np.random.default_rng(72)
    past, now = rng.normal(size=(2000, 4)), rng.normal(size=(2000, 4)) + np.array([step, 0, 0, 0])

    found = embedding_drift(fit_embedding_drift(vectors(past)), vectors(now))

    area = one(found, "vector", "domain_classifier")
    # of two normal clouds that lie d apart the best rule ranks rightly with Phi(d / root of 2)
    best = scipy.stats.norm.cdf(step / math.sqrt(2))
    direct = sklearn.metrics.roc_auc_score([0] * 2000 + [1] * 2000, [*past[:, 0], *now[:, 0]])
    assert area.value == pytest.approx(best, abs=0.025)
    assert area.value == pytest.approx(direct, abs=0.025)
    assert area.is_exceeded == (step > 0.4)


def test_the_distance_of_means_is_in_deviations_of_each_dimension() -> None:
    rng = np.random.default_rng(73)
    past, now = rng.normal(size=(500, 3)) * [1, 10, 100], rng.normal(size=(400, 3)) * [2, 30, 50]

    measured = one(
        embedding_drift(fit_embedding_drift(vectors(past)), vectors(now)), "vector", "mean_distance"
    )

    moved = (now.mean(axis=0) - past.mean(axis=0)) / past.std(axis=0)
    assert measured.value == pytest.approx(np.sqrt(np.mean(moved**2)))
    assert measured.before == 0.0


def test_without_drift_the_distance_stays_below_its_null_but_for_few_windows() -> None:
    rng = np.random.default_rng(74)
    few = EmbeddingSettings(n_most=400, hidden=True)
    reference = fit_embedding_drift(vectors(rng.normal(size=(400, 6))), few)

    found = [
        one(
            embedding_drift(reference, vectors(rng.normal(size=(400, 6))), few),
            "vector",
            "mean_distance",
        )
        for _ in range(60)
    ]

    above = [each for each in found if (each.value or 0) > each.evidence["null"]]
    assert len(above) <= 2
    # the null is no bound for its own sake: what comes usually is half of it and more
    assert np.median([(each.value or 0) / each.evidence["null"] for each in found]) > 0.4


def test_a_vector_column_is_found_by_itself_and_one_number_alone_is_none() -> None:
    table = pa.table(
        {
            "wide": pa.array([[1.0, 2.0]] * 30),
            "whole": pa.array([[1, 2, 3]] * 30),
            "single": pa.array([[1.0]] * 30),
            "ragged": pa.array([[1.0], [1.0, 2.0]] * 15),
            "fixed": pa.FixedSizeListArray.from_arrays(pa.array([0.5] * 60), 2),
        }
    )

    fitted = fit_embedding_drift(table)

    assert {name: each.width for name, each in fitted.columns.items()} == {
        "wide": 2,
        "whole": 3,
        "fixed": 2,
    }


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 299), st.integers(0, 200))
def test_what_is_missing_is_a_share_whose_change_has_to_be_more_than_chance(
    gone_before: int, gone: int
) -> None:
    before, after = (
        {"a": [None] * k + [1.0] * (n - k)} for k, n in ((gone_before, 300), (gone, 200))
    )

    (found,) = missing(baseline(before), seen_of(before, after), MissingSettings(rows=0))

    assert found.value == pytest.approx(gone / 200)
    assert found.before == pytest.approx(gone_before / 300)
    beyond = abs(gone / 200 - gone_before / 300) > abs((found.threshold or 0) - gone_before / 300)
    assert found.is_exceeded == beyond
    assert 0 <= (found.p_value or 0) <= 1


def test_null_and_nan_are_missing_alike_and_both_count() -> None:
    before = {"a": [1.0] * 200}
    after = {"a": pa.array([None] * 50 + [float("nan")] * 50 + [1.0] * 100)}

    (found,) = missing(baseline(before), seen_of(before, after), MissingSettings(rows=100))

    assert found.value == 0.5
    assert found.is_exceeded


def test_the_share_of_new_names_counts_rows_and_names_the_most_frequent_first() -> None:
    before = {"town": ["rome", "oslo"] * 500}
    after = {"town": ["rome"] * 700 + ["kyiv"] * 100 + ["lima"] * 150 + ["bern"] * 50}

    (found,) = new_categories(baseline(before), seen_of(before, after), NewSettings(rows=100))

    assert found.value == pytest.approx(0.3)
    assert found.before == 0.0
    assert found.evidence["names"] == ["lima", "kyiv", "bern"]
    assert found.is_exceeded


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 500), min_size=3, max_size=12), st.integers(0, 60))
def test_the_number_of_rows_is_held_against_the_median_of_earlier_windows(
    counts: list[int], n: int
) -> None:
    trailing = tuple(Past(START - (len(counts) - at) * DAY, each) for at, each in enumerate(counts))
    window = seen_of({"a": [1.0]}, {"a": [1.0] * n}, trailing=trailing)

    (found,) = volume(baseline({"a": [1.0]}), window, VolumeSettings())

    middle = float(np.median(counts))
    deviation = 1.4826 * float(np.median(np.abs(np.array(counts) - middle)))
    margin = max(0.5 * middle, 5 * deviation)
    assert found.before == pytest.approx(middle)
    assert found.is_exceeded == (abs(n - middle) > margin or n == 0)
    assert (found.threshold or 0) >= 0
