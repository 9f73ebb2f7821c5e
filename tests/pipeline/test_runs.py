"""Runs keep what they were given, what they read and wrote, and how they ended."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.nouns import SnapshotRead
from headgate.dataset import operations as dataset
from headgate.dataset.reports import CommitRequest, ReadRequest
from headgate.pipeline import operations as pipeline
from headgate.pipeline.operations import FinishRun, ListRuns, ShowRun, StartRun
from headgate.pipeline.runs import SnapshotRef
from headgate.spine.context import Context
from headgate.spine.lineage.events import list_events


def events_of(context: Context, run_id: str) -> list[tuple[str, dict[str, object]]]:
    """Return kind and payload of a run's events, the oldest first."""
    with context.catalog.read() as connection:
        found = list_events(connection, context.tenant, subject=f"run:{run_id}")
    return [(event.kind, event.payload) for event in reversed(found)]


def test_a_started_run_is_shown_as_it_was_started(context: Context) -> None:
    asked = StartRun(
        name="train",
        parameters={"depth": "3"},
        code_hash="c0de",
        environment={"python": "3.11"},
    )

    record = pipeline.start(context, asked)

    shown = pipeline.show(context, ShowRun(record.run_id)).record
    assert shown == record
    assert record.run_id.startswith("run_")
    assert (record.name, record.state, record.actor) == ("train", "running", context.actor)
    assert (record.parameters, record.environment) == ({"depth": "3"}, {"python": "3.11"})
    assert (record.code_hash, record.finished_at, record.error) == ("c0de", None, None)


def test_a_run_finishes_with_its_metrics(context: Context) -> None:
    record = pipeline.start(context, StartRun(name="train"))

    ended = pipeline.finish(
        context, FinishRun(run_id=record.run_id, state="done", metrics={"accuracy": 0.75})
    )

    assert (ended.state, ended.metrics) == ("done", {"accuracy": 0.75})
    assert ended.finished_at is not None
    assert ended.finished_at >= ended.started_at
    assert pipeline.show(context, ShowRun(record.run_id)).record == ended


def test_a_metric_that_is_not_finite_is_kept_as_nothing(context: Context) -> None:
    record = pipeline.start(context, StartRun(name="train"))

    ended = pipeline.finish(
        context,
        FinishRun(run_id=record.run_id, state="done", metrics={"loss": math.nan, "depth": 3.0}),
    )

    assert ended.metrics == {"loss": None, "depth": 3.0}


def test_finishing_the_same_way_again_changes_nothing(context: Context) -> None:
    record = pipeline.start(context, StartRun(name="train"))
    first = pipeline.finish(context, FinishRun(record.run_id, "failed", error="out of memory"))

    again = pipeline.finish(context, FinishRun(record.run_id, "failed", error="another reason"))

    assert again == first
    assert [kind for kind, _ in events_of(context, record.run_id)] == [
        "run_started",
        "run_finished",
    ]


def test_a_run_that_is_done_cannot_have_failed(context: Context) -> None:
    record = pipeline.start(context, StartRun(name="train"))
    pipeline.finish(context, FinishRun(record.run_id, "done"))

    with pytest.raises(Conflict, match="ended before, as done"):
        pipeline.finish(context, FinishRun(record.run_id, "failed"))

    assert pipeline.show(context, ShowRun(record.run_id)).record.state == "done"


def test_a_runs_events_hold_neither_parameters_nor_errors(context: Context) -> None:
    record = pipeline.start(context, StartRun(name="train", parameters={"who": "ada@example.org"}))
    pipeline.finish(context, FinishRun(record.run_id, "failed", error="ada@example.org is unknown"))

    events = events_of(context, record.run_id)

    assert events == [
        ("run_started", {"name": "train", "code_hash": None}),
        ("run_finished", {"name": "train", "state": "failed"}),
    ]


def test_a_run_shows_what_it_read_and_wrote(context: Context) -> None:
    orders = pa.table({"price": [1, 2, 3, 4]})
    source = dataset.commit(context, CommitRequest(name="orders"), orders)
    run = pipeline.start(context, StartRun(name="clean")).run_id
    dataset.read(context, ReadRequest(name="orders", run=run))
    rows = dataset.read(
        context, ReadRequest(name="orders", run=run, where="price > 2", row_ids=True)
    )
    made = dataset.commit(context, CommitRequest(name="dear", run=run), rows)

    detail = pipeline.show(context, ShowRun(run))

    whole = SnapshotRead(
        dataset="orders",
        number=1,
        version_id=source.version_id,
        condition=None,
        n_rows=4,
        is_whole=True,
    )
    assert detail.reads[0] == whole
    assert (detail.reads[1].condition, detail.reads[1].n_rows) == ("price > 2", 2)
    assert not detail.reads[1].is_whole
    assert detail.wrote == (SnapshotRef("dear", made.number),)


def test_runs_are_listed_newest_first_and_by_name(context: Context) -> None:
    names = ("train", "clean", "train")
    ids = [pipeline.start(context, StartRun(name=name)).run_id for name in names]

    everything = pipeline.list_runs(context, ListRuns())
    trained = pipeline.list_runs(context, ListRuns(name="train"))
    newest = pipeline.list_runs(context, ListRuns(limit=1))

    assert [run.run_id for run in everything.runs] == ids[::-1]
    assert [run.run_id for run in trained.runs] == [ids[2], ids[0]]
    assert [run.run_id for run in newest.runs] == [ids[2]]


def test_no_runs_are_an_empty_list(context: Context) -> None:
    found = pipeline.list_runs(context, ListRuns())

    assert found.runs == ()


def test_a_mistyped_name_is_answered_with_the_nearest(context: Context) -> None:
    pipeline.start(context, StartRun(name="train"))

    with pytest.raises(NotFound) as caught:
        pipeline.list_runs(context, ListRuns(name="trian"))

    assert caught.value.mend == "did you mean train?"


def test_a_mistyped_id_is_answered_with_the_nearest(context: Context) -> None:
    run = pipeline.start(context, StartRun(name="train")).run_id

    with pytest.raises(NotFound) as shown:
        pipeline.show(context, ShowRun(run[:-1]))
    with pytest.raises(NotFound) as finished:
        pipeline.finish(context, FinishRun(run[:-1], "done"))

    assert shown.value.mend == finished.value.mend == f"did you mean {run}?"


def test_a_name_that_cannot_stand_in_references_starts_nothing(context: Context) -> None:
    with pytest.raises(Invalid, match="cannot name a run"):
        pipeline.start(context, StartRun(name="train@night"))

    assert pipeline.list_runs(context, ListRuns()).runs == ()
