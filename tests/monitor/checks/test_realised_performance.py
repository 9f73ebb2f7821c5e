"""Performance by late labels: scikit-learn's numbers, with intervals, per class and slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics

from headgate.monitor.checks.realised_performance import (
    RealisedReference,
    RealisedSettings,
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.performance.answered import Columns
from tests.monitor.checks.answers import classified, positive_scores, regressed, three_classes

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured

BY_COUNTRY = RealisedSettings(columns=Columns(slices=("country",)))


def by_name(found: list[Measured]) -> dict[tuple[str, str], Measured]:
    return {(each.metric, each.slice_): each for each in found}


def some_labels(table: pa.Table, n: int) -> pa.Table:
    """Let only the first labels have come."""
    rest = pa.nulls(table.num_rows - n, pa.string())
    labels = pa.concat_arrays([table["label"].combine_chunks().slice(0, n), rest])
    return table.set_column(table.column_names.index("label"), "label", labels)


def of_sklearn(table: pa.Table) -> dict[str, Any]:
    labels, said, scores = table["label"], table["prediction"], positive_scores(table)
    pair = [each.to_numpy() for each in (labels, said)]
    truth = pair[0] == "yes"
    one: Any
    other: Any
    one, other = ({"pos_label": each} for each in ("yes", "no"))
    return {
        "accuracy": sklearn.metrics.accuracy_score(*pair),
        "precision": sklearn.metrics.precision_score(*pair, **one),
        "recall": sklearn.metrics.recall_score(*pair, **one),
        "f1": sklearn.metrics.f1_score(*pair, **one),
        "specificity": sklearn.metrics.recall_score(*pair, **other),
        "roc_auc": sklearn.metrics.roc_auc_score(truth, scores),
        "average_precision": sklearn.metrics.average_precision_score(truth, scores),
        "log_loss": sklearn.metrics.log_loss(truth, scores),
        "brier": sklearn.metrics.brier_score_loss(truth, scores),
    }


@pytest.mark.row("S1-02")
def test_late_labels_give_what_scikit_learn_gives_with_interval_and_difference() -> None:
    rng = np.random.default_rng(1)
    past, window = classified(rng, 8000), some_labels(classified(rng, 3000), 2000)
    reference = msgspec.msgpack.decode(
        msgspec.msgpack.encode(fit_realised_performance(past, BY_COUNTRY)), type=RealisedReference
    )

    found = by_name(realised_performance(reference, window, BY_COUNTRY))

    came, before = window.slice(0, 2000), of_sklearn(past)
    is_german = pa.array(came["country"].to_numpy() == "DE")
    for slice_, rows in (("", came), ("country=DE", came.filter(is_german))):
        for metric, value in of_sklearn(rows).items():
            measured = found[metric, slice_]
            low, high = measured.evidence["interval"]
            assert measured.value == pytest.approx(value, abs=1e-9), metric
            assert low < value < high
            assert not measured.is_estimated
            assert measured.evidence["delta"] == pytest.approx(value - (measured.before or 0))
    for metric, value in before.items():
        assert found[metric, ""].before == pytest.approx(value, abs=1e-9)
    assert found["labelled_share", ""].value == pytest.approx(2 / 3)


@pytest.mark.row("S1-02")
def test_each_class_is_told_by_itself() -> None:
    rng = np.random.default_rng(2)
    columns = Columns(probabilities={"cat": "p_cat", "dog": "p_dog", "owl": "p_owl"})
    settings = RealisedSettings(columns=columns)
    past, window = three_classes(rng, 3000), three_classes(rng, 2000)

    found = by_name(
        realised_performance(fit_realised_performance(past, settings), window, settings)
    )

    pair = [window[each].to_numpy() for each in ("label", "prediction")]
    scores = np.stack([window[f"p_{name}"].to_numpy() for name in ("cat", "dog", "owl")], axis=1)
    each: Any = {"average": None}
    recalls: Any = sklearn.metrics.recall_score(*pair, **each)
    auc = sklearn.metrics.roc_auc_score(pair[0], scores, multi_class="ovr")
    assert found["recall", "class=dog"].value == pytest.approx(recalls[1], abs=1e-9)
    assert found["recall", ""].value == pytest.approx(np.mean(recalls), abs=1e-9)
    assert found["roc_auc", ""].value == pytest.approx(auc, abs=1e-9)
    assert not any(each.is_exceeded for each in found.values())


def test_errors_of_numbers_equal_scikit_learns_and_worse_ones_raise_an_alert() -> None:
    rng = np.random.default_rng(3)
    reference = fit_realised_performance(regressed(rng, 5000))

    well = by_name(realised_performance(reference, regressed(rng, 1000)))
    ill = by_name(realised_performance(reference, window := regressed(rng, 1000, spread=2.0)))

    mae = sklearn.metrics.mean_absolute_error(window["label"], window["prediction"])
    assert ill["mae", ""].value == pytest.approx(mae, abs=1e-9)
    assert ill["mae", ""].is_exceeded
    assert ill["rmse", ""].is_exceeded
    assert not any(each.is_exceeded for each in well.values())


def test_a_concept_that_moved_is_seen_once_labels_come() -> None:
    rng = np.random.default_rng(4)
    reference = fit_realised_performance(classified(rng, 10_000))

    found = by_name(realised_performance(reference, classified(rng, 2000, slope=0.3)))

    assert found["roc_auc", ""].is_exceeded
    assert found["accuracy", ""].is_exceeded
    assert found["accuracy", ""].threshold == found["accuracy", ""].evidence["low"]


def test_a_window_with_few_labels_says_so_and_raises_no_alert() -> None:
    rng = np.random.default_rng(5)
    reference = fit_realised_performance(classified(rng, 10_000))

    found = by_name(
        realised_performance(reference, some_labels(classified(rng, 2000, slope=-3.0), 40))
    )
    none = realised_performance(reference, some_labels(classified(rng, 2000), 0))

    said = found["labelled_share", ""].evidence["says"]
    assert said == "40 of 2000 rows have a label; 100 are needed for an alert"
    assert found["accuracy", ""].value is not None
    assert not any(each.is_exceeded for each in found.values())
    assert [each.metric for each in none] == ["labelled_share"]


def test_windows_like_the_reference_raise_no_alert() -> None:
    rng = np.random.default_rng(6)
    reference = fit_realised_performance(classified(rng, 20_000), BY_COUNTRY)

    found = [
        each
        for _ in range(20)
        for each in realised_performance(reference, classified(rng, 1000), BY_COUNTRY)
    ]

    assert sum(each.threshold is not None for each in found) == 20 * 2 * 3
    assert sum(each.is_exceeded for each in found) == 0


def test_rows_without_a_confidence_count_for_classes_and_not_for_ranks() -> None:
    rng = np.random.default_rng(7)
    reference = fit_realised_performance(classified(rng, 2000))
    window = classified(rng, 500)
    sure = pa.array([None] * 100 + window["confidence"].to_pylist()[100:])

    found = by_name(realised_performance(reference, window.set_column(3, "confidence", sure)))

    assert found["accuracy", ""].n == 500
    assert found["brier", ""].n == 400
