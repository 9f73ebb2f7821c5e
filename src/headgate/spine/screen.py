"""Everything rows must pass before they are written: names, gates and keys.

What does not pass is not lost: from a source it goes to quarantine with its line, raw text and
reason; by hand it is refused as a whole with the first reason, unless a contract says that it waits
there too. What a contract promises is looked at last, on rows that would otherwise go in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.core.plugins import LINE, UNTYPED, Rejected
from headgate.core.refs import check_name
from headgate.spine.guarding import judged
from headgate.spine.ports import Rejection
from headgate.spine.spelling import json_rows, without_views
from headgate.spine.store.matching import duplicates
from headgate.spine.store.segments import I64, OWN, RID
from headgate.spine.store.writing import Incoming
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.spine.context import Context
    from headgate.spine.ports import Judgment, Post, Verdict
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.writes import Part, Write


_MOST_IDS = 2**63 - 1


@dataclass(frozen=True)
class Screened:
    """Rows that may be written, and what was kept out.

    Args:
        incoming: the rows, n of them.
        positions: where each stood among all rows of all parts, shape (n,).
        n_offered: rows of all parts.
        rejected: for each part what goes to quarantine.
        facts: what the gates noticed.
        judged: what a guard said of the rows; nothing where none stands.
    """

    incoming: Incoming
    positions: I64
    n_offered: int
    rejected: list[tuple[Rejected, ...]]
    facts: tuple[str, ...]
    judged: Judgment | None = None


def n_mintable(parts: Sequence[Part]) -> int:
    """Count the row ids that any attempt to write rows may need: none where they bring theirs."""
    tables = [part.rows for part in parts]
    has_ids = any(RID in one.column_names for one in tables)
    return 0 if has_ids else sum(one.num_rows for one in tables)


class Asking(NamedTuple):
    """Whom to ask about rows.

    Args:
        had_erasures: whether something may have been erased from the project already.
        post: the guard that stands before the dataset.
    """

    had_erasures: bool = True
    post: Post | None = None


ALL_GATES = Asking()


def screen(
    context: Context,
    write: Write,
    parts: Sequence[Part],
    parent: Manifest,
    asking: Asking = ALL_GATES,
) -> Screened:
    """Pass rows through every gate, then through the key, then by what guards the dataset.

    Args:
        context: the project.
        write: what is asked for.
        parts: the rows.
        parent: the state they come to.
        asking: whom to ask about them.

    Raises:
        Invalid: the rows cannot be one table, or rows written by hand do not pass.
        NotFound: a key column is not there.
    """
    post = asking.post
    check_name("dataset", write.dataset)
    _require_condition(write)
    offered, batches, lines = _joined(parts)
    rids = _row_ids(offered)
    rows = _user_columns(offered)
    key = write.key or parent.key
    _require_key(write, key, rids)
    gates = [
        one for one in context.registry.gates if asking.had_erasures or not one.keeps_erased_out
    ]
    known = None if write.mode == "replace" or not parent.number else parent.schema
    checks = [partial(one.check, context, write.dataset) for one in gates]
    rows, positions, rejections, facts = _gated(
        checks, rows, known if post is None else post.types(rows, known)
    )
    if post is not None:
        rows, filled = post.fill(rows)
        facts += filled
    if write.where is not None:
        rows, positions, more = _scoped(rows, positions, write.where)
        rejections = [*rejections, *more]
    if key and rids is None:
        rows, positions, more = _keyed(rows, positions, key, write, lines)
        rejections = [*rejections, *more]
    if post is None or not post.keeps_waiting:
        _refuse_by_hand(parts, rejections, write)
    incoming = Incoming(
        rows=rows,
        batches=batches[positions],
        n_batches=len(parts),
        mode=write.mode,
        key=tuple(key),
        rids=None if rids is None else rids[positions],
        scope=_scope(context, write, parent),
        must_write=write.run is not None,
    )
    said = None
    if post is not None:
        said, incoming, positions = judged(post, incoming, positions, batches, rejections)
        rejections = [*rejections, *said.rejected]
        facts += said.facts
    rejected = _described(parts, batches, rejections, lines)
    return Screened(incoming, positions, len(batches), rejected, facts, said)


def _require_key(write: Write, key: Sequence[str], rids: I64 | None) -> None:
    """Make sure that rows to upsert are known by a key, or bring their ids."""
    if write.mode == "upsert" and not key and rids is None:
        raise Invalid(
            f"{write.dataset} has no key to upsert by", mend="name its columns: key=…, --key …"
        )


def _require_condition(write: Write) -> None:
    """Make sure that an overwrite alone says, and says once, which rows make way."""
    n_told = (write.where is not None) + (write.making_way is not None)
    if write.mode == "overwrite" and not n_told:
        raise Invalid(
            f"it is not said which rows of {write.dataset} make way",
            mend="""name them: where="day = '2026-01-03'", or --where …""",
        )
    if write.mode == "overwrite" and n_told > 1:
        raise Invalid(
            f"it is said twice which rows of {write.dataset} make way",
            mend="give either a condition or what names the rows",
        )
    if write.mode != "overwrite" and write.where is not None:
        raise Invalid(
            f"a condition means nothing to mode {write.mode!r}", mend="leave it out, or overwrite"
        )
    if write.mode not in {"overwrite", "upsert"} and write.making_way is not None:
        raise Invalid(
            f"rows that make way mean nothing to mode {write.mode!r}",
            mend="name none, or overwrite",
        )


def _scope(context: Context, write: Write, parent: Manifest) -> I64 | None:
    """Return the ids of the rows that make way, nothing where the mode has no such rows."""
    if write.mode != "overwrite" and write.making_way is None:
        return None
    if not parent.number:
        return np.empty(0, np.int64)
    if write.where is None:
        return None if write.making_way is None else write.making_way(parent)
    from headgate.spine.store.scope import rids_meeting

    return rids_meeting(context.blobs, parent, write.where)


def _scoped(
    rows: pa.Table, positions: I64, condition: str
) -> tuple[pa.Table, I64, list[Rejection]]:
    """Keep out rows that do not meet the condition by which others make way for them."""
    from headgate.spine.store.scope import positions_meeting

    kept = positions_meeting(rows, condition)
    out = np.setdiff1d(np.arange(rows.num_rows), kept)
    rejections = [
        Rejection(int(positions[index]), f"outside-condition: {condition}") for index in out
    ]
    return rows.take(pa.array(kept, pa.int64())), positions[kept], rejections


def _joined(parts: Sequence[Part]) -> tuple[pa.Table, I64, I64]:
    """Put all parts into one table; say for each row its part and its line, 0 if unknown."""
    tables = [without_views(part.rows) for part in parts]
    for table in tables:
        _refuse_doubled(table.column_names)
    counts = [table.num_rows for table in tables]
    batches = np.repeat(np.arange(len(parts)), counts)
    try:
        joined = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise Invalid(
            f"the objects do not fit into one table: {error}",
            mend="take them in one after the other, or mend the column they differ in",
        ) from error
    if tables and tables[0].schema.metadata:
        joined = joined.replace_schema_metadata(tables[0].schema.metadata)
    lines = np.zeros(len(batches), np.int64)
    if LINE in joined.column_names:
        lines = _line_numbers(joined[LINE])
    return joined, batches, lines


def _line_numbers(column: Any) -> I64:
    if not pa.types.is_integer(column.type):
        raise Invalid(
            f"column {LINE} holds no line numbers, for which its name stands",
            mend="give the column another name",
        )
    return np.asarray(column.combine_chunks().fill_null(0), np.int64)


def _row_ids(rows: pa.Table) -> I64 | None:
    if RID not in rows.column_names:
        return None
    column = rows[RID]
    is_id = pa.types.is_integer(column.type) and not column.null_count
    if not is_id or (column.type == pa.uint64() and _largest(column) > _MOST_IDS):
        raise Invalid(
            f"column {RID} holds no row ids", mend=f"leave {RID} as read gave it, or drop it"
        )
    rids = np.asarray(column.combine_chunks().cast(pa.int64()))
    if len(np.unique(rids)) != len(rids):
        raise Invalid(
            f"a row id stands twice in column {RID}",
            mend=f"drop {RID} and give edges, when one row becomes several",
        )
    return rids


def _largest(column: Any) -> int:
    largest: Any = pc.max(column)
    return largest.as_py() or 0


def _refuse_doubled(names: Sequence[str]) -> None:
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise Invalid(f"column {min(doubled)!r} stands twice", mend="give each column its own name")


def _user_columns(rows: pa.Table) -> pa.Table:
    names = [name for name in rows.column_names if name not in {*OWN, LINE}]
    if not names:
        raise Invalid("there is no column of rows to keep", mend="give a table with columns")
    return rows.select(names)


def _gated(
    checks: Sequence[Callable[[pa.Table, pa.Schema | None], Verdict]],
    rows: pa.Table,
    known: pa.Schema | None,
) -> tuple[pa.Table, I64, list[Rejection], tuple[str, ...]]:
    positions = np.arange(rows.num_rows)
    rejections: list[Rejection] = []
    facts: list[str] = []
    for check in checks:
        verdict = check(rows, known)
        rejections += [
            msgspec.structs.replace(one, position=int(positions[one.position]))
            for one in verdict.rejected
        ]
        facts += verdict.facts
        rows, positions = verdict.rows, positions[np.asarray(verdict.positions)]
    if rows.schema.metadata and UNTYPED in rows.schema.metadata:
        rows = rows.replace_schema_metadata(None)
    return rows, positions, rejections, tuple(facts)


def _keyed(
    rows: pa.Table, positions: I64, key: Sequence[str], write: Write, lines: I64
) -> tuple[pa.Table, I64, list[Rejection]]:
    """Keep out rows without a key and all but the last of each key.

    An append is held to a key only where it names one.
    """
    for name in key:
        if name not in rows.column_names:
            raise NotFound.among(f"key column of {write.dataset}", name, rows.column_names)
    if write.mode == "append" and not write.key:
        return rows, positions, []
    is_null = np.zeros(rows.num_rows, np.bool_)
    for name in key:
        is_null |= np.asarray(pc.is_null(rows[name]))
    last = duplicates(rows, key)
    is_old = ~is_null & (last != np.arange(rows.num_rows))
    rejections = [
        Rejection(int(positions[index]), f"null-key: {', '.join(key)}")
        for index in np.flatnonzero(is_null)
    ]
    rejections += [
        Rejection(
            int(positions[index]), f"duplicate-key: {_follower(lines, positions[last[index]])}"
        )
        for index in np.flatnonzero(is_old)
    ]
    if not rejections:
        return rows, positions, rejections
    keep = np.flatnonzero(~is_null & ~is_old)
    return rows.take(pa.array(keep, pa.int64())), positions[keep], rejections


def _follower(lines: I64, position: Any) -> str:
    line = int(lines[position])
    return f"line {line} has it too and came later" if line else f"row {position + 1} has it too"


def _refuse_by_hand(parts: Sequence[Part], rejections: list[Rejection], write: Write) -> None:
    by_hand = any(part.origin.kind != "ingest" for part in parts)
    if rejections and by_hand:
        first = min(rejections, key=lambda one: one.position)
        raise Invalid(
            f"{len(rejections)} rows cannot go into {write.dataset}, the first at position "
            f"{first.position}: {first.reason}",
            mend="mend the rows; or take them in with `source ingest`, which quarantines such rows",
        )


def _described(
    parts: Sequence[Part], batches: I64, rejections: list[Rejection], lines: I64
) -> list[tuple[Rejected, ...]]:
    """Give each rejected row its line and raw text, beside what its connector rejected."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(batches, minlength=len(parts)))])
    described: list[tuple[Rejected, ...]] = []
    for index, part in enumerate(parts):
        own = sorted(
            (one for one in rejections if batches[one.position] == index),
            key=lambda one: one.position,
        )
        local = [int(one.position - starts[index]) for one in own]
        raws = (part.raw or _raw_json(part))(local) if local else []
        rows = [
            Rejected(
                line=int(lines[one.position]) or place + 1,
                raw=raw if one.keeps_raw else "",
                reason=one.reason,
            )
            for one, place, raw in zip(own, local, raws, strict=True)
        ]
        described.append((*part.rejected, *rows))
    return described


def _raw_json(part: Part) -> Any:
    """Spell rows as JSON: those of a source as they came, those written by hand without our ids."""
    own = () if part.origin.kind == "ingest" else {*OWN, PARENTS}
    kept = [name for name in part.rows.column_names if name not in own]
    rows = without_views(part.rows.select(kept))

    def raw(positions: list[int]) -> list[str]:
        return json_rows(rows.take(pa.array(positions, pa.int64())))

    return raw
