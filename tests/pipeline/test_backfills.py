"""Backfills: planned before they are done, ended on demand, and taken up where they stood."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from tests.asking import fsck
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

DAYS = [f"2026-10-{day:02}" for day in range(1, 11)]
FLOW = """
    import time
    from pathlib import Path
    from headgate import daily, step

    SIGNS = Path({signs!r})

    @step(partitions=daily("day", "2026-10-01", until="2026-10-10"))
    def daily_sums(visits, partition, *, factor: int = 1):
        (SIGNS / f"began-{{partition}}").touch()
        if (SIGNS / f"broken-{{partition}}").exists():
            raise ValueError("broken")
        while (SIGNS / f"wait-{{partition}}").exists():
            time.sleep(0.01)
        with (SIGNS / "calls").open("a") as calls:
            calls.write(partition + "\\n")
        return [{{"sum": factor * sum(visits["n"].to_pylist())}}]
"""
RUNNING = """
import sys
import headgate
from headgate.pipeline import journal

journal.FLUSH_S = 0.1
with headgate.open(sys.argv[1]) as project:
    project.pipeline.backfill("flow", apply=True)
"""


@pytest.fixture
def signs(project: Project, tmp_path: Path) -> Path:
    """A folder by whose files the step is steered, and ten days of visits."""
    folder = tmp_path / "signs"
    folder.mkdir()
    project.dataset.commit("visits", {"day": DAYS * 2, "n": list(range(20))})
    write(project, flow=FLOW.format(signs=str(folder)))
    return folder


def calls(signs: Path) -> list[str]:
    """Read which partitions the step was called for, each as often as it was."""
    file = signs / "calls"
    return file.read_text().split() if file.exists() else []


def appears(file: Path) -> None:
    """Wait until a file is there."""
    until = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.005)


def states(project: Project, run_id: str) -> dict[str, int]:
    """Count the parts of a run by their state."""
    return project.pipeline.show(run_id).parts


# ---- planned


def test_a_plan_names_what_would_be_made_and_makes_nothing(project: Project, signs: Path) -> None:
    project.pipeline.run("flow", partition="2026-10-03")

    report: Any = project.pipeline.backfill("flow", from_="2026-10-02", until="2026-10-05")

    (step,) = report.plan.steps
    assert report.partitions == tuple(DAYS[1:5])
    assert (step.partitions.n_ran, step.partitions.n_cached) == (3, 1)
    assert step.keys == ("2026-10-02", "2026-10-04", "2026-10-05")
    assert step.seconds == report.plan.seconds > 0
    assert report.run is None
    assert calls(signs) == ["2026-10-03"]


def test_a_backfill_makes_what_its_plan_named(project: Project, signs: Path) -> None:
    report: Any = project.pipeline.backfill("flow", until="2026-10-03", apply=True)

    assert calls(signs) == DAYS[:3]
    rows = project.dataset.read("daily_sums").to_pydict()
    assert dict(zip(rows["day"], rows["sum"], strict=True)) == {
        day: 2 * n + 10 for n, day in enumerate(DAYS[:3])
    }
    line = project.pipeline.history().runs[0]
    assert (line.run.pipeline_run_id, line.run.kind) == (report.run.pipeline_run_id, "backfill")
    assert (line.run.state, line.parts) == ("done", {"ran": 3})


def test_what_need_not_be_made_is_made_again_on_demand_alone(project: Project, signs: Path) -> None:
    project.pipeline.backfill("flow", partitions=DAYS[:2], apply=True)

    second: Any = project.pipeline.backfill("flow", partitions=DAYS[:2], apply=True)
    third: Any = project.pipeline.backfill("flow", partitions=DAYS[:1], again=True, apply=True)

    assert states(project, second.run.pipeline_run_id) == {"cached": 2}
    assert states(project, third.run.pipeline_run_id) == {"ran": 1}
    assert calls(signs) == [*DAYS[:2], DAYS[0]]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"plan": True, "apply": True}, "both --plan and --apply were given"),
        ({"partitions": DAYS[:1], "from_": DAYS[0]}, "keys and a range of them were given"),
        ({"from_": "yesterday"}, "'yesterday' names no day"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(
    project: Project, signs: Path, how: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        project.pipeline.backfill("flow", **how)

    assert calls(signs) == []


def test_a_pipeline_without_partitions_cannot_be_filled(project: Project) -> None:
    write(project, flow="from headgate import step\n\n@step\ndef a():\n    return [{'x': 1}]\n")

    with pytest.raises(Invalid, match="no step of the pipeline has partitions"):
        project.pipeline.backfill("flow")


# ---- failed, cancelled, killed


def test_only_what_failed_is_made_when_that_is_asked_for(project: Project, signs: Path) -> None:
    for day in (DAYS[2], DAYS[7]):
        (signs / f"broken-{day}").touch()
    report: Any = project.pipeline.backfill("flow", apply=True)
    run_id = report.run.pipeline_run_id
    assert report.has_findings
    assert states(project, run_id) == {"failed": 2, "ran": 8}
    assert [one.partition for one in project.pipeline.show(run_id).failed] == [DAYS[2], DAYS[7]]
    for sign in signs.glob("broken-*"):
        sign.unlink()

    again: Any = project.pipeline.resume(run_id, failed_only=True)

    assert again.steps[0].partitions.n_ran == again.steps[0].partitions.n_total == 2
    assert sorted(calls(signs)) == DAYS
    assert states(project, run_id) == {"ran": 10}
    assert project.pipeline.show(run_id).run.state == "done"


def test_a_cancelled_backfill_keeps_what_it_made_and_goes_on_later(
    project: Project, signs: Path
) -> None:
    (signs / f"wait-{DAYS[4]}").touch()
    with subprocess.Popen([sys.executable, "-c", RUNNING, project.address]) as process:
        appears(signs / f"began-{DAYS[4]}")
        (line,) = project.pipeline.history().runs
        project.pipeline.cancel(line.run.pipeline_run_id)
        time.sleep(0.3)
        (signs / f"wait-{DAYS[4]}").unlink()

        assert process.wait() != 0
    cancelled = project.pipeline.show(line.run.pipeline_run_id)
    assert cancelled.run.state == "cancelled"
    assert len(calls(signs)) < len(DAYS)

    project.pipeline.resume(line.run.pipeline_run_id)

    assert set(calls(signs)) == set(DAYS)
    assert project.dataset.show("daily_sums").snapshot.n_rows == len(DAYS)


def test_a_killed_backfill_is_told_as_lost_and_makes_nothing_twice(
    project: Project, context: Context, signs: Path
) -> None:
    project.pipeline.backfill("flow", until=DAYS[3], apply=True)
    (signs / f"wait-{DAYS[6]}").touch()
    with subprocess.Popen([sys.executable, "-c", RUNNING, project.address]) as process:
        appears(signs / f"began-{DAYS[6]}")
        run_id = project.pipeline.history().runs[0].run.pipeline_run_id
        with pytest.raises(Conflict, match="is running"):
            project.pipeline.resume(run_id)
        process.kill()
    (signs / f"wait-{DAYS[6]}").unlink()
    assert project.pipeline.show(run_id).run.state == "lost"

    project.pipeline.resume(run_id)

    assert project.pipeline.show(run_id).run.state == "done"
    assert calls(signs)[:4] == DAYS[:4]
    assert not set(calls(signs)[4:]) & set(DAYS[:4])
    assert project.dataset.show("daily_sums").snapshot.n_rows == len(DAYS)
    assert fsck(context).problems == ()
    with pytest.raises(Conflict, match="is done"):
        project.pipeline.resume(run_id)


def test_runs_that_are_not_there_or_have_ended_cannot_be_cancelled(
    project: Project, signs: Path
) -> None:
    run_id = project.pipeline.run("flow", partition=DAYS[0]).pipeline_run_id

    with pytest.raises(Conflict, match="has ended: done"):
        project.pipeline.cancel(run_id)
    with pytest.raises(NotFound, match="prun_nothing"):
        project.pipeline.cancel("prun_nothing")

    assert calls(signs) == DAYS[:1]


def test_how_far_a_backfill_is_can_be_seen_while_it_goes_on(project: Project, signs: Path) -> None:
    (signs / f"wait-{DAYS[5]}").touch()
    thread = threading.Thread(
        target=lambda: project.pipeline.backfill("flow", until=DAYS[5], apply=True)
    )
    thread.start()
    try:
        appears(signs / f"began-{DAYS[5]}")
        (line,) = project.pipeline.history().runs
    finally:
        (signs / f"wait-{DAYS[5]}").unlink()
        thread.join()

    assert (line.run.state, line.run.asked.partitions) == ("running", tuple(DAYS[:6]))


@pytest.mark.usefixtures("signs")
def test_the_history_of_a_pipeline_that_there_is_not_names_the_nearest(project: Project) -> None:
    write(project, other="from headgate import step\n\n@step\ndef made():\n    return []\n")
    project.pipeline.run("flow")

    with pytest.raises(NotFound, match="no pipeline named 'flwo'") as caught:
        project.pipeline.history("flwo")

    assert caught.value.mend == "did you mean flow?"
    assert len(project.pipeline.history("flow").runs) == 1
    assert project.pipeline.history("other").runs == ()
    assert project.pipeline.history("made").runs == ()


def test_the_history_of_a_pipeline_that_is_gone_or_broken_can_be_read(project: Project) -> None:
    write(project, flow="from headgate import step\n\n@step\ndef made():\n    return {'a': [1]}\n")
    project.pipeline.run("flow")
    write(project, flow="def (")

    assert len(project.pipeline.history("flow").runs) == 1
    with pytest.raises(NotFound, match="no pipeline named 'made'"):
        project.pipeline.history("made")
