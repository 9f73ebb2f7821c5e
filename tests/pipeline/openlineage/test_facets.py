"""The facets we tell runs in: where their schemas are, and what is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from headgate.core.nouns import Column, Snapshot
from headgate.pipeline.openlineage import facets
from headgate.pipeline.openlineage.facets import Batch
from headgate.pipeline.runs import RunRecord
from tests.pipeline.openlineage.checking import known_facets

WHEN = datetime(2026, 11, 3, 10, tzinfo=UTC)
RECORD = RunRecord("run_1", "train", "done", "ann", WHEN, WHEN.replace(hour=11))
SNAPSHOT = Snapshot(
    dataset="orders",
    number=1,
    version_id="v" * 64,
    content_root="c" * 64,
    n_rows=3,
    n_added=3,
    n_removed=0,
    n_changed=0,
    n_quarantined=0,
    created_at=WHEN,
    created_by="ann",
    message="",
    run_id="run_1",
    columns=(Column("id", "int64"), Column("price", "double")),
)
BATCH = Batch("orders", 1, 10, 13, 3, "edges", "edges/aa/key")


def changed(**values: Any) -> Snapshot:
    return msgspec.structs.replace(SNAPSHOT, **values)


@pytest.mark.parametrize("name", sorted(facets.VERSIONS))
def test_every_facet_names_the_schema_that_the_specification_has(name: str) -> None:
    told = facets.facet(name)

    assert told["_schemaURL"] in known_facets()
    assert told["_producer"] == facets.PRODUCER


def test_what_is_not_known_is_left_out() -> None:
    told = facets.own_facet("headgate_run", runId="run_1", codeHash=None)

    assert told.keys() == {"_producer", "_schemaURL", "runId"}
    assert told["_schemaURL"].endswith("#headgate_run")


@pytest.mark.parametrize(
    ("snapshot", "change"),
    [
        (SNAPSHOT, "CREATE"),
        (changed(number=2, parent=1), "ALTER"),
        (changed(number=2, parent=1, n_removed=1), "OVERWRITE"),
        (changed(number=2, parent=1, n_changed=1), "OVERWRITE"),
    ],
)
def test_what_a_snapshot_did_to_its_dataset(snapshot: Snapshot, change: str) -> None:
    told = facets.of_change(snapshot)

    assert told["lifecycleStateChange"]["lifecycleStateChange"] == change


def test_a_snapshot_tells_its_columns_in_order_and_its_content_root() -> None:
    told = facets.of_snapshot(SNAPSHOT, "headgate://shop")

    assert told["schema"]["fields"] == [
        {"name": "id", "type": "int64", "ordinal_position": 1},
        {"name": "price", "type": "double", "ordinal_position": 2},
    ]
    assert told["version"]["datasetVersion"] == SNAPSHOT.content_root
    assert told["dataSource"]["uri"] == "headgate://shop"


def test_rows_written_are_told_by_their_ranges_and_edges() -> None:
    same = BATCH._replace(rid_lo=5, rid_hi=5, kind="identity", edges=None)

    rows = facets.of_rows([BATCH, same, BATCH._replace(kind=None, edges=None)])

    assert rows["ridRanges"] == [[10, 13], [10, 13]]
    assert rows["level"] == ["edges", "identity", "unknown"]
    assert rows["edgeSegments"] == ["edges/aa/key"]


@pytest.mark.parametrize(("parameters", "kind"), [({"pipeline": "shop"}, "STEP"), ({}, "RUN")])
def test_a_step_is_told_apart_from_a_run_by_hand(parameters: dict[str, str], kind: str) -> None:
    record = msgspec.structs.replace(RECORD, parameters=parameters)

    assert facets.of_job(record)["jobType"]["jobType"] == kind


def test_only_the_end_of_a_failed_run_tells_the_error() -> None:
    failed = msgspec.structs.replace(RECORD, state="failed", error=None)

    told = [facets.of_run(failed, is_end=is_end) for is_end in (False, True)]

    assert "errorMessage" not in told[0]
    assert told[1]["errorMessage"]["message"] == "it failed without saying why"
    assert "errorMessage" not in facets.of_run(RECORD, is_end=True)


def test_times_are_those_of_the_beginning_and_the_end() -> None:
    goes_on = msgspec.structs.replace(RECORD, finished_at=None)

    assert facets.at(RECORD, is_end=False) == "2026-11-03T10:00:00Z"
    assert facets.at(RECORD, is_end=True) == "2026-11-03T11:00:00Z"
    assert facets.at(goes_on, is_end=True) == "2026-11-03T10:00:00Z"
