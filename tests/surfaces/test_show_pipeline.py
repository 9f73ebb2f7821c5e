"""What a stranger reads at a terminal about a run: how finely lineage is known, and what failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import headgate
from headgate.pipeline.hosts.reports import ExportedPipeline
from headgate.pipeline.reports import PartCounts, RunHistory, RunLine, RunParts, StepRun
from headgate.pipeline.runs import Asked, PipelineRunRecord
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import run as single
from headgate.surfaces.cli.show.pipeline import (
    MOST_SAID,
    cancel_lines,
    export_lines,
    history_lines,
    run_lines,
    show_lines,
)
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.pipeline.runs import PipelineState
    from headgate.surfaces.python import Project

FLOW = """
    from headgate import shell, sql

    counted = sql("counted", "select count(*) as n from orders")
    named = sql("named", "select * from orders")
    broken = shell("broken", "echo first >&2; echo second >&2; exit 4", reads=["orders"])
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """An empty project with every verb."""
    with headgate.init(tmp_path / "shop") as project:
        yield project


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_run_names_the_steps_whose_rows_cannot_be_followed(shop: Project, width: int) -> None:
    shop.dataset.commit("orders", {"id": [1, 2]})
    write(shop, flow=FLOW)

    lines = run_lines(shop.pipeline.run("flow"), Paint(width=width))

    shown = " ".join(" ".join(lines).split())
    assert "lineage between datasets only: counted; rows returned with _rid or _parents" in shown
    assert "broken failed: CommandFailed: exit code 4: first second" in shown
    assert max(map(len, lines)) <= width


FAILING = "from headgate import step\n\n@step\ndef a():\n    raise ValueError({!r})\n"


def one_line(lines: list[str]) -> str:
    """Join what was laid out, as if there were room for it."""
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no price\n\n  at row 3\n", "ValueError: no price at row 3"),
        ("\x1b[2J\x1b]0;mine\x07", "ValueError: \\x1b[2J\\x1b]0;mine\\x07"),
        ("word " * 5000, f"ValueError: {'word ' * 200}"[: MOST_SAID - 3] + "..."),
    ],
)
def test_whatever_an_error_says_it_is_told_in_few_lines_that_fit(
    shop: Project, width: int, said: str, shown: str
) -> None:
    write(shop, flow=FAILING.format(said))
    report = shop.pipeline.run("flow")

    lines = run_lines(report, Paint(width=width))
    parts = show_lines(shop.pipeline.show(report.pipeline_run_id), Paint(width=width))
    whole = single.show_lines(shop.run.show(str(report.steps[0].run_id)), Paint(width=width))

    for found in (lines, parts):
        assert f"a failed: {shown}" in one_line(found)
    assert all(line.isprintable() for line in (*lines, *parts, *whole))
    assert max(map(len, (*lines, *parts))) <= width


def record(state: PipelineState, **more: Any) -> PipelineRunRecord:
    """A run of a pipeline in a state, that took an hour if it has ended."""
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    is_over = state in ("done", "failed", "cancelled")
    return PipelineRunRecord(
        pipeline_run_id="prun_00000000000000000001",
        pipeline="flow",
        kind="run",
        state=state,
        actor="ann",
        settings={},
        asked=Asked(),
        host="a-rather-long-name-of-a-host.in.some.domain",
        pid=7,
        started_at=at,
        seen_at=at,
        finished_at=at + timedelta(hours=1) if is_over else None,
        **more,
    )


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    ("state", "took", "goes_on"),
    [
        ("running", "-", False),
        ("cancelling", "-", False),
        ("done", "1 h 0 min", False),
        ("failed", "1 h 0 min", True),
        ("cancelled", "1 h 0 min", True),
        ("lost", "-", True),
    ],
)
def test_a_run_in_any_state_says_how_long_it_took_and_whether_it_can_go_on(
    state: PipelineState, took: str, width: int, *, goes_on: bool
) -> None:
    run, counts = record(state), {"emptied": 1, "ran": 12_000, "running": 2, "skipped": 3}

    shown = show_lines(RunParts(run, counts, (), {"totals": counts}), Paint(width=width))
    listed = history_lines(RunHistory((RunLine(run, counts),)), Paint(width=width))

    text = one_line(shown)
    assert f"state {state}" in text
    assert f"took {took} settings as declared" in text
    assert ("headgate pipeline resume prun_" in text) is goes_on
    assert listed[1].split()[:3] == [state, "flow", "run"]
    assert max(map(len, (*shown, *listed))) <= width


def test_a_step_in_any_state_stands_in_one_line_and_only_what_failed_is_told_further(
    shop: Project,
) -> None:
    write(shop, flow="from headgate import step\n\n@step\ndef a():\n    return [{'x': 1}]\n")
    counts = PartCounts(9, n_ran=1, n_cached=2, n_failed=3, n_skipped=2, n_emptied=1)
    steps = (
        StepRun("r", "ran", ("it never ran",), "r@1", "run_1", 5.0, 1_000),
        StepRun("c", "cached", ("nothing changed",), "c@2", "run_2"),
        StepRun("f", "failed", ("code changed",), run_id="run_3", error="E: no", place="p.py:3"),
        StepRun("s", "skipped", ("f failed",)),
        StepRun("p", "failed", ("again",), "p@3", "run_4", error="E: x", partitions=counts),
    )
    report = msgspec.structs.replace(shop.pipeline.run("flow"), steps=steps)

    lines = run_lines(report, Paint(width=120))

    assert lines[0] == "flow: 1 ran, 1 cached, 2 failed, 1 skipped"
    assert [line.split()[:2] for line in lines[2:7]] == [[one.state, one.name] for one in steps]
    told = "9 partitions: 1 made, 2 unchanged, 3 failed, 2 skipped, 1 emptied; again"
    assert told in lines[6]
    text = one_line(lines[7:])
    assert "f failed: E: no at p.py:3 run headgate run show run_3 p failed: E: x" in text
    assert f"headgate pipeline resume {report.pipeline_run_id} --failed-only" in text


def test_who_cancels_is_told_whether_the_run_has_ended() -> None:
    asked, gone = (cancel_lines(record(one), Paint()) for one in ("cancelling", "cancelled"))

    assert asked == ["prun_00000000000000000001 ends before its next part; what it made stays"]
    assert gone == ["prun_00000000000000000001 is cancelled; its process was gone"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_an_exported_pipeline_is_told_by_its_file_or_shown_as_it_is(width: int) -> None:
    notes = ("sensor files (files inbox/*.csv): the host does not look; `headgate up` does",)
    text = '"""The pipeline."""\n\n\ndef one():\n    return 1\n'
    written = ExportedPipeline("sales", "airflow", text, notes, "/home/ada/shop/dags/sales.py")

    told = export_lines(written, Paint(width=width))
    plain = export_lines(ExportedPipeline("sales", "airflow", text, notes), Paint(width=width))

    assert one_line(told) == f"{written.path}: sales, to be run by airflow - {notes[0]}"
    assert max(map(len, told)) <= width
    assert "\n".join([*plain, ""]) == text
