"""Commits rows that come chunk after chunk: gates and keys as ever, published once at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.spine.candidate import Candidate, Made
from headgate.spine.context import Step
from headgate.spine.guarding import Chunk, post_for
from headgate.spine.lineage.derive import derive
from headgate.spine.publish import candidate_of, standing_of, writing
from headgate.spine.screen import Asking, screen
from headgate.spine.store import queries
from headgate.spine.store.quarantine import way_of
from headgate.spine.store.segments import SEGMENT_ROWS
from headgate.spine.store.staging import Manner, Minted, Staging
from headgate.spine.store.writing import Numbers
from headgate.spine.writes import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.core.plugins import Rejected
    from headgate.spine.candidate import Standing
    from headgate.spine.context import Context
    from headgate.spine.ports import Judgment
    from headgate.spine.screen import Screened
    from headgate.spine.writes import Origin, Way, Write

CHUNK_ROWS = 8 * SEGMENT_ROWS
"""Rows that pass the gates at once [count]."""
MOST_IDS = 64 * CHUNK_ROWS
"""Ids taken at once at most for a stream whose length nobody knows [count]."""


@dataclass(frozen=True)
class Coming:
    """Rows on their way in.

    Args:
        schema: their columns; told by the first table if not given.
        tables: the rows, to be read once; tables or record batches of any length.
        n_rows: how many there will be, if that is known.
        chunk_rows: how many pass the gates at once, so lie in memory [count].
    """

    tables: Iterable[pa.Table | pa.RecordBatch]
    schema: pa.Schema | None = None
    n_rows: int | None = None
    chunk_rows: int = CHUNK_ROWS

    def chunks(self, n_rows: int | None = None) -> Iterator[pa.Table]:
        """Yield tables of at least so many rows, but the last; an empty one if no row comes.

        Args:
            n_rows: rows of a table, if not those of a chunk [count].
        """
        least = n_rows or self.chunk_rows
        waiting: list[pa.Table] = []
        is_first = True
        for rows in self.tables:
            waiting.append(
                pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
            )
            if sum(one.num_rows for one in waiting) >= least:
                yield _together(waiting)
                is_first, waiting = False, []
        if waiting:
            yield _together(waiting)
        elif is_first and self.schema is not None:
            yield self.schema.empty_table()


class _Counted(NamedTuple):
    """Stands for the rows of a part that are no longer in memory."""

    num_rows: int


@dataclass
class _Batch:
    """Neighbouring ids of one batch: those from `low` to `high` are in use."""

    rev: int
    low: int
    high: int
    n_rows: int = 0


@dataclass
class _Mint:
    """Takes ids for rows as they come; neighbours as long as nobody else takes any meanwhile.

    Args:
        expected: rows there will be, if that is known.
        within: the transaction of a unit that holds the write lock already.
    """

    context: Context
    expected: int | None
    within: Connection | None
    batches: list[_Batch] = field(default_factory=list["_Batch"])
    _end: int = 0

    def __call__(self, n_new: int, n_others: int) -> Minted:
        """Give ids to the new rows of a chunk; its other rows belong to the newest batch."""
        if not self.batches:
            self._reserve(n_new)
        rids, revs = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        left = n_new
        while left:
            if self.batches[-1].high == self._end:
                self._reserve(left)
            batch = self.batches[-1]
            n_taken = min(left, self._end - batch.high)
            rids.append(np.arange(batch.high, batch.high + n_taken))
            revs.append(np.full(n_taken, batch.rev))
            batch.high += n_taken
            batch.n_rows += n_taken
            left -= n_taken
        self.batches[-1].n_rows += n_others
        return Minted(np.concatenate(rids), np.concatenate(revs), self.batches[-1].rev)

    def _reserve(self, n_rows: int) -> None:
        n_used = sum(batch.high - batch.low for batch in self.batches)
        n_taken = max(n_rows, (self.expected or 0) - n_used)
        if self.expected is None:
            n_taken = max(n_rows, min(MOST_IDS, max(CHUNK_ROWS, n_used)))
        tenant = self.context.tenant
        with writing(self.context, self.within) as connection:
            first = queries.bump(connection, tenant, "rid", n_taken)
            if not self.batches or first != self._end:
                rev = queries.bump(connection, tenant, "rev", 1)
                self.batches.append(_Batch(rev, first, first))
        self._end = first + n_taken


class Streamed:
    """A commit of rows that come once; when others are first it is made again from what it wrote.

    Args:
        context: the project.
        write: what is asked for.
        rows: the rows.
        origin: where they come from.
    """

    def __init__(self, context: Context, write: Write, rows: Coming, origin: Origin) -> None:
        self._context = context
        self._write = write
        self._rows = rows
        self._origin = origin
        self._standing: Standing | None = None
        self._staging: Staging | None = None
        self._mint: _Mint | None = None
        self._screened: Screened | None = None
        self._facts: dict[str, None] = {}
        self._rejected: list[Rejected] = []
        self._judged: Judgment | None = None
        self._way: Way | None = None
        self._memory: dict[str, Any] = {}

    def prepare(self, within: Connection | None) -> Candidate:
        """Write everything the commit needs, from the state the dataset has now.

        Raises:
            Invalid: rows do not pass a gate or the key, or an upsert has no key.
            Conflict: a subject was erased meanwhile, and the rows cannot be read again.
            Unavailable: what was written was collected, and the rows cannot be read again.
        """
        standing = standing_of(self._context, self._write, within)
        before, self._standing = self._standing, standing
        is_erased = (
            before is not None and before.stands_on.n_erasures != standing.stands_on.n_erasures
        )
        if self._staging is not None:
            self._require_there(self._staging)
            if self._keeps_ids and not is_erased and self._staging.can_move(standing.parent):
                return self._candidate(standing, self._staging)
            if is_erased and self._write.mode != "append":
                raise Conflict(
                    f"a subject was erased while rows came into {self._write.dataset}",
                    mend="commit again, from the source",
                )
            offered = self._staging.n_offered
            self._rows = replace(self._rows, tables=self._staging.again(), n_rows=offered)
        self._staging = self._take_in(standing, within)
        return self._candidate(standing, self._staging)

    @property
    def _keeps_ids(self) -> bool:
        """Whether ids taken by an earlier attempt are still taken; a unit gives its own back."""
        return self._mint is not None and self._mint.within is None

    def _require_there(self, staging: Staging) -> None:
        if not all(map(self._context.blobs.has, staging.keys)):
            raise Unavailable(
                f"rows that came into {self._write.dataset} were collected before they were named",
                mend="commit again; collect with a longer grace while others write",
            )

    def _take_in(self, standing: Standing, within: Connection | None) -> Staging:
        write, parent = self._write, standing.parent
        key = write.key or parent.key
        if write.mode == "upsert" and not key:
            raise Invalid(
                f"{write.dataset} has no key to upsert by", mend="name its columns: key=…, --key …"
            )
        self._mint = _Mint(self._context, self._rows.n_rows, within)
        is_unique = bool(write.key if write.mode == "append" else key)
        manner = Manner(write.mode, tuple(key), is_unique, must_write=write.run is not None)
        staging = Staging(self._context.blobs, parent, manner, self._mint)
        checked = _as_append(write, key)
        self._memory = {}
        n_bytes = 0
        for rows in self._rows.chunks():
            passed = self._passed(checked, rows, staging, standing)
            staging.add(passed)
            n_bytes += rows.nbytes
            self._tell(staging.n_offered, n_bytes)
        return staging

    def _passed(
        self, write: Write, rows: pa.Table, staging: Staging, standing: Standing
    ) -> pa.Table:
        """Pass a chunk through the gates, held to the columns the chunks before it had."""
        known = msgspec.structs.replace(
            staging.parent,
            columns=staging.columns,
            number=staging.parent.number or int(bool(staging.n_offered)),
        )
        if self._write.mode == "replace" and not staging.n_offered:
            known = msgspec.structs.replace(known, number=0)
        parts = [Part(rows=rows, origin=self._origin)]
        try:
            standing = standing._replace(parent=known)
            least = self._rows.chunk_rows if staging.n_offered else 0
            chunk = Chunk(least, self._memory)
            post = post_for(self._context, self._write, standing, parts, chunk=chunk)
            self._screened = screen(self._context, write, parts, known, Asking(post=post))
        except Invalid as error:
            if not staging.n_offered:
                raise
            place = f"in the rows from position {staging.n_offered} on: "
            raise Invalid(place + error.message, mend=error.mend) from error
        self._facts |= dict.fromkeys(self._screened.facts)
        self._keep(parts[0], self._screened, staging.n_offered + len(self._rejected))
        return self._screened.incoming.rows

    def _keep(self, part: Part, screened: Screened, n_before: int) -> None:
        """Keep what waits in quarantine, and what the guard said of the chunks so far."""
        for one in screened.rejected[0]:
            self._rejected.append(msgspec.structs.replace(one, line=one.line + n_before))
        self._way = self._way or way_of(part)
        if screened.judged is not None:
            so_far = self._judged
            self._judged = screened.judged if so_far is None else so_far.joined(screened.judged)

    def _tell(self, done: int, n_bytes: int) -> None:
        what = f"commit {self._write.dataset}"
        self._context.progress(Step(what, done, self._rows.n_rows, n_bytes=n_bytes))

    def _candidate(self, standing: Standing, staging: Staging) -> Candidate:
        if self._mint is None or self._screened is None:
            raise Invalid(
                f"{self._write.dataset} was given no column", mend="give rows with columns"
            )
        batches = self._mint.batches
        staged = replace(
            staging.finish(standing.parent), minted=[(one.low, one.high) for one in batches]
        )
        rejected = [tuple(self._rejected), *(() for _ in batches[1:])]
        parts = [
            Part(
                rows=_Counted(batch.n_rows + len(waiting)),
                origin=self._origin,
                way=self._way if waiting else None,
            )
            for batch, waiting in zip(batches, rejected, strict=True)
        ]
        made = Made(
            parts=parts,
            numbers=Numbers(batches[0].low, batches[0].rev, tuple(one.rev for one in batches)),
            staged=staged,
            derivation=derive(self._context, self._write, self._screened, staged, standing.reads),
            rejected=rejected,
            facts=tuple(self._facts),
            judged=self._judged,
        )
        return candidate_of(self._context, self._write, standing, made)


def _as_append(write: Write, key: Sequence[str]) -> Write:
    """Ask for a chunk to be checked alone: against what is known of columns, and for its keys."""
    wanted = write.key if write.mode == "append" else tuple(key)
    return msgspec.structs.replace(write, mode="append", key=tuple(wanted))


def _together(tables: list[pa.Table]) -> pa.Table:
    """Make one table; columns that differ become what holds both.

    Raises:
        Invalid: two tables have no columns in common that fit.
    """
    if all(table.schema == tables[0].schema for table in tables):
        return pa.concat_tables(tables)
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise Invalid(
            f"the chunks do not fit into one table: {error}", mend="mend the column they differ in"
        ) from error
