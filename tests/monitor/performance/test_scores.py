"""Scores with chances of 0 and 1, and with chances between, against sklearn.metrics."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate.monitor.performance.scores import (
    average_precision,
    confusion,
    of_confusion,
    of_ranks,
    roc_auc,
)

MANY = settings(max_examples=60, deadline=None)
SCORED = st.lists(
    st.tuples(st.integers(0, 10).map(lambda each: each / 10), st.floats(0, 1)),
    min_size=1,
    max_size=40,
)
PREDICTED = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@MANY
@given(rows=SCORED)
def test_ranks_of_labels_are_scored_as_by_sklearn(rows: list[tuple[float, float]]) -> None:
    scores, chances = np.array(rows).T
    labels = (chances > 0.5).astype(float)
    assume(0 < labels.sum() < len(labels))

    theirs = sklearn.metrics.roc_auc_score(labels, scores)
    assert roc_auc(scores, labels) == pytest.approx(theirs, abs=1e-9)
    precision = sklearn.metrics.average_precision_score(labels, scores)
    assert average_precision(scores, labels) == pytest.approx(precision, abs=1e-9)


@MANY
@given(rows=SCORED)
def test_a_chance_is_a_row_that_is_both_with_weights(rows: list[tuple[float, float]]) -> None:
    scores, chances = np.array(rows).T
    assume(1e-3 < chances.sum() < len(chances) - 1e-3)

    twice = {
        "y_true": np.repeat([1, 0], len(scores)),
        "y_score": np.tile(scores, 2),
        "sample_weight": np.concatenate([chances, 1 - chances]),
    }
    theirs = sklearn.metrics.roc_auc_score(**twice)
    assert roc_auc(scores, chances) == pytest.approx(theirs, abs=1e-9)
    precision = sklearn.metrics.average_precision_score(**twice)
    assert average_precision(scores, chances) == pytest.approx(precision, abs=1e-9)


@MANY
@given(rows=PREDICTED, k=st.sampled_from([2, 3]))
def test_a_confusion_matrix_tells_what_sklearn_tells(rows: list[tuple[int, int]], k: int) -> None:
    truth, said = np.minimum(np.array(rows).T, k - 1)

    table = confusion(np.eye(k)[truth], said)

    found = of_confusion(table)
    average = "binary" if k == 2 else "macro"
    options = {"labels": range(k), "average": average, "zero_division": 0}
    assert table.tolist() == sklearn.metrics.confusion_matrix(truth, said, labels=range(k)).tolist()
    for name in ("precision", "recall", "f1"):
        theirs = getattr(sklearn.metrics, f"{name}_score")(truth, said, **options)
        assert found[name] == pytest.approx(theirs, abs=1e-9)
    assert found["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(truth, said))


def test_of_two_classes_specificity_is_the_recall_of_the_other() -> None:
    table = np.array([[8.0, 2.0], [1.0, 9.0]])

    assert of_confusion(table)["specificity"] == 0.8


def test_of_several_classes_ranks_are_the_mean_of_each_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 200)
    scores = rng.dirichlet([1, 1, 1], 200) + np.eye(3)[truth] * 0.3
    scores /= scores.sum(axis=1, keepdims=True)

    theirs = sklearn.metrics.roc_auc_score(truth, scores, multi_class="ovr")
    assert of_ranks(scores, np.eye(3)[truth])["roc_auc"] == pytest.approx(theirs, abs=1e-9)


def test_ranks_of_one_class_are_not_defined() -> None:
    ones = np.ones(3)

    assert math.isnan(roc_auc(np.array([0.1, 0.2, 0.3]), ones))
    assert math.isnan(average_precision(np.array([0.1, 0.2, 0.3]), 0 * ones))
