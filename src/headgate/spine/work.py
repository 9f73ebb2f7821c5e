"""The unit of work: rows and events commit together, or not at all.

`write` does the long part first, without a lock: it reads the newest state, writes segments
and a manifest, and makes them safe on disk. Only then it takes the catalog's write lock, looks
whether the dataset still stands where it stood, and holds the lock until the unit ends. When
somebody else was first it writes again from the new state. A unit that changed rows without
recording an event is refused.
"""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import event
from sqlalchemy.sql.dml import UpdateBase

from headgate.core.errors import Conflict, Unavailable
from headgate.spine.lineage.events import Fact, append
from headgate.spine.publish import Candidate, Change, prepare, publish, publish_again
from headgate.spine.store import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.core.plugins import Rejected
    from headgate.spine.context import Context
    from headgate.spine.writes import Part, Write

_SILENT_TABLES = {"events", "counters"}
_MAX_WAIT_S = 0.2
_CHANCE = random.SystemRandom()


class Work:
    """One unit of work; use it as a context manager.

    Args:
        context: the project and who acts.

    Attributes:
        rejected: after `write`, for each part the records that went to quarantine.
        noticed: after `write`, what the gates noticed, such as a column unknown until now.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts: list[Fact] = []
        self._changed: set[str] = set()
        self._transaction: AbstractContextManager[Connection] | None = None
        self._connection: Connection | None = None
        self.rejected: list[tuple[Rejected, ...]] = []
        self.noticed: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                self._finish()
            except BaseException as raised:
                self._leave(type(raised), raised, raised.__traceback__)
                raise
        self._leave(kind, error, trace)

    @property
    def connection(self) -> Connection:
        """The transaction; asking for it takes the catalog's write lock."""
        if self._connection is None:
            self._transaction = self._context.catalog.write()
            self._connection = self._transaction.__enter__()
            event.listen(self._connection, "after_execute", self._note)
        return self._connection

    def record(self, kind: str, subject: str, payload: dict[str, object]) -> None:
        """Add an event to be written with the unit.

        Args:
            kind: a past-tense fact, such as `release_created`.
            subject: what it is about, such as `release:r7`.
            payload: facts; never personal data.
        """
        self._facts.append(Fact(kind=kind, subject=subject, payload=payload))

    def taken(self, dataset: str, digests: list[str]) -> set[str]:
        """Return those digests of objects that a dataset has taken in already."""
        with self._context.catalog.read() as connection:
            return queries.taken_digests(connection, self._context.tenant, dataset, digests)

    def write(self, write: Write, parts: Sequence[Part]) -> Snapshot:
        """Bring rows into a dataset.

        Args:
            write: which dataset, and how.
            parts: the rows; each part becomes a batch.

        Returns:
            The new snapshot, or the newest one if nothing changed.

        Raises:
            Invalid: a gate or the key refuses the rows as a whole.
            Conflict: others kept committing to the dataset first.
        """
        numbers = None
        for attempt in range(self._context.settings.number("store.retries")):
            candidate = prepare(
                self._context, write, parts, numbers=numbers, within=self._connection
            )
            self._context.blobs.settle()
            if self._is_current(candidate):
                self._refuse_taken(candidate)
                self.rejected, self.noticed = candidate.rejected, candidate.facts
                snapshot, facts = publish(self.connection, self._context, candidate)
                self._facts.extend(facts)
                return snapshot
            self._abandon()
            numbers = candidate.numbers
            time.sleep(_CHANCE.uniform(0, min(_MAX_WAIT_S, 0.002 * 2**attempt)))
        raise Conflict(
            f"{write.dataset} changed at each of the attempts to commit",
            mend="try again when fewer others write, or raise store.retries",
        )

    def restore(self, head: Snapshot, target: Snapshot, change: Change) -> Snapshot:
        """Make an older state the newest one; its rows, ids and files are used as they are.

        Args:
            head: the newest snapshot, read in this unit.
            target: the one to go back to.
            change: what that does to the rows, and why.
        """
        return publish_again(self.connection, self._context, head, target, change)

    def _is_current(self, candidate: Candidate) -> bool:
        number = queries.head_number(
            self.connection, self._context.tenant, candidate.write.dataset, lock=True
        )
        return number == candidate.base_number

    def _refuse_taken(self, candidate: Candidate) -> None:
        """Make sure that no other process took the same object in since we looked.

        A replacement may bring an object back, for what came in between is gone.
        """
        if candidate.write.mode == "replace":
            return
        digests = [part.origin.digest for part in candidate.parts if part.origin.digest]
        dataset = candidate.write.dataset
        if digests and queries.taken_digests(
            self.connection, self._context.tenant, dataset, digests
        ):
            raise Conflict(
                f"an object was taken into {dataset} by another process meanwhile",
                mend="ingest again; what was taken is skipped",
            )

    def _abandon(self) -> None:
        if self._changed or self._facts:
            raise Unavailable(
                "another writer came between two parts of one unit of work", mend="try again"
            )
        self._leave(Conflict, Conflict("moved", mend="retry"), None)

    def _note(self, _connection: Any, clause: Any, *_rest: Any) -> None:
        if isinstance(clause, UpdateBase):
            name = str(getattr(clause.table, "name", clause.table))
            if name not in _SILENT_TABLES:
                self._changed.add(name)

    def _finish(self) -> None:
        if self._changed and not self._facts:
            raise Conflict(
                f"rows of {', '.join(sorted(self._changed))} changed without an event",
                mend="record what happened with Work.record in the same unit",
            )
        if self._facts:
            append(self.connection, self._context.tenant, self._context.actor, self._facts)

    def _leave(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        transaction, self._transaction = self._transaction, None
        if self._connection is not None:
            event.remove(self._connection, "after_execute", self._note)
        self._connection = None
        if transaction is None:
            return
        try:
            transaction.__exit__(kind, error, trace)
        except Conflict as raised:
            if raised is not error:
                raise
