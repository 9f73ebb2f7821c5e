"""Feedback in bulk: known by its content, kept before its prediction comes, and erased with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.serve import labelling, operations, queries
from headgate.serve.erasers import PredictionEraser
from headgate.serve.nouns import Feedback, FeedbackReport, GiveFeedback, ListFeedback, LogFeedback
from headgate.serve.watched import DeploymentWatch
from headgate.spine.lineage.affected import Affected
from headgate.spine.ports import Subject
from headgate.spine.store.moments import MOMENTS, take_moment
from headgate.spine.store.queries import bump
from headgate.spine.work import Work
from tests.serve.conftest import NOON, Serving, fresh

HOUR = timedelta(hours=1)
INFINITE = float("inf")
FAR = pa.array([2**60], pa.timestamp("us"))
"""A time in the year 38,505, as milliseconds read as microseconds may be."""
FAR_DAY = pa.array([2**30], pa.date32())


@pytest.fixture
def served(serving: Serving) -> Serving:
    serving.deploy("prod")
    rows = [{"prediction_id": f"p{n}", "output": n, "at": NOON} for n in range(4)]
    serving.log(rows, deployment="prod")
    return serving


class Labelled(Serving):
    """A project whose predictions bear other names in every round."""

    round = 0


@pytest.fixture(scope="module")
def labelled() -> Iterator[Labelled]:
    """A project that all examples of a law share."""
    with fresh() as serving:
        yield Labelled(serving.context)


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


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["x"]).dictionary_encode(), "x"),
        (pa.array(["x"], pa.large_string()), "x"),
        (pa.array([2**64 - 1], pa.uint64()), 2**64 - 1),
        (pa.array([0.1]), 0.1),
        (pa.array([True]), True),
        (pa.array([[1, None]]), [1, None]),
        (pa.array([{"label": "ü"}]), {"label": "ü"}),
        (pa.array(['{"label": 1}']), {"label": 1}),
        (pa.array(["[draft"]), "[draft"),
        (pa.array(["\0"]), "\0"),
        (pa.array(["null"]), "null"),
        (pa.array([""]), ""),
    ],
)
def test_a_value_is_kept_as_what_it_is(served: Serving, values: Any, expected: Any) -> None:
    give(served, {"prediction_id": ["p0"], "value": values})

    found = kept(served)[0][2]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "moment",
    [
        pa.array([NOON], pa.timestamp("s", "UTC")),
        pa.array([int(NOON.timestamp()) * 10**9 + 1], pa.timestamp("ns")),
        pa.array([NOON], pa.timestamp("us", "Europe/Berlin")),
        pa.array(["2026-11-03T13:00:00+01:00"]),
        pa.array(["2026-11-03 12:00:00"]).dictionary_encode(),
    ],
)
def test_a_time_is_the_same_moment_however_it_is_written(served: Serving, moment: Any) -> None:
    give(served, {"prediction_id": ["p0"], "value": [1], "at": moment})

    (one,) = operations.list_feedback(served.context, ListFeedback())
    assert one.at == NOON


def test_an_id_that_is_a_number_is_written_out(served: Serving) -> None:
    report = give(served, {"prediction_id": [7, 7], "value": [1, 2]})

    assert (report.n_unknown, report.unknown) == (1, ("7",))


def test_only_the_first_ten_unknown_predictions_are_named(served: Serving) -> None:
    ids = [f"new{n}" for n in range(12)] * 2

    report = give(served, {"prediction_id": [*ids, "p0"], "value": list(range(25))})

    assert (report.n_logged, report.n_unknown) == (25, 12)
    assert report.unknown == tuple(ids[:10])


def test_two_columns_of_one_name_are_refused(served: Serving) -> None:
    ids, values = pa.array(["p0"]), pa.array([1])
    rows = pa.table([ids, values, values], names=["prediction_id", "value", "value"])

    with pytest.raises(Invalid, match="two columns"):
        operations.log_feedback(served.context, LogFeedback(), rows)


@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=8),
    cut=st.integers(0, 8),
)
@settings(max_examples=15, deadline=None)
def test_however_feedback_is_cut_and_repeated_the_same_is_kept(
    labelled: Labelled, rows: list[tuple[str, int]], cut: int
) -> None:
    def put(part: list[tuple[str, int]]) -> int:
        ids, values = [f"{labelled.round}{name}" for name, _ in part], [one for _, one in part]
        columns = {"prediction_id": pa.array(ids, pa.string()), "value": pa.array(values, "i8")}
        return give(labelled, columns).n_logged

    labelled.round += 1
    n_first, n_rest, n_again = put(rows[:cut]), put(rows[cut:]), put(rows[::-1])

    assert n_first + n_rest == len(set(rows))
    assert n_again == 0


def test_labels_of_several_parts_of_a_call_are_received_and_late(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "_AT_ONCE", 2)
    before = moment_of(served)

    report = give(served, {"prediction_id": ["p0", "p1", "p2", "p3", "p0"], "value": [1] * 5})

    assert (report.n_logged, report.n_skipped) == (4, 1)
    assert DeploymentWatch().late(served.context, "prod", before) == (NOON,) * 4
    assert DeploymentWatch().late(served.context, "prod", moment_of(served)) == ()


def test_a_label_from_the_past_is_late_when_it_comes_in_bulk(served: Serving) -> None:
    before = now()

    give(served, {"prediction_id": ["p1", "later"], "value": [1, 1], "at": [NOON - HOUR] * 2})

    assert DeploymentWatch().late(served.context, "prod", before) == (NOON,)


def moment_of(serving: Serving) -> datetime:
    with Work(serving.context) as work:
        return take_moment(work.connection, serving.context.tenant)


def test_labels_under_way_come_before_a_moment_and_all_others_after_it(served: Serving) -> None:
    at_hand, may_end = threading.Event(), threading.Event()
    given = Feedback("f", "p1", "label", 1, "ada", NOON)
    context = served.context

    def slowly() -> None:
        with Work(context) as work:
            queries.put_feedback(work.connection, context.tenant, given)
            work.record("feedback_given", "prediction:p1", {})
            at_hand.set()
            may_end.wait(10)

    with ThreadPoolExecutor(2) as pool:
        label = pool.submit(slowly)
        at_hand.wait(10)
        moment = pool.submit(moment_of, served)
        is_early = not wait([moment], timeout=0.2).not_done
        may_end.set()
        label.result(10)
        taken = moment.result(10)
    n_before = len(kept(served))
    give(served, {"prediction_id": ["p2"], "value": [1]})

    assert (is_early, n_before) == (False, 1)
    assert DeploymentWatch().late(context, "prod", taken - timedelta(days=1)) == (NOON,) * 2
    assert DeploymentWatch().late(context, "prod", taken) == (NOON,)


def test_labels_are_late_after_a_moment_although_the_clock_was_set_back(served: Serving) -> None:
    ahead = int((now() + HOUR).timestamp() * 1_000_000)
    with Work(served.context) as work:
        bump(work.connection, served.context.tenant, MOMENTS, ahead)
    moment = moment_of(served)

    give(served, {"prediction_id": ["p1"], "value": [1]})
    operations.give_feedback(served.context, GiveFeedback("p2", "label", "1"))

    assert moment > now()
    assert DeploymentWatch().late(served.context, "prod", moment) == (NOON,) * 2


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
        ({"prediction_id": ["p0"], "value": [INFINITE]}, Invalid, "value of row 0"),
        ({"prediction_id": ["p0", "p\0"], "value": [1, 2]}, Invalid, "prediction_id of row 1"),
        ({"prediction_id": ["p0"], "value": [1], "actor": ["\0"]}, Invalid, "actor of row 0"),
        ({"prediction_id": ["p0"], "value": [1], "at": FAR}, Invalid, "at of row 0"),
        ({"prediction_id": ["p0"], "value": [1], "at": FAR_DAY}, Invalid, "at of row 0"),
        ({"prediction_id": ["p0"], "value": [1], "at": [3]}, Invalid, "at"),
    ],
)
def test_feedback_that_cannot_be_kept_is_refused_as_a_whole(
    served: Serving, rows: dict[str, Any], family: type[Exception], says: str
) -> None:
    with pytest.raises(family, match=says) as told:
        give(served, rows)

    assert getattr(told.value, "mend", "")
    assert kept(served) == []
