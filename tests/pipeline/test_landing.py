"""Ends of quick steps that made no rows: they land together, soon, and are never lost by halves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from headgate.core.times import now
from headgate.pipeline import journal, publishing, queries
from headgate.pipeline.notes import Notes
from headgate.pipeline.operations import run_pipeline
from headgate.pipeline.reports import RunPipeline
from headgate.pipeline.runs import PartRecord
from headgate.spine.lineage.events import first_broken, list_events
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

N_STEPS = 50
MOST_OF_A_RUN = 60
"""Statements of a run of so many steps that make nothing; each took eight [count]."""
MOST_OF_A_STEP = 17
"""Statements of a step that makes ten rows of ten [count]."""
SYNCS_OF_A_STEP = 5
"""Its file, its manifest, the folders of both, and the catalog [count]."""
MORE_FOLDERS = 2 * 16
"""Folders above those that files are spread over, which are made sixteen at a time [count]."""

MOST_BEATS = 30
"""Transactions in which a run that is slow tells that it lives, and the two around it [count]."""

NOTHING = "\n@step(after=({before}))\ndef s{index}():\n    return None\n"
ROWS = "\n@step\ndef s{index}({before}):\n    return {before}\n"
SHOWN = """
    import time
    from pathlib import Path
    import headgate
    from headgate import step

    @step
    def sent():
        with Path({place!r}).open("a") as file:
            file.write("sent\\n")

    @step(after=["sent"])
    def seen():
        with headgate.open({project!r}) as project:
            until = time.monotonic() + 15
            while not project.run.list().runs:
                assert time.monotonic() < until, "its end is not shown"
                time.sleep(0.01)
        Path({place!r} + ".seen").touch()
        if not Path({place!r} + ".calm").exists():
            time.sleep(60)
"""
RUNNING = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    project.pipeline.run("flow")
"""


def chain(project: Project, kind: str) -> None:
    """Write a chain of steps that make nothing, or of ones that hand ten rows on."""
    steps = ["from headgate import step\n"]
    for index in range(N_STEPS):
        if kind == "rows":
            steps.append(ROWS.format(index=index, before=f"s{index - 1}" if index else "start"))
        else:
            steps.append(NOTHING.format(index=index, before=f"'s{index - 1}'," if index else ""))
    write(project, flow="".join(steps))


@contextmanager
def counted(context: Context, monkeypatch: pytest.MonkeyPatch) -> Generator[dict[str, int]]:
    """Count statements, commits that wait for the disk, and syncs of files and folders."""
    found = {"statements": 0, "commits": 0, "syncs": 0}
    sync = os.fsync

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found["statements"] += not statement.startswith("BEGIN")

    def commit(connection: Connection) -> None:
        options = connection.get_execution_options()
        found["commits"] += bool(
            options.get("headgate_writes") and not options.get("headgate_hurries")
        )

    def synced(descriptor: int) -> None:
        found["syncs"] += 1
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", synced)
    hooks = {"before_cursor_execute": note, "commit": commit}
    for name, hook in hooks.items():
        event.listen(context.catalog.engine, name, hook)
    try:
        yield found
    finally:
        for name, hook in hooks.items():
            event.remove(context.catalog.engine, name, hook)


def test_steps_that_make_nothing_share_their_transactions(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain(project, "nothing")
    # however slow this machine is, none of them takes too long to wait for the others
    monkeypatch.setattr(publishing, "LAND_S", 60.0)
    monkeypatch.setattr(journal, "LAND_S", 60.0)

    with counted(context, monkeypatch) as found:
        report = run_pipeline(context, RunPipeline(name="flow"))

    assert {one.state for one in report.steps} == {"ran"}
    assert found["statements"] <= MOST_OF_A_RUN
    assert (found["commits"], found["syncs"]) == (2, 0)
    with context.catalog.read() as connection:
        ended = [one for one in list_events(connection, context.tenant) if one.kind == "step_done"]
        assert len(ended) == N_STEPS
        assert first_broken(connection, context.tenant) is None


def test_a_step_that_makes_rows_asks_and_syncs_few_things(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.dataset.commit("start", {"x": list(range(10))})
    chain(project, "rows")

    with counted(context, monkeypatch) as found:
        report = run_pipeline(context, RunPipeline(name="flow"))

    assert {one.state for one in report.steps} == {"ran"}
    assert found["statements"] <= N_STEPS * MOST_OF_A_STEP + MOST_OF_A_RUN
    assert found["commits"] <= N_STEPS + MOST_BEATS
    assert found["syncs"] <= N_STEPS * (SYNCS_OF_A_STEP - 1) + MORE_FOLDERS


def test_an_end_is_shown_and_outlives_a_kill_while_the_next_step_runs(
    project: Project, tmp_path: Path
) -> None:
    place = tmp_path / "told"
    write(project, flow=SHOWN.format(place=str(place), project=project.address))

    with subprocess.Popen([sys.executable, "-c", RUNNING, project.address]) as process:
        until = time.monotonic() + 15
        while not (tmp_path / "told.seen").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    (tmp_path / "told.calm").touch()

    assert run(project, "flow") == {"sent": "cached", "seen": "ran"}
    assert place.read_text() == "sent\n"


@pytest.mark.parametrize("how", ["reads", "is slow"])
def test_the_end_of_a_step_that_read_something_or_took_long_lands_at_once(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    project.dataset.commit("start", {"x": [1]})
    body = "def one(start):\n    pass" if how == "reads" else "def one():\n    time.sleep(0.03)"
    write(project, flow=f"import time\nfrom headgate import step\n\n@step\n{body}\n")
    monkeypatch.setattr(journal, "LAND_S", 60.0)

    with counted(context, monkeypatch) as found:
        run_pipeline(context, RunPipeline(name="flow"))

    assert found["commits"] == 3


def lost(context: Context, notes: Notes) -> None:
    """Write what was noted and more, note one thing besides, and undo what was written."""
    with notes.landing() as landing, context.catalog.write() as connection:
        landing.write(connection, [PartRecord("second", "", "ran", now())])
        notes.add(PartRecord("first", "", "cached", now()))
        raise RuntimeError


def test_what_a_failed_transaction_was_to_take_along_lands_with_the_next(context: Context) -> None:
    notes = Notes(context, "prun_1")
    notes.add(PartRecord("first", "", "running", now()))

    with pytest.raises(RuntimeError):
        lost(context, notes)
    with notes.landing() as landing, context.catalog.write() as connection:
        landing.write(connection)

    with context.catalog.read() as connection:
        found = queries.parts_of_run(connection, context.tenant, "prun_1")
    assert [(one.step, one.state) for one in found] == [("first", "cached")]


def test_notes_of_several_threads_land_once_each(context: Context) -> None:
    notes = Notes(context, "prun_1")
    noting = threading.Thread(
        target=lambda: [notes.add(PartRecord(f"s{n}", "", "ran", now())) for n in range(1000)]
    )

    noting.start()
    while noting.is_alive():
        with notes.landing() as landing, context.catalog.write() as connection:
            landing.write(connection)
    noting.join()
    with notes.landing() as landing, context.catalog.write() as connection:
        landing.write(connection)

    with context.catalog.read() as connection:
        found = queries.parts_of_run(connection, context.tenant, "prun_1")
    assert len(found) == 1000
