"""What a model answered and how sure it was, read from columns that say it in several ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.performance.answered import (
    Columns,
    classes_in,
    codes_of,
    confidence_meant,
    kind_in,
    labelled,
    names_of,
    rows_in,
    scores_of,
    slices_in,
    told,
)


def table(**columns: Any) -> pa.Table:
    return pa.table(columns)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([1, 2], ["1", "2"]),
        ([1.0, 2.5, None], ["1", "2.5", None]),
        ([True, False], ["true", "false"]),
        (["a", None, "a"], ["a", None, "a"]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        ([], []),
    ],
)
def test_a_class_has_one_name_however_it_is_written(values: Any, names: list[Any]) -> None:
    assert names_of(values).tolist() == names


def test_a_hidden_name_is_a_digest_that_tells_values_apart() -> None:
    one, same, other, missing = names_of(["Bonn", "Bonn", "Rome", None], hidden=True)

    assert one == same
    assert one != other
    assert one.startswith("#")
    assert missing is None


@pytest.mark.parametrize(
    ("label", "prediction", "kind"),
    [
        (["a", "b"], ["a", "a"], "classes"),
        ([0, 1], [0, 1], "classes"),
        ([True, False], [True, True], "classes"),
        (list(range(100)), [0.5] * 100, "numbers"),
        (list(range(100)), ["low"] * 100, "classes"),
    ],
)
def test_labels_are_classes_unless_both_are_many_numbers(
    label: list[Any], prediction: list[Any], kind: str
) -> None:
    rows = table(label=label, prediction=prediction)

    assert kind_in(rows, Columns()) == kind
    assert kind_in(rows, Columns(kind="numbers")) == "numbers"


def test_of_two_classes_the_positive_one_stands_last_and_must_be_there() -> None:
    names = names_of(["no", "yes"])

    assert classes_in(names, names, Columns()) == ("no", "yes")
    assert classes_in(names, names, Columns(positive="no")) == ("yes", "no")
    with pytest.raises(Invalid, match="no row is of the positive class 'maybe'"):
        classes_in(names, names, Columns(positive="maybe"))


def test_a_class_nobody_knows_has_no_number() -> None:
    assert codes_of(names_of(["b", "z", "a"]), ("a", "b")).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("sure", "said", "meant"),
    [
        ([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], "positive"),
        ([0.9, 0.6, 0.8, 0.7], [1, 1, 0, 0], "prediction"),
        ([0.3, 0.4, 0.1], [1, 1, 0], "positive"),
        ([0.9, 0.8], [1, 1], "prediction"),
    ],
)
def test_what_a_confidence_is_of_is_seen_by_whether_it_parts_the_answers(
    sure: list[float], said: list[int], meant: str
) -> None:
    found = confidence_meant(np.array(sure), np.array(said), Columns())

    assert found == meant
    given = Columns(confidence_of="prediction")
    assert confidence_meant(np.array(sure), np.array(said), given) == "prediction"


def test_scores_are_of_the_positive_class_whichever_way_the_confidence_is_meant() -> None:
    rows = table(prediction=["yes", "no"], confidence=[0.9, 0.8])
    classes = ("no", "yes")

    of_answer = scores_of(rows, classes, Columns(), "prediction")
    of_positive = scores_of(rows, classes, Columns(), "positive")

    assert of_answer is not None
    assert of_positive is not None
    assert of_answer[:, 1].tolist() == pytest.approx([0.9, 0.2])
    assert of_positive[:, 1].tolist() == pytest.approx([0.9, 0.8])
    assert scores_of(rows.drop_columns("confidence"), classes, Columns(), "positive") is None


def test_each_class_may_have_a_column_and_then_every_class_needs_one() -> None:
    rows = table(prediction=["a"], p_a=[0.5], p_b=[0.3], p_c=[0.2])
    columns = Columns(probabilities={"a": "p_a", "b": "p_b", "c": "p_c"})

    scores = scores_of(rows, ("a", "b", "c"), columns, "prediction")

    assert scores is not None
    assert scores.tolist() == [[0.5, 0.3, 0.2]]
    with pytest.raises(Invalid, match="a class has no column of it"):
        scores_of(rows, ("a", "b", "c", "d"), columns, "prediction")
    with pytest.raises(NotFound, match="no column named 'p_e'"):
        scores_of(rows, ("e",), Columns(probabilities={"e": "p_e"}), "prediction")


def test_rows_without_label_answer_or_confidence_are_left_out_where_they_are_needed() -> None:
    rows = table(
        prediction=["a", None, "b", "b"],
        label=["a", "a", None, "b"],
        confidence=[None, 0.5, 0.5, 0.5],
    )

    assert labelled(rows, Columns()).num_rows == 2
    assert told(rows, Columns()).num_rows == 3
    assert told(rows.drop_columns("confidence"), Columns()).num_rows == 4
    assert told(rows, Columns(probabilities={"a": "confidence"})).num_rows == 3


def test_the_most_frequent_slices_are_named_and_found_again() -> None:
    rows = table(town=["Rome", "Bonn", "Rome", None, "Oslo"], age=[1, 2, 2, 2, 3])
    columns = Columns(slices=("town", "age"), n_slices=2)

    assert slices_in(rows, columns) == ["town=Rome", "town=Bonn", "age=2", "age=1"]
    assert rows_in(rows, "town=Rome", columns).tolist() == [True, False, True, False, False]
    assert rows_in(rows, "", columns).all()
    hidden = Columns(slices=("town",), hidden=True)
    assert all("Rome" not in each for each in slices_in(rows, hidden))
    assert rows_in(rows, slices_in(rows, hidden)[0], hidden).sum() == 2
