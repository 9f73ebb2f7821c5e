"""Predictions that are chances of one of two classes are measured as such, and harm is told."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

from headgate.monitor.checks.concept_drift import (
    carry_concept_drift,
    concept_drift,
    fit_concept_drift,
)
from headgate.monitor.checks.estimated_performance import (
    EstimatedReference,
    EstimatedSettings,
    estimated_performance,
    fit_estimated_performance,
    row_losses,
)
from headgate.monitor.checks.realised_performance import (
    RealisedReference,
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.harm import harm_of
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import Columns, kind_in
from headgate.monitor.performance.scored import Scores, as_answers, scores_in

PLAIN = Columns()


def scored(n: int, seed: int, *, shift: float = -1.5, confidence: bool = False) -> pa.Table:
    """Chances of churn that come true as often as they say, of which few are one half or more."""
    rng = np.random.default_rng(seed)
    chances = 1 / (1 + np.exp(-rng.normal(shift, 1.2, n)))
    columns: dict[str, Any] = {
        "at": pa.array(np.arange(n) * 1_000_000, pa.timestamp("us", "UTC")),
        "prediction": chances,
        "label": (rng.random(n) < chances).astype(np.int64),
    }
    if confidence:
        columns["confidence"] = pa.nulls(n, pa.float64())
    return pa.table(columns)


def put(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def later(table: pa.Table, than: pa.Table) -> pa.Table:
    moments = np.arange(table.num_rows) + 2 * than.num_rows
    return put(table, "at", pa.array(moments * 1_000_000, pa.timestamp("us", "UTC")))


def values_of(measured: list[Measured]) -> dict[str, Any]:
    return {one.metric: one.value for one in measured if not one.slice_}


@pytest.mark.parametrize(
    ("prediction", "label", "found"),
    [
        ([0.2, 0.9], [0, 1], Scores("0", "1", True)),
        ([0.2, 0.3], [0, 0], Scores("0", "1", True)),
        ([0.2, 0.9, None], [1.0, 0.0, None], Scores("0", "1", True)),
        ([0.2, float("nan")], [-1, 1], Scores("-1", "1", True)),
        ([0.2, 0.9], [False, True], Scores("false", "true", True)),
        ([0.2, 0.9], ["stay", "churn"], Scores("stay", "churn", True)),
        ([0.9, 0.2], ["stay", "churn"], Scores("churn", "stay", True)),
        ([0.2, 1.1], [0, 1], None),
        ([-0.2, 0.9], [0, 1], None),
        ([0.0, 1.0], [0, 1], None),
        ([0, 1], [0, 1], None),
        ([0.2, 0.9], [1, 2], None),
        ([0.2, 0.9], [0.3, 0.8], None),
        ([0.2, 0.9, 0.4], ["a", "b", "c"], None),
        ([0.2, 0.9], ["a", "a"], None),
        ([0.2, 0.9], pa.array([None, None], pa.int64()), None),
        (pa.array([None, None], pa.float64()), [0, 1], None),
        (["0.2", "0.9"], [0, 1], None),
    ],
)
def test_predictions_are_scores_between_0_and_1_beside_labels_of_two_classes(
    prediction: Any, label: Any, found: Scores | None
) -> None:
    rows = pa.table({"prediction": prediction, "label": label})

    assert scores_in(rows, PLAIN) == found


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (Columns(positive="0"), Scores("1", "0", True)),
        (Columns(kind="numbers"), None),
        (Columns(predictions="answers"), None),
        (Columns(probabilities={"0": "p0", "1": "p1"}), None),
    ],
)
def test_the_file_has_the_last_word_on_what_scores_are_of(
    columns: Columns, found: Scores | None
) -> None:
    rows = pa.table({"prediction": [0.2, 0.9], "label": [0, 1]})

    assert scores_in(rows, columns) == found


def test_certain_scores_are_scores_where_the_file_says_so() -> None:
    rows = pa.table({"prediction": [0.0, 1.0], "label": [0, 1]})

    assert scores_in(rows, Columns(predictions="scores")) == Scores("0", "1", True)


def test_names_of_hidden_classes_are_not_kept() -> None:
    text = pa.table({"prediction": [0.2, 0.9], "label": ["stay", "churn"]})
    numbers = pa.table({"prediction": [0.2, 0.9], "label": [0, 1]})

    assert scores_in(text, Columns(hidden=True)) is None
    assert scores_in(numbers, Columns(hidden=True)) == Scores("0", "1", True)


def test_a_score_answers_from_one_half_on_and_one_that_is_missing_answers_nothing() -> None:
    rows = pa.table({"prediction": [0.0, 0.4999, 0.5, 1.0, None, float("nan")]})

    found, columns = as_answers(rows, PLAIN, Scores("stay", "churn", True))

    assert found["prediction"].to_pylist() == ["stay", "stay", "churn", "churn", None, None]
    assert found["confidence"].to_pylist() == [0.0, 0.4999, 0.5, 1.0, None, None]
    assert (columns.positive, columns.confidence_of) == ("churn", "positive")


def test_a_confidence_that_was_logged_stays_beside_the_score() -> None:
    rows = pa.table({"prediction": [0.2, 0.9], "confidence": [0.8, 0.9], "label": [0, 1]})

    scores = scores_in(rows, PLAIN)
    found, columns = as_answers(rows, PLAIN, scores)

    assert scores == Scores("0", "1", False)
    assert found["confidence"].to_pylist() == [0.8, 0.9]
    assert columns.confidence_of == "auto"


def test_rows_stay_as_they_are_without_scores() -> None:
    rows = pa.table({"prediction": ["yes"]})

    assert as_answers(rows, PLAIN, None) == (rows, PLAIN)


@pytest.mark.parametrize("confidence", [False, True])
def test_realised_metrics_of_scores_are_those_of_scikit_learn(confidence: bool) -> None:
    past, window = scored(3000, 1, confidence=confidence), scored(1000, 2, confidence=confidence)

    found = values_of(realised_performance(fit_realised_performance(past), window))

    truth, chances = window["label"].to_numpy(), window["prediction"].to_numpy()
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, chances >= 0.5))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(truth, chances))
    assert found["brier"] == pytest.approx(brier_score_loss(truth, chances))


def test_metrics_are_estimated_of_scores_though_none_of_them_says_yes() -> None:
    past, window = scored(6000, 3, shift=-4.5), scored(3000, 4, shift=-4.5)
    few = past.filter(pa.array(past["prediction"].to_numpy() < 0.5))
    window = window.filter(pa.array(window["prediction"].to_numpy() < 0.5))

    reference = fit_estimated_performance(few)
    found = values_of(estimated_performance(reference, window.drop_columns("label")))

    truth, chances = window["label"].to_numpy(), window["prediction"].to_numpy()
    assert reference.classes == ("0", "1")
    assert found["accuracy"] == pytest.approx(float(np.mean(truth == 0)), abs=0.02)
    assert found["roc_auc"] == pytest.approx(roc_auc_score(truth, chances), abs=0.15)


@pytest.mark.row("S1-22")
def test_a_classifier_that_says_yes_to_everybody_is_harmed() -> None:
    past, window = scored(5000, 5), scored(1000, 6)
    stuck = put(window, "prediction", pa.array(np.ones(1000)))
    estimated, realised = fit_estimated_performance(past), fit_realised_performance(past)

    quiet = [*estimated_performance(estimated, window), *realised_performance(realised, window)]
    broken = realised_performance(realised, stuck)

    assert harm_of(quiet) == "different"
    assert harm_of(broken) == "harmful"
    accuracy = float(np.mean(window["label"].to_numpy() == 1))
    assert values_of(broken)["accuracy"] == pytest.approx(accuracy)


def test_without_labels_nobody_knows_whether_one_answer_for_all_is_harmful() -> None:
    past, window = scored(5000, 5), scored(1000, 6)
    stuck = put(window, "prediction", pa.array(np.ones(1000))).drop_columns("label")

    found = estimated_performance(fit_estimated_performance(past), stuck)

    (untold,) = [one for one in found if one.value is None]
    assert (untold.metric, untold.is_exceeded) == ("roc_auc", False)
    assert untold.evidence["why"].startswith("all rows are taken for one class")
    assert harm_of(found) == "unknown"


def test_errors_of_scores_are_wrong_classes_and_their_fall_raises_no_alert() -> None:
    past, window = scored(3000, 7), scored(500, 8)
    stuck = later(put(window, "prediction", pa.array(np.ones(500))), past)

    reference = fit_concept_drift(past)
    found = {one.metric: one for one in concept_drift(reference, stuck)}

    wrong = (past["prediction"].to_numpy() >= 0.5) != past["label"].to_numpy()
    again = concept_drift(carry_concept_drift(reference, stuck), later(scored(500, 12), past))
    assert not any(one.is_exceeded for one in again)
    assert reference.mean == pytest.approx(float(np.mean(wrong)))
    assert found["adwin"].is_exceeded


def test_what_a_row_loses_is_the_chance_that_its_class_is_wrong() -> None:
    past = scored(20_000, 9, shift=0.0)
    reference = fit_estimated_performance(past)
    rows = pa.table({"prediction": [0.1, 0.5, 0.9]})

    losses = row_losses(reference, rows, EstimatedSettings())

    assert losses == pytest.approx([0.1, 0.5, 0.1], abs=0.05)


def test_references_are_kept_with_their_scores_and_older_ones_are_read_without() -> None:
    past = scored(2000, 10)
    estimated, realised = fit_estimated_performance(past), fit_realised_performance(past)
    pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode

    assert unpack(pack(estimated), type=EstimatedReference).scores == Scores("0", "1", True)
    assert unpack(pack(realised), type=RealisedReference) == realised
    older = unpack(pack(realised))
    del older["scores"]
    assert msgspec.convert(older, RealisedReference).scores is None


@pytest.mark.parametrize(
    ("label", "prediction", "kind"),
    [
        ([1, 2, 3, 4, 5], [1.2, 2.9, 3.3, 4.1, 4.8], "numbers"),
        ([0, 1, 0], [2.5, -1.0, 0.1], "numbers"),
        ([1.5, 2.5], [1.5, 2.5], "classes"),
        ([1, 2, 3], [1.0, 2.0, float("nan")], "classes"),
    ],
)
def test_few_whole_labels_are_numbers_where_answers_lie_between_them(
    label: Any, prediction: Any, kind: str
) -> None:
    assert kind_in(pa.table({"label": label, "prediction": prediction}), PLAIN) == kind


def test_stars_are_measured_by_how_far_answers_lie_from_them() -> None:
    rng = np.random.default_rng(11)
    stars = rng.integers(1, 6, 2000)
    columns: dict[str, Any] = {"label": stars, "prediction": stars + rng.normal(0, 0.5, 2000)}
    rows = pa.table(columns)

    found = values_of(realised_performance(fit_realised_performance(rows), rows))

    errors = rows["prediction"].to_numpy() - stars
    assert found["mae"] == pytest.approx(float(np.mean(np.abs(errors))))
    assert found["rmse"] == pytest.approx(float(np.sqrt(np.mean(errors**2))))
