"""What a run of a pipeline has to write down and has not yet; it lands with whatever lands next.

Nothing is lost when a transaction fails: what it was to take along waits for the next one.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from headgate.pipeline import queries
from headgate.pipeline.endings import put_endings

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from sqlalchemy import Connection

    from headgate.pipeline.endings import Ending
    from headgate.pipeline.runs import PartRecord
    from headgate.spine.context import Context


class _Noted(NamedTuple):
    """What became of parts, and ends of steps, in the order they came."""

    parts: list[PartRecord]
    endings: list[Ending]


class Notes:
    """What is to be written down. Several threads may use it.

    Args:
        context: the project.
        pipeline_run_id: the run of the pipeline.

    Attributes:
        is_due: set when an end of a step waits.
    """

    def __init__(self, context: Context, pipeline_run_id: str) -> None:
        self._context = context
        self._run = pipeline_run_id
        self._noted = _Noted([], [])
        self._lock = threading.Lock()
        self.is_due = threading.Event()

    def add(self, part: PartRecord, ending: Ending | None = None) -> None:
        """Take down what became of a part, and how its step ended if that is not written yet."""
        with self._lock:
            self._noted.parts.append(part)
            if ending is not None:
                self._noted.endings.append(ending)
                self.is_due.set()

    @contextmanager
    def landing(self) -> Generator[Landing]:
        """Let a transaction take along what was noted; if it fails, that is noted as before.

        Enter this before the transaction, and write in it while the catalog's lock is held.
        """
        landing = Landing(self)
        try:
            yield landing
        except BaseException:
            parts, endings = landing.taken
            with self._lock:
                self._noted.parts[:0], self._noted.endings[:0] = parts, endings
            raise

    def take(self) -> _Noted:
        """Hand over what was noted."""
        with self._lock:
            taken, self._noted = self._noted, _Noted([], [])
        return taken

    def put(self, connection: Connection, noted: _Noted, parts: Sequence[PartRecord]) -> None:
        """Write what was noted, and what becomes of more parts; the newest counts."""
        newest = {(one.step, one.partition): one for one in (*noted.parts, *parts)}
        queries.put_parts(connection, self._context.tenant, self._run, list(newest.values()))
        put_endings(connection, self._context, noted.endings)


class Landing:
    """A transaction that takes along what was noted.

    Args:
        notes: of the run.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.taken = _Noted([], [])

    def write(self, connection: Connection, parts: Sequence[PartRecord] = ()) -> None:
        """Write what was noted.

        Args:
            connection: the transaction, which has the catalog's lock.
            parts: what becomes of parts if it lands, and not otherwise.
        """
        self.taken = self._notes.take()
        self._notes.put(connection, self.taken, parts)
