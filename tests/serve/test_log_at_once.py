"""Many calls, large calls and calls at once: each prediction stands in the log once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyroaring import BitMap64

from headgate.serve import merging, operations, queries
from headgate.serve.holders import PredictionHolder
from headgate.serve.nouns import (
    GiveFeedback,
    ListFeedback,
    ListPredictions,
    ShowDeployment,
    ShowPrediction,
)
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.events import first_broken
from tests.serve.conftest import NOON, Serving, fresh

LOGGER = """
import json, sys
from pathlib import Path
import pyarrow as pa
from headgate.serve.log import log_predictions
from headgate.serve.nouns import LogPredictions
from headgate.spine.context import open_context

context = open_context(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
counts = []
for start in range(0, 200, 20):
    ids = [f"p{number}" for number in range(start, start + 40)]
    rows = pa.table({"prediction_id": ids, "user_key": [sys.argv[2]] * 40})
    report = log_predictions(context, LogPredictions(), rows)
    counts.append((report.n_logged, report.n_skipped))
print(json.dumps(counts))
"""


def n_segments(serving: Serving) -> int:
    with serving.context.catalog.read() as connection:
        return len(queries.segment_rows(connection, serving.context.tenant))


def test_a_retry_that_overlaps_adds_what_is_missing(serving: Serving) -> None:
    def log(low: int, high: int, word: str) -> tuple[int, int]:
        rows = [{"prediction_id": f"p{n}", "output": word} for n in range(low, high)]
        report = serving.log(rows)
        return report.n_logged, report.n_skipped

    done = [log(0, 10, "first"), log(5, 15, "second"), log(0, 20, "third"), log(0, 20, "fourth")]

    assert done == [(10, 0), (5, 5), (5, 15), (0, 20)]
    outputs = {row["prediction_id"]: json.loads(row["output"]) for row in serving.listed()}
    assert [outputs[f"p{n}"] for n in range(20)] == [
        *["first"] * 10,
        *["second"] * 5,
        *["third"] * 5,
    ]


def test_rows_without_ids_beside_known_ones_are_logged_anew(serving: Serving) -> None:
    rows = [{"prediction_id": "own"}, {"prediction_id": None}, {"prediction_id": None}]

    reports = [serving.log(rows), serving.log(rows)]

    assert [(one.n_logged, one.n_skipped) for one in reports] == [(3, 0), (2, 1)]
    assert len({row["prediction_id"] for row in serving.listed()}) == 5


def test_two_processes_log_the_same_ids_and_each_is_kept_once(serving: Serving) -> None:
    command = [sys.executable, "-c", LOGGER, str(serving.context.root)]
    writers = [
        subprocess.Popen(
            [*command, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for who in ("ann", "bob")
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()

    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    told = [writer.communicate(timeout=20) for writer in writers]

    assert [errors.decode() for _, errors in told] == ["", ""]
    counts = [pair for out, _ in told for pair in json.loads(out)]
    listed = serving.listed(limit=1000)
    assert sorted(row["prediction_id"] for row in listed) == sorted(f"p{n}" for n in range(220))
    assert sum(n_logged for n_logged, _ in counts) == 220
    assert all(n_logged + n_skipped == 40 for n_logged, n_skipped in counts)
    recorded = serving.events("predictions_logged")
    assert sum(one.payload["n_rows"] for one in recorded) == 220
    assert len(serving.events("prediction_log_opened")) == 1
    with serving.context.catalog.read() as connection:
        assert first_broken(connection, serving.context.tenant) is None


def test_threads_that_log_while_segments_merge_lose_nothing(serving: Serving) -> None:
    failed: list[BaseException] = []

    def write(who: int) -> None:
        try:
            for number in range(12):
                own = {"prediction_id": f"{who}-{number}", "user_key": f"u{who}"}
                serving.log([own, {"prediction_id": f"shared-{number}"}])
                serving.listed(limit=5)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    ids = [row["prediction_id"] for row in serving.listed(limit=1000)]
    expected = {f"{who}-{number}" for who in range(4) for number in range(12)}
    assert sorted(ids) == sorted(expected | {f"shared-{number}" for number in range(12)})
    assert serving.events("predictions_sealed") != []
    assert n_segments(serving) <= merging.MANY + 4


def answers(serving: Serving) -> list[Any]:
    """Everything the log can be asked, of 25 users, 3 releases and 8 rows."""
    affected = Affected(serving.context)
    affected.add(1, BitMap64([2, 5]))
    holding = PredictionHolder().find(serving.context, affected, frozenset({"m@1"}))
    hours = [NOON + timedelta(hours=hour) for hour in (10, 30)]
    listed = serving.listed(limit=1000)
    return [
        holding,
        listed,
        serving.listed(release="api@2", limit=7),
        serving.listed(deployment="prod", from_=hours[0], to=hours[1]),
        [
            operations.show_prediction(serving.context, ShowPrediction(row["prediction_id"]))
            for row in listed[::5]
        ],
        operations.list_feedback(serving.context, ListFeedback()),
        PredictionHolder().explain(serving.context, "release:api@1"),
        PredictionHolder().explain(serving.context, "deployment:prod"),
        serving.log([{"prediction_id": row["prediction_id"]} for row in listed]),
    ]


def prepared(serving: Serving) -> Serving:
    serving.register("model:m@1")
    serving.commit("orders", 8)
    serving.release(model="m@1")
    serving.release()
    serving.deploy("prod")
    return serving


def fifty() -> list[dict[str, Any]]:
    return [
        {
            "prediction_id": f"p{number:02}",
            "at": NOON + timedelta(hours=number * 7 % 50),
            "release": ["api@1", "api@2", None][number % 3],
            "deployment": "prod" if number % 5 else None,
            "user_key": f"u{number % 25}" if number % 4 else None,
            "input_row_ids": [number % 8 + 1] if number % 2 else None,
        }
        for number in range(50)
    ]


def test_fifty_small_calls_answer_as_one_large_call_does() -> None:
    with fresh() as small, fresh() as large:
        prepared(small)
        for row in fifty():
            small.log([row], snapshot="orders@1")
        prepared(large).log(fifty(), snapshot="orders@1")

        assert (n_segments(small), n_segments(large)) == (50 - merging.MANY, 1)
        (holding, *lists), (held, *others) = answers(small), answers(large)
        assert holding == held
        assert holding.n_exposed == len(range(0, 50, 3))
        assert lists[:4] == others[:4]


def test_merging_alone_changes_no_answer(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(serving)
    with monkeypatch.context() as patch:
        patch.setattr(merging, "MANY", 100)
        for row in fifty():
            serving.log([row], snapshot="orders@1")
    operations.give_feedback(serving.context, GiveFeedback("p05", "thumb", "up", at=NOON))
    before = answers(serving)

    merged = merging.merge_small(serving.context)

    assert merged is not None
    assert n_segments(serving) == 1
    assert answers(serving) == before
    late = GiveFeedback("p06", "label", 1, at=NOON)
    assert operations.give_feedback(serving.context, late).prediction_id == "p06"
    assert merging.merge_small(serving.context) is None


def test_backdated_predictions_take_their_place_and_release_in_time(serving: Serving) -> None:
    for _ in range(3):
        serving.release()
    serving.deploy("prod", "api@1")
    serving.promote("prod", "api@2")
    serving.promote("prod", "api@1")
    serving.promote("prod", "api@3")
    shown = operations.show_deployment(serving.context, ShowDeployment("prod"))
    moments = [move.at for move in shown.moves]
    second = timedelta(microseconds=1)

    serving.log([{"prediction_id": "now"}], deployment="prod")
    for place in (3, 1, 2, 0):
        ids, at = f"at-{place}", moments[place]
        serving.log([{"prediction_id": ids, "at": at}], deployment="prod")
    serving.log([{"prediction_id": "before", "at": moments[0] - second}], deployment="prod")
    serving.log([{"prediction_id": "nobody's", "at": moments[1]}])

    listed = serving.listed(deployment="prod")
    assert [(row["prediction_id"], row["release"]) for row in listed] == [
        ("now", "api@3"),
        ("at-3", "api@3"),
        ("at-2", "api@1"),
        ("at-1", "api@2"),
        ("at-0", "api@1"),
        ("before", None),
    ]
    assert [row["prediction_id"] for row in serving.listed(release="api@2")] == ["at-1"]


def test_two_deployments_in_one_call_keep_their_own_releases(serving: Serving) -> None:
    serving.release()
    serving.release()
    serving.deploy("prod", "api@1")
    serving.deploy("canary", "api@2")
    serving.deploy("idle")
    names = ["prod", "canary", None, "idle", "prod"]

    serving.log([{"prediction_id": f"p{n}", "deployment": name} for n, name in enumerate(names)])

    made = {row["prediction_id"]: row["release"] for row in serving.listed()}
    assert [made[f"p{n}"] for n in range(5)] == ["api@1", "api@2", None, None, "api@1"]


def test_an_empty_table_of_every_column_logs_nothing(serving: Serving) -> None:
    serving.log([{"prediction_id": "p"}])
    empty = (
        operations.list_predictions(serving.context, ListPredictions())
        .slice(0, 0)
        .drop_columns("extra")
    )

    report = serving.log(empty)

    assert (report.n_logged, report.n_skipped, report.segment) == (0, 0, None)
    assert n_segments(serving) == 1


def test_a_hundred_thousand_rows_go_in_by_one_call(serving: Serving) -> None:
    n = 100_000
    serving.release()
    serving.commit("orders", 8)
    numbers = np.arange(n)
    at = np.datetime64("2026-11-03T12:00") + numbers[::-1].astype("timedelta64[s]")
    ids = [f"p{number}" for number in range(n)]
    columns: Any = {"prediction_id": ids, "at": at, "input_row_ids": numbers % 8 + 1}
    rows = pa.table(columns)

    report = serving.log(rows, release="api@1", snapshot="orders@1")
    again = serving.log(rows.slice(n - 10), release="api@1", snapshot="orders@1")

    assert (report.n_logged, again.n_skipped, again.segment) == (n, 10, None)
    assert [row["prediction_id"] for row in serving.listed(limit=3)] == ["p0", "p1", "p2"]
    for number in (0, 65_535, 65_536, n - 1):
        shown = operations.show_prediction(serving.context, ShowPrediction(f"p{number}"))
        assert shown.at == NOON + timedelta(seconds=n - 1 - number)
        assert shown.row_revisions == ((number % 8 + 1, 1),)
