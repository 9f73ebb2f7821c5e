from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.serve import log as logging
from headgate.serve import merging, operations, queries
from headgate.serve.nouns import GiveFeedback, ListFeedback, ShowPrediction
from tests.serve.conftest import NOON, Serving, fresh


def rows_of(*ids: str, **columns: Any) -> list[dict[str, Any]]:
    return [{"prediction_id": one, "at": NOON, **columns} for one in ids]


def segments(serving: Serving) -> list[queries.Segment]:
    with serving.context.catalog.read() as connection:
        return queries.segment_rows(connection, serving.context.tenant)


@pytest.mark.row("S3-47", part="log")
def test_a_prediction_is_shown_as_it_was_logged(serving: Serving) -> None:
    serving.release()
    serving.deploy("prod", "api@1")
    serving.commit("orders", 5)

    report = serving.log(
        [
            {
                "prediction_id": "p1",
                "at": NOON,
                "release": "api@1",
                "trace_id": "t",
                "span_id": "s",
                "session_id": "c",
                "input": {"age": 7},
                "retrieved_row_ids": [2, 4],
                "output": "yes",
                "confidence": 0.75,
                "user_key": "ann",
                "n_tokens_in": 12,
                "cost": 0.002,
                "plan": "free",
            }
        ],
        deployment="prod",
        snapshot="orders",
    )

    shown = operations.show_prediction(serving.context, ShowPrediction("p1"))
    assert (report.n_logged, report.n_skipped, report.extra) == (1, 0, ("plan",))
    assert (shown.at, shown.deployment, shown.release) == (NOON, "prod", "api@1")
    assert (shown.input, shown.output, shown.extra) == ({"age": 7}, "yes", {"plan": "free"})
    assert (shown.snapshot, shown.retrieved_row_ids) == ("orders@1", (2, 4))
    assert shown.row_revisions == ((2, 1), (4, 1))
    assert (shown.confidence, shown.user_key, shown.n_tokens_in) == (0.75, "ann", 12)
    assert (shown.cost, shown.latency_ms, shown.parent_id) == (0.002, None, None)


def test_ids_are_minted_where_they_are_missing(serving: Serving) -> None:
    serving.log([{"prediction_id": "own", "output": 1}, {"output": 2}, {"output": 3}])
    serving.log([{"output": 4}])

    ids = [row["prediction_id"] for row in serving.listed()]
    assert len(set(ids)) == 4
    assert sum(one.startswith("pred_") for one in ids) == 3
    shown = [operations.show_prediction(serving.context, ShowPrediction(one)) for one in ids]
    assert sorted(one.output for one in shown) == [1, 2, 3, 4]


def test_a_retry_is_skipped_and_counted(serving: Serving) -> None:
    serving.log(rows_of("a", "b"))

    report = serving.log(rows_of("b", "c"))
    again = serving.log(rows_of("c", "a"))

    assert (report.n_logged, report.n_skipped) == (1, 1)
    assert (again.n_logged, again.n_skipped, again.segment) == (0, 2, None)
    assert sorted(row["prediction_id"] for row in serving.listed()) == ["a", "b", "c"]


def test_nothing_is_logged_of_nothing(serving: Serving) -> None:
    report = serving.log(pa.table({"output": pa.array([], pa.string())}))

    assert (report.n_logged, report.segment) == (0, None)
    assert serving.listed() == []


@pytest.mark.parametrize(
    ("rows", "family", "told"),
    [
        (rows_of("a", "b", "a"), Invalid, "prediction_id 'a' stands in rows 0 and 2"),
        (rows_of("a", ""), Invalid, "prediction_id of row 1 is empty"),
        (rows_of("a", deployment="prd"), NotFound, "no deployment named 'prd'"),
        (rows_of("a", release="api@7"), NotFound, "(column 'release', row 0)"),
        (rows_of("a", snapshot="orders@9"), NotFound, "no snapshot orders@9"),
        (
            rows_of("a", "b", snapshot="orders@1", input_row_ids=[99]),
            Invalid,
            "row 99 of prediction 0 is not in orders@1",
        ),
    ],
)
def test_a_call_that_contradicts_what_is_there_changes_nothing(
    serving: Serving,
    refuses: Callable[..., str],
    rows: list[dict[str, Any]],
    family: type[Exception],
    told: str,
) -> None:
    serving.release()
    serving.deploy("prod", "api@1")
    serving.commit("orders", 5)

    message = refuses(family, lambda: serving.log(rows))

    assert told in message
    assert serving.listed() == []
    assert serving.events("predictions_logged") == []


def test_events_hold_counts_and_no_personal_data(serving: Serving) -> None:
    serving.release()
    serving.deploy("prod", "api@1")
    first = rows_of("a", "b", user_key="ann@example.org", input="secret", release="api@1")

    report = serving.log([*first, {"prediction_id": "c", "deployment": None}])
    serving.log(rows_of("d"), deployment="prod")

    mixed, known = serving.events("predictions_logged")
    assert mixed.subject == "deployment:-"
    assert mixed.payload == {
        "segment": report.segment,
        "n_rows": 3,
        "by_release": {"api@1": 2, "-": 1},
    }
    assert known.subject == "deployment:prod"


def test_users_are_hashed_with_a_salt_of_the_project() -> None:
    def hashed() -> int:
        from headgate.spine.store.sealed import read_sealed

        with fresh() as serving:
            serving.log([{"user_key": "ann"}, {"user_key": None}, {"user_key": "ann"}])
            serving.log([{"user_key": "ann"}])
            blobs = serving.context.blobs
            columns = [read_sealed(blobs, one.blob, ["user"])["user"] for one in segments(serving)]
            values = {int(str(value)) for column in columns for value in column.to_pylist()}
            assert len(values) == 2
            assert 0 in values
            return max(values)

    assert hashed() != hashed()


def test_predictions_are_listed_newest_first_and_by_window(serving: Serving) -> None:
    serving.release()
    serving.release()
    serving.deploy("prod")
    for hour in range(6):
        at = NOON + timedelta(hours=hour)
        release = f"api@{hour % 2 + 1}"
        row = {"prediction_id": f"p{hour}", "at": at, "release": release}
        serving.log([row], deployment="prod" if hour < 3 else None)

    def ids(**request: Any) -> list[str]:
        return [row["prediction_id"] for row in serving.listed(**request)]

    assert ids() == ["p5", "p4", "p3", "p2", "p1", "p0"]
    assert ids(limit=2) == ["p5", "p4"]
    assert ids(release="api@1") == ["p4", "p2", "p0"]
    assert ids(deployment="prod") == ["p2", "p1", "p0"]
    window = {"from_": NOON + timedelta(hours=1), "to": NOON + timedelta(hours=4)}
    assert ids(**window) == ["p3", "p2", "p1"]
    assert ids(**window, deployment="prod", release="api@1") == ["p2"]
    assert ids(from_=NOON + timedelta(days=1)) == []


def test_names_that_are_not_there_cannot_be_listed(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    assert "no deployment" in refuses(NotFound, lambda: serving.listed(deployment="prod"))
    assert "no release" in refuses(NotFound, lambda: serving.listed(release="api@1"))


def test_an_id_that_somebody_else_logs_meanwhile_is_skipped(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = logging._sealed
    others = iter([rows_of("b", "x")])

    def overtaken(context: Any, ready: Any) -> Any:
        result = sealed(context, ready)
        for rows in others:
            serving.log(rows)
        return result

    monkeypatch.setattr(logging, "_sealed", overtaken)

    report = serving.log(rows_of("a", "b", "c"))

    assert (report.n_logged, report.n_skipped) == (2, 1)
    assert sorted(row["prediction_id"] for row in serving.listed()) == ["a", "b", "c", "x"]


@pytest.mark.row("S3-47", part="feedback")
def test_feedback_joins_its_prediction_however_late(serving: Serving) -> None:
    serving.log(rows_of("p1", "p2"))
    late = NOON + timedelta(days=30)

    operations.give_feedback(serving.context, GiveFeedback("p1", "label", value=True, at=late))
    operations.give_feedback(serving.context, GiveFeedback("p1", "thumb", "down", at=NOON))
    operations.give_feedback(serving.context, GiveFeedback("p2", "correction", '{"a": 1}'))

    shown = operations.show_prediction(serving.context, ShowPrediction("p1"))
    assert [(one.kind, one.value) for one in shown.feedback] == [("thumb", "down"), ("label", True)]
    listed = operations.list_feedback(serving.context, ListFeedback(kind="correction"))
    assert [(one.prediction_id, one.value) for one in listed] == [("p2", {"a": 1})]
    assert len(operations.list_feedback(serving.context, ListFeedback("p1"))) == 2
    assert "value" not in serving.events("feedback_given")[0].payload


def test_feedback_that_fits_nothing_is_refused(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    serving.log(rows_of("p1"))

    def give(*words: Any) -> Callable[[], Any]:
        return lambda: operations.give_feedback(serving.context, GiveFeedback(*words))

    assert "headgate prediction list" in refuses(NotFound, give("p7", "label", 1))
    assert "up or down" in refuses(Invalid, give("p1", "thumb", "sideways"))
    assert "'p7'" in refuses(
        NotFound, lambda: operations.show_prediction(serving.context, ShowPrediction("p7"))
    )


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "prediction_id": st.sampled_from("abcdefghij"),
            "at": st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
            "release": st.sampled_from([None, "api@1", "api@2"]),
            "deployment": st.sampled_from([None, "prod", "canary"]),
            "output": st.one_of(st.none(), st.text(max_size=5)),
            "user_key": st.sampled_from([None, "ann", "bob"]),
            "input_row_ids": st.lists(st.integers(1, 5), max_size=3),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: str(row["prediction_id"]),
)
CALLS = st.lists(ROWS, min_size=1, max_size=5)


def prepared(serving: Serving) -> None:
    serving.release()
    serving.release()
    serving.deploy("prod")
    serving.deploy("canary")
    serving.commit("orders", 5)


def everything(serving: Serving) -> list[dict[str, Any]]:
    return sorted(serving.listed(limit=1000), key=lambda row: row["prediction_id"])


@settings(max_examples=6)
@given(calls=CALLS)
def test_what_is_logged_is_listed_once_in_the_words_of_the_first_call(
    calls: list[list[dict[str, Any]]],
) -> None:
    with fresh() as serving:
        prepared(serving)
        expected: dict[str, dict[str, Any]] = {}
        for rows in calls:
            report = serving.log(rows, snapshot="orders@1")
            new = {
                row["prediction_id"]: row for row in rows if row["prediction_id"] not in expected
            }
            expected |= new
            assert (report.n_logged, report.n_skipped) == (len(new), len(rows) - len(new))
            assert serving.log(rows, snapshot="orders@1").n_logged == 0

        listed = {row["prediction_id"]: row for row in serving.listed(limit=1000)}

        assert listed.keys() == expected.keys()
        for name, row in expected.items():
            shown = operations.show_prediction(serving.context, ShowPrediction(name))
            assert (shown.at, shown.release, shown.user_key) == (
                row["at"],
                row["release"],
                row["user_key"],
            )
            assert shown.input_row_ids == tuple(row["input_row_ids"])
            assert listed[name]["deployment"] == row["deployment"]


@settings(max_examples=5)
@given(calls=CALLS)
def test_merging_small_segments_changes_no_answer(calls: list[list[dict[str, Any]]]) -> None:
    from headgate.serve.holders import PredictionHolder
    from headgate.spine.lineage import batches
    from headgate.spine.lineage.descend import seed_batches

    def answers(serving: Serving) -> Any:
        with serving.context.catalog.read() as connection:
            found = batches.by_rev(connection, serving.context.tenant, [1])
        affected = seed_batches(serving.context, found)
        holding = PredictionHolder().find(serving.context, affected, frozenset({"m@1"}))
        shown = [
            operations.show_prediction(serving.context, ShowPrediction(row["prediction_id"]))
            for row in everything(serving)
        ]
        return everything(serving), holding, shown

    with fresh() as serving, pytest.MonkeyPatch.context() as patch:
        prepared(serving)
        for rows in calls:
            serving.log(rows, snapshot="orders@1")
        before, n_segments = answers(serving), len(segments(serving))
        patch.setattr(merging, "MANY", 1)

        merged = merging.merge_small(serving.context)

        assert (merged is None) == (n_segments < 2)
        assert len(segments(serving)) == 1
        assert answers(serving) == before
        assert merging.merge_small(serving.context) is None


def test_many_small_calls_leave_few_segments(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MANY", 4)

    for index in range(12):
        serving.log(rows_of(f"p{index}"))

    assert len(segments(serving)) <= 5
    assert len(serving.listed()) == 12
    assert len(serving.events("predictions_sealed")) == 2


def test_segments_that_somebody_else_merges_meanwhile_are_merged_once(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(3):
        serving.log(rows_of(f"p{index}"))
    monkeypatch.setattr(merging, "MANY", 1)
    merged = merging._merged

    def overtaken(context: Any, small: Any) -> Any:
        monkeypatch.setattr(merging, "_merged", merged)
        assert merging.merge_small(context) is not None
        return merged(context, small)

    monkeypatch.setattr(merging, "_merged", overtaken)

    late = merging.merge_small(serving.context)

    assert late is None
    assert len(serving.listed()) == 3
    assert len(serving.events("predictions_sealed")) == 1
