from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.serve import operations
from headgate.serve.nouns import GiveFeedback
from headgate.serve.watched import DeploymentWatch
from headgate.serve.watching import slices
from headgate.spine.ports import Reference
from tests.serve.conftest import NOON, Serving

HOUR = timedelta(hours=1)
WATCH = DeploymentWatch()


def seen(serving: Serving, *columns: str, hours: int = 24) -> pa.Table:
    parts = WATCH.rows(serving.context, "prod", NOON, NOON + hours * HOUR, columns=columns)
    return pa.concat_tables(parts).sort_by("at")


@pytest.fixture
def served(serving: Serving) -> Serving:
    """A deployment, and three predictions an hour apart."""
    serving.release(provider_model="m")
    serving.deploy("prod", "api@1")
    rows = [
        {"age": 30, "city": "Ulm", "home": {"rooms": 2}, "at": "own"},
        {"age": 40.5, "city": None, "home": {"rooms": 3}},
        {"age": 50, "city": "Bonn"},
    ]
    serving.log(
        [
            {
                "prediction_id": f"p{n}",
                "at": NOON + n * HOUR,
                "input": row,
                "output": {"class": "yes" if n else "no", "score": n / 10},
                "latency_ms": 1.5,
            }
            for n, row in enumerate(rows)
        ],
        deployment="prod",
        release="api@1",
    )
    return serving


def label(serving: Serving, prediction: str, value: Any, **given: Any) -> None:
    asked = GiveFeedback(prediction, given.pop("kind", "label"), value, **given)
    operations.give_feedback(serving.context, asked)


def test_features_answers_and_facts_of_a_window_are_columns(served: Serving) -> None:
    table = seen(served)

    assert table["prediction_id"].to_pylist() == ["p0", "p1", "p2"]
    assert table["age"].to_pylist() == [30.0, 40.5, 50.0]
    assert table["city"].to_pylist() == ["Ulm", None, "Bonn"]
    assert table["home.rooms"].to_pylist() == [2, 3, None]
    assert table["input.at"].to_pylist() == ["own", None, None]
    assert table["prediction"].to_pylist() == ["no", "yes", "yes"]
    assert table["output.score"].to_pylist() == [0.0, 0.1, 0.2]
    assert table["release"].to_pylist() == ["api@1"] * 3
    assert table["latency_ms"].to_pylist() == [1.5] * 3
    assert table["label"].null_count == table["labelled_at"].null_count == 3


def test_a_window_ends_before_its_end(served: Serving) -> None:
    table = seen(served, hours=2)

    assert table["at"].to_pylist() == [NOON, NOON + HOUR]
    assert WATCH.span(served.context, "prod") == (NOON, NOON + 2 * HOUR)


def test_only_columns_asked_for_are_read_and_one_that_is_not_there_is_left_out(
    served: Serving,
) -> None:
    assert seen(served, "age", "nothing").column_names == ["at", "age"]
    assert seen(served, "label").column_names == ["at", "label"]
    assert seen(served, "output.class", "prediction").column_names == [
        "at",
        "prediction",
        "output.class",
    ]


def test_types_are_the_same_in_every_part_of_a_window(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE_ROWS", 1)

    parts = list(WATCH.rows(served.context, "prod", NOON, NOON + 24 * HOUR))

    assert [part.num_rows for part in parts] == [1, 1, 1]
    assert {str(part.schema) for part in parts} == {str(parts[0].schema)}
    assert parts[0].schema.field("age").type == pa.float64()


def test_a_label_is_the_newest_that_tells_the_truth(served: Serving) -> None:
    label(served, "p0", 0, at=NOON + 5 * HOUR)
    label(served, "p0", 1, at=NOON + 6 * HOUR, kind="correction")
    label(served, "p0", "up", at=NOON + 7 * HOUR, kind="thumb")

    table = seen(served)

    assert table["label"].to_pylist() == [1, None, None]
    assert table["label"].type == pa.int64()
    assert table["labelled_at"].to_pylist() == [NOON + 6 * HOUR, None, None]


def test_a_label_given_for_the_past_is_late_when_it_comes(served: Serving) -> None:
    before = served.events("predictions_logged")[0].at

    label(served, "p1", "yes", at=NOON)
    label(served, "p1", "down", at=NOON, kind="thumb")

    assert WATCH.late(served.context, "prod", before) == (NOON + HOUR,)
    after = served.events("feedback_given")[-1].at + HOUR
    assert WATCH.late(served.context, "prod", after) == ()


def test_an_answer_that_is_no_object_is_the_prediction(serving: Serving) -> None:
    serving.deploy("prod")
    serving.log([{"input": "hi", "output": 3, "at": NOON}], deployment="prod")
    serving.log([{"input": [1], "output": 0.5, "at": NOON + HOUR}], deployment="prod")

    table = seen(serving)

    assert table["prediction"].to_pylist() == [3.0, 0.5]
    assert table["input"].to_pylist() == ["hi", "[1]"]


def test_features_logged_by_row_id_are_read_as_they_were(serving: Serving) -> None:
    first = serving.commit("orders", 3)
    serving.deploy("prod")
    rows = [
        {"input_row_ids": [3, 1], "snapshot": f"orders@{first.number}", "at": NOON},
        {"input": {"x": 0.5, "y": "own"}, "input_row_ids": [1], "at": NOON + HOUR},
        {"input_row_ids": [1], "at": NOON + 2 * HOUR},
    ]
    serving.log(rows, deployment="prod")

    table = seen(serving)

    assert table["x"].to_pylist() == [2.0, 0.5, None]
    assert table["y"].to_pylist() == [None, "own", None]


def test_another_deployment_is_not_in_it_and_an_unknown_one_is_told(served: Serving) -> None:
    served.deploy("shadow")
    served.log([{"input": {"age": 99}, "at": NOON}], deployment="shadow")

    assert seen(served).num_rows == 3
    assert WATCH.span(served.context, "prod") == (NOON, NOON + 2 * HOUR)
    with pytest.raises(NotFound, match="prd"):
        WATCH.rows(served.context, "prd", NOON, NOON + HOUR)


def test_a_window_without_predictions_has_no_parts(serving: Serving) -> None:
    serving.deploy("prod")

    assert list(WATCH.rows(serving.context, "prod", NOON, NOON + HOUR)) == []
    assert WATCH.span(serving.context, "prod") is None
    assert WATCH.references(serving.context, "prod") == ()


def test_the_snapshot_of_an_index_is_a_reference(serving: Serving) -> None:
    serving.commit("docs", 2)
    serving.release(index="docs@1")
    serving.deploy("prod", "api@1")

    found = WATCH.references(serving.context, "prod")

    assert found == (Reference(dataset="docs", number=1, path=("prod", "api@1", "index")),)
