"""Listing and showing the log against a plain list, and judging what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.serve import merging, operations
from headgate.serve.nouns import (
    Feedback,
    FeedbackKind,
    GiveFeedback,
    ListFeedback,
    ListPredictions,
    ShowPrediction,
)
from headgate.serve.schema import SCHEMA
from tests.serve.conftest import NOON, Serving, fresh

DEPLOYMENTS = [None, "prod", "canary"]
RELEASES = [None, "api@1", "api@2"]
HOURS = st.integers(-2, 12).map(lambda hours: NOON + timedelta(hours=hours))
CALLS = st.lists(
    st.lists(
        st.fixed_dictionaries(
            {
                "deployment": st.sampled_from(DEPLOYMENTS),
                "release": st.sampled_from(RELEASES),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    min_size=1,
    max_size=4,
)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "deployment": st.sampled_from(DEPLOYMENTS[1:]),
        "release": st.sampled_from(RELEASES[1:]),
        "from_": HOURS,
        "to": HOURS,
        "limit": st.integers(1, 6),
    },
)


def prepared(serving: Serving) -> Serving:
    serving.release()
    serving.release()
    serving.deploy("prod")
    serving.deploy("canary")
    return serving


def wanted(rows: list[dict[str, Any]], asked: dict[str, Any]) -> list[str]:
    """Answer a request by looking at every row."""
    kept = [
        row
        for row in rows
        if all(row[name] == asked[name] for name in ("deployment", "release") if name in asked)
        and row["at"] >= asked.get("from_", row["at"])
        and ("to" not in asked or row["at"] < asked["to"])
    ]
    kept.sort(key=lambda row: row["at"], reverse=True)
    return [row["prediction_id"] for row in kept[: asked.get("limit", 100)]]


@settings(max_examples=8)
@given(calls=CALLS, order=st.randoms(use_true_random=False), asked=st.lists(ASKED, max_size=8))
def test_a_list_is_what_a_plain_search_finds(
    calls: list[list[dict[str, Any]]], order: Any, asked: list[dict[str, Any]]
) -> None:
    rows = [row for call in calls for row in call]
    minutes = order.sample(range(600), len(rows))
    for number, (row, minute) in enumerate(zip(rows, minutes, strict=True)):
        row |= {"prediction_id": f"p{number}", "at": NOON + timedelta(minutes=minute)}
    with fresh() as serving:
        prepared(serving)
        for call in calls:
            serving.log(call)

        for request in [{}, *asked]:
            listed = [row["prediction_id"] for row in serving.listed(**request)]

            assert listed == wanted(rows, request)


def test_predictions_of_one_moment_are_all_listed(serving: Serving) -> None:
    for word in "abc":
        serving.log([{"prediction_id": f"{word}{n}", "at": NOON} for n in range(3)])

    every, some = serving.listed(), serving.listed(limit=4)

    assert len({row["prediction_id"] for row in every}) == 9
    assert [row["prediction_id"] for row in some] == [row["prediction_id"] for row in every[:4]]


def test_a_window_holds_its_start_and_not_its_end(serving: Serving) -> None:
    second = timedelta(microseconds=1)
    rows = [{"prediction_id": f"p{n}", "at": NOON + n * second} for n in range(4)]
    serving.log(rows)

    def ids(**window: Any) -> list[str]:
        return [row["prediction_id"] for row in serving.listed(**window)]

    assert ids(from_=NOON + second, to=NOON + 3 * second) == ["p2", "p1"]
    assert ids(from_=NOON + second, to=NOON + second) == []
    assert ids(from_=NOON + 3 * second, to=NOON) == []


def test_a_list_of_nothing_has_every_column(serving: Serving) -> None:
    prepared(serving)

    empty = operations.list_predictions(serving.context, ListPredictions(deployment="prod"))

    assert (empty.num_rows, empty.schema) == (0, SCHEMA)


def test_what_is_listed_can_be_logged_elsewhere_and_is_the_same(serving: Serving) -> None:
    prepared(serving).commit("orders", 3)
    row = {"at": NOON, "input": {"a": [1]}, "output": ["no"], "input_row_ids": [3], "cost": 0.5}
    serving.log([row | {"prediction_id": "p1"}], snapshot="orders@1", release="api@2")
    listed = pa.Table.from_pylist(serving.listed(), schema=SCHEMA)

    with fresh() as other:
        prepared(other).commit("orders", 3)
        other.log(listed.drop_columns("extra"))

        assert other.listed() == serving.listed()


def test_everything_a_prediction_lacks_is_shown_as_missing(serving: Serving) -> None:
    serving.log([{"prediction_id": "p1", "at": NOON}])

    shown = operations.show_prediction(serving.context, ShowPrediction("p1"))

    held = {name: value for name, value in msgspec.structs.asdict(shown).items() if value}
    assert held == {"prediction_id": "p1", "at": NOON}
    assert (shown.input_row_ids, shown.extra, shown.feedback) == ((), {}, ())


@pytest.mark.parametrize("absent", ["p2", "", "P1", "p1 ", "pred_" + "0" * 22])
def test_an_id_the_log_has_not_is_told_with_where_to_look(
    serving: Serving, refuses: Callable[..., str], absent: str
) -> None:
    serving.log([{"prediction_id": "p1"}])
    request = ShowPrediction(absent)

    message = refuses(NotFound, lambda: operations.show_prediction(serving.context, request))

    assert repr(absent) in message
    assert "headgate prediction list" in message


def judge(serving: Serving, prediction_id: str, kind: Any, value: Any, **more: Any) -> Feedback:
    return operations.give_feedback(
        serving.context, GiveFeedback(prediction_id, kind, value, **more)
    )


def judged(serving: Serving, **asked: Any) -> list[Feedback]:
    return list(operations.list_feedback(serving.context, ListFeedback(**asked)))


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("thumb", "up", "up"),
        ("thumb", "down", "down"),
        ("correction", "yes", "yes"),
        ("correction", "", ""),
        ("correction", '{"price": 3}', {"price": 3}),
        ("correction", '["a", null]', ["a", None]),
        ("correction", "{unfinished", "{unfinished"),
        ("correction", "true", "true"),
        ("override", 17, 17),
        ("override", 2**70, 2**70),
        ("override", -0.5, -0.5),
        ("label", True, True),
        ("label", False, False),
        ("label", 0, 0),
    ],
)
def test_a_judgment_is_kept_as_it_was_given(
    serving: Serving, kind: str, value: Any, kept: Any
) -> None:
    serving.log([{"prediction_id": "p1"}])

    given = judge(serving, "p1", kind, value)

    [listed] = judged(serving)
    assert listed == given
    assert (given.kind, given.value, type(given.value)) == (kind, kept, type(kept))
    assert given.actor == serving.context.actor
    assert operations.show_prediction(serving.context, ShowPrediction("p1")).feedback == (given,)


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("thumb", "UP", "up or down"),
        ("thumb", "", "up or down"),
        ("thumb", True, "up or down"),
        ("thumb", 1, "up or down"),
        ("label", float("nan"), "a label cannot be nan"),
        ("override", float("inf"), "a finite number"),
    ],
)
def test_a_judgment_without_a_meaning_is_refused(
    serving: Serving, refuses: Callable[..., str], kind: str, value: Any, told: str
) -> None:
    serving.log([{"prediction_id": "p1"}])

    message = refuses(Invalid, lambda: judge(serving, "p1", kind, value))

    assert told in message
    assert judged(serving) == []
    assert serving.events("feedback_given") == []


def test_a_judgment_that_is_not_dated_is_of_now(serving: Serving) -> None:
    serving.log([{"prediction_id": "p1"}])
    before = now()

    given = judge(serving, "p1", "label", 1)

    assert before <= given.at <= now()


def test_feedback_is_filtered_by_prediction_kind_and_limit(serving: Serving) -> None:
    serving.log([{"prediction_id": one} for one in ("p1", "p2")])
    kinds = get_args(FeedbackKind)
    for hour, (one, kind) in enumerate((one, kind) for one in ("p1", "p2") for kind in kinds):
        judge(serving, one, kind, "up", at=NOON + timedelta(hours=hour % 3))

    newest = judged(serving)

    assert [one.at for one in newest] == sorted((one.at for one in newest), reverse=True)
    assert len(newest) == 8
    assert {one.prediction_id for one in judged(serving, prediction_id="p2")} == {"p2"}
    assert [one.kind for one in judged(serving, kind="label")] == ["label"] * 2
    assert len(judged(serving, prediction_id="p1", kind="thumb")) == 1
    assert judged(serving, limit=3) == newest[:3]
    assert judged(serving, prediction_id="p9") == []


def test_feedback_given_before_a_merge_stands_after_it(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving.log([{"prediction_id": "p1", "at": NOON}])
    late = judge(serving, "p1", "label", "churned", at=NOON + timedelta(days=400))
    early = judge(serving, "p1", "thumb", "up", at=NOON)
    serving.log([{"prediction_id": "p2"}])
    monkeypatch.setattr(merging, "MANY", 1)

    assert merging.merge_small(serving.context) is not None

    shown = operations.show_prediction(serving.context, ShowPrediction("p1"))
    assert shown.feedback == (early, late)
    assert judge(serving, "p2", "thumb", "down").prediction_id == "p2"
