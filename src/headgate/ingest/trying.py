"""Tries quarantined records again: which would pass every gate as it is now, and why others not.

A record goes in as it would have gone in at first: in the mode of its batch, to its branch. But
time has passed: where rows are found by key, one that came later than the record, or with it,
is not overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.ingest.choosing import Found
from headgate.ingest.holding import refuse_held
from headgate.ingest.rereading import objects_of, reread
from headgate.spine.candidate import Standing
from headgate.spine.context import Context
from headgate.spine.guarding import post_for
from headgate.spine.lineage.batches import by_rev
from headgate.spine.publish import standing_of
from headgate.spine.screen import Asking, screen
from headgate.spine.store import queries
from headgate.spine.store.lookup import take_rows
from headgate.spine.store.manifest import Manifest
from headgate.spine.store.matching import NONE, among_keys, load_existing, match_keys
from headgate.spine.store.segments import REV, RID
from headgate.spine.writes import Mode, Origin, Part, Write

OVERTAKEN = "overtaken: a row that came later, or with it, has this key"
TWICE = "duplicate-key: another record that is released too has it and came later"

MADE = "made: by {}, so a row of it is known by what it was made of; mend that, and run it again"


class Aim(NamedTuple):
    """How records go in; those with the same aim and columns that fit go in together."""

    branch: str
    mode: Mode
    key: tuple[str, ...]
    is_untyped: bool


class Ready(NamedTuple):
    """Records of one batch that can be rows.

    Args:
        rows: they, n of them.
        places: where each stands among the batch's records that were tried, shape (n,).
    """

    found: Found
    rows: pa.Table
    places: Any


@dataclass
class Group:
    """Records that go in together, as one snapshot."""

    aim: Aim
    schema: pa.Schema
    ready: list[Ready] = field(default_factory=list)


@dataclass
class Trial:
    """What came of a try.

    Args:
        groups: what would pass.
        refused: why each other record does not, by batch and place among those tried.
        facts: what the gates noticed.
    """

    groups: list[Group]
    refused: dict[int, dict[int, str]]
    facts: list[str]


def attempt(
    context: Context, found: Sequence[Found], branch: str | None, within: Any = None
) -> Trial:
    """Try records of a dataset again, changing nothing.

    Args:
        context: the project.
        found: the records.
        branch: where they go; each to where it wanted to go if not given.
        within: the transaction of a unit that holds the write lock already.

    Raises:
        NotFound: there is no such branch.
        Conflict: the source of some is held.
    """
    refuse_held(context, [one.entry for one in found])
    refused: dict[int, dict[int, str]] = {one.entry.rev: {} for one in found}
    groups: list[Group] = []
    states: dict[str, Standing] = {}
    for one in found:
        to = branch or (one.told.branch if one.told else queries.HEAD)
        if to not in states:
            write = Write(dataset=one.entry.dataset, mode="append", branch=to)
            states[to] = standing_of(context, write, within)
        _read(one, to, states[to].parent, groups, refused[one.entry.rev])
    facts: list[str] = []
    for group in groups:
        _screen(context, group, states[group.aim.branch], refused, facts)
    return Trial([group for group in groups if group.ready], refused, facts)


def write_of(group: Group, dataset: str, message: str) -> Write:
    """Ask for a group to be written."""
    aim = group.aim
    return Write(dataset=dataset, mode=aim.mode, key=aim.key, branch=aim.branch, message=message)


def parts_of(group: Group) -> list[Part]:
    """Give each batch's rows the origin they had come with."""
    return [
        Part(
            rows=one.rows,
            origin=Origin(
                kind=one.found.entry.kind,
                arrived_at=one.found.entry.arrived_at,
                source=one.found.entry.source,
                uri=one.found.entry.uri,
                released_from=one.found.entry.rev,
            ),
        )
        for one in group.ready
    ]


def _read(
    one: Found, branch: str, state: Manifest, groups: list[Group], refused: dict[int, str]
) -> None:
    """Make rows of one batch's records, and put them to a group that they fit into."""
    if one.entry.kind == "derive":
        reason = MADE.format(one.entry.run_id)
        refused |= dict.fromkeys(range(one.rows.num_rows), reason)
        return
    way = one.told.way if one.told else None
    objects = objects_of(one.rows["raw"].to_pylist(), way, one.is_fixed)
    read = reread(objects, way, state.schema if state.number else None)
    refused |= read.refused
    if not read.rows.num_rows:
        return
    mode, key = _manner(one, state)
    aim = Aim(branch, mode, key, bool(read.rows.schema.metadata))
    rows = read.rows
    for name in key:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows))
    _group(groups, aim, rows.schema).ready.append(Ready(one, rows, read.positions))


def _manner(one: Found, state: Manifest) -> tuple[Mode, tuple[str, ...]]:
    """Say how records go in: appended where their batch was, else by key where there is one."""
    named = one.told.key if one.told else ()
    if one.told is not None and one.told.mode == "append":
        return "append", (state.key or named) if named else ()
    key = state.key or named
    return ("upsert", key) if key else ("append", ())


def _group(groups: list[Group], aim: Aim, schema: pa.Schema) -> Group:
    for group in groups:
        if group.aim == aim:
            try:
                group.schema = pa.unify_schemas(
                    [group.schema, schema], promote_options="permissive"
                )
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                continue
            return group
    groups.append(Group(aim, schema))
    return groups[-1]


def _screen(
    context: Context,
    group: Group,
    standing: Standing,
    refused: dict[int, dict[int, str]],
    facts: list[str],
) -> None:
    """Pass a group through the gates and the key; leave in it what passes."""
    state = standing.parent
    write, parts = write_of(group, group.ready[0].found.entry.dataset, ""), parts_of(group)
    post = post_for(context, write, standing, parts)
    screened = screen(context, write, parts, state, Asking(post=post))
    facts += screened.facts
    for one, rejected in zip(group.ready, screened.rejected, strict=True):
        for each in rejected:
            reason = TWICE if each.reason.startswith("duplicate-key:") else each.reason
            refused[one.found.entry.rev][int(one.places[each.line - 1])] = reason
    passing = screened.positions
    if group.aim.mode == "upsert":
        revs = [one.found.entry.rev for one in group.ready]
        own = np.array(revs)[screened.incoming.batches]
        is_late = _newest(context, state, screened.incoming.rows, group.aim.key) >= own
        for position in passing[is_late]:
            rev, place = _place(group, int(position))
            refused[rev][place] = OVERTAKEN
        passing = passing[~is_late]
    group.ready = list(_left(group.ready, passing))


def _place(group: Group, position: int) -> tuple[int, int]:
    """Turn a position among all rows of a group into a batch and the place in it."""
    for one in group.ready:
        if position < one.rows.num_rows:
            return one.found.entry.rev, int(one.places[position])
        position -= one.rows.num_rows
    raise IndexError(position)


def _left(ready: Sequence[Ready], passing: Any) -> Iterable[Ready]:
    start = 0
    for one in ready:
        end = start + one.rows.num_rows
        inside = passing[(passing >= start) & (passing < end)] - start
        start = end
        if len(inside):
            rows = one.rows.take(pa.array(inside, pa.int64()))
            yield Ready(one.found, rows, one.places[inside])


def _newest(context: Context, state: Manifest, rows: pa.Table, key: Sequence[str]) -> Any:
    """Return for each row the batch that wrote the row with its key, 0 if there is none.

    What was released counts as the batch it had come with.
    """
    newest = np.zeros(rows.num_rows, np.int64)
    if not state.segments or not rows.num_rows:
        return newest
    existing = load_existing(context.blobs, state, key, among_keys(state, rows, key))
    if not len(existing.rids):
        return newest
    matched = match_keys(existing, rows, key).existing
    written = take_rows(context.blobs, state, existing.rids, [], own=[RID, REV])[REV].to_numpy()
    with context.catalog.read() as connection:
        known = by_rev(connection, context.tenant, [int(rev) for rev in np.unique(written)])
    first = {one.rev: one.released_from for one in known if one.released_from is not None}
    revs = np.array([first.get(int(rev), int(rev)) for rev in written], np.int64)
    newest[matched != NONE] = revs[matched[matched != NONE]]
    return newest
