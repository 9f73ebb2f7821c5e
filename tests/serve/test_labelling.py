"""Feedback in bulk: known by its content, kept before its prediction comes, and erased with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.serve import operations
from headgate.serve.erasers import PredictionEraser
from headgate.serve.nouns import FeedbackReport, ListFeedback, LogFeedback
from headgate.serve.watched import DeploymentWatch
from headgate.spine.lineage.affected import Affected
from headgate.spine.ports import Subject
from headgate.spine.work import Work
from tests.serve.conftest import NOON, Serving

HOUR = timedelta(hours=1)


@pytest.fixture
def served(serving: Serving) -> Serving:
    serving.deploy("prod")
    rows = [{"prediction_id": f"p{n}", "output": n, "at": NOON} for n in range(4)]
    serving.log(rows, deployment="prod")
    return serving


def give(serving: Serving, rows: dict[str, Any], **asked: Any) -> FeedbackReport:
    return operations.log_feedback(serving.context, LogFeedback(**asked), pa.table(rows))


def kept(serving: Serving) -> list[tuple[Any, ...]]:
    found = operations.list_feedback(serving.context, ListFeedback())
    return sorted((one.prediction_id, one.kind, one.value, one.actor) for one in found)


def test_labels_of_many_predictions_are_kept_at_once(served: Serving) -> None:
    report = give(served, {"prediction_id": ["p0", "p1"], "value": [1, 0]})

    assert (report.n_logged, report.n_skipped, report.n_unknown) == (2, 0, 0)
    actor = served.context.actor
    assert kept(served) == [("p0", "label", 1, actor), ("p1", "label", 0, actor)]


def test_each_row_may_say_its_kind_time_and_actor(served: Serving) -> None:
    rows = {
        "prediction_id": ["p0", "p1"],
        "kind": ["thumb", None],
        "value": ["up", "late"],
        "at": [None, "2026-11-05"],
        "actor": ["ann", None],
    }

    give(served, rows, kind="correction")

    assert [one[:3] for one in kept(served)] == [
        ("p0", "thumb", "up"),
        ("p1", "correction", "late"),
    ]
    assert kept(served)[0][3] == "ann"


def test_the_same_feedback_is_kept_once_and_another_value_beside_it(served: Serving) -> None:
    rows = {"prediction_id": ["p0", "p1"], "value": [1, 0]}
    timed = rows | {"at": [NOON, NOON]}

    first, again = give(served, rows), give(served, rows)
    with_times, with_times_again = give(served, timed), give(served, timed)
    other = give(served, rows | {"value": [1, 1]})

    logged = [one.n_logged for one in (first, again, with_times, with_times_again, other)]
    assert logged == [2, 0, 2, 0, 1]
    assert again.n_skipped == 2


def test_a_row_that_stands_twice_in_a_call_is_kept_once(served: Serving) -> None:
    report = give(served, {"prediction_id": ["p0", "p0"], "value": ["a", "a"]})

    assert (report.n_logged, report.n_skipped) == (1, 1)


def test_feedback_may_come_before_its_prediction(served: Serving) -> None:
    report = give(served, {"prediction_id": ["p0", "late", "late"], "value": [1, 2, 3]})
    served.log([{"prediction_id": "late", "output": 0, "at": NOON + HOUR}], deployment="prod")

    assert (report.n_unknown, report.unknown, report.n_logged) == (1, ("late",), 3)
    parts = DeploymentWatch().rows(served.context, "prod", NOON + HOUR, NOON + 2 * HOUR)
    assert next(iter(parts))["label"].to_pylist()[0] in {2, 3}


def test_its_id_tells_nothing_of_the_value(served: Serving) -> None:
    give(served, {"prediction_id": ["p0"], "value": ["ann@example.org"], "at": [NOON]})

    (one,) = operations.list_feedback(served.context, ListFeedback())
    assert one.feedback_id.startswith("fb_")
    assert served.events("feedback_logged")[0].payload == {"n_logged": 1, "n_given": 1}


def test_a_subject_is_erased_from_it_and_does_not_come_back(served: Serving) -> None:
    rows = {"prediction_id": ["p0", "p1"], "value": ["call ann@example.org", "4417001"]}
    give(served, rows)
    words = ("ann@example.org", "4417001")
    subject = Subject(affected=Affected(served.context), words=words, is_plan=False)

    with Work(served.context) as work:
        PredictionEraser().rub_out(work.connection, served.context, subject)
        work.record("rows_erased", "dataset:x", {})
    again = give(served, rows)

    assert [one[2] for one in kept(served)] == ["call [erased]", "[erased]"]
    assert again.n_logged == 0
    parts = DeploymentWatch().rows(served.context, "prod", NOON, NOON + HOUR)
    assert set(next(iter(parts))["label"].to_pylist()) == {None}


def test_a_number_that_was_erased_reads_as_text(served: Serving) -> None:
    give(served, {"prediction_id": ["p1"], "value": [4_417_001]})
    subject = Subject(affected=Affected(served.context), words=("4417001",), is_plan=False)

    with Work(served.context) as work:
        PredictionEraser().rub_out(work.connection, served.context, subject)
        work.record("rows_erased", "dataset:x", {})

    assert kept(served)[0][2] == "[erased]"


def test_no_feedback_is_nothing(served: Serving) -> None:
    report = give(served, {"prediction_id": pa.array([], pa.string()), "value": pa.array([], "i8")})

    assert (report.n_logged, report.n_unknown) == (0, 0)
    assert served.events("feedback_logged") == []


@pytest.mark.parametrize(
    ("rows", "family", "says"),
    [
        ({"value": [1]}, Invalid, "prediction_id"),
        ({"prediction_id": ["p0"]}, Invalid, "value"),
        ({"prediction_id": ["p0"], "value": [1], "when": [1]}, NotFound, "when"),
        ({"prediction_id": ["p0", None], "value": [1, 2]}, Invalid, "row 1"),
        ({"prediction_id": ["p0"], "value": [float("nan")]}, Invalid, "value of row 0"),
        ({"prediction_id": ["p0"], "value": [1], "kind": ["labl"]}, Invalid, "labl"),
        ({"prediction_id": ["p0"], "value": ["top"], "kind": ["thumb"]}, Invalid, "thumb"),
        ({"prediction_id": [0.5], "value": [1]}, Invalid, "prediction_id"),
        ({"prediction_id": ["p0"], "value": [1], "at": ["soon"]}, Invalid, "at"),
    ],
)
def test_feedback_that_cannot_be_kept_is_refused_as_a_whole(
    served: Serving, rows: dict[str, Any], family: type[Exception], says: str
) -> None:
    with pytest.raises(family, match=says) as told:
        give(served, rows)

    assert getattr(told.value, "mend", "")
    assert kept(served) == []
