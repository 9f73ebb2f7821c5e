"""What is known of a run of a pipeline while it goes on: that it lives, and how far it has come.

What became of a step lands with its rows, in one transaction; all else is written now and then, so
that it costs next to nothing. Ends of steps that took no time and made no rows land together, a
moment later. Whoever reads it can tell a run whose process went away: it has not been seen for a
while.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import msgspec

from headgate.core.errors import Conflict, HeadgateError, NotFound, Unavailable
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.pipeline import queries
from headgate.pipeline.notes import Notes
from headgate.pipeline.openlineage.letters import tell_pipeline_run
from headgate.pipeline.origin import nominal_at, parents_said
from headgate.pipeline.runs import Asked, PartRecord, PipelineRunRecord
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType
    from typing import Literal

    from sqlalchemy import Connection

    from headgate.pipeline.endings import Ending
    from headgate.pipeline.notes import Landing
    from headgate.spine.context import Context

LAND_S = 0.02
"""How long an end may wait for others to land with; a step that took longer does not wait [s]."""
FLUSH_S = 1.0
BEAT_S = 10.0
LOST_AFTER = timedelta(seconds=60)
_OWED = ("failed", "skipped")
_GOING: set[str] = set()
"""Runs of this process that go on. Its number alone does not tell: in a container it is the same
after each start."""


class Cancelled(Conflict):
    """Somebody asked that the run ends."""

    def __init__(self, pipeline_run_id: str) -> None:
        super().__init__(
            f"{pipeline_run_id} was cancelled; what it had made stays",
            mend=f"go on with: headgate pipeline resume {pipeline_run_id}",
        )


class Journal:
    """The record of one run of a pipeline. Several threads may use it.

    Args:
        context: the project.
        record: what is known of it as it starts.
    """

    def __init__(self, context: Context, record: PipelineRunRecord) -> None:
        self._context = context
        self.record = record
        self._notes = Notes(context, record.pipeline_run_id)
        self._began_at = now()
        self._looked_at = time.monotonic()
        self._ended = threading.Event()
        self._beat = threading.Thread(target=self._keep_beating, daemon=True)

    @property
    def name(self) -> str:
        """The id of the run."""
        return self.record.pipeline_run_id

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._notes.is_due.set()
        self._beat.join()
        if error is None:
            return
        is_wish = isinstance(error, (Cancelled, KeyboardInterrupt))
        # what ended the run is told, and not that this could not be written down
        with suppress(Unavailable):
            self.finish("cancelled" if is_wish else "failed")

    def note(self, part: PartRecord, ending: Ending | None = None) -> None:
        """Take down what became of a part; it is written with the next rows, or soon.

        Args:
            part: what became of it.
            ending: how its step ended, if that is to land in company.
        """
        self._notes.add(part, ending)

    def landing(self) -> AbstractContextManager[Landing]:
        """Let a transaction take along what was noted; see `Notes.landing`."""
        return self._notes.landing()

    def tick(self) -> None:
        """Now and then write what was taken down, and heed a wish to end.

        A catalog that does not answer is asked again later.

        Raises:
            Cancelled: somebody asked for it, or took the run up elsewhere.
        """
        if time.monotonic() - self._looked_at < FLUSH_S:
            return
        is_wanted = True
        with suppress(Unavailable):
            is_wanted = self._land()
        self._looked_at = time.monotonic()
        if not is_wanted:
            raise Cancelled(self.name)

    def _land(self) -> bool:
        """Write what was noted and that the run lives; say whether it is wanted still."""
        with self.landing() as landing, self._context.catalog.write() as connection:
            landing.write(connection)
            tenant = self._context.tenant
            queries.move_pipeline_run(connection, tenant, self.name, seen_at=now())
            return self._is_wanted(connection)

    def finish(self, state: Literal["done", "failed", "cancelled"]) -> None:
        """Write how the run ended, unless somebody took it up elsewhere.

        Of what it had begun nothing is left that runs; a run that is done owes nothing.
        """
        at, tenant = now(), self._context.tenant
        _GOING.discard(self.name)
        with self.landing() as landing, Work(self._context) as work:
            if not self._is_ours(work.connection):
                return
            landing.write(work.connection)
            queries.drop_parts(work.connection, tenant, self.name, ("running",), at)
            if state == "done":
                queries.drop_parts(work.connection, tenant, self.name, _OWED, self._began_at)
            moment = {"finished_at": at, "seen_at": at}
            queries.move_pipeline_run(work.connection, tenant, self.name, state=state, **moment)
            payload: dict[str, object] = {"pipeline": self.record.pipeline, "state": state}
            work.record("pipeline_run_ended", f"pipeline_run:{self.name}", payload)
            tell_pipeline_run(work, self._context, self.name, "END")
        self.record = msgspec.structs.replace(self.record, state=state, finished_at=at, seen_at=at)

    def _is_wanted(self, connection: Connection) -> bool:
        record = queries.pipeline_run_by_id(connection, self._context.tenant, self.name)
        return record is not None and record.state == "running" and self._is_mine(record)

    def _is_ours(self, connection: Connection) -> bool:
        record = queries.pipeline_run_by_id(connection, self._context.tenant, self.name)
        return record is not None and self._is_mine(record)

    def _is_mine(self, record: PipelineRunRecord) -> bool:
        return (record.host, record.pid) == (self.record.host, self.record.pid)

    def _keep_beating(self) -> None:
        """Land ends that are due, a moment after the first of them, and say that the run lives."""
        while not self._ended.is_set():
            if self._notes.is_due.wait(BEAT_S):
                self._notes.is_due.clear()
                self._ended.wait(LAND_S)
            # whoever ends the run lands all that is left
            if not self._ended.is_set():
                with suppress(HeadgateError):
                    self._land()


def begin(
    context: Context,
    pipeline: str,
    settings: Mapping[str, str],
    asked: Asked,
    *,
    kind: Literal["run", "backfill"] = "run",
) -> Journal:
    """Write down that a run of a pipeline starts."""
    at = now()
    asked = msgspec.structs.replace(asked, parents=parents_said(), nominal_at=nominal_at())
    record = PipelineRunRecord(
        pipeline_run_id=mint("prun"),
        pipeline=pipeline,
        kind=kind,
        state="running",
        actor=context.actor,
        settings=dict(settings),
        asked=asked,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_at=at,
        seen_at=at,
    )
    _GOING.add(record.pipeline_run_id)
    with Work(context) as work:
        queries.put_pipeline_run(work.connection, context.tenant, record)
        payload: dict[str, object] = {"pipeline": pipeline, "kind": kind}
        work.record("pipeline_run_started", f"pipeline_run:{record.pipeline_run_id}", payload)
        tell_pipeline_run(work, context, record.pipeline_run_id, "START")
    return Journal(context, record)


def resume(context: Context, pipeline_run_id: str, *, failed_only: bool = False) -> Journal:
    """Take a run up again that failed, was cancelled or whose process went away.

    Raises:
        NotFound: there is no such run.
        Conflict: it still runs, or it is done; or only what failed is wanted, and nothing did.
    """
    with Work(context) as work:
        record = found(work.connection, context, pipeline_run_id)
        if record.state in ("running", "cancelling"):
            raise Conflict(
                f"{pipeline_run_id} is running: process {record.pid} on {record.host}",
                mend=f"wait for it, or: headgate pipeline cancel {pipeline_run_id}",
            )
        if record.state == "done":
            raise Conflict(
                f"{pipeline_run_id} is done", mend="nothing is left to do; run the pipeline again"
            )
        if failed_only and not queries.parts_of_run(
            work.connection, context.tenant, pipeline_run_id, states=("failed",)
        ):
            raise Conflict(
                f"no part of {pipeline_run_id} failed",
                mend=f"make what it did not come to: headgate pipeline resume {pipeline_run_id}",
            )
        _GOING.add(pipeline_run_id)
        taken = {"state": "running", "host": socket.gethostname(), "pid": os.getpid()}
        moment = {"seen_at": now(), "finished_at": None}
        queries.move_pipeline_run(
            work.connection, context.tenant, pipeline_run_id, **taken, **moment
        )
        payload: dict[str, object] = {"pipeline": record.pipeline}
        work.record("pipeline_run_resumed", f"pipeline_run:{pipeline_run_id}", payload)
        tell_pipeline_run(work, context, pipeline_run_id, "RUNNING")
        record = found(work.connection, context, pipeline_run_id)
    return Journal(context, record)


def cancel(context: Context, pipeline_run_id: str) -> PipelineRunRecord:
    """Ask a run to end; it does before its next part, and what it made so far stays.

    Raises:
        NotFound: there is no such run.
        Conflict: it has ended.
    """
    with Work(context) as work:
        record = found(work.connection, context, pipeline_run_id)
        if record.state not in ("running", "cancelling", "lost"):
            raise Conflict(
                f"{pipeline_run_id} has ended: {record.state}", mend="there is nothing to cancel"
            )
        is_lost = record.state == "lost"
        values = (
            {"state": "cancelled", "finished_at": now()} if is_lost else {"state": "cancelling"}
        )
        queries.move_pipeline_run(work.connection, context.tenant, pipeline_run_id, **values)
        payload: dict[str, object] = {"pipeline": record.pipeline}
        payload |= {"state": "cancelled"} if is_lost else {}
        work.record("pipeline_run_cancelled", f"pipeline_run:{pipeline_run_id}", payload)
        if is_lost:
            tell_pipeline_run(work, context, pipeline_run_id, "END")
        return found(work.connection, context, pipeline_run_id)


def found(connection: Connection, context: Context, pipeline_run_id: str) -> PipelineRunRecord:
    """Return a run of a pipeline, as it stands.

    Raises:
        NotFound: there is no such run.
    """
    record = queries.pipeline_run_by_id(connection, context.tenant, pipeline_run_id)
    if record is None:
        known = queries.list_pipeline_runs(connection, context.tenant, limit=100)
        names = [one.pipeline_run_id for one in known]
        raise NotFound.among("pipeline run", pipeline_run_id, names)
    return seen(record, now())


def seen(record: PipelineRunRecord, at: datetime) -> PipelineRunRecord:
    """Say of a run that goes on whether its process does."""
    if record.state not in ("running", "cancelling") or _is_alive(record, at):
        return record
    return msgspec.structs.replace(record, state="lost")


def _is_alive(record: PipelineRunRecord, at: datetime) -> bool:
    if record.host == socket.gethostname():
        if record.pid == os.getpid():
            return record.pipeline_run_id in _GOING
        try:
            os.kill(record.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
    return at - record.seen_at < LOST_AFTER
