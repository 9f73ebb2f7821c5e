"""A pipeline of ours is run by a real Airflow and a real Dagster, and its snapshots are there.

Their libraries never meet ours: `bench/airflow.txt` and `bench/dagster.txt` are installed into
environments of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.pipeline.hosts.shop import sales, spans

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

BENCH = Path(__file__).parents[2] / "build" / "bench"
AIRFLOW = BENCH / "airflow-venv" / "bin" / "airflow"
DAGSTER = BENCH / "dagster-venv" / "bin" / "python"

pytestmark = pytest.mark.full
with_airflow = pytest.mark.usefixtures("airflow_installed")
with_dagster = pytest.mark.usefixtures("dagster_installed")

LOADED = """
import importlib.util, json, sys

spec = importlib.util.spec_from_file_location("made", sys.argv[1])
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
print(json.dumps([
    {
        "id": dag.dag_id,
        "catchup": dag.catchup,
        "tasks": {one.task_id: sorted(one.upstream_task_ids) for one in dag.tasks},
        "retries": {one.task_id: one.retries for one in dag.tasks},
        "delay_s": dag.get_task(dag.task_ids[0]).retry_delay.total_seconds(),
        "cron": getattr(dag.timetable, "expression", None),
    }
    for dag in made.DAGS
]))
"""
RUN = """
import datetime, importlib.util, json, sys
import dagster as dg

spec = importlib.util.spec_from_file_location("made", sys.argv[1])
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
defs, instance, told = made.defs, dg.DagsterInstance.ephemeral(), []
at = datetime.datetime(2026, 3, 2, 5, tzinfo=datetime.UTC)
for schedule in defs.schedules:
    request = schedule(dg.build_schedule_context(instance, scheduled_execution_time=at))
    job = defs.resolve_job_def(made.PIPELINE_KEY)
    done = job.execute_in_process(instance=instance, run_config=request.run_config)
    told.append([job.name, None, done.success])
for turn in range(5):
    found = defs.sensors[0](dg.build_sensor_context(instance, definitions=defs))
    for one in found.dynamic_partitions_requests:
        instance.add_dynamic_partitions(one.partitions_def_name, one.partition_keys)
    for one in found.run_requests:
        done = dg.materialize(
            defs.assets,
            selection=list(one.asset_selection),
            partition_key=one.partition_key,
            run_config=one.run_config,
            instance=instance,
            raise_on_error=False,
        )
        told.append([one.asset_selection[0].path[-1], one.partition_key, done.success])
    if not found.run_requests:
        break
print("told", json.dumps(told))
"""


class Host(NamedTuple):
    """Another orchestrator's environment, and the file that it runs."""

    environment: dict[str, str]
    file: Path

    def run(self, *words: str | Path) -> str:
        """Run a command; return what it printed."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


def host(project: Project, tmp_path: Path, name: str, to: Any) -> Host:
    """Export a pipeline, and make a `headgate` that runs in our environment and not in theirs."""
    own = os.environ.get("PYTHONPATH", "")
    program = tmp_path / "headgate"
    lines = ("#!/bin/sh", f"export PYTHONPATH='{own}'", f'exec {sys.executable} -m headgate "$@"')
    program.write_text("\n".join([*lines, ""]), encoding="utf-8")
    program.chmod(0o755)
    file = tmp_path / "dags" / f"{name}.py"
    project.pipeline.export(name, to=to, out=str(file))
    home = tmp_path / "home"
    home.mkdir()
    known = {
        "HEADGATE": str(program),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(file.parent),
        "DAGSTER_HOME": str(home),
    }
    rest = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return Host(rest | known, file)


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    """Read a dataset's rows, sorted."""
    found: list[dict[str, Any]] = project.dataset.read(name).to_pylist()
    return sorted(found, key=str)


@with_airflow
@pytest.mark.row("S2-23", part="our pipelines as DAGs")
@pytest.mark.row("S3-15", part="Airflow")
@pytest.mark.row("S3-78", part="export to Airflow")
def test_airflow_runs_the_steps_and_maps_over_their_partitions(
    project: Project, tmp_path: Path
) -> None:
    sales(project)
    airflow = host(project, tmp_path, "sales", "airflow")
    airflow.run(AIRFLOW, "db", "migrate")

    airflow.run(AIRFLOW, "dags", "test", "sales")
    first = rows(project, "by_city"), rows(project, "all-of.them")
    airflow.run(AIRFLOW, "dags", "test", "sales")
    again = [project.dataset.show(name).snapshot.number for name in ("priced", "by_city")]
    airflow.run(AIRFLOW, "dags", "test", "sales", "--conf", '{"rate": 3.0}')

    assert first == ([{"city": "x", "n": 2}, {"city": "y", "n": 1}], [{"n": 3}])
    assert again == [1, 2]
    assert {one["price"] for one in rows(project, "priced")} == {60.0, 90.0, 15.0}
    made = {one.name for one in project.run.list().runs if one.state == "done"}
    assert made == {"priced", "by_city", "all-of.them"}


@with_airflow
@pytest.mark.row("S3-78", part="export to Airflow")
def test_airflow_knows_order_retries_and_schedules(project: Project, tmp_path: Path) -> None:
    sales(project)
    spans(project)
    airflow = host(project, tmp_path, "sales", "airflow")
    project.pipeline.export("spans", to="airflow", out=str(tmp_path / "spans.py"))
    python = AIRFLOW.parent / "python"

    said = airflow.run(python, "-c", LOADED, airflow.file)
    (one,) = json.loads(said.splitlines()[-1])
    said = airflow.run(python, "-c", LOADED, tmp_path / "spans.py")
    two = json.loads(said.splitlines()[-1])

    assert one["tasks"] == {
        "priced": [],
        "by_city__keys": ["priced"],
        "by_city__parts": ["by_city__keys"],
        "by_city": ["by_city__parts"],
        "all-of.them": ["by_city"],
    }
    assert (one["retries"]["priced"], one["delay_s"]) == (2, 0.5)
    assert one["cron"] == "0 6 * * mon-fri"
    assert [(each["id"], each["catchup"]) for each in two] == [
        ("spans", True),
        ("spans__night", False),
    ]


@with_airflow
@pytest.mark.row("S2-23", part="our pipelines as DAGs")
def test_a_step_that_fails_fails_its_task(project: Project, tmp_path: Path) -> None:
    sales(project)
    project.dataset.commit("orders", {"city": ["x"], "price": ["no number"]})
    airflow = host(project, tmp_path, "sales", "airflow")
    airflow.run(AIRFLOW, "db", "migrate")

    done = subprocess.run(
        [AIRFLOW, "dags", "test", "sales"],
        env=airflow.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "headgate pipeline run ended with 1" in done.stdout + done.stderr
    assert {one.name: one.state for one in project.run.list().runs} == {"priced": "failed"}


@with_dagster
@pytest.mark.row("S3-15", part="Dagster")
def test_dagster_makes_the_assets_and_finds_their_partitions(
    project: Project, tmp_path: Path
) -> None:
    sales(project)
    dagster = host(project, tmp_path, "sales", "dagster")
    dagster.run(DAGSTER, "-m", "dagster", "definitions", "validate", "-f", dagster.file)

    said = dagster.run(DAGSTER, "-c", RUN, dagster.file)

    told = json.loads(said.rpartition("told ")[2])
    assert told == [
        ["sales", None, True],
        ["by_city", "x", True],
        ["by_city", "y", True],
        ["all_of_them", None, True],
    ]
    assert rows(project, "by_city") == [{"city": "x", "n": 2}, {"city": "y", "n": 1}]
    assert rows(project, "all-of.them") == [{"n": 3}]
    assert {one["day"] for one in rows(project, "priced")} == {"2026-03-02"}


@with_dagster
@pytest.mark.row("S3-15", part="Dagster")
def test_dagster_takes_every_kind_of_partitions(project: Project, tmp_path: Path) -> None:
    spans(project)
    dagster = host(project, tmp_path, "spans", "dagster")

    said = dagster.run(DAGSTER, "-c", RUN.replace("defs.schedules", "()"), dagster.file)

    told = json.loads(said.rpartition("told ")[2])
    assert [one[:2] for one in told if one[0] == "days"] == [
        ["days", "2026-11-01"],
        ["days", "2026-11-02"],
        ["days", "2026-11-03"],
    ]
    assert [one[1] for one in told if one[0] == "months"] == ["2026-09", "2026-10"]
    assert [one[1] for one in told if one[0] == "weeks"] == ["2026-11-02"]
    assert [one[1] for one in told if one[0] == "lands"] == ["fr", 'say "de"']
    assert all(one[2] for one in told)


OPERATED = """
from airflow.sdk import dag, task
from headgate_operator import HeadgateOperator


@dag(dag_id="mine", schedule=None)
def mine():
    made = HeadgateOperator(
        task_id="priced", pipeline="sales", step="priced", settings={"day": "{{ 'mon' }}"}
    )
    rest = HeadgateOperator(task_id="x", pipeline="sales", step="by_city", partition="x")

    @task
    def told(snapshots):
        print("xcom", snapshots)

    made >> rest >> told(rest.output)


mine()
"""


@with_airflow
@pytest.mark.row("S2-23", part="operator")
def test_the_operator_of_the_documentation_runs_steps_and_hands_on_their_snapshots(
    project: Project, tmp_path: Path
) -> None:
    sales(project)
    airflow = host(project, tmp_path, "sales", "airflow")
    page = (Path(__file__).parents[2] / "docs" / "orchestrators.md").read_text(encoding="utf-8")
    code = page.partition("headgate_operator.py -->\n```python\n")[2].partition("```")[0]
    folder = airflow.file.parent
    (folder / "headgate_operator.py").write_text(code, encoding="utf-8")
    (folder / "mine.py").write_text(OPERATED, encoding="utf-8")
    airflow = Host(airflow.environment | {"HEADGATE_PROJECT": project.address}, airflow.file)
    airflow.run(AIRFLOW, "db", "migrate")

    said = airflow.run(AIRFLOW, "dags", "test", "mine")

    assert "xcom {'by_city': 'by_city@1'}" in said
    assert {one["day"] for one in rows(project, "priced")} == {"mon"}
    assert rows(project, "by_city") == [{"city": "x", "n": 2}]
