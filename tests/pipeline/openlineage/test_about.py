"""What is told of a run besides itself: who started it, its code, columns, time and sizes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headgate.pipeline.journal import begin, cancel
from headgate.pipeline.queries import move_pipeline_run
from headgate.pipeline.runs import Asked
from tests.pipeline.openlineage.checking import check_event
from tests.pipeline.openlineage.test_emitting import BROKEN, emitted, told_of
from tests.pipeline.writing import run, shop, write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

AIRFLOW = "0190163d-8694-7b5b-b434-6906c6a03bb7"
DAG = "0190163d-8694-7b5b-b434-6906c6a03bb8"
QUERY = """
    from headgate import sql

    per_note = sql(
        "per_note",
        "select note, sum(price) as total, count(*) as n from orders where id > 1 group by note",
    )
"""
PARTED = """
    from headgate import daily, step

    @step(partitions=daily("day", "2026-11-01", until="2026-11-03", timezone="Europe/Berlin"))
    def counted(partition):
        return [{"n": 1, "day": partition}]
"""
STOPPING = """
    from headgate import step

    @step
    def stopped(orders):
        raise KeyboardInterrupt
"""


@pytest.fixture
def ran(project: Project) -> Project:
    """The shop, which ran once."""
    shop(project)
    run(project)
    return project


def test_a_step_names_its_pipelines_run_as_its_parent(ran: Project) -> None:
    step, above = (told_of(ran, name, "COMPLETE") for name in ("dear", "pipeline:shop"))

    parent = step["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == above["run"]["runId"]
    assert parent["job"] == {"namespace": "headgate://project", "name": "pipeline:shop"}
    assert parent["root"]["run"] == parent["run"]
    assert "parent" not in above["run"]["facets"]


def test_a_run_inside_a_task_of_airflow_names_the_task(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(project)
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/etl.load/{AIRFLOW}")
    monkeypatch.setenv("OPENLINEAGE_ROOT_PARENT_ID", f"airflow/etl/{DAG}")
    run(project)
    with project.run("train"):
        pass
    monkeypatch.delenv("OPENLINEAGE_PARENT_ID")

    parents = {
        name: told_of(project, name, "COMPLETE")["run"]["facets"]["parent"]
        for name in ("pipeline:shop", "priced", "train")
    }

    for name in ("pipeline:shop", "train"):
        assert parents[name]["run"] == {"runId": AIRFLOW}
        assert parents[name]["job"] == {"namespace": "airflow", "name": "etl.load"}
    assert parents["priced"]["job"]["name"] == "pipeline:shop"
    assert all(one["root"]["run"] == {"runId": DAG} for one in parents.values())


def test_a_parent_that_cannot_be_read_is_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "airflow/etl.load/manual__2026")

    project.run.start("train")

    (event,) = emitted(project)
    assert event["run"]["facets"].keys() == {"processing_engine", "headgate_run"}


@pytest.mark.row("S3-30", part="columns")
def test_a_query_is_told_with_the_columns_that_its_columns_come_from(project: Project) -> None:
    shop(project)
    write(project, query=QUERY)
    run(project, "query")

    end = told_of(project, "per_note", "COMPLETE")

    assert {"sql", "sourceCodeLocation", "columnLineage"} <= set(check_event(end))
    assert end["job"]["facets"]["sql"]["query"].startswith("select note, sum(price)")
    assert end["job"]["facets"]["sourceCodeLocation"]["path"] == "pipelines/query.py"
    told = end["outputs"][0]["facets"]["columnLineage"]
    fields = {
        name: [
            (each["name"], each["field"], each["transformations"][0]["subtype"])
            for each in one["inputFields"]
        ]
        for name, one in told["fields"].items()
    }
    assert fields == {
        "note": [("orders", "note", "IDENTITY")],
        "total": [("orders", "price", "AGGREGATION")],
    }
    whole = {one["field"]: one["transformations"] for one in told["dataset"]}
    assert whole == {
        "id": [{"type": "INDIRECT", "subtype": "FILTER"}],
        "note": [{"type": "INDIRECT", "subtype": "GROUP_BY"}],
    }


def test_a_function_is_told_with_its_place_and_the_columns_it_declares(ran: Project) -> None:
    end = told_of(ran, "priced", "COMPLETE")

    where, code = (end["job"]["facets"][name] for name in ("sourceCodeLocation", "sourceCode"))
    assert (where["path"], where["url"]) == ("pipelines/shop.py", "file:pipelines/shop.py#L6")
    assert code["language"] == "PYTHON"
    assert code["sourceCode"].startswith("@step(columns=")
    (read,) = end["inputs"]
    assert read["inputFacets"]["headgate_read"]["columns"] == ["id", "price"]
    assert "columnLineage" not in end["outputs"][0]["facets"]
    told = end["run"]["facets"]["executionParameters"]["parameters"]
    assert told == [{"key": "rate", "value": "2.0"}]


def test_how_much_was_read_and_written_is_told_in_rows_and_bytes(ran: Project) -> None:
    end = told_of(ran, "priced", "COMPLETE")

    read, wrote = end["inputs"][0]["inputFacets"], end["outputs"][0]["outputFacets"]
    assert read["dataQualityMetrics"]["rowCount"] == 3
    assert read["dataQualityMetrics"]["bytes"] == read["inputStatistics"]["size"] > 0
    assert wrote["outputStatistics"]["size"] > 0
    assert wrote["outputStatistics"]["fileCount"] == 1


def test_a_step_in_parts_tells_the_time_that_they_are_about(project: Project) -> None:
    write(project, parted=PARTED)
    run(project, "parted")

    end = told_of(project, "counted", "COMPLETE")

    assert "nominalTime" in check_event(end)
    nominal = end["run"]["facets"]["nominalTime"]
    assert nominal["nominalStartTime"] == "2026-10-31T23:00:00Z"
    assert nominal["nominalEndTime"] == "2026-11-03T23:00:00Z"


def test_a_run_that_was_taken_up_again_goes_on_and_ends_once_more(ran: Project) -> None:
    write(ran, broken=BROKEN)
    run(ran, "broken")
    failed = ran.pipeline.history(pipeline="broken").runs[0].run
    write(ran, broken=BROKEN.replace('raise ValueError("no such price")', "return orders"))
    ran.pipeline.resume(failed.pipeline_run_id)

    events = emitted(ran, run_id=failed.pipeline_run_id)

    times = [one["eventTime"] for one in events]
    assert [one["eventType"] for one in events] == ["START", "FAIL", "RUNNING", "COMPLETE"]
    assert times == sorted(times)
    assert len({one["run"]["runId"] for one in events}) == 1


def test_a_run_that_somebody_stopped_is_told_as_aborted(project: Project) -> None:
    shop(project)
    write(project, stopping=STOPPING)
    with pytest.raises(KeyboardInterrupt):
        run(project, "stopping")

    kinds = [(one["job"]["name"], one["eventType"]) for one in emitted(project)]

    assert kinds == [
        ("pipeline:stopping", "START"),
        ("stopped", "START"),
        ("stopped", "ABORT"),
        ("pipeline:stopping", "ABORT"),
    ]


def test_a_lost_run_that_is_cancelled_is_told_as_aborted(
    project: Project, context: Context
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lost = begin(context, "shop", {}, Asked()).name
    with context.catalog.write() as connection:
        move_pipeline_run(connection, context.tenant, lost, pid=gone.pid)
    cancel(context, lost)

    events = emitted(project, run_id=lost)

    assert [one["eventType"] for one in events] == ["START", "ABORT"]
