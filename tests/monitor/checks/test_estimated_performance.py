"""Performance estimated from a kept reference: the same as cbpe and dle, per slice, with a band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.checks.estimated_performance import (
    EstimatedReference,
    EstimatedSettings,
    estimated_performance,
    fit_estimated_performance,
)
from headgate.monitor.performance import cbpe, dle
from headgate.monitor.performance.answered import Columns
from tests.monitor.checks.answers import classified, positive_scores, regressed, three_classes

if TYPE_CHECKING:
    from headgate.monitor.nouns import Measured

BY_COUNTRY = EstimatedSettings(columns=Columns(slices=("country",)))


def by_name(found: list[Measured]) -> dict[tuple[str, str], Measured]:
    return {(each.metric, each.slice_): each for each in found}


def kept(reference: EstimatedReference) -> EstimatedReference:
    """Write a reference and read it back, as a monitor does between windows."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(reference), type=EstimatedReference)


@pytest.mark.row("S1-21", part="estimated, classes")
def test_of_two_classes_the_estimate_is_that_of_cbpe() -> None:
    rng = np.random.default_rng(1)
    past, window = classified(rng, 8000), classified(rng, 3000, centre=0.3)
    unlabelled = window.set_column(4, "label", pa.nulls(3000, pa.string()))

    found = by_name(
        estimated_performance(kept(fit_estimated_performance(past, BY_COUNTRY)), unlabelled)
    )

    same = cbpe(positive_scores(past), positive_scores(window), labels=past["label"])
    for metric, estimate in same.metrics.items():
        measured = found[metric, ""]
        assert measured.value == pytest.approx(estimate.value, abs=1e-9), metric
        assert measured.before == pytest.approx(estimate.reference, abs=1e-9), metric
        assert measured.is_estimated
        assert measured.evidence["method"] == "cbpe"


@pytest.mark.row("S1-21", part="estimated, numbers")
def test_of_numbers_the_estimate_is_that_of_dle() -> None:
    rng = np.random.default_rng(2)
    past, window = regressed(rng, 4000), regressed(rng, 2000, spread=2.0)

    reference = kept(fit_estimated_performance(past))
    found = by_name(estimated_performance(reference, window))

    features = ["first", "second"]
    same = dle(
        past.select(features),
        window.select(features),
        predictions=(past["prediction"], window["prediction"]),
        labels=past["label"],
    )
    assert reference.features == ("first", "second")
    for metric in ("mae", "rmse"):
        assert found[metric, ""].value == pytest.approx(same[metric].value, abs=1e-6)
        assert found[metric, ""].is_exceeded
    assert len(msgspec.msgpack.encode(reference)) < 500_000


def test_a_slice_that_the_model_is_unsure_of_is_found_though_the_whole_is_well() -> None:
    rng = np.random.default_rng(3)
    reference = fit_estimated_performance(classified(rng, 20_000), BY_COUNTRY)
    window = classified(rng, 6000)
    is_french = window["country"].to_numpy() == "FR"
    unsure = np.where(is_french & (rng.random(6000) < 0.4), 0.52, window["confidence"].to_numpy())

    found = by_name(
        estimated_performance(
            reference, window.set_column(3, "confidence", pa.array(unsure)), BY_COUNTRY
        )
    )

    assert found["accuracy", "country=FR"].is_exceeded
    assert not found["accuracy", "country=DE"].is_exceeded


def test_windows_like_the_reference_raise_no_alert() -> None:
    rng = np.random.default_rng(4)
    reference = fit_estimated_performance(classified(rng, 20_000), BY_COUNTRY)

    found = [
        each
        for _ in range(30)
        for each in estimated_performance(reference, classified(rng, 2000), BY_COUNTRY)
    ]

    assert len(found) == 30 * 7 * 3
    assert not any(each.is_exceeded for each in found)


def test_of_several_classes_one_confidence_gives_the_accuracy_and_all_of_them_the_rest() -> None:
    rng = np.random.default_rng(5)
    past, window = three_classes(rng, 20_000), three_classes(rng, 5000)
    whole = EstimatedSettings(
        columns=Columns(probabilities={"cat": "p_cat", "dog": "p_dog", "owl": "p_owl"})
    )

    top = by_name(estimated_performance(fit_estimated_performance(past), window))
    full = by_name(estimated_performance(fit_estimated_performance(past, whole), window, whole))

    realised = np.mean(window["prediction"].to_numpy() == window["label"].to_numpy())
    assert list(top) == [("accuracy", "")]
    assert top["accuracy", ""].value == pytest.approx(realised, abs=0.02)
    assert full["accuracy", ""].value == pytest.approx(realised, abs=0.02)
    assert ("roc_auc", "") in full


def test_a_small_window_raises_no_alert_and_only_what_is_named_does() -> None:
    rng = np.random.default_rng(6)
    named = EstimatedSettings(metrics=("specificity",))
    past, moved = classified(rng, 10_000), classified(rng, 3000, centre=0.8)

    small = estimated_performance(fit_estimated_performance(past), moved.slice(0, 400))
    usually = by_name(estimated_performance(fit_estimated_performance(past), moved))
    asked = by_name(estimated_performance(fit_estimated_performance(past, named), moved, named))

    assert all(each.threshold is None and not each.is_exceeded for each in small)
    assert not usually["specificity", ""].is_exceeded
    assert asked["specificity", ""].is_exceeded
    assert list(asked) == [("specificity", "")]


def test_of_a_hidden_reference_no_class_slice_or_score_of_a_row_is_kept() -> None:
    rng = np.random.default_rng(7)
    hidden = EstimatedSettings(columns=Columns(slices=("country",), hidden=True))
    past = classified(rng, 3000)

    reference = fit_estimated_performance(past, hidden)

    text = msgspec.json.encode(reference).decode()
    assert '"yes"' not in text
    assert "DE" not in text
    assert set(reference.whole.curves[0].scores).isdisjoint(past["confidence"].to_pylist())
    found = by_name(estimated_performance(reference, past, hidden))
    assert sorted(slice_ for metric, slice_ in found if metric == "accuracy")[1].startswith(
        "country=#"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": pa.nulls(50, pa.string())}, "0 rows of the reference have a label"),
        ({"confidence": pa.array([1.5] * 50)}, "a probability is missing, below 0 or above 1"),
    ],
)
def test_a_reference_that_says_too_little_is_refused(
    change: dict[str, pa.Array], message: str
) -> None:
    table = classified(np.random.default_rng(8), 50)
    for name, values in change.items():
        table = table.set_column(table.column_names.index(name), name, values)

    with pytest.raises(Invalid, match=message):
        fit_estimated_performance(table)


def test_without_a_confidence_or_an_answer_there_is_no_estimate() -> None:
    table = classified(np.random.default_rng(9), 50)

    with pytest.raises(Invalid, match="nothing says how sure the answers are"):
        fit_estimated_performance(table.drop_columns("confidence"))
    with pytest.raises(NotFound, match="no column named 'prediction'"):
        fit_estimated_performance(table.drop_columns("prediction"))
