"""Events kept: each once and as it came, and one graph in whatever order they come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import headgate
from headgate.pipeline.openlineage.reading import read_event
from headgate.spine.context import open_context
from headgate.spine.lineage.foreign import tables
from headgate.spine.lineage.foreign.gather import Gathered
from headgate.spine.lineage.foreign.keep import keep
from headgate.spine.lineage.foreign.log import FRAME_EVENTS, read_events
from headgate.spine.lineage.foreign.told import Named, node_of, run_in
from tests.pipeline.openlineage.telling import facet, run_id, table, told

if TYPE_CHECKING:
    from headgate.spine.context import Context

PARENT = facet(run={"runId": run_id(9)}, job={"namespace": "airflow", "name": "etl"})
VERSIONED = table("shop.orders", version=facet(datasetVersion="v7"))
LINKED = table("mart", symlinks=facet(identifiers=[{"namespace": "hive", "name": "m"}]))
EVENTS = [
    told("etl.load", 1, kind="START", at="2100-01-01T00:00:01Z", parent=PARENT),
    told("etl.load", 1, kind="RUNNING", at="2100-01-01T00:00:09Z", reads=("shop.orders",)),
    told("etl.load", 1, at="2100-01-01T00:00:05Z", reads=(VERSIONED,), writes=("mart",)),
    told("etl.load", 2, kind="START", at="2100-01-02T00:00:01Z", reads=("shop.orders",)),
    told("etl.load", 2, kind="FAIL", at="2100-01-02T00:00:02Z", writes=(LINKED,)),
    told("etl.load", 3, kind="OTHER", at="2100-01-03T00:00:00Z"),
    told("etl.load", 3, kind="ABORT", at="2100-01-03T00:00:00Z"),
    told("bi.refresh", 4, kind="START", at="2100-01-04T00:00:00Z", reads=("mart",)),
]
GRAPH = (tables.foreign_nodes, tables.foreign_runs, tables.foreign_edges, tables.foreign_uses)
NUMBERED = {"told_in"}
"""What depends on the order of arrival, and nothing else does."""


def keep_all(context: Context, events: Sequence[dict[str, Any]]) -> int:
    """Keep events in one transaction; return how many were new."""
    with context.catalog.write() as connection:
        given = [read_event(json.dumps(event).encode()) for event in events]
        return keep(connection, context.tenant, given).n_new


def graph(context: Context) -> dict[str, list[dict[str, Any]]]:
    """Read the whole graph, every table in one order."""
    with context.catalog.read() as connection:
        return {
            one.name: sorted(
                (
                    {name: value for name, value in row.items() if name not in NUMBERED}
                    for row in connection.execute(select(one)).mappings()
                ),
                key=str,
            )
            for one in GRAPH
        }


def kept_graph(batches: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Keep batches of events in a project of their own and read the graph."""
    with TemporaryDirectory() as folder, headgate.init(Path(folder) / "own"):
        context = open_context(Path(folder) / "own")
        for batch in batches:
            keep_all(context, batch)
        found = graph(context)
        context.opened.close()
    return found


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The graph of all events, told at once."""
    return kept_graph([EVENTS])


@pytest.mark.row("S3-30", part="disorder")
@settings(max_examples=12)
@given(st.permutations([*EVENTS, *EVENTS]), st.integers(1, 15))
def test_events_in_any_order_and_twice_tell_the_same_graph(
    whole: dict[str, Any], events: list[dict[str, Any]], cut: int
) -> None:
    found = kept_graph([events[:cut], events[cut:]])

    assert found == whole


@given(st.permutations(EVENTS))
def test_what_is_gathered_does_not_depend_on_the_order(events: list[dict[str, Any]]) -> None:
    gathered = [Gathered(), Gathered()]

    for found, order in zip(gathered, (EVENTS, events), strict=True):
        for event in order:
            found.add(read_event(json.dumps(event).encode()), 1)

    assert gathered[0].runs == gathered[1].runs
    assert gathered[0].edges == gathered[1].edges
    assert gathered[0].uses == gathered[1].uses


def test_an_end_stands_however_late_the_beginning_is_told(whole: dict[str, Any]) -> None:
    runs = {row["run_id"]: row for row in whole["foreign_runs"]}

    states = [runs[run_id(number)]["state"] for number in (1, 2, 3, 4)]

    assert states == ["COMPLETE", "FAIL", "ABORT", "START"]
    assert runs[run_id(1)]["ended_us"] - runs[run_id(1)]["started_us"] == 4_000_000
    etl = node_of("job", Named("airflow", "etl"))
    assert runs[run_id(1)]["parent"] == run_in(run_id(9), etl)


def test_a_dataset_counts_as_read_as_long_as_the_run_lived(context: Context) -> None:
    start = told("etl", 1, kind="START", at="2100-01-01T00:00:00Z", reads=("shop.orders",))
    end = told("etl", 1, at="2100-01-01T06:00:00Z")

    keep_all(context, [start])
    keep_all(context, [end])

    (edge,) = graph(context)["foreign_edges"]
    assert edge["last_us"] - edge["first_us"] == 6 * 3600 * 1_000_000


def test_aliases_and_parents_are_edges(whole: dict[str, Any]) -> None:
    mart = node_of("dataset", Named("postgres://db:5432", "mart"))
    hive = node_of("dataset", Named("hive", "m"))

    edges = {(row["node"], row["role"], row["other"]) for row in whole["foreign_edges"]}

    assert {(mart, "alias", hive), (hive, "alias", mart)} <= edges
    etl, load = (node_of("job", Named("airflow", name)) for name in ("etl", "etl.load"))
    assert (etl, "parent", load) in edges


def test_an_event_that_came_before_is_not_kept_again(context: Context) -> None:
    first = keep_all(context, EVENTS)

    second = keep_all(context, [*EVENTS, *EVENTS])

    assert (first, second) == (len(EVENTS), 0)


@pytest.mark.row("S3-30", part="verbatim")
def test_events_are_read_back_byte_for_byte(context: Context) -> None:
    odd = b'{ "eventTime":"2100-01-01T00:00:00Z",\t"dataset":{"namespace":"n","name":"d\\u00e9"},'
    odd += '"unknown": {"deep": [1e400, 0.10, "ü", {"a":1,"a":2}]}}'.encode()
    many = [json.dumps(told("etl", number)).encode() for number in range(150)]

    with context.catalog.write() as connection:
        keep(connection, "default", [read_event(one) for one in [odd, *many]])
        numbers = [1, 64, 65, 151]
        found = read_events(connection, "default", numbers)

    assert list(found.values()) == [odd, many[62], many[63], many[149]]


def test_events_of_tenants_do_not_meet(context: Context) -> None:
    event = read_event(json.dumps(EVENTS[0]).encode())

    with context.catalog.write() as connection:
        counts = [keep(connection, tenant, [event]).n_new for tenant in ("acme", "umbrella")]
        found = [read_events(connection, tenant, [1, 2]) for tenant in ("acme", "umbrella")]

    assert counts == [1, 1]
    assert [list(one) for one in found] == [[1], [1]]


def test_events_that_come_singly_lie_together(context: Context) -> None:
    texts = [json.dumps(told("etl", number)).encode() for number in range(FRAME_EVENTS + 6)]

    for text in texts:
        with context.catalog.write() as connection:
            keep(connection, "default", [read_event(text)])

    counts = select(tables.foreign_frames.c.n_events).order_by(tables.foreign_frames.c.first)
    with context.catalog.read() as connection:
        frames = connection.execute(counts).scalars().all()
        found = read_events(connection, "default", range(1, len(texts) + 1))
    assert frames == [FRAME_EVENTS, 6]
    assert list(found.values()) == texts


SHARED = [
    told("load", 1, kind="START", at="2100-01-01T00:00:00Z", reads=("raw",)),
    told("load", 1, kind="RUNNING", at="2100-01-01T00:00:04Z", reads=("raw", "more")),
    told("load.mart", 1, kind="RUNNING", at="2100-01-01T00:00:02Z"),
    told("load.mart", 1, at="2100-01-01T00:00:09Z", writes=("mart",)),
    told("audit", 1, kind="FAIL", at="2100-01-01T00:00:06Z", reads=("mart",)),
    told("load.mart", 2, at="2100-01-02T00:00:00Z", writes=("mart",)),
]
"""One id of a run, given by three jobs; and a run of one of them alone."""


@pytest.mark.row("S3-30", part="disorder")
@settings(max_examples=25)
@given(st.permutations([*SHARED, *SHARED]), st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_jobs_that_share_the_id_of_a_run_tell_the_same_in_any_order(
    events: list[dict[str, Any]], cuts: list[int]
) -> None:
    first, second, third = sorted(cuts)
    parts = [events[:first], events[first:second], events[second:third], events[third:]]

    found = kept_graph([part for part in parts if part])

    assert found == kept_graph([SHARED])


def test_of_jobs_that_share_the_id_of_a_run_each_did_what_it_told(context: Context) -> None:
    keep_all(context, SHARED[3:])
    keep_all(context, SHARED[:3])

    found = graph(context)

    jobs = {node_of("job", Named("airflow", name)): name for name in ("load", "load.mart", "audit")}
    runs = [(jobs[row["job"]], row["state"]) for row in found["foreign_runs"]]
    assert sorted(runs) == [
        ("audit", "FAIL"),
        ("load", "RUNNING"),
        ("load.mart", "COMPLETE"),
        ("load.mart", "COMPLETE"),
    ]
    reads = {
        (jobs[row["other"]], row["last_us"] - row["first_us"])
        for row in found["foreign_edges"]
        if row["role"] == "input"
    }
    assert reads == {("load", 9_000_000), ("audit", 9_000_000)}
    shared = [jobs[row["node"]] for row in found["foreign_edges"] if row["role"] == "shared"]
    assert sorted(shared) == ["audit", "load", "load.mart"]
