"""Realised metrics of probabilities against sklearn.metrics, and intervals that cover."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.realised import measure_scores
from headgate.monitor.realised.probabilities import delong_deviation

ROWS = st.lists(
    st.tuples(st.booleans(), st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))),
    min_size=1,
    max_size=40,
)


@settings(max_examples=75, deadline=None)
@given(rows=ROWS)
def test_every_number_is_sklearns(rows: list[tuple[bool, float]]) -> None:
    labels, scores = (list(column) for column in zip(*rows, strict=True))
    assume(0 < sum(labels) < len(labels))

    report = measure_scores(labels, scores)

    assert report.roc_auc is not None
    assert report.average_precision is not None
    ours = (report.roc_auc, report.average_precision, report.log_loss, report.brier)
    theirs = (
        sklearn.metrics.roc_auc_score(labels, scores),
        sklearn.metrics.average_precision_score(labels, scores),
        sklearn.metrics.log_loss(labels, scores),
        sklearn.metrics.brier_score_loss(labels, scores),
    )
    assert [one.value for one in ours] == pytest.approx(theirs, abs=1e-9)
    assert all(one.low <= one.value <= one.high for one in ours)


def test_delong_is_the_spread_of_pairwise_wins() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([1.0] * 7 + [0.0] * 5)
    scores = rng.integers(0, 6, size=12).astype(float)

    wins = (scores[:7, None] > scores[None, 7:]) + 0.5 * (scores[:7, None] == scores[None, 7:])
    variance = wins.mean(axis=1).var(ddof=1) / 7 + wins.mean(axis=0).var(ddof=1) / 5

    assert delong_deviation(truth, scores) == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_the_intervals_cover_in_about_95_of_100_samples() -> None:
    rng = np.random.default_rng(1)

    def world(n: int) -> tuple[np.ndarray, np.ndarray]:
        scores = rng.beta(2, 3, size=n)
        return (rng.random(n) < scores).astype(int), scores

    labels, scores = world(400_000)
    whole = measure_scores(labels, scores)
    names = ("roc_auc", "average_precision", "log_loss", "brier")
    covered = dict.fromkeys(names, 0)
    for _ in range(200):
        report = measure_scores(*world(300))
        for name in names:
            one = getattr(report, name)
            covered[name] += one.low <= getattr(whole, name).value <= one.high

    assert all(178 <= count <= 200 for count in covered.values()), covered


def test_a_perfect_ranking_of_few_rows_is_not_certain() -> None:
    report = measure_scores([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1])

    assert report.roc_auc is not None
    assert report.roc_auc.value == 1.0
    assert report.roc_auc.low < 0.5
    assert report.roc_auc.interval == "wilson"


def test_of_one_class_there_is_no_ranking_but_still_a_loss() -> None:
    report = measure_scores(pa.array([False, False]), [0.2, 0.4])

    assert report.roc_auc is None
    assert report.average_precision is None
    assert report.brier.value == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([1, 0], [0.5], "2 labels for 1 probabilities"),
        ([1, 2], [0.5, 0.5], "neither 0 nor 1"),
        ([1, None], [0.5, 0.5], "neither 0 nor 1"),
        ([1, 0], [0.5, 1.5], "below 0, above 1"),
        (["yes", "no"], [0.5, 0.5], "not numbers"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    labels: list[object], probabilities: list[float], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        measure_scores(labels, probabilities)
