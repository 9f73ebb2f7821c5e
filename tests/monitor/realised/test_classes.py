"""Realised metrics of classes against sklearn.metrics, and intervals that cover."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.realised import measure_classes

PAIRS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=50
)


@settings(max_examples=50, deadline=None)
@given(pairs=PAIRS)
def test_every_number_is_sklearns(pairs: list[tuple[str, str]]) -> None:
    labels, predictions = (list(column) for column in zip(*pairs, strict=True))
    names = sorted({*labels, *predictions})

    report = measure_classes(labels, predictions)

    rest = {"labels": names, "average": None, "zero_division": 0}
    accuracy = sklearn.metrics.accuracy_score(labels, predictions)
    assert report.accuracy.value == pytest.approx(accuracy, abs=1e-9)
    for metric in ("precision", "recall", "f1"):
        theirs = getattr(sklearn.metrics, f"{metric}_score")(labels, predictions, **rest)
        ours = [getattr(report.classes[name], metric).value for name in names]
        assert ours == pytest.approx(theirs.tolist(), abs=1e-9)
        assert report.macro[metric].value == pytest.approx(np.mean(theirs), abs=1e-9)
    counted = [[pairs.count((a, b)) for b in names] for a in names]
    assert [list(row) for row in report.confusion] == counted


@settings(max_examples=50, deadline=None)
@given(pairs=PAIRS)
def test_every_value_lies_within_its_interval(pairs: list[tuple[str, str]]) -> None:
    report = measure_classes(*zip(*pairs, strict=True))

    each = [report.accuracy]
    for one in report.classes.values():
        each += [one.precision, one.recall, one.f1, one.specificity]
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in each)


def test_the_intervals_cover_in_about_95_of_100_samples() -> None:
    rng = np.random.default_rng(0)
    chances = np.array([[0.40, 0.05, 0.05], [0.04, 0.20, 0.06], [0.02, 0.03, 0.15]])
    many = (chances * 1e6).round().astype(int)
    truth = {"accuracy": 0.75, "precision": 0.40 / 0.46, "f1": 0.80 / 0.96, "macro": macro_f1(many)}
    covered = dict.fromkeys(truth, 0)

    for _ in range(200):
        cells = rng.choice(9, size=150, p=chances.ravel())
        report = measure_classes(cells // 3, cells % 3)
        first = report.classes["0"]
        found = {
            "accuracy": report.accuracy,
            "precision": first.precision,
            "f1": first.f1,
            "macro": report.macro["f1"],
        }
        for name, one in found.items():
            covered[name] += one.low <= truth[name] <= one.high

    assert all(180 <= count <= 200 for count in covered.values()), covered


def macro_f1(table: np.ndarray) -> float:
    """Compute the mean f1 over classes of a confusion matrix."""
    return float(np.mean(2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))))


def test_a_class_that_was_never_predicted_has_a_precision_that_nothing_is_known_of() -> None:
    report = measure_classes(["a", "b"], ["a", "a"])

    precision = report.classes["b"].precision
    assert (precision.value, precision.low, precision.high, precision.n) == (0.0, 0.0, 1.0, 0)


def test_columns_of_other_libraries_are_taken() -> None:
    labels = pa.chunked_array([["a", "b"], ["a"]]).dictionary_encode()

    assert measure_classes(labels, np.array(["a", "b", "b"])).accuracy.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([], [], "0 labels for 0 predictions"),
        (["a"], ["a", "b"], "1 labels for 2 predictions"),
        (["a", None], ["a", "b"], "a class is missing"),
        (["a"], [1], "of different types"),
        (list(range(2001)), [0] * 2001, "there are 2001 classes"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    labels: list[object], predictions: list[object], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        measure_classes(labels, predictions)
