"""Readings of the foreign graph, on a small one: two jobs, three tables, four runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.times import parse
from headgate.pipeline.openlineage.reading import read_event
from headgate.spine.lineage.foreign import readings
from headgate.spine.lineage.foreign.keep import keep
from headgate.spine.lineage.foreign.links import nodes_by_number
from headgate.spine.lineage.foreign.readings import Lineage, Page
from headgate.spine.lineage.foreign.told import Named, node_of, run_in, ticks
from tests.pipeline.openlineage.telling import PLACE, facet, run_id, table, told

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context

DAY = [f"2100-01-0{day}T00:00:00Z" for day in range(1, 10)]
RAW, MART = (node_of("dataset", Named(PLACE, name)) for name in ("raw", "mart"))
LOAD, REFRESH, DAG = (node_of("job", Named("airflow", name)) for name in ("load", "refresh", "dag"))
BY_DAG = facet(run={"runId": run_id(9)}, job={"namespace": "airflow", "name": "dag"})
T = "t"


def versioned(name: str, version: str) -> dict[str, Any]:
    return table(name, version=facet(datasetVersion=version))


EVENTS = [
    told("load", 1, kind="START", at=DAY[0], reads=("raw",), parent=BY_DAG),
    told("load", 1, at=DAY[1], reads=(versioned("raw", "v1"),), writes=("mart",)),
    told("load", 2, at=DAY[2], reads=(versioned("raw", "v2"),), writes=("mart",)),
    told("load", 3, kind="FAIL", at=DAY[3], reads=("raw",)),
    told("refresh", 4, at=DAY[4], reads=("mart",), writes=(table("sales", "bi"),)),
]


@pytest.fixture
def told_of(context: Context) -> Iterator[Connection]:
    """A transaction that sees the graph."""
    with context.catalog.write() as connection:
        keep(connection, T, [read_event(json.dumps(one).encode()) for one in EVENTS])
        yield connection


def at(day: int) -> int:
    return ticks(parse(DAY[day - 1]))


def test_namespaces_tell_when_something_in_them_was_told_of(told_of: Connection) -> None:
    found = {one.name: (one.first_us, one.last_us) for one in readings.namespaces(told_of, T)}

    assert found == {"airflow": (at(1), at(5)), "bi": (at(5), at(5)), PLACE: (at(1), at(5))}


@pytest.mark.parametrize(
    ("page", "names"),
    [(Page(), ["dag", "load", "refresh"]), (Page(1, 1), ["load"]), (Page(9, 3), [])],
)
def test_jobs_are_listed_by_name_a_page_at_a_time(
    told_of: Connection, page: Page, names: list[str]
) -> None:
    found, n_all = readings.list_nodes(told_of, T, "job", "airflow", page)

    assert ([one.name for one in found], n_all) == (names, 3)


def test_datasets_of_every_namespace_are_listed(told_of: Connection) -> None:
    found, _ = readings.list_nodes(told_of, T, "dataset", None, Page())

    assert [(one.namespace, one.name) for one in found] == [
        ("bi", "sales"),
        (PLACE, "mart"),
        (PLACE, "raw"),
    ]


def test_what_stands_around_a_node_is_told_by_role_and_direction(told_of: Connection) -> None:
    readers = readings.around(told_of, T, [RAW, MART], "input")
    read = readings.around(told_of, T, [LOAD, REFRESH], "input", back=True)
    wrote = readings.around(told_of, T, [LOAD], "output", back=True)
    started = readings.around(told_of, T, [DAG], "parent")

    assert readers == {RAW: [LOAD], MART: [REFRESH]}
    assert read == {LOAD: [RAW], REFRESH: [MART]}
    assert (wrote, started) == ({LOAD: [MART]}, {DAG: [LOAD]})


def test_runs_of_a_job_come_newest_first(told_of: Connection) -> None:
    found, n_all = readings.runs_of_job(told_of, T, LOAD, Page(limit=2))

    assert ([one.run_id for one in found], n_all) == ([run_id(3), run_id(2)], 3)
    assert [one.state for one in found] == ["FAIL", "COMPLETE"]


def test_the_latest_run_of_each_job_is_read_at_once(told_of: Connection) -> None:
    found = readings.latest_runs(told_of, T, [LOAD, REFRESH, DAG])

    assert {one.job: one.run_id for one in found} == {LOAD: run_id(3), REFRESH: run_id(4)}


def test_a_run_is_found_by_its_id_in_any_spelling(told_of: Connection) -> None:
    found = readings.run_by_id(told_of, T, run_id(1).replace("-", "").upper())

    assert found is not None
    assert (found.run_id, found.parent) == (run_id(1), run_in(run_id(9), DAG))
    assert readings.run_by_id(told_of, T, run_id(5)) is None


def test_what_runs_used_is_told_with_the_version_that_was_meant(told_of: Connection) -> None:
    runs = [run_in(run_id(number), LOAD) for number in (1, 3)]

    found = readings.used_by(told_of, T, runs)

    assert found == {
        (runs[0], "input"): {RAW: "v1"},
        (runs[0], "output"): {MART: ""},
        (runs[1], "input"): {RAW: ""},
    }


@pytest.mark.parametrize(
    ("since", "found"),
    [(1, {"v1": 2, "v2": 3, "": 4}), (3, {"v2": 3, "": 4}), (5, {})],
)
def test_which_versions_a_job_read_since_a_moment(
    told_of: Connection, since: int, found: dict[str, int]
) -> None:
    read = readings.last_reads(told_of, T, RAW, at(since))

    assert {version: last for _, version, last in read} == {
        version: at(day) for version, day in found.items()
    }
    assert {job for job, _, _ in read} <= {LOAD}


def test_a_run_that_told_a_version_once_is_not_taken_for_one_that_told_none(
    told_of: Connection,
) -> None:
    read = readings.last_reads(told_of, T, RAW, at(1))

    assert len(read) == 3
    assert ("", at(2)) not in [(version, last) for _, version, last in read]


@pytest.mark.parametrize(
    ("ours", "known"),
    [((), Lineage(2, 1, 3, 0)), ((RAW,), Lineage(3, 0, 3, 0)), ((MART, 7), Lineage(2, 1, 3, 0))],
)
def test_datasets_are_counted_by_whether_their_making_was_told(
    told_of: Connection, ours: tuple[int, ...], known: Lineage
) -> None:
    found = readings.lineage_known(told_of, T, ours)

    assert found == known


@pytest.mark.parametrize(("ours", "named"), [((), ["raw"]), ((RAW,), [])])
def test_datasets_of_which_nobody_told_the_making_are_named(
    told_of: Connection, ours: tuple[int, ...], named: list[str]
) -> None:
    found = readings.unknown_datasets(told_of, T, ours, 20)

    assert [one.name for one in found] == named


def test_so_many_are_named_at_most_and_those_that_are_ours_do_not_count(
    told_of: Connection,
) -> None:
    more = told("more", 8, reads=("a", "b", "c"), writes=("mart",))
    keep(told_of, T, [read_event(json.dumps(more).encode())])
    ours = [node_of("dataset", Named(PLACE, "a"))]

    found = readings.unknown_datasets(told_of, T, ours, 2)

    assert len(found) == 2
    assert {one.name for one in found} < {"b", "c", "raw"}


def test_jobs_that_tell_no_reading_are_named(told_of: Connection) -> None:
    blind = told("blind", 7, writes=("out",))
    keep(told_of, T, [read_event(json.dumps(blind).encode())])

    assert readings.unknown_jobs(told_of, T, 20) == [Named("airflow", "blind")]
    assert readings.unknown_jobs(told_of, "other", 20) == []


def test_a_job_that_writes_and_tells_no_reading_is_blind(told_of: Connection) -> None:
    blind = told("blind", 7, writes=("out",))
    keep(told_of, T, [read_event(json.dumps(blind).encode())])

    found = readings.lineage_known(told_of, T, ())

    assert (found.n_seeing, found.n_blind, found.n_unknown) == (3, 1, 2)


@pytest.mark.parametrize(("until", "jobs"), [(5, {LOAD}), (1, {LOAD})])
def test_who_wrote_a_dataset_before_a_moment(
    told_of: Connection, until: int, jobs: set[int]
) -> None:
    assert readings.writers(told_of, T, [MART], at(until)) == jobs
    assert readings.writers(told_of, T, [MART], at(1) - 1) == set()


def test_the_jobs_of_a_namespace(told_of: Connection) -> None:
    assert readings.jobs_in(told_of, T, "airflow") == {LOAD, REFRESH, DAG}
    assert readings.jobs_in(told_of, T, PLACE) == frozenset()


def test_nodes_nobody_told_of_are_left_out(told_of: Connection) -> None:
    assert list(readings.nodes(told_of, T, [RAW, 17])) == [RAW]
    assert list(nodes_by_number(told_of, T, [17, LOAD])) == [LOAD]


def test_another_tenant_sees_nothing(told_of: Connection) -> None:
    assert readings.has_any(told_of, T)
    assert not readings.has_any(told_of, "other")
    assert readings.namespaces(told_of, "other") == []
    assert readings.lineage_known(told_of, "other", [RAW]) == Lineage(0, 0, 0, 0)
