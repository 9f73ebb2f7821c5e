"""What differs between two snapshots: counted at once, in examples, or as rows, every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.dataset.compare import Difference, changed_columns, compare, images
from headgate.dataset.reports import DiffReport, RowChange
from headgate.dataset.schemas import common_type, schema_diff
from headgate.spine.store.segments import I64, RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import ChangesRequest, DiffRequest
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

Kind = Literal["added", "removed", "changed"]
CHANGE = "_change"
"""Column that says what each row of `dataset.changes` is: added, removed, before or after."""


class _Pair(NamedTuple):
    """Two snapshots and their manifests."""

    old: Snapshot
    new: Snapshot
    before: Manifest
    after: Manifest


class _Counts(NamedTuple):
    """Rows that differ [count]."""

    n_added: int
    n_removed: int
    n_changed: int


def diff_snapshots(context: Context, request: DiffRequest) -> DiffReport:
    """Compare two snapshots by row id.

    Raises:
        Invalid: there is no snapshot before the newer one to compare with.
    """
    pair = _pair(context, request.name, request.from_, request.to)
    counts = _known_counts(pair) if request.counts else None
    if counts is not None:
        return _report(pair, counts, {}, (), is_counted_only=True)
    difference = compare(context.blobs, pair.before, pair.after)
    counts = _Counts(len(difference.added), len(difference.removed), len(difference.changed))
    if request.counts:
        return _report(pair, counts, {}, (), is_counted_only=True)
    changed: dict[str, int] = {}
    if counts.n_changed:
        was, now = _images(context, pair, difference, difference.changed)
        changed = changed_columns(was, now)
    examples = _examples(context, pair, difference, request.limit)
    return _report(pair, counts, changed, examples)


def changed_rows(context: Context, request: ChangesRequest) -> pa.Table:
    """Read every row that differs, with its id and what became of it first.

    A changed row stands twice, before and after. Where a column has two types, both images have
    the wider one, or text.

    Raises:
        Invalid: there is no snapshot before the newer one to compare with, or a column is named
            as the one that says what became of a row.
    """
    pair = _pair(context, request.name, request.from_, request.to)
    target = _joint_schema(pair)
    if CHANGE in target.names:
        raise Invalid(
            f"{pair.new.dataset} has a column {CHANGE!r} of its own, which would stand twice",
            mend="compare them with dataset.diff, or rename the column and commit",
        )
    difference = compare(context.blobs, pair.before, pair.after)
    tables = [
        _labelled(images(context.blobs, manifest, side, rids), label, target)
        for manifest, side, rids, label in (
            (pair.before, difference.before, difference.removed, "removed"),
            (pair.after, difference.after, difference.added, "added"),
            (pair.before, difference.before, difference.changed, "before"),
            (pair.after, difference.after, difference.changed, "after"),
        )
    ]
    rows = pa.concat_tables(tables)
    # stable, so that an image before stays in front of the one after
    order: Any = pa.array(np.argsort(rows[RID].to_numpy(), kind="stable"))
    return rows.take(order)


def _pair(context: Context, name: str, from_: str | None, to: str | None) -> _Pair:
    new = find_snapshot(context, name, to)
    if from_ is None and new.parent is None:
        raise Invalid(
            f"{name}@{new.number} is the first snapshot", mend="name the other one with --from"
        )
    old = find_snapshot(context, name, from_ or str(new.parent))
    return _Pair(old, new, manifest_of(context, old), manifest_of(context, new))


def _known_counts(pair: _Pair) -> _Counts | None:
    """Take the counts that stand with a snapshot, if the other one is the one it follows."""
    old, new = pair.old, pair.new
    if new.parent == old.number:
        return _Counts(new.n_added, new.n_removed, new.n_changed)
    if old.parent == new.number:
        return _Counts(old.n_removed, old.n_added, old.n_changed)
    return None


def _report(
    pair: _Pair,
    counts: _Counts,
    changed: dict[str, int],
    examples: tuple[RowChange, ...],
    *,
    is_counted_only: bool = False,
) -> DiffReport:
    return DiffReport(
        dataset=pair.new.dataset,
        from_number=pair.old.number,
        to_number=pair.new.number,
        n_added=counts.n_added,
        n_removed=counts.n_removed,
        n_changed=counts.n_changed,
        n_same=pair.new.n_rows - counts.n_added - counts.n_changed,
        **_columns(pair.old, pair.new),
        changed_columns=changed,
        examples=examples,
        schema=schema_diff(pair.before, pair.after),
        key=pair.after.key,
        is_counted_only=is_counted_only,
    )


def _columns(old: Snapshot, new: Snapshot) -> dict[str, tuple[str, ...]]:
    before = {column.name: column.type for column in old.columns}
    after = {column.name: column.type for column in new.columns}
    return {
        "added_columns": tuple(name for name in after if name not in before),
        "removed_columns": tuple(name for name in before if name not in after),
        "retyped_columns": tuple(
            f"{name}: {before[name]} to {kind}"
            for name, kind in after.items()
            if before.get(name, kind) != kind
        ),
    }


def _images(
    context: Context, pair: _Pair, difference: Difference, rids: I64
) -> tuple[pa.Table, pa.Table]:
    old = images(context.blobs, pair.before, difference.before, rids)
    return old, images(context.blobs, pair.after, difference.after, rids)


def _examples(
    context: Context, pair: _Pair, difference: Difference, limit: int
) -> tuple[RowChange, ...]:
    kinds: tuple[tuple[Kind, I64], ...] = (
        ("added", difference.added),
        ("removed", difference.removed),
        ("changed", difference.changed),
    )
    examples: list[RowChange] = []
    for kind, rids in kinds:
        chosen = np.sort(rids[:limit])
        if len(chosen):
            old, new = _images(context, pair, difference, chosen)
            was, now = _by_id(old), _by_id(new)
            examples += [
                RowChange(row_id=rid, kind=kind, before=was.get(rid), after=now.get(rid))
                for rid in chosen.tolist()
            ]
    return tuple(examples)


def _by_id(table: pa.Table) -> dict[int, dict[str, Any]]:
    return {row.pop(RID): row for row in table.to_pylist()}


def _joint_schema(pair: _Pair) -> pa.Schema:
    """Unite the columns of two snapshots, those of the newer one first."""
    old, new = pair.before.schema, pair.after.schema
    fields = {field.name: field.type for field in new}
    for field in old:
        fields[field.name] = common_type(field.type, fields.get(field.name, field.type))
    return pa.schema(list(fields.items()))


def _labelled(rows: pa.Table, label: str, target: pa.Schema) -> pa.Table:
    n_rows = rows.num_rows
    own: list[Any] = [rows[RID], pa.array([label] * n_rows, pa.string())]
    columns: list[Any] = [_as(rows, field) for field in target]
    return pa.table([*own, *columns], names=[RID, CHANGE, *target.names])


def _as(rows: pa.Table, field: pa.Field[Any]) -> Any:
    """Give a column another type; what Arrow cannot write as text is written as Python does."""
    if field.name not in rows.column_names:
        return pa.nulls(rows.num_rows, field.type)
    column = rows[field.name]
    try:
        return column.cast(field.type)
    except pa.ArrowException:
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.array(values, pa.string())
