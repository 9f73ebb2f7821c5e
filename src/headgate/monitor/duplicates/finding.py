"""Finds duplicates within a snapshot, and rows that stand in another one too.

Equal rows are found by the hash of the compared columns. Of those that remain, free text is
compared by MinHash, so that the work grows with the rows and not with their pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.duplicates.reports import (
    DuplicateGroup,
    DuplicatesReport,
    DuplicatesRequest,
    Leak,
)
from headgate.monitor.texts.columns import holds_text, is_text
from headgate.monitor.texts.minhash import Hashes, near_groups, near_pairs, runs_of
from headgate.monitor.texts.words import n_tokens
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

N_LISTED = 10


class Side(NamedTuple):
    """The rows of a snapshot, each content once.

    Args:
        rids: row ids, shape (n,).
        firsts: for each row the position of the first equal one, shape (n,).
        distinct: positions of the rows that are equal to no earlier one, ascending.
        digests: what each of these says, by its hash.
        texts: the text of each of these; empty where there is no free text.
    """

    rids: list[int]
    firsts: list[int]
    distinct: list[int]
    digests: list[bytes]
    texts: list[str]


def find_duplicates(context: Context, request: DuplicatesRequest) -> DuplicatesReport:
    """Count and list rows that say the same.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the dataset has no column that can be compared, or the other one holds something
            else where this one holds text.
    """
    snapshot = find_snapshot(context, request.name)
    columns, rows = _compared(context, snapshot, request.columns)
    texts = tuple(each for each in columns if is_text(rows[each]))
    side = _side(rows, columns, texts)
    runs = [runs_of(each) for each in side.texts]
    heads = _heads(side, near_groups(runs, least=request.similarity) if texts else None)
    sizes = _tokens(side)
    is_again = np.array(heads) != np.arange(len(heads))
    n_wasted = int(sizes[is_again].sum())
    n_exact = len(side.firsts) - len(side.distinct)
    other, leaks, n_other = _leaks(context, request, (columns, texts), (side, runs))
    n_leaked = len({each.other_row_id for each in leaks})
    return DuplicatesReport(
        dataset=snapshot.dataset,
        number=snapshot.number,
        columns=columns,
        texts=texts,
        n_rows=len(heads),
        n_exact=n_exact,
        n_near=int(is_again.sum()) - n_exact,
        duplicate_ratio=float(is_again.mean()) if len(heads) else 0.0,
        n_tokens=int(sizes.sum()),
        n_wasted_tokens=n_wasted,
        wasted_cost=None if request.cost_per_token is None else n_wasted * request.cost_per_token,
        groups=_groups(side, heads)[: request.limit],
        against=other,
        n_leaked=n_leaked,
        leaked_ratio=n_leaked / n_other if n_other else 0.0,
        leaks=tuple(leaks[: request.limit]),
        has_findings=bool(is_again.any()) or bool(leaks),
    )


def _compared(
    context: Context, snapshot: Snapshot, asked: Sequence[str]
) -> tuple[tuple[str, ...], pa.Table]:
    """Read the columns that are compared, with the row ids."""
    manifest = manifest_of(context, snapshot)
    columns = tuple(dict.fromkeys(asked)) or tuple(
        each for each in manifest.schema.names if each not in manifest.key
    )
    if not columns:
        raise Invalid(
            f"{snapshot.dataset}@{snapshot.number} has nothing but its key to compare",
            mend="name the columns that say what a row is about",
        )
    rows = read_rows(context.blobs, manifest, columns, own=[RID])
    texts = () if asked else tuple(each for each in columns if is_text(rows[each]))
    return texts or columns, rows


def _side(rows: pa.Table, columns: Sequence[str], texts: Sequence[str]) -> Side:
    """Find equal rows, and keep the texts of those that remain."""
    hashes = np.ascontiguousarray(row_hashes(canonical(rows.select(list(columns)))))
    seen: dict[bytes, int] = {}
    firsts = [seen.setdefault(each.tobytes(), at) for at, each in enumerate(hashes)]
    distinct = list(seen.values())
    kept = rows.select(list(texts)).take(_array(distinct))
    values = [kept[each].to_pylist() for each in texts]
    return Side(
        rids=np.asarray(rows[RID], dtype=np.int64).tolist(),
        firsts=firsts,
        distinct=distinct,
        digests=list(seen),
        texts=["\n".join(part or "" for part in each) for each in zip(*values, strict=True)],
    )


def _heads(side: Side, groups: list[int] | None) -> list[int]:
    """Name for each row the first that says the same, exactly or nearly."""
    if groups is None:
        return side.firsts
    first_of = {at: side.distinct[group] for at, group in zip(side.distinct, groups, strict=True)}
    return [first_of[at] for at in side.firsts]


def _tokens(side: Side) -> Any:
    """Count the tokens of each row, shape (n,)."""
    if not side.texts:
        return np.zeros(len(side.firsts), np.int64)
    sizes = {at: n_tokens(text) for at, text in zip(side.distinct, side.texts, strict=True)}
    return np.array([sizes[at] for at in side.firsts], np.int64)


def _groups(side: Side, heads: Sequence[int]) -> tuple[DuplicateGroup, ...]:
    members: dict[int, list[int]] = {}
    for at, head in enumerate(heads):
        members.setdefault(head, []).append(at)
    found = [each for each in members.values() if len(each) > 1]
    found.sort(key=lambda each: (-len(each), each[0]))
    return tuple(
        DuplicateGroup(
            kind="exact" if len({side.firsts[at] for at in each}) == 1 else "near",
            n_rows=len(each),
            row_ids=tuple(side.rids[at] for at in each[:N_LISTED]),
        )
        for each in found
    )


def _leaks(
    context: Context,
    request: DuplicatesRequest,
    compared: tuple[tuple[str, ...], tuple[str, ...]],
    known: tuple[Side, list[Hashes]],
) -> tuple[str | None, list[Leak], int]:
    """Find rows of the other dataset that stand in this one; tell how many rows it has."""
    if request.against is None:
        return None, [], 0
    columns, texts = compared
    snapshot = find_snapshot(context, request.against)
    manifest = manifest_of(context, snapshot)
    for name in columns:
        if name not in manifest.schema.names:
            raise NotFound.among("column", name, manifest.schema.names)
    rows = read_rows(context.blobs, manifest, columns, own=[RID])
    for name in texts:
        if not holds_text(rows[name]):
            raise Invalid(
                f"{name} is text, but {rows[name].type} in {snapshot.dataset}@{snapshot.number}",
                mend="name columns that hold the same in both datasets",
            )
    other = _side(rows, columns, texts)
    found = list(_exact_leaks(known[0], other))
    # a near copy of a row that stands there exactly as well tells nothing new
    exact = {each.other_row_id for each in found}
    near = _near_leaks(known, other, request.similarity)
    found += [each for each in near if each.other_row_id not in exact]
    return f"{snapshot.dataset}@{snapshot.number}", found, len(other.firsts)


def _exact_leaks(side: Side, other: Side) -> Iterator[Leak]:
    at_of = dict(zip(side.digests, side.distinct, strict=True))
    digest_of = dict(zip(other.distinct, other.digests, strict=True))
    for at, first in enumerate(other.firsts):
        if (here := at_of.get(digest_of[first])) is not None:
            yield Leak("exact", side.rids[here], other.rids[at], 1.0)


def _near_leaks(known: tuple[Side, list[Hashes]], other: Side, similarity: float) -> Iterator[Leak]:
    side, runs = known
    copies: dict[int, list[int]] = {}
    for at, first in enumerate(other.firsts):
        copies.setdefault(first, []).append(at)
    of_other = [runs_of(each) for each in other.texts]
    for pair in near_pairs(runs, of_other, least=similarity):
        here = side.rids[side.distinct[pair.one]]
        for at in copies[other.distinct[pair.other]]:
            yield Leak("near", here, other.rids[at], pair.similarity)


def _array(positions: Sequence[int]) -> Any:
    import pyarrow as pa

    return pa.array(positions, pa.int64())
