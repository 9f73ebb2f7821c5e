"""A real Airflow tells us what it does, fails one night, and the dashboards behind it are named.

Airflow's libraries never meet ours: what `bench/airflow.txt` names is installed into an environment
of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

import headgate
from bench.parts.peers import environment
from headgate.core.times import now
from headgate.pipeline.schedule.explaining import with_accounts
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.status import status
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import table
from tests.pipeline.openlineage.telling import PLACE, dashboard, take, told
from tests.pipeline.writing import write

NIGHTLY = """
import os
from datetime import datetime

from airflow.providers.common.compat.lineage.entities import Table
from airflow.sdk import dag, task


def table(name):
    return Table(cluster="postgres://db:5432", database="shop", name=name)


@dag(schedule=None, start_date=datetime(2026, 1, 1), catchup=False)
def nightly():
    @task(inlets=[table("orders")], outlets=[table("mart")])
    def load():
        if os.environ.get("DISK") == "full":
            raise ValueError("the disk is full")

    @task(inlets=[table("mart")], outlets=[table("report")])
    def refresh():
        return 1

    load() >> refresh()


nightly()
"""
Night = Callable[[str], None]

pytestmark = pytest.mark.full


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Listening]:
    """A project behind its server."""
    headgate.init(tmp_path / "shop").close()
    local = Local(open_context(tmp_path / "shop"))
    listening = Listening(local, table(), host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    yield listening
    listening.stop()
    thread.join()
    local.close()


@pytest.fixture
def night(served: Listening, tmp_path: Path) -> Night:
    """Let Airflow run the pipeline once, with a disk that is `free` or `full`."""
    home = tmp_path / "airflow"
    (home / "dags").mkdir(parents=True)
    (home / "dags" / "nightly.py").write_text(NIGHTLY, encoding="utf-8")
    key = {"type": "api_key", "apiKey": keep_token(tmp_path / "shop" / ".headgate")}
    transport = {"type": "http", "url": served.address, "auth": key}
    known = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "airflow",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    airflow_command = Path(environment("airflow")).with_name("airflow")

    def airflow(*words: str, disk: str = "free") -> None:
        variables = own | known | {"DISK": disk}
        subprocess.run(
            [airflow_command, *words], env=variables, cwd=home, capture_output=True, check=False
        )

    airflow("db", "migrate")
    return lambda disk: airflow("dags", "test", "nightly", disk=disk)


@pytest.mark.row("S3-30", part="Airflow")
@pytest.mark.row("S2-23", part="events in")
def test_the_dashboards_behind_a_task_that_failed_are_named(night: Night, tmp_path: Path) -> None:
    with headgate.open(tmp_path / "shop") as project:
        project.dataset.commit("orders", [{"id": 1}])
        night("free")
        project.lineage.link(f"{PLACE}/shop.orders", "orders")
        shown = told("weekly", 1, reads=("shop.report",), writes=(dashboard("Weekly sales"),))
        take(project, shown)
        night("full")

        states = last_states(project)
        reach = project.blast("foreign:airflow/nightly.load").foreign
        ours = project.blast("snapshot:orders@1").foreign

    assert states == {"nightly": "FAIL", "nightly.load": "FAIL", "nightly.refresh": "COMPLETE"}
    for found in (reach, ours):
        assert found is not None
        assert [one.name for one in found.dashboards] == ["bi/Weekly sales"]
        assert {f"{PLACE}/shop.mart", f"{PLACE}/shop.report"} <= {
            one.name for one in found.datasets
        }


@pytest.mark.row("S2-12", part="a real Airflow")
def test_a_table_that_airflow_did_not_make_is_told_with_its_task_and_its_dashboards(
    night: Night, tmp_path: Path
) -> None:
    name = f"{PLACE}/shop.mart"
    with headgate.open(tmp_path / "shop") as project:
        text = f"from headgate import Promise\n\npromises = {{{name!r}: Promise(freshness='1h')}}\n"
        write(project, watch=text)
        night("free")
        shown = told("weekly", 1, reads=("shop.report",), writes=(dashboard("Weekly sales"),))
        take(project, shown)
        good = project.pipeline.status(name="watch")
        night("full")

        context = open_context(tmp_path / "shop")
        declared = find_declared(context.root)
        report = status(context, declared, now() + timedelta(hours=1), "watch")
        (trouble,) = with_accounts(context, report).pipelines[0].troubles
        context.opened.close()

    assert not good.has_findings
    assert trouble.kind == "freshness"
    assert [one.split()[:2] for one in trouble.made_by] == [["airflow/nightly.load,", "FAIL"]]
    assert trouble.shown_by == ("bi/Weekly sales",)


def last_states(project: Project) -> dict[str, str]:
    """Read how each of Airflow's jobs ended the last time."""
    jobs = [one.name for one in project.lineage.list(kind="job", namespace="airflow").nodes]
    return {
        name.removeprefix("airflow/"): project.trace(f"foreign:{name}").nodes[0].facts["state"]
        for name in jobs
        if name != "airflow/weekly"
    }
