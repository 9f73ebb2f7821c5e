"""How good a model is, with labels and without: scikit-learn's numbers, and NannyML's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sklearn.metrics

from bench.parts.peers import environment, run
from headgate.monitor.checks.concept_drift import concept_drift, fit_concept_drift
from headgate.monitor.checks.estimated_performance import (
    estimated_performance,
    fit_estimated_performance,
)
from headgate.monitor.checks.realised_performance import (
    fit_realised_performance,
    realised_performance,
)
from headgate.monitor.harm import harm_of
from headgate.monitor.nannyml import chunks_of
from tests.monitor.checks.answers import classified, positive_scores, regressed

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.monitor.nouns import Measured

START = datetime(2026, 5, 4, tzinfo=UTC)


def timed(table: pa.Table, day: int) -> pa.Table:
    """Say when each answer came: evenly over a day."""
    step = 86_400 / table.num_rows
    came = [START + timedelta(days=day, seconds=step * each) for each in range(table.num_rows)]
    return table.append_column("at", pa.array(came))


def late(table: pa.Table, share: float) -> pa.Table:
    """Let the labels of the last rows not have come yet."""
    n = int(share * table.num_rows)
    missing = pa.nulls(table.num_rows - n, pa.string())
    labels = pa.concat_arrays([table["label"].combine_chunks().slice(0, n), missing])
    return table.set_column(table.column_names.index("label"), "label", labels)


def by_metric(found: list[Measured]) -> dict[str, Measured]:
    return {each.metric: each for each in found if not each.slice_}


@pytest.mark.row("S1-02")
def test_metrics_of_each_window_equal_scikit_learns_as_labels_come_late() -> None:
    rng = np.random.default_rng(1)
    past = classified(rng, 10_000)
    reference = fit_realised_performance(past)
    window = classified(rng, 1500)

    for share in (0.2, 0.7, 1.0):
        found = by_metric(realised_performance(reference, late(window, share)))

        came = window.slice(0, int(share * 1500))
        labels, said = (came[each].to_numpy() for each in ("label", "prediction"))
        one: Any = {"pos_label": "yes"}
        expected: dict[str, Any] = {
            "accuracy": sklearn.metrics.accuracy_score(labels, said),
            "precision": sklearn.metrics.precision_score(labels, said, **one),
            "recall": sklearn.metrics.recall_score(labels, said, **one),
            "roc_auc": sklearn.metrics.roc_auc_score(labels == "yes", positive_scores(came)),
        }
        for metric, value in expected.items():
            measured = found[metric]
            low, high = measured.evidence["interval"]
            assert measured.value == pytest.approx(value, abs=1e-9)
            assert low <= value <= high
            assert measured.before is not None
            assert measured.evidence["delta"] == pytest.approx(value - measured.before)
        assert found["accuracy"].n == len(came)


@pytest.mark.row("S1-21")
def test_a_decline_is_told_without_labels_as_estimated_and_with_them_as_measured() -> None:
    rng = np.random.default_rng(2)
    past = timed(classified(rng, 10_000), -10)
    narrow = classified(rng, 40_000)
    hard = np.flatnonzero(np.abs(narrow["input"].to_numpy()) < 0.5)[:3000]
    window = timed(narrow.take(hard), 1)

    guessed = estimated_performance(fit_estimated_performance(past), late(window, 0.0))
    measured = realised_performance(fit_realised_performance(past), window)
    stream = concept_drift(fit_concept_drift(past), window)

    assert all(each.is_estimated for each in guessed)
    assert not any(each.is_estimated for each in (*measured, *stream))
    assert by_metric(guessed)["roc_auc"].is_exceeded
    assert by_metric(measured)["roc_auc"].is_exceeded
    assert all(each.is_exceeded for each in stream)
    assert by_metric(guessed)["roc_auc"].value == pytest.approx(
        by_metric(measured)["roc_auc"].value, abs=0.02
    )
    assert harm_of(guessed) == harm_of(measured) == harm_of(stream) == "harmful"


def written(folder: Path, name: str, windows: dict[str, pa.Table]) -> dict[str, pa.Table]:
    (folder / name).mkdir()
    for which, table in windows.items():
        pq.write_table(table, folder / name / f"{which}.parquet")
    return windows


def numbered(table: pa.Table) -> pa.Table:
    """Turn a classifier's answers into what NannyML reads: scores, and classes as 0 and 1."""
    columns: dict[str, Any] = {
        "score": positive_scores(table),
        **{name: (table[name].to_numpy() == "yes").astype(int) for name in ("prediction", "label")},
    }
    return pa.table(columns)


@pytest.fixture(scope="module")
def peer() -> str:
    """NannyML, installed in an environment of its own; a fixture has no time limit."""
    return environment("nannyml")


@pytest.mark.full
@pytest.mark.row("S2-16")
@pytest.mark.usefixtures("peer")
def test_estimates_are_those_of_nannyml(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    answers = {
        "reference": classified(rng, 20_000),
        "current": classified(rng, 10_000, centre=0.4),
    }
    errors = {"reference": regressed(rng, 20_000), "current": regressed(rng, 10_000, spread=1.5)}
    written(tmp_path, "classes", {name: numbered(table) for name, table in answers.items()})
    written(tmp_path, "numbers", errors)

    theirs = run("estimates", str(tmp_path), listed="nannyml")

    classes, numbers = (
        by_metric(
            estimated_performance(fit_estimated_performance(one["reference"]), one["current"])
        )
        for one in (answers, errors)
    )
    for metric, value in theirs["classes"]["values"].items():
        assert classes[metric].value == pytest.approx(value, abs=1e-6), metric
    for metric in ("mae", "rmse"):
        # two boosted models of different libraries: within a tenth of each other
        assert numbers[metric].value == pytest.approx(theirs["numbers"]["values"][metric], rel=0.1)
    (kept,) = [
        each
        for each in chunks_of(pq.read_table(tmp_path / "cbpe.parquet"))
        if not each.is_reference
    ]
    read = {each.metric: each for each in kept.measured}
    assert read["roc_auc"].value == pytest.approx(theirs["classes"]["values"]["roc_auc"])
    assert read["roc_auc"].is_estimated
