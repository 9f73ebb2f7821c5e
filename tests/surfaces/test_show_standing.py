"""A terminal shows how pipelines stand, what is wrong first, and goes on showing it."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.core.times import parse
from headgate.pipeline.schedule.promises import PromiseLine
from headgate.pipeline.schedule.reports import (
    PipelineStatus,
    Retried,
    StatusReport,
    StepStatus,
    TriggerLine,
    Trouble,
)
from headgate.spine.context import open_context
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.pipeline import retry_lines, status_lines
from headgate.surfaces.local import Local
from headgate.surfaces.scheduling import run_once, scheduling
from headgate.surfaces.verbs import table
from tests.pipeline.schedule.test_up import until
from tests.pipeline.writing import write
from tests.surfaces.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = parse("2026-03-02T12:00")
FLOW = PipelineStatus(
    pipeline="flow",
    state="idle",
    triggers=(
        TriggerLine(
            "schedule",
            "0 6 * * mon-fri Europe/Berlin",
            next_at=NOON + timedelta(hours=17),
            last_at=NOON - timedelta(days=1),
            last_state="done",
            last_s=62.25,
        ),
        TriggerLine("files", "files inbox/*.csv", n_waiting=2, n_running=1),
    ),
    steps=(
        StepStatus("priced", "done", "run_1", NOON, 1.5, 2.0, 1234.5, 100, 12_000, NOON),
        StepStatus("dear"),
    ),
    promises=(
        PromiseLine("priced", "freshness", "at most 26h old", "3d 4h old", is_kept=False),
        PromiseLine("priced", "min_rows", "at least 1 row", "12,000 rows", is_kept=True),
    ),
    troubles=(
        Trouble("late", "schedule", "k", "due Mon 02 Mar 2026 07:00 CET, 6h ago"),
        Trouble("freshness", "priced", "", "promised at most 26h old; found 3d 4h old"),
    ),
    n_more=3,
)


def shown(*pipelines: PipelineStatus, width: int = 120) -> list[str]:
    report = StatusReport(NOON, pipelines, heard_at=NOON - timedelta(seconds=40))
    return status_lines(report, Paint(width=width))


def test_a_broken_promise_is_shown_with_who_makes_the_dataset_and_who_looks_at_it() -> None:
    trouble = Trouble(
        "freshness",
        "priced",
        "",
        "promised at most 26h old; found 3d 4h old",
        made_by=("airflow/load, COMPLETE 2026-03-01T03:00:00Z",),
        behind=("airflow/copy, FAIL 2026-03-02T03:00:00Z",),
        shown_by=("bi/Churn",),
        n_shown_by=4,
    )
    one = PipelineStatus("flow", "manual", promises=FLOW.promises, troubles=(trouble,))

    assert shown(one) == [
        "flow: manual, in trouble",
        "broken  priced: at most 26h old; found 3d 4h old",
        "        made by: airflow/load, COMPLETE 2026-03-01T03:00:00Z",
        "        behind it: airflow/copy, FAIL 2026-03-02T03:00:00Z",
        "        shown by: bi/Churn; 3 more",
        "kept    priced: at least 1 row; found 12,000 rows",
        *shown(one)[6:],
    ]
    assert max(map(len, shown(one, width=60))) <= 60


def test_what_is_wrong_comes_first_and_a_broken_promise_once() -> None:
    assert shown(FLOW) == [
        "flow: idle, in trouble",
        "late schedule: due Mon 02 Mar 2026 07:00 CET, 6h ago",
        "and 3 more like these",
        "runs      last         took    next    waiting  for",
        "schedule  done 1d ago  62.2 s  in 17h        0  0 6 * * mon-fri Europe/Berlin",
        "files     running      -       -             2  files inbox/*.csv",
        "step    state      took   median  in all      rows  made",
        "priced  done       1.5 s  2.0 s   1,234.5 s  12000  0s ago",
        "dear    never ran  -      -       -              -  -",
        "broken  priced: at most 26h old; found 3d 4h old",
        "kept    priced: at least 1 row; found 12,000 rows",
        "",
        "a scheduler was last heard of 40s ago",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, shown(FLOW, width=width))) <= width


def test_a_project_whose_pipelines_run_by_hand_is_told_how_to_change_that() -> None:
    lines = shown(PipelineStatus("flow", "manual"))

    assert lines[0] == "flow: manual"
    assert lines[-1].startswith("nothing runs by itself: write schedule = Schedule(…)")


def test_a_scheduler_that_was_never_there_is_told_with_its_command() -> None:
    lines = status_lines(StatusReport(NOON, (FLOW,)), Paint())

    assert lines[-1] == "no scheduler was ever heard of: headgate up"


def test_what_runs_again_is_counted() -> None:
    assert retry_lines(Retried("flow", 1), Paint()) == ["flow: 1 tick to run again"]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A project with a pipeline that was due and never ran."""
    with headgate.init(tmp_path / "shop") as project:
        write(
            project,
            flow="""
            from headgate import Schedule, step
            schedule = Schedule("@yearly", since="2025-06-01")

            @step
            def made():
                return [{"n": 1}]
            """,
        )
        yield Path(project.address)


def test_status_ends_with_one_while_something_is_late_and_with_none_after(root: Path) -> None:
    headgate_ = shell(table(), root)
    local = Local(open_context(root))

    late = headgate_("pipeline", "status")
    done = run_once(local, table(), threading.Event())
    local.close()
    well = headgate_("pipeline", "status", "--name", "flow")

    assert (late.code, late.out.startswith("flow: idle, in trouble\nlate schedule: due ")) == (
        1,
        True,
    )
    assert (done.n_done, well.code, well.out.partition("\n")[0]) == (1, 0, "flow: idle")


def test_watch_shows_the_same_again_and_again(root: Path) -> None:
    headgate_ = shell(table(), root)

    found = headgate_("pipeline", "watch", "--times", "2", "--every", "0.1")
    on_screen = headgate_("pipeline", "watch", "--times", "1", is_terminal=True)
    as_json = headgate_("pipeline", "watch", "--times", "1", "--json", "--name", "flow")

    assert (found.code, found.out.count("flow: idle, in trouble")) == (1, 2)
    assert on_screen.out.startswith("\x1b[H\x1b[2J")
    assert '"pipeline": "flow"' in as_json.out


def test_a_scheduler_runs_beside_whatever_the_block_does(root: Path) -> None:
    local = Local(open_context(root))

    with scheduling(local, table()), headgate.open(root) as project:
        until(lambda: project.pipeline.status().pipelines[0].triggers[0].last_state == "done")
        by = {one.actor for one in project.event.list().events if one.kind == "tick_done"}

    local.close()
    assert by == {"scheduler"}
