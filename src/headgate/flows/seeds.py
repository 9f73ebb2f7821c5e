"""Reads what a blast starts from: which rows are bad, and which models and prompts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import Ref, parse_ref, split_at
from headgate.core.times import parse
from headgate.spine.lineage import batches as batch_readings
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.batches import Batch
from headgate.spine.lineage.descend import seed_batches, seed_row, seed_snapshot
from headgate.spine.lineage.events import list_events
from headgate.spine.lineage.foreign.links import Known, find_nodes
from headgate.spine.lineage.foreign.told import ticks
from headgate.spine.lineage.foreign.walk import LONG_AGO
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.spine.context import Context

KINDS = ("source", "snapshot", "row", "run", "model", "prompt", "foreign")
MAX_RID = 2**63 - 1
RID_DIGITS = len(str(MAX_RID))
Window = tuple[datetime | None, datetime | None]


class Seeds(msgspec.Struct, frozen=True):
    """What a blast starts from.

    Args:
        affected: the bad rows, before anything made of them.
        n_batches: batches that brought them.
        n_rows: how many they are.
        refs: models, prompts and runs that are bad themselves.
        since: for each dataset the first snapshot that holds bad rows.
        foreign: jobs and datasets of other tools that are bad themselves, with since when.
    """

    affected: Affected
    n_batches: int
    n_rows: int
    refs: frozenset[str]
    since: dict[str, int]
    foreign: tuple[tuple[Known, int], ...] = ()


def read_window(from_: str | None, to: str | None) -> Window:
    """Read a window of time; a date without a time as its end includes the day.

    Raises:
        Invalid: an end is no time, or the window is empty.

    >>> read_window("2026-11-03", "2026-11-05")[1].isoformat()
    '2026-11-06T00:00:00+00:00'
    """
    low = None if from_ is None else parse(from_)
    high = None if to is None else parse(to)
    if to is not None and high is not None and len(to) == len("2026-11-05"):
        high += timedelta(days=1)
    if low is not None and high is not None and low >= high:
        raise Invalid(
            f"the window from {from_} to {to} is empty", mend="give the earlier time first"
        )
    return low, high


def read_rid(text: str) -> int | None:
    """Read a row id; nothing if the text is none, or has more than 64 bits.

    >>> read_rid("17"), read_rid("x"), read_rid("9" * 20)
    (17, None, None)
    """
    rid = int(text) if text.isascii() and text.isdigit() and len(text) <= RID_DIGITS else None
    return rid if rid is not None and rid <= MAX_RID else None


def whole_ref(ref: str) -> str:
    """Read a bare name as that of a source.

    >>> whole_ref("clinic"), whole_ref("row:17")
    ('source:clinic', 'row:17')
    """
    return ref if ":" in ref else f"source:{ref}"


def find_seeds(context: Context, ref: str, window: Window) -> Seeds:
    """Find what a reference names.

    Raises:
        Invalid: it refers to nothing a blast can start from.
        NotFound: what it names is not there.
    """
    readers: dict[str, Callable[[Context, Ref, Window], Seeds]] = {
        "source": _of_source,
        "snapshot": _of_snapshot,
        "row": _of_row,
        "run": _of_run,
        "model": _of_named,
        "prompt": _of_named,
        "foreign": _of_foreign,
    }
    parsed = parse_ref(whole_ref(ref), KINDS)
    return readers[parsed.kind](context, parsed, window)


def _of_source(context: Context, ref: Ref, window: Window) -> Seeds:
    with context.catalog.read() as connection:
        known = batch_readings.source_names(connection, context.tenant)
        if ref.name not in known:
            raise NotFound.among("source", ref.name, known)
        found = batch_readings.of_source(connection, context.tenant, ref.name, window)
    return _of_batches(context, found, frozenset())


def _of_run(context: Context, ref: Ref, _window: Window) -> Seeds:
    with context.catalog.read() as connection:
        if not list_events(connection, context.tenant, subject=str(ref), limit=1):
            raise NotFound(f"no run {ref.name}", mend="see: headgate run list")
        found = batch_readings.of_run(connection, context.tenant, ref.name)
    return _of_batches(context, found, frozenset({str(ref)}))


def _of_batches(context: Context, found: list[Batch], refs: frozenset[str]) -> Seeds:
    since: dict[str, int] = {}
    for batch in found:
        since[batch.dataset] = min(batch.number, since.get(batch.dataset, batch.number))
    affected = seed_batches(context, found)
    n_rows = sum(len(rows) for rows in affected.batches.values())
    return Seeds(affected=affected, n_batches=len(found), n_rows=n_rows, refs=refs, since=since)


def _of_snapshot(context: Context, ref: Ref, _window: Window) -> Seeds:
    snapshot = find_snapshot(context, *split_at(ref.name))
    affected = seed_snapshot(context, snapshot)
    return Seeds(
        affected=affected,
        n_batches=len(affected.batches),
        n_rows=snapshot.n_rows,
        refs=frozenset(),
        since={snapshot.dataset: snapshot.number},
    )


def _of_row(context: Context, ref: Ref, _window: Window) -> Seeds:
    rid = read_rid(ref.name)
    if rid is None:
        raise Invalid(f"{ref.name!r} is no row id", mend="row ids are whole numbers: row:17")
    with context.catalog.read() as connection:
        found = batch_readings.of_row(connection, context.tenant, rid)
    if not found:
        raise NotFound(
            f"no row {rid}", mend="read row ids with: headgate dataset read NAME --row-ids"
        )
    return Seeds(
        affected=seed_row(context, rid),
        n_batches=1,
        n_rows=1,
        refs=frozenset(),
        since={found[0].dataset: found[0].number},
    )


def _of_named(context: Context, ref: Ref, _window: Window) -> Seeds:
    with context.catalog.read() as connection:
        if not list_events(connection, context.tenant, subject=str(ref), limit=1):
            raise NotFound(f"no {ref.kind} {ref.name}", mend=f"see: headgate {ref.kind} list")
    bad = str(ref) if ref.kind == "prompt" else ref.name
    return Seeds(affected=Affected(context), n_batches=0, n_rows=0, refs=frozenset({bad}), since={})


def _of_foreign(context: Context, ref: Ref, window: Window) -> Seeds:
    if window[1] is not None:
        raise Invalid(
            "of a foreign job or dataset only the beginning of a window can be told",
            mend="leave out --to: what was made of it later may be bad too",
        )
    with context.catalog.read() as connection:
        found = find_nodes(connection, context.tenant, ref.name)
    since = LONG_AGO if window[0] is None else ticks(window[0])
    seeds = tuple((known, since) for known in found)
    nobody = Affected(context)
    return Seeds(nobody, n_batches=0, n_rows=0, refs=frozenset(), since={}, foreign=seeds)
