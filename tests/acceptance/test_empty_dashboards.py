"""A warehouse table comes out empty one night, and somebody is told before anybody looks at it.

Airflow's jobs and the dashboards' tool tell of themselves as their OpenLineage integrations do,
over HTTP. What a real Airflow tells of a task that failed is shown in `test_airflow.py`.
"""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.noticing import notice
from headgate.spine.context import open_context
from headgate.spine.outbox.delivering import deliver
from headgate.surfaces.local import Local
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import table as verbs
from tests.incident.receivers import Receiver
from tests.incident.telling import SECRET, configure
from tests.pipeline.openlineage.telling import PLACE, dashboard, facet, table, told
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context

WATCH = f"""
    from headgate import Promise

    promises = {{
        "{PLACE}/shop.report": Promise(freshness="26h", min_written=1, volume=0.5),
    }}
"""
OWN = """
    from headgate import Promise, step

    promises = {"mart": Promise(min_written=1, min_rows=2)}

    @step(mode="append")
    def mart(orders):
        return [{"id": one["id"]} for one in orders.to_pylist() if one["price"] > 0]
"""


class World:
    """A project behind its server, a receiver of its alerts, and the hands of a clock.

    Args:
        root: the project's folder.
        receiver: where alerts go.
        context: the project.
    """

    def __init__(self, root: Path, receiver: Receiver, context: Context) -> None:
        self._receiver = receiver
        self._context = context
        self.token = keep_token(root / ".headgate")
        self.address = ""

    def post(self, *events: dict[str, Any]) -> None:
        """Tell of jobs, as other tools do."""
        for event in events:
            request = urllib.request.Request(
                f"{self.address}/api/v1/lineage",
                json.dumps(event).encode(),
                {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.status == 201

    def look(self, at: str) -> list[dict[str, Any]]:
        """Let the scheduler look at a moment; return the alerts that reached the receiver."""
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        notice(self._context, find_declared(self._context.root), moment)
        deliver(self._context)
        return [one.json for one in self._receiver.got]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world before the first night."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    root = tmp_path / "shop"
    headgate.init(root).close()
    with Receiver() as receiver:
        configure(root, "hook", url=receiver.url)
        with (root / "headgate.toml").open("a", encoding="utf-8") as file:
            file.write('[pipelines]\nnotify = ["hook"]\n')
        local = Local(open_context(root))
        listening = Listening(local, verbs(), host="127.0.0.1", port=0)
        thread = Thread(target=listening.serve)
        thread.start()
        found = World(root, receiver, local.context)
        found.address = listening.address
        yield found
        listening.stop()
        thread.join()
        local.close()


def wrote(name: str, n_rows: int) -> dict[str, Any]:
    """Make a table that was written, with how many rows."""
    made = table(name)
    return made | {"outputFacets": {"outputStatistics": facet(rowCount=n_rows)}}


def night(day: int, n_loaded: int, n_refreshed: int) -> list[dict[str, Any]]:
    """Tell of one night of the pipeline: orders are loaded at 3, the report is made of them."""
    load = {"writes": (wrote("shop.mart", n_loaded),), "reads": ("shop.orders",)}
    refresh = {"writes": (wrote("shop.report", n_refreshed),), "reads": ("shop.mart",)}
    clock = f"2026-03-{day:02}T03"
    return [
        told("nightly.load", 10 * day, kind="START", at=f"{clock}:00:00Z"),
        told("nightly.load", 10 * day, at=f"{clock}:04:00Z", **load),
        told("nightly.refresh", 10 * day + 1, kind="START", at=f"{clock}:05:00Z"),
        told("nightly.refresh", 10 * day + 1, at=f"{clock}:06:00Z", **refresh),
    ]


def morning(day: int) -> dict[str, Any]:
    """Tell that the dashboards were opened at 8 and read the report."""
    shows = (dashboard("Weekly sales"), dashboard("Churn"))
    at = f"2026-03-{day:02}T08:00:00Z"
    return told("viewer", 10 * day + 2, at=at, reads=("shop.report",), writes=shows)


@pytest.fixture
def usual(world: World, tmp_path: Path) -> World:
    """Three good nights and mornings; nobody was told of anything."""
    with headgate.open(tmp_path / "shop") as project:
        write(project, watch=WATCH)
    for day in (1, 2, 3):
        world.post(*night(day, 1000, 200), morning(day))
    assert world.look("2026-03-03T12:00") == []
    return world


@pytest.mark.row("S2-12")
def test_an_empty_result_is_told_with_its_job_and_its_dashboards_before_anybody_looks(
    usual: World,
) -> None:
    usual.post(*night(4, 0, 0))

    alerts = usual.look("2026-03-04T03:07")
    usual.post(morning(4))
    later = usual.look("2026-03-04T08:01")

    assert [one["title"].partition(" of ")[2] for one in alerts] == [
        "pipeline watch was written with fewer rows than were promised",
        "pipeline watch has not as many rows as usual",
    ]
    for one in alerts:
        lines = one["body"].splitlines()
        assert "made by: airflow/nightly.refresh, COMPLETE 2026-03-04T03:06:00Z" in lines
        assert "shown by: bi/Churn; bi/Weekly sales" in lines
        assert one["details"]["subject"] == f"{PLACE}/shop.report"
    assert alerts[0]["body"].startswith("promised at least 1 row written the last time; found 0 ro")
    assert later == alerts


@pytest.mark.row("S2-12")
def test_too_few_rows_are_told_beside_what_is_usual(usual: World) -> None:
    usual.post(*night(4, 900, 60))

    (alert,) = usual.look("2026-03-04T03:07")

    said = "promised within 50% of what is usual; found 60 rows, usually 200"
    assert alert["body"].startswith(said)


@pytest.mark.row("S2-12")
def test_a_table_that_was_not_made_is_told_with_the_job_upstream_that_failed(
    usual: World,
) -> None:
    usual.post(
        told("nightly.load", 40, kind="START", at="2026-03-04T03:00:00Z"),
        told(
            "nightly.load",
            40,
            kind="FAIL",
            at="2026-03-04T03:01:00Z",
            reads=("shop.orders",),
            writes=("shop.mart",),
        ),
    )

    early = usual.look("2026-03-04T05:00")
    (alert,) = usual.look("2026-03-04T05:07")

    assert early == []
    assert alert["title"] == f"{PLACE}/shop.report of pipeline watch is older than was promised"
    assert alert["body"].splitlines() == [
        "promised at most 26h old; found 1d 2h old",
        "made by: airflow/nightly.refresh, COMPLETE 2026-03-03T03:06:00Z",
        "behind it: airflow/nightly.load, FAIL 2026-03-04T03:01:00Z",
        "shown by: bi/Churn; bi/Weekly sales",
        "See: headgate pipeline status --name watch",
    ]


@pytest.mark.row("S2-12")
def test_what_is_well_again_is_told_once(usual: World) -> None:
    usual.post(*night(4, 0, 0))
    usual.look("2026-03-04T03:07")
    usual.post(*night(5, 1000, 210))

    alerts = usual.look("2026-03-05T03:07")

    assert [one["kind"] for one in alerts] == ["trigger", "trigger", "resolve", "resolve"]


@pytest.mark.row("S2-12")
def test_a_step_of_ours_that_comes_out_empty_is_told_with_the_dashboards_beyond_the_warehouse(
    world: World, tmp_path: Path
) -> None:
    with headgate.open(tmp_path / "shop") as project:
        write(project, shop=OWN)
        project.dataset.commit("orders", {"id": [1, 2], "price": [5, 6]})
        project.pipeline.run("shop")
        shows = (dashboard("Weekly sales"), dashboard("Churn"))
        world.post(
            told("copy", 1, reads=("shop.mart",), writes=("shop.report",)),
            told("viewer", 2, reads=("shop.report",), writes=shows),
        )
        project.lineage.link(f"{PLACE}/shop.mart", "mart")
        good = world.look("2026-03-02T09:00")
        project.dataset.commit("orders", {"id": [3], "price": [0]})
        project.pipeline.run("shop")

        (alert,) = world.look("2026-03-02T09:05")
        report = project.pipeline.status(name="shop")

    (trouble,) = report.pipelines[0].troubles
    lines = alert["body"].splitlines()
    assert good == []
    assert lines[0] == "promised at least 1 row written the last time; found 0 rows"
    assert lines[1].startswith("made by: step mart of pipeline shop, done ")
    assert lines[2] == "shown by: bi/Churn; bi/Weekly sales"
    assert (trouble.kind, trouble.shown_by) == ("min_written", ("bi/Churn", "bi/Weekly sales"))
