"""What is known of runs of pipelines: whether they live, heed a wish to end, and how they ended."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict
from headgate.core.times import now
from headgate.pipeline import journal, queries
from headgate.pipeline.journal import Cancelled, Journal, begin, resume, seen
from headgate.pipeline.runs import Asked, PartRecord
from headgate.spine.context import Context, open_context
from headgate.spine.lineage.events import list_events
from headgate.spine.store import engines
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.surfaces.python import Project

LONG = timedelta(hours=1)
CHAIN = """
    import time
    from headgate import step

    @step
    def s0():
        return [{"x": 1}]
"""
LINK = """
    @step
    def s{n}(s{before}):
        time.sleep(0.2)
        return s{before}
"""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that looks up at every tick."""
    monkeypatch.setattr(journal, "FLUSH_S", 0.0)


def begun(context: Context) -> Journal:
    """Begin a run of a pipeline."""
    return begin(context, "flow", {}, Asked())


def moved(context: Context, run: Journal, **values: Any) -> str:
    """Change what is known of a run, and say how it stands then."""
    with context.catalog.write() as connection:
        queries.move_pipeline_run(connection, context.tenant, run.name, **values)
    return state(context, run)


def state(context: Context, run: Journal) -> str:
    """Say how a run stands."""
    with context.catalog.read() as connection:
        return journal.found(connection, context, run.name).state


def parts(context: Context, run: Journal) -> dict[str, str]:
    """Say what became of each step."""
    with context.catalog.read() as connection:
        found = queries.parts_of_run(connection, context.tenant, run.name)
    return {one.step: one.state for one in found}


def part(step: str, what: Any, **more: Any) -> PartRecord:
    """Say what became of a step."""
    return PartRecord(step, "", what, now(), **more)


def ended_process() -> int:
    """Return the number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


# ---- lost


@pytest.mark.parametrize(("age_s", "expected"), [(59, "running"), (61, "lost")])
def test_a_run_elsewhere_is_lost_when_it_was_not_seen_for_a_minute(
    context: Context, age_s: int, expected: str
) -> None:
    run = begun(context)
    at = now()
    moved(context, run, host="elsewhere", pid=1, seen_at=at - timedelta(seconds=age_s))

    with context.catalog.read() as connection:
        record = queries.pipeline_run_by_id(connection, context.tenant, run.name)

    assert record is not None
    assert seen(record, at).state == expected


def test_a_run_whose_process_is_gone_is_lost_however_lately_it_was_seen(context: Context) -> None:
    run = begun(context)

    assert moved(context, run, pid=ended_process(), seen_at=now()) == "lost"


def test_a_process_that_got_the_number_of_another_is_not_taken_for_it(context: Context) -> None:
    run = begun(context)

    assert moved(context, run, pid=os.getppid(), seen_at=now()) == "running"
    assert moved(context, run, pid=os.getppid(), seen_at=now() - LONG) == "lost"


def test_a_run_of_a_process_before_this_one_with_its_number_is_lost(context: Context) -> None:
    run = begun(context)
    assert state(context, run) == "running"

    # so it is in a container that was killed and started again: its process has number 1 each time
    journal._GOING.discard(run.name)

    assert state(context, run) == "lost"
    assert resume(context, run.name).record.state == "running"


def test_a_run_that_goes_on_in_this_process_is_not_lost_though_it_could_not_say_so(
    context: Context,
) -> None:
    run = begun(context)

    assert moved(context, run, seen_at=now() - LONG) == "running"


# ---- cancelled


def test_a_lost_run_is_cancelled_at_once_and_one_that_lives_is_asked(context: Context) -> None:
    lost, living = begun(context), begun(context)
    moved(context, lost, host="elsewhere", seen_at=now() - LONG)
    moved(context, living, host="elsewhere", seen_at=now())

    first, second = (journal.cancel(context, one.name) for one in (lost, living))

    assert (first.state, second.state) == ("cancelled", "cancelling")
    assert first.finished_at is not None
    assert second.finished_at is None


def test_a_run_that_was_asked_to_end_and_is_then_lost_can_be_cancelled_still(
    context: Context,
) -> None:
    run = begun(context)
    journal.cancel(context, run.name)

    assert moved(context, run, pid=ended_process()) == "lost"
    assert journal.cancel(context, run.name).state == "cancelled"
    with pytest.raises(Conflict, match="has ended: cancelled"):
        journal.cancel(context, run.name)


@pytest.mark.parametrize("was", ["cancelling", "cancelled"])
@pytest.mark.usefixtures("quick")
def test_a_run_heeds_that_it_was_cancelled_also_if_it_was_taken_for_lost(
    context: Context, was: str
) -> None:
    run = begun(context)
    moved(context, run, state=was)

    with pytest.raises(Cancelled) as caught, run:
        run.tick()

    assert caught.value.mend == f"go on with: headgate pipeline resume {run.name}"
    assert state(context, run) == "cancelled"


@pytest.mark.usefixtures("quick")
def test_who_was_taken_for_lost_ends_and_leaves_the_run_to_who_took_it_up(
    context: Context,
) -> None:
    run = begun(context)
    moved(context, run, host="elsewhere", pid=7, seen_at=now())

    with pytest.raises(Cancelled), run:
        run.tick()

    assert state(context, run) == "running"
    kinds = [one.kind for one in events(context, run)]
    assert kinds == ["pipeline_run_started"]


def events(context: Context, run: Journal) -> list[Any]:
    """List the events of a run."""
    with context.catalog.read() as connection:
        return list_events(connection, context.tenant, subject=f"pipeline_run:{run.name}")


def test_a_run_that_publishes_all_the_time_can_be_cancelled_like_any_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "FLUSH_S", 0.1)
    links = "".join(LINK.format(n=n, before=n - 1) for n in range(1, 20))
    write(project, flow=CHAIN + links)

    def cancel() -> None:
        with headgate.open(project.address) as other:
            while not (found := other.pipeline.history().runs):
                time.sleep(0.01)
            other.pipeline.cancel(found[0].run.pipeline_run_id)

    threading.Thread(target=cancel).start()
    with pytest.raises(Cancelled):
        project.pipeline.run("flow")

    (line,) = project.pipeline.history().runs
    assert line.run.state == "cancelled"
    assert 0 < line.parts.pop("ran") < 15
    assert line.parts == {}


# ---- the catalog away


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, project: Project) -> Iterator[Context]:
    """A context that waits no longer than a moment for a catalog that is locked."""
    monkeypatch.setattr(engines, "LOCK_WAIT_MS", 50)
    opened = open_context(Path(project.address))
    yield opened
    opened.opened.close()


@pytest.mark.usefixtures("quick")
def test_a_run_outlasts_a_catalog_that_is_locked_and_writes_later(
    impatient: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BEAT_S", 0.01)
    run = begun(impatient)
    with run:
        moved(impatient, run, seen_at=now() - LONG)
        run.note(part("a", "ran"))

        with locked(impatient):
            run.tick()
            time.sleep(0.2)
        # beats take the lock too, and on a busy machine for longer than this context waits
        until = time.monotonic() + 10
        while not parts(impatient, run) and time.monotonic() < until:
            run.tick()

        assert parts(impatient, run) == {"a": "ran"}
        monkeypatch.setattr(journal, "BEAT_S", 60.0)
        run.finish("done")
    assert state(impatient, run) == "done"


def test_what_ended_a_run_is_told_and_not_that_it_could_not_be_written_down(
    impatient: Context,
) -> None:
    run = begun(impatient)

    with pytest.raises(KeyboardInterrupt), locked(impatient), run:
        raise KeyboardInterrupt

    assert state(impatient, run) == "lost"


def locked(context: Context) -> closing[sqlite3.Connection]:
    """Hold the lock of a catalog until this is closed."""
    path = next(Path(context.root).rglob("catalog*.db"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin immediate")
    return closing(connection)


def test_a_run_says_that_it_lives_while_nothing_comes_of_it(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BEAT_S", 0.01)
    run = begun(context)
    before = now() - LONG

    with run:
        moved(context, run, seen_at=before)
        until = time.monotonic() + 10
        while record(context, run).seen_at == before:
            assert time.monotonic() < until
            time.sleep(0.01)
        run.finish("done")
    ended = record(context, run)
    time.sleep(0.05)

    assert record(context, run) == ended


def record(context: Context, run: Journal) -> Any:
    """Return what is known of a run."""
    with context.catalog.read() as connection:
        return queries.pipeline_run_by_id(connection, context.tenant, run.name)


# ---- ended


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(KeyboardInterrupt, "cancelled"), (SystemExit, "failed"), (ValueError, "failed")],
)
def test_nothing_runs_any_more_in_a_run_that_ended(
    context: Context, raised: type[BaseException], expected: str
) -> None:
    run = begun(context)
    run.note(part("a", "ran"))
    run.note(part("b", "running"))

    with pytest.raises(raised), run:
        raise raised

    assert state(context, run) == expected
    assert parts(context, run) == {"a": "ran"}
    assert record(context, run).finished_at is not None


def test_what_failed_before_stays_in_a_run_that_fails_again_and_goes_when_it_is_done(
    context: Context,
) -> None:
    run = begun(context)
    run.note(part("gone", "failed", error="no price"))
    run.note(part("after", "skipped"))
    run.finish("failed")

    again = resume(context, run.name)
    again.finish("failed")
    stayed = parts(context, run)
    last = resume(context, run.name)
    last.note(part("other", "ran"))
    last.finish("done")

    assert stayed == {"gone": "failed", "after": "skipped"}
    assert parts(context, run) == {"other": "ran"}


def test_a_run_taken_up_again_is_this_processs_and_keeps_when_it_began(context: Context) -> None:
    run = begun(context)
    moved(context, run, host="elsewhere", pid=7, seen_at=now() - LONG)

    again = resume(context, run.name)

    found = record(context, run)
    assert (found.host, found.pid) == (socket.gethostname(), os.getpid())
    assert found.started_at == run.record.started_at
    assert [one.kind for one in events(context, again)] == [
        "pipeline_run_resumed",
        "pipeline_run_started",
    ]
    with pytest.raises(Conflict, match=f"is running: process {os.getpid()}"):
        resume(context, run.name)
