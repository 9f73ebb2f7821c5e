"""Foreign lineage in Marquez's shapes: what is shown where little was told, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.openlineage import graph as graphs
from headgate.pipeline.openlineage import marquez
from headgate.spine.lineage.foreign.readings import Page
from headgate.spine.lineage.foreign.told import Named
from tests.pipeline.openlineage.telling import PLACE, dashboard, facet, table, take, told

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

FIELDS = [{"name": "id", "type": "INT"}, {"name": "at"}]


def test_a_dataset_of_which_nothing_but_the_name_was_told(
    project: Project, context: Context
) -> None:
    take(project, told("etl", 1, reads=("raw",)))

    found = marquez.dataset(context, Named(PLACE, "raw"))

    assert (found["fields"], found["facets"], found["currentVersion"]) == ([], {}, None)
    assert (found["sourceName"], found["description"], found["deleted"]) == (PLACE, None, False)


def test_the_newest_event_that_told_more_than_a_name_is_shown(
    project: Project, context: Context
) -> None:
    schema = table("raw", schema=facet(fields=FIELDS), documentation=facet(description="old"))
    newer = table("raw", schema=facet(fields=FIELDS[:1]))
    take(
        project,
        told("etl", 2, at="2100-01-02T00:00:00Z", reads=(newer,)),
        told("etl", 1, at="2100-01-01T00:00:00Z", reads=(schema,)),
        told("etl", 3, at="2100-01-03T00:00:00Z", reads=("raw",)),
    )

    found = marquez.dataset(context, Named(PLACE, "raw"))

    assert [one["name"] for one in found["fields"]] == ["id"]
    assert found["description"] is None
    assert found["updatedAt"] == "2100-01-03T00:00:00Z"


@pytest.mark.parametrize(
    ("facets", "key", "value"),
    [
        ({"lifecycleStateChange": facet(lifecycleStateChange="DROP")}, "deleted", True),
        ({"datasetType": facet(datasetType="TOPIC"), "schema": facet()}, "type", "STREAM"),
        ({"dataSource": facet(name="warehouse")}, "sourceName", "warehouse"),
        ({"schema": facet(fields="none")}, "fields", []),
        ({"schema": "none"}, "fields", []),
    ],
)
def test_facets_of_a_dataset_are_shown_where_marquez_has_them(
    project: Project, context: Context, facets: dict[str, Any], key: str, value: Any
) -> None:
    take(project, told("etl", 1, reads=(table("raw", **facets),)))

    assert marquez.dataset(context, Named(PLACE, "raw"))[key] == value


def test_a_job_that_never_ran_has_no_run(project: Project, context: Context) -> None:
    declared = told("view", 0, reads=("raw",))
    del declared["run"]
    declared["job"]["facets"] = {
        "sourceCodeLocation": facet(type="git", url="https://example.org/view.sql"),
        "documentation": facet(description="a view"),
    }
    take(project, declared)

    found = marquez.job(context, Named("airflow", "view"))

    assert (found["latestRun"], found["description"]) == (None, "a view")
    assert found["location"] == "https://example.org/view.sql"
    assert marquez.runs(context, Named("airflow", "view"), Page())["totalCount"] == 0


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("START", "RUNNING"),
        ("RUNNING", "RUNNING"),
        ("COMPLETE", "COMPLETED"),
        ("FAIL", "FAILED"),
        ("ABORT", "ABORTED"),
        ("OTHER", "NEW"),
    ],
)
def test_states_are_called_as_marquez_calls_them(
    project: Project, context: Context, kind: str, state: str
) -> None:
    take(project, told("etl", 1, kind=kind))

    (run,) = marquez.runs(context, Named("airflow", "etl"), Page())["runs"]

    assert (run["state"], run["durationMs"]) == (state, None)


def test_events_come_a_page_at_a_time_as_they_came(project: Project, context: Context) -> None:
    take(project, *(told("etl", number) for number in range(5)))

    found = marquez.events(context, Page(limit=2, offset=1))

    told_of = msgspec.json.decode(msgspec.json.encode(found))
    assert told_of["totalCount"] == 5
    assert told_of["events"] == [told("etl", 3), told("etl", 2)]


def test_a_run_shows_what_each_of_its_events_told(project: Project, context: Context) -> None:
    start = told("etl", 1, kind="START", nominalTime=facet(nominalStartTime="2100-01-01T00:00:00Z"))
    take(project, start, told("etl", 1, at="2100-01-01T01:00:00Z", custom=facet(a=1)))

    found = marquez.run(context, start["run"]["runId"])

    assert found["facets"].keys() == {"nominalTime", "custom"}


def names(found: dict[str, Any]) -> list[str]:
    return [one["data"]["name"] for one in found["graph"]]


@pytest.fixture
def chain(project: Project) -> None:
    """Ten jobs, each reading what the one before wrote; the last writes for the first again."""
    take(
        project,
        *(told(f"j{at}", at, reads=(f"t{at}",), writes=(f"t{(at + 1) % 10}",)) for at in range(10)),
    )


@pytest.mark.usefixtures("chain")
def test_a_graph_is_walked_in_both_directions_and_each_node_shown_once(context: Context) -> None:
    near = graphs.graph(context, f"dataset:{PLACE}:t5", 2)
    whole = graphs.graph(context, "job:airflow:j5", 50)

    assert sorted(names(near)) == ["j4", "j5", "t4", "t5", "t6"]
    assert len(names(whole)) == len(set(names(whole))) == 20
    assert all(len(one["inEdges"]) == len(one["outEdges"]) == 1 for one in whole["graph"])


@pytest.mark.usefixtures("chain")
def test_a_graph_that_is_too_large_keeps_what_is_near(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "MAX_NODES", 5)

    found = graphs.graph(context, f"dataset:{PLACE}:t5", 50)

    assert sorted(names(found)) == ["j4", "j5", "t4", "t5", "t6"]
    assert sum(len(one["inEdges"]) for one in found["graph"]) == 4


def test_only_so_many_nodes_are_shown_with_their_facets(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(project, told("etl", 1, reads=tuple(dashboard(f"d{number}") for number in range(3))))
    full = [table(f"t{number}", schema=facet(fields=FIELDS)) for number in range(3)]
    take(project, told("etl", 2, reads=tuple(full)))
    monkeypatch.setattr(marquez, "FACETED", 2)

    found = marquez.datasets(context, PLACE, Page())

    assert [len(one["fields"]) for one in found["datasets"]] == [2, 2, 0]


@pytest.mark.parametrize("node_id", ["", "t5", "table:a:b"])
def test_a_graph_needs_a_node_to_begin_at(context: Context, node_id: str) -> None:
    with pytest.raises(Invalid, match="names no node"):
        graphs.graph(context, node_id, 1)


def test_a_job_is_not_found_as_a_dataset(project: Project, context: Context) -> None:
    take(project, told("etl", 1))

    with pytest.raises(NotFound, match="dataset airflow/etl"):
        marquez.dataset(context, Named("airflow", "etl"))
