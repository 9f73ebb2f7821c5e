"""CBPE where its assumption holds, where it does not, and against exact expectations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.performance import cbpe

N = 60_000


def population(rng: np.random.Generator, n: int, *, centre: float = 0.0) -> tuple[Any, Any, Any]:
    """Return inputs, chances and labels of a world whose chance depends on the input alone."""
    inputs = rng.normal(centre, 1, size=n)
    chances = 1 / (1 + np.exp(-(1.5 * inputs - 0.5)))
    return inputs, chances, (rng.random(n) < chances).astype(int)


def overconfident(inputs: Any) -> Any:
    """Score inputs by a model that ranks well but whose probabilities are too extreme."""
    return 1 / (1 + np.exp(-4 * (1.5 * inputs - 0.2)))


@pytest.mark.row("S1-21", part="estimated, classes")
@pytest.mark.parametrize("centre", [0.0, 0.6, -0.8])
def test_the_estimate_is_within_0_005_of_what_is_realised_when_inputs_move(centre: float) -> None:
    rng = np.random.default_rng(5)
    inputs, _, labels = population(rng, N)
    moved, _, hidden = population(rng, N, centre=centre)
    scores = overconfident(moved)

    estimates = cbpe(overconfident(inputs), scores, labels=labels)

    said = (scores >= 0.5).astype(int)
    realised = {
        "roc_auc": sklearn.metrics.roc_auc_score(hidden, scores),
        "average_precision": sklearn.metrics.average_precision_score(hidden, scores),
        "accuracy": sklearn.metrics.accuracy_score(hidden, said),
        "f1": sklearn.metrics.f1_score(hidden, said),
        "precision": sklearn.metrics.precision_score(hidden, said),
        "recall": sklearn.metrics.recall_score(hidden, said),
        "specificity": sklearn.metrics.recall_score(hidden, said, pos_label=0),
    }
    assert estimates.metrics.keys() == realised.keys()
    assert abs(estimates["roc_auc"].value - realised["roc_auc"]) <= 0.005
    for metric, value in realised.items():
        assert estimates[metric].value == pytest.approx(value, abs=0.012), metric
    assert np.array(estimates.confusion).sum() == pytest.approx(N)


def test_under_concept_drift_it_is_blind() -> None:
    rng = np.random.default_rng(6)
    inputs, _, labels = population(rng, N)
    same_inputs, chances, _ = population(rng, N)
    flipped = (rng.random(N) < 1 - chances).astype(int)

    estimates = cbpe(overconfident(inputs), overconfident(same_inputs), labels=labels)

    realised = sklearn.metrics.roc_auc_score(flipped, overconfident(same_inputs))
    assert realised < 0.25
    assert estimates["roc_auc"].value > 0.75
    assert not estimates["roc_auc"].is_outside


def test_chances_that_are_given_are_taken_as_they_are() -> None:
    chances = np.array([0.9, 0.8, 0.3, 0.1])

    estimates = cbpe(chances, chances, calibration="given")

    assert estimates["accuracy"].value == pytest.approx((0.9 + 0.8 + 0.7 + 0.9) / 4)
    assert estimates["precision"].value == pytest.approx(1.7 / 2)
    assert estimates["recall"].value == pytest.approx(1.7 / 2.1)
    assert estimates["f1"].value == pytest.approx(2 * 1.7 / (2 + 2.1))
    assert estimates.confusion == (
        (pytest.approx(1.6), pytest.approx(0.3)),
        pytest.approx((0.4, 1.7)),
    )
    assert estimates["accuracy"].low is None
    assert not estimates["accuracy"].is_outside


def test_every_number_says_that_it_is_estimated() -> None:
    estimates = cbpe([0.2, 0.8], [0.4, 0.9], calibration="given")

    assert estimates.is_estimated
    assert all(each.is_estimated for each in estimates.metrics.values())


def test_a_window_that_the_model_is_unsure_of_falls_out_of_the_band() -> None:
    rng = np.random.default_rng(7)
    _, chances, labels = population(rng, 20_000)
    _, usual, _ = population(rng, 2_000)
    unsure = 0.35 + 0.3 * rng.random(2_000)

    quiet = cbpe(chances, usual, labels=labels)
    loud: Any = cbpe(chances, unsure, labels=labels)

    assert not any(each.is_outside for each in quiet.metrics.values())
    assert loud["roc_auc"].is_outside
    assert loud["roc_auc"].value < 0.65 < loud["roc_auc"].low < loud["roc_auc"].reference


def test_the_band_of_a_smaller_window_is_wider() -> None:
    rng = np.random.default_rng(8)
    _, chances, labels = population(rng, 20_000)

    estimates: list[Any] = [cbpe(chances, chances[:n], labels=labels) for n in (8000, 500)]

    large, small = (each["accuracy"] for each in estimates)
    assert small.high - small.low == pytest.approx(4 * (large.high - large.low), rel=1e-6)


def test_of_several_classes_the_estimate_is_near_what_is_realised() -> None:
    rng = np.random.default_rng(9)

    def world(n: int, tilt: float) -> tuple[Any, Any]:
        logits = rng.normal(size=(n, 3)) * 1.5 + [tilt, 0, -tilt]
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        drawn = (rng.random((n, 1)) > np.cumsum(chances, axis=1)).sum(axis=1)
        return chances, np.minimum(drawn, 2)

    reference, labels = world(30_000, 0.0)
    current, hidden = world(30_000, 0.4)

    estimates = cbpe(reference, current, labels=pa.array(labels).cast(pa.string()))

    said = current.argmax(axis=1)
    auc = sklearn.metrics.roc_auc_score(hidden, current, multi_class="ovr")
    assert estimates.classes == ("0", "1", "2")
    assert estimates["roc_auc"].value == pytest.approx(auc, abs=0.005)
    assert estimates["accuracy"].value == pytest.approx(np.mean(said == hidden), abs=0.008)
    f1 = sklearn.metrics.f1_score(hidden, said, average="macro")
    assert estimates["f1"].value == pytest.approx(f1, abs=0.008)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labels": None}, "cannot be calibrated without labels"),
        ({"labels": [0, 1]}, "2 labels for 3 rows"),
        ({"labels": [0, 1, 2]}, "the labels have 3 classes, the probabilities 2"),
        ({"labels": [0, 1, None]}, "a label is missing"),
        ({"labels": [0, 1, 1], "current": [0.5, float("nan")]}, "below 0, above 1 or NaN"),
        ({"labels": [0, 1, 1], "current": [[0.2, 0.3, 0.5]]}, "different classes"),
        ({"labels": [0, 1, 1], "current": []}, "probabilities of shape"),
    ],
)
def test_what_cannot_be_estimated_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        cbpe([0.1, 0.6, 0.9], given.pop("current", [0.5]), **given)


def test_a_metric_that_was_not_estimated_is_named() -> None:
    estimates = cbpe([0.2, 0.8], [0.4, 0.9], calibration="given")

    with pytest.raises(NotFound, match="no estimated metric named 'auc'"):
        estimates["auc"]
