"""Which records of a dataset's quarantine are meant, as they are at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import Context
from headgate.spine.store import quarantine
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.store.quarantine import Waiting

MANY = 5


class Choice(NamedTuple):
    """Which records are meant.

    Args:
        record: batch and number of single ones; all if empty.
        reason: the name of their reason.
        where: a condition on the columns of `quarantine show`.
        state: the state they are in; `any` for each.
        after: batch and number of the record behind which to begin.
    """

    dataset: str
    batch: int | None = None
    record: tuple[tuple[int, int], ...] = ()
    reason: str | None = None
    source: str | None = None
    where: str | None = None
    state: str = "waiting"
    after: tuple[int, int] = (0, 0)


class Found(NamedTuple):
    """Records of one batch that are meant.

    Args:
        told: how they came, nothing if that was not written down.
        rows: what they are now, of `quarantine_deeds.RECORDS`.
        numbers: their numbers, ascending, shape (n,).
        is_fixed: whether each was given new values, shape (n,).
    """

    entry: Waiting
    told: quarantine.Told | None
    rows: pa.Table
    numbers: Any
    is_fixed: Any


class Chosen(NamedTuple):
    """All records that are meant.

    Args:
        stamp: what has moved if any of them may be another one by now.
        found: those of each batch, the oldest first.
        others: records that were named and are in another state, with the state.
    """

    stamp: tuple[int, ...]
    found: list[Found]
    others: list[tuple[str, str]]


def parsed(record: str) -> tuple[int, int]:
    """Read the name of a record.

    Raises:
        Invalid: it is none.

    >>> parsed("12/3")
    (12, 3)
    """
    batch, sign, number = record.partition("/")
    if not (sign and batch.isdecimal() and number.isdecimal()):
        raise Invalid(
            f"{record!r} names no record", mend="write its batch and its number, such as 12/3"
        )
    return int(batch), int(number)


def texts_of(rows: pa.Table, name: str) -> list[str]:
    """Return the texts of a column that holds no null."""
    column: Any = rows[name]
    return column.to_pylist()


def choose(context: Context, choice: Choice, within: Any = None) -> Chosen:
    """Read the records that are meant.

    Args:
        context: the project.
        choice: which ones.
        within: the transaction of a unit that holds the write lock already.

    Raises:
        NotFound: there is no such dataset, batch or record.
        Invalid: the condition cannot be read.
    """
    with nullcontext(within) if within is not None else context.catalog.read() as connection:
        entries = quarantine.chosen_of(connection, context, choice.dataset, choice.batch)
        done = deeds.deeds_of(connection, context.tenant, choice.dataset)
        stamp = deeds.stamp(connection, context.tenant, choice.dataset)
    _require_records(entries, choice)
    found: list[Found] = []
    for entry in _near(entries, choice):
        tables = list(_matching(context, entry, done.get(entry.rev, []), choice))
        rows = pa.concat_tables(tables) if tables else deeds.RECORDS.empty_table()
        if rows.num_rows:
            found.append(_found(context, entry, done.get(entry.rev, []), rows))
    return Chosen(stamp, found, _others(entries, choice))


def pages(context: Context, choice: Choice, limit: int) -> pa.Table:
    """Read the first records that are meant, as few files and parts of files as that takes."""
    with context.catalog.read() as connection:
        entries = quarantine.chosen_of(connection, context, choice.dataset, choice.batch)
        done = deeds.deeds_of(connection, context.tenant, choice.dataset)
    tables: list[pa.Table] = []
    n_rows = 0
    for entry in _near(entries, choice):
        for table in _matching(context, entry, done.get(entry.rev, []), choice):
            tables.append(table.slice(0, limit - n_rows))
            n_rows += tables[-1].num_rows
            if n_rows >= limit:
                return pa.concat_tables(tables)
    return pa.concat_tables(tables) if tables else deeds.RECORDS.empty_table()


def _near(entries: Sequence[Waiting], choice: Choice) -> Iterator[Waiting]:
    """Leave out batches that cannot hold a record that is meant."""
    named = {rev for rev, _ in choice.record}
    for entry in entries:
        counts = {
            "waiting": entry.n_waiting,
            "released": entry.n_released,
            "discarded": entry.n_discarded,
            "any": entry.n_rows,
        }
        is_known_without = (
            choice.state == "waiting"
            and choice.reason is not None
            and entry.reasons is not None
            and choice.reason != quarantine.ERASED
            and choice.reason not in entry.reasons
        )
        if (
            counts[choice.state]
            and not is_known_without
            and choice.source in {None, entry.source}
            and (not named or entry.rev in named)
            and entry.rev >= choice.after[0]
        ):
            yield entry


def _matching(
    context: Context, entry: Waiting, done: Sequence[deeds.Deed], choice: Choice
) -> Iterator[pa.Table]:
    after = choice.after[1] if entry.rev == choice.after[0] else 0
    wanted = [f"{rev}/{number}" for rev, number in choice.record if rev == entry.rev]
    for table in deeds.records(context, entry, done, after=after):
        kept = table
        if wanted:
            kept = kept.filter(pc.is_in(kept["record"], value_set=pa.array(wanted)))
        yield _meeting(kept, choice)


def _meeting(kept: pa.Table, choice: Choice) -> pa.Table:
    if choice.state != "any":
        kept = kept.filter(pc.field("state") == choice.state)
    if choice.reason is not None:
        kept = kept.filter(pc.field("rule") == choice.reason)
    if choice.where is None or not kept.num_rows:
        return kept
    from headgate.spine.store.scope import positions_meeting

    return kept.take(pa.array(positions_meeting(kept, choice.where), pa.int64()))


def _found(context: Context, entry: Waiting, done: Sequence[deeds.Deed], rows: pa.Table) -> Found:
    numbers = np.array([int(name.partition("/")[2]) for name in texts_of(rows, "record")])
    is_fixed = np.zeros(len(numbers), np.bool_)
    for deed in done:
        if deed.kind == "fixed":
            is_fixed |= np.isin(numbers, deed.numbers.to_array())
    return Found(entry, quarantine.told_of(context.blobs, entry.blob), rows, numbers, is_fixed)


def _require_records(entries: Sequence[Waiting], choice: Choice) -> None:
    sizes = {entry.rev: entry.n_rows for entry in entries}
    for rev, number in choice.record:
        if not 1 <= number <= sizes.get(rev, 0):
            known = [
                f"{entry}/1" + (f" to {entry}/{size}" if size > 1 else "")
                for entry, size in sizes.items()
            ]
            raise NotFound(
                f"no record {rev}/{number} in the quarantine of {choice.dataset}",
                mend=f"there is {', '.join(known[:MANY])}" if known else "it is empty",
            )


def _others(entries: Sequence[Waiting], choice: Choice) -> list[tuple[str, str]]:
    """List records that were named and are in another state than asked for."""
    states = {entry.rev: entry for entry in entries}
    found: list[tuple[str, str]] = []
    for rev, number in choice.record:
        entry = states[rev]
        state = "waiting"
        if number in entry.released:
            state = "released"
        elif number in entry.discarded:
            state = "discarded"
        if choice.state not in {"any", state}:
            found.append((f"{rev}/{number}", state))
    return found
