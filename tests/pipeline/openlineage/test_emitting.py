"""Our runs told to other tools: as the specification wants it, and the same each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import NotFound
from tests.pipeline.openlineage.checking import check_event
from tests.pipeline.writing import run, shop, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

BROKEN = """
    from headgate import step

    @step
    def broken(orders):
        raise ValueError("no such price")
"""


def emitted(project: Project, **which: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in project.lineage.emit(**which).splitlines()]


def told_of(project: Project, job: str, kind: str) -> dict[str, Any]:
    """Find the last event of a kind about a job."""
    found = [one for one in emitted(project) if one["job"]["name"] == job]
    return [one for one in found if one["eventType"] == kind][-1]


@pytest.fixture
def busy(project: Project) -> Project:
    """Three steps that ran, one that failed, a run by hand that reads a part and splits rows."""
    shop(project)
    run(project)
    write(project, broken=BROKEN)
    run(project, "broken")
    with project.run("train"):
        rows = project.dataset.read("dear", where="id > 2", row_ids=True)
        halves = {"half": [1, 2], "_parents": [rows["_rid"].to_pylist()] * 2}
        project.dataset.commit("halves", halves)
    return project


@pytest.mark.row("S3-30", part="emit")
def test_every_run_is_told_by_its_beginning_and_its_end(busy: Project) -> None:
    events = emitted(busy)

    told = [(one["job"]["name"], one["eventType"]) for one in events]
    assert told == [
        ("pipeline:shop", "START"),
        *[(name, kind) for name in ("priced", "dear", "totals") for kind in ("START", "COMPLETE")],
        ("pipeline:shop", "COMPLETE"),
        ("pipeline:broken", "START"),
        ("broken", "START"),
        ("broken", "FAIL"),
        ("pipeline:broken", "FAIL"),
        ("train", "START"),
        ("train", "COMPLETE"),
    ]
    kinds: dict[str, list[str]] = {}
    for one in events:
        kinds.setdefault(one["run"]["runId"], []).append(one["eventType"])
    assert [len(one) for one in kinds.values()] == [2] * 7
    assert [one["eventTime"] for one in events] == sorted(one["eventTime"] for one in events)


@pytest.mark.row("S3-30", part="schema-valid")
def test_what_we_tell_holds_to_the_schemas_of_the_specification(busy: Project) -> None:
    checked = {
        (event["job"]["name"], event["eventType"]): set(check_event(event))
        for event in emitted(busy)
    }

    of_dataset = {"schema", "version", "dataSource", "storage"}
    of_step = {"processing_engine", "parent", "jobType", "sourceCodeLocation", "sourceCode"}
    read = {"inputStatistics", "dataQualityMetrics"}
    own = {"processing_engine", "parent", "errorMessage", "jobType"}
    assert checked["broken", "FAIL"] == own | of_dataset | read
    wrote = {"outputStatistics", "lifecycleStateChange"}
    given = {"executionParameters"}
    assert checked["priced", "COMPLETE"] == of_step | of_dataset | read | wrote | given
    assert checked["pipeline:broken", "FAIL"] == {"processing_engine", "errorMessage", "jobType"}


def test_the_end_tells_what_was_read_and_made_and_in_which_version(busy: Project) -> None:
    end = told_of(busy, "priced", "COMPLETE")

    (read,), (wrote,) = end["inputs"], end["outputs"]
    shown = busy.dataset.show("priced").snapshot
    assert (read["name"], read["inputFacets"]["inputStatistics"]["rowCount"]) == ("orders", 3)
    assert wrote["facets"]["version"]["datasetVersion"] == shown.content_root
    assert [one["name"] for one in wrote["facets"]["schema"]["fields"]] == ["id", "price"]
    assert wrote["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert wrote["outputFacets"]["outputStatistics"]["rowCount"] == 3


def test_which_rows_came_of_which_is_told_in_a_facet_of_our_own(busy: Project) -> None:
    events = {(one["job"]["name"], one["eventType"]): one for one in emitted(busy)}

    rows = [
        events[name, "COMPLETE"]["outputs"][0]["outputFacets"]["headgate_rowLineage"]
        for name in ("priced", "train")
    ]

    assert [one["level"] for one in rows] == [["identity"], ["edges"]]
    assert rows[0]["edgeSegments"] == rows[0]["ridRanges"] == []
    ((low, high),) = rows[1]["ridRanges"]
    assert (high - low, len(rows[1]["edgeSegments"])) == (2, 1)


def test_a_failed_run_tells_why_and_made_nothing(busy: Project) -> None:
    start, end = (told_of(busy, "broken", kind) for kind in ("START", "FAIL"))

    assert "errorMessage" not in start["run"]["facets"]
    assert end["run"]["facets"]["errorMessage"]["message"] == "ValueError: no such price"
    assert end["outputs"] == []
    above = told_of(busy, "pipeline:broken", "FAIL")
    assert above["run"]["facets"]["errorMessage"]["message"] == "failed: broken"


def test_a_run_that_goes_on_has_only_begun(project: Project) -> None:
    project.run.start("train")

    (event,) = emitted(project)

    assert (event["eventType"], event["job"]["namespace"]) == ("START", "headgate://project")


def test_one_run_can_be_told_alone_and_all_since_an_event(busy: Project) -> None:
    seq = next(one.seq for one in busy.event.list().events if one.kind == "run_started") - 1
    train = busy.run.list(name="train").runs[0].run_id

    alone, later = emitted(busy, run_id=train), emitted(busy, after=seq)

    assert [one["job"]["name"] for one in alone] == ["train", "train"]
    assert alone == later
    assert emitted(busy, run_id=train, after=10_000) == []


def test_telling_twice_tells_the_same(busy: Project) -> None:
    assert busy.lineage.emit() == busy.lineage.emit()


def test_a_run_there_is_not_is_not_told(busy: Project) -> None:
    with pytest.raises(NotFound, match="no run named 'run_x'"):
        busy.lineage.emit(run_id="run_x")
