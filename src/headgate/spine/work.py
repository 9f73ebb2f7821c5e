"""The unit of work: rows and events commit together, or not at all.

`write` does the long part first, without a lock: it reads the newest state, writes segments
and a manifest, and makes them safe on disk. Only then it takes the catalog's write lock, looks
whether the dataset still stands where it stood, and holds the lock until the unit ends. When
somebody else was first it writes again from the new state; who came too late twice takes the lock
before it writes, so that the third time nobody can be first. A unit that changed rows without
recording an event is refused.
"""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.spine.adopt import State, publish_state
from headgate.spine.lineage.events import Fact, append
from headgate.spine.publish import fresh_keys, prepare, publish
from headgate.spine.store import queries
from headgate.spine.store.engines import changed_by
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.snapshots import manifest_of, resolve
from headgate.spine.streaming import Coming, Streamed
from headgate.spine.writes import REPLACING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.core.plugins import Rejected
    from headgate.spine.candidate import Candidate
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.writing import Numbers
    from headgate.spine.writes import Origin, Part, Write

_SILENT_TABLES = {"events", "counters"}
_MAX_WAIT_S = 0.2
_FREE_ATTEMPTS = 2
_MOST_HELD_S = 5.0
"""How long an attempt may have taken to be made once more while all others wait [s]."""
_CHANCE = random.SystemRandom()


class Place(NamedTuple):
    """Where a state is published: a branch of a dataset."""

    dataset: str
    branch: str = queries.HEAD


class Work:
    """One unit of work; use it as a context manager.

    Args:
        context: the project and who acts.

    Attributes:
        rejected: after `write`, for each part the records that went to quarantine.
        noticed: after `write`, what the gates noticed, such as a column unknown until now.
        landed: after `write`, what was published: with the ids of its rows and batches.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._facts: list[Fact] = []
        self._transaction: AbstractContextManager[Connection] | None = None
        self._connection: Connection | None = None
        self.rejected: list[tuple[Rejected, ...]] = []
        self.noticed: tuple[str, ...] = ()
        self.landed: Sequence[Candidate] = ()

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
        return self._connection

    def record(self, kind: str, subject: str, payload: dict[str, object]) -> None:
        """Add an event to be written with the unit.

        Args:
            kind: a past-tense fact, such as `release_created`.
            subject: what it is about, such as `release:r7`.
            payload: facts; never personal data.
        """
        self._facts.append(Fact(kind=kind, subject=subject, payload=payload))

    def require(self, *keys: str | None) -> None:
        """Take the lock and make sure that blobs put before are still there to be named.

        Raises:
            Unavailable: a collection took one meanwhile, for nothing named it.
        """
        _ = self.connection
        for key in keys:
            if key is not None and not self._context.blobs.has(key):
                raise Unavailable(
                    f"{key} was collected before it was named",
                    mend="try again; collect with a longer grace while others write",
                )

    def taken(self, place: Place, digests: list[str]) -> set[str]:
        """Return those digests of objects that a branch of a dataset has taken in already."""
        with self._context.catalog.read() as connection:
            return queries.taken_digests(
                connection, self._context.tenant, place.dataset, digests, place.branch
            )

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
        return self.write_together([(write, parts)])[0]

    def write_together(self, deeds: Sequence[tuple[Write, Sequence[Part]]]) -> list[Snapshot]:
        """Bring rows into several datasets; they land together, or none does.

        Args:
            deeds: for each dataset how, and its parts; no dataset stands twice.

        Returns:
            For each of them the new snapshot, or the newest one if nothing changed.

        Raises:
            Invalid: a gate or the key refuses rows as a whole, or a dataset stands twice.
            Conflict: others kept committing to one of the datasets first.
        """
        names = [write.dataset for write, _ in deeds]
        for name in names:
            if names.count(name) > 1:
                raise Invalid(
                    f"{name} is written twice together",
                    mend="write it once, or one after the other",
                )
        return self._land([self._maker(write, parts) for write, parts in deeds])

    def _maker(self, write: Write, parts: Sequence[Part]) -> Callable[..., Candidate]:
        """Make a commit as often as it is asked for, with the ids of the first time.

        Ids taken in the unit's own transaction are given back with it, so they are not kept.
        """
        numbers: Numbers | None = None

        def make(within: Connection | None) -> Candidate:
            nonlocal numbers
            candidate = prepare(self._context, write, parts, numbers=numbers, within=within)
            if within is None:
                numbers = candidate.numbers
            return candidate

        return make

    def stream(self, write: Write, rows: Coming, origin: Origin) -> Snapshot:
        """Bring rows into a dataset that come chunk after chunk and never lie in memory at once.

        Args:
            write: which dataset, and how: replace, append or upsert, without edges.
            rows: tables, to be read once.
            origin: where they come from.

        Returns:
            The new snapshot, or the newest one if nothing changed.

        Raises:
            Invalid: a gate or the key refuses rows; nothing is changed.
            Conflict: others kept committing to the dataset first.
        """
        streamed = Streamed(self._context, write, rows, origin)
        return self._land([streamed.prepare])[0]

    def _land(self, makers: Sequence[Callable[[Connection | None], Candidate]]) -> list[Snapshot]:
        """Make commits, without a lock, until nobody else was first; then publish them."""
        names = "a dataset"
        for _ in self._attempts(names):
            candidates = [make(self._connection) for make in makers]
            names = " and ".join(one.write.dataset for one in candidates)
            self._context.blobs.settle()
            if all(map(self._may_land, candidates)):
                return self._landed(candidates)
        raise _overrun(names)

    def _landed(self, candidates: Sequence[Candidate]) -> list[Snapshot]:
        self.rejected = [part for one in candidates for part in one.rejected]
        self.noticed = tuple(fact for one in candidates for fact in one.facts)
        self.landed = candidates
        return [self._publish(candidate) for candidate in candidates]

    def _may_land(self, candidate: Candidate) -> bool:
        place = Place(candidate.write.dataset, candidate.write.branch)
        return self._is_current(place, candidate.stands_on, candidate.names)

    def _publish(self, candidate: Candidate) -> Snapshot:
        self._refuse_taken(candidate)
        snapshot, facts = publish(self.connection, self._context, candidate)
        self._facts.extend(facts)
        if candidate.judged is not None:
            rev = candidate.numbers.rev(0)
            candidate.judged.outcome.land(self, self._context, snapshot, rev)
        return snapshot

    def rewrite(
        self, place: Place, make: Callable[[Snapshot, Manifest], State | None]
    ) -> Snapshot | None:
        """Publish a state made of a branch's newest one.

        Args:
            place: the dataset and its branch.
            make: is handed the newest snapshot and its manifest, without a lock, and once more
                whenever others commit first; it returns nothing if there is nothing to do.

        Raises:
            NotFound: there is no such dataset or branch.
            Conflict: others kept committing to the dataset first.
        """
        for _ in self._attempts(place.dataset):
            stands_on, head, manifest = self._standing(place)
            state = make(head, manifest)
            if state is None:
                return None
            self._context.blobs.settle()
            if self._is_current(place, stands_on, fresh_keys(manifest, state.manifest)):
                follows = msgspec.structs.replace(head, branch=place.branch)
                return publish_state(self.connection, self._context, follows, state)
        raise _overrun(place.dataset)

    def _standing(self, place: Place) -> tuple[queries.Base, Snapshot, Manifest]:
        held = self._connection
        with nullcontext(held) if held else self._context.catalog.read() as connection:
            heed_erasures(connection, self._context)
            tenant = self._context.tenant
            stands_on = queries.base_of(connection, tenant, place.dataset, place.branch)
            head = resolve(connection, tenant, place.dataset, str(stands_on.head or place.branch))
        return stands_on, head, manifest_of(self._context, head)

    def _attempts(self, dataset: str) -> Iterator[int]:
        """Count attempts; between two of them the lock is given back and others get their turn.

        From the third on the lock is taken first, unless the others would wait for it too long.
        """
        took_s = 0.0
        for attempt in range(self._context.settings.number("store.retries")):
            if attempt:
                self._abandon(dataset)
                time.sleep(_CHANCE.uniform(0, min(_MAX_WAIT_S, 0.002 * 2**attempt)))
            if attempt >= _FREE_ATTEMPTS and took_s < _MOST_HELD_S:
                _ = self.connection
            began = time.monotonic()
            yield attempt
            took_s = time.monotonic() - began

    def _is_current(self, place: Place, stands_on: queries.Base, fresh: tuple[str, ...]) -> bool:
        """Take the lock; say whether the branch stands where it stood and every new blob lies.

        A blob may be gone when it was there before, unnamed, and a collection took it meanwhile.
        """
        tenant = self._context.tenant
        now_at = queries.base_of(self.connection, tenant, place.dataset, place.branch)
        return now_at == stands_on and all(self._context.blobs.has(key) for key in fresh)

    def _refuse_taken(self, candidate: Candidate) -> None:
        """Make sure that no other process took the same object in since we looked.

        A replacement may bring an object back, for what came in between is gone.
        """
        dataset, branch = candidate.write.dataset, candidate.write.branch
        if candidate.write.mode in REPLACING:
            return
        digests = [part.origin.digest for part in candidate.parts if part.origin.digest]
        if digests and queries.taken_digests(
            self.connection, self._context.tenant, dataset, digests, branch
        ):
            raise Conflict(
                f"an object was taken into {dataset} by another process meanwhile",
                mend="ingest again; what was taken is skipped",
            )

    def _abandon(self, dataset: str) -> None:
        if self._changed() or self._facts:
            raise Unavailable(
                f"another writer came to {dataset} between two parts of one unit of work",
                mend="try again",
            )
        self._leave(Conflict, Conflict("moved", mend="retry"), None)

    def _changed(self) -> frozenset[str]:
        held = self._connection
        return frozenset() if held is None else changed_by(held) - _SILENT_TABLES

    def _finish(self) -> None:
        changed = self._changed()
        if changed and not self._facts:
            raise Conflict(
                f"rows of {', '.join(sorted(changed))} changed without an event",
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
        self._connection = None
        if transaction is None:
            return
        try:
            transaction.__exit__(kind, error, trace)
        except Conflict as raised:
            if raised is not error:
                raise


def _overrun(dataset: str) -> Conflict:
    return Conflict(
        f"{dataset} changed at each of the attempts to commit",
        mend="try again when fewer others write, or raise store.retries",
    )
