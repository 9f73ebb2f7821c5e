"""From parts to a published snapshot: gates, keys, lineage, then rows in the catalog.

`prepare` may be done again when another commit was first; it keeps the ids it took. `publish`
runs inside the transaction and only names what `prepare` wrote.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import insert

from headgate.core.errors import NotFound
from headgate.core.times import now
from headgate.spine.candidate import Candidate, Made, Standing
from headgate.spine.guarding import post_for
from headgate.spine.lineage.batches import minted_for
from headgate.spine.lineage.derive import Derivation, derive, same_reads
from headgate.spine.lineage.events import Fact
from headgate.spine.lineage.reads import reads_of
from headgate.spine.screen import Asking, n_mintable, screen
from headgate.spine.store import quarantine, queries
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.manifest import Manifest, save_manifest
from headgate.spine.store.prepared import Prepared
from headgate.spine.store.refs import protected
from headgate.spine.store.snapshots import remember, state_after
from headgate.spine.store.tables import derivations
from headgate.spine.store.writing import Numbers, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.core.plugins import Rejected
    from headgate.spine.context import Context
    from headgate.spine.lineage.reads import Read
    from headgate.spine.store.segments import I64
    from headgate.spine.store.writing import Incoming
    from headgate.spine.writes import Part, Write


_ADD_DERIVATION = Prepared(insert(derivations))


class _Found(NamedTuple):
    """What the catalog says of where a commit goes: see `Standing`."""

    stands_on: queries.Base
    base: Snapshot | None
    reads: list[Read]


def prepare(
    context: Context,
    write: Write,
    parts: Sequence[Part],
    *,
    numbers: Numbers | None = None,
    within: Connection | None = None,
) -> Candidate:
    """Write everything a commit needs, from the state the dataset has now.

    Args:
        context: the project.
        write: what is asked for.
        parts: the rows.
        numbers: ids taken by an earlier attempt.
        within: the transaction of a unit that holds the write lock already.
    """
    if numbers is None:
        # one look at the catalog for both: a transaction costs more than what is asked in it
        with writing(context, within) as connection:
            found = _found(connection, context, write)
            numbers = _mint(connection, context.tenant, n_mintable(parts), len(parts))
        standing = _stood(context, write, found)
    else:
        standing = standing_of(context, write, within)
    post = post_for(context, write, standing, parts)
    asking = Asking(had_erasures=standing.stands_on.n_erasures > 0, post=post)
    screened = screen(context, write, parts, standing.parent, asking)
    incoming = _made_anew(context, write, screened.incoming, within)
    staged = stage(context.blobs, standing.parent, incoming, numbers)
    derivation = derive(context, write, screened, staged, standing.reads)
    made = Made(
        parts, numbers, staged, derivation, screened.rejected, screened.facts, screened.judged
    )
    return candidate_of(context, write, standing, made)


def _made_anew(
    context: Context, write: Write, incoming: Incoming, within: Connection | None
) -> Incoming:
    """Let rows that a run makes without their ids be none that came with another's id.

    See decision 013: what was made of rows is none of them.
    """
    if write.run is None or incoming.rids is not None:
        return incoming

    def own(rids: I64) -> NDArray[np.bool_]:
        with reading(context, within) as connection:
            return minted_for(connection, context.tenant, write.dataset, rids)

    return replace(incoming, own=own)


def reading(context: Context, within: Connection | None) -> AbstractContextManager[Connection]:
    """Give the transaction of a unit that is open, or one to read in."""
    return nullcontext(within) if within is not None else context.catalog.read()


def standing_of(context: Context, write: Write, within: Connection | None) -> Standing:
    """Find what a commit stands on.

    Args:
        context: the project.
        write: what is asked for.
        within: the transaction of a unit that holds the write lock already.

    Raises:
        NotFound: there is no such branch.
    """
    with reading(context, within) as connection:
        found = _found(connection, context, write)
    return _stood(context, write, found)


def _found(connection: Connection, context: Context, write: Write) -> _Found:
    heed_erasures(connection, context)
    stands_on, base = queries.state_of(connection, context.tenant, write.dataset, write.branch)
    _require_branch(connection, context, write, stands_on)
    return _Found(stands_on, base, _reads(connection, context, write))


def _stood(context: Context, write: Write, found: _Found) -> Standing:
    stands_on, base, reads = found
    return Standing(stands_on, state_after(context, write.dataset, base), base, reads)


def _reads(connection: Connection, context: Context, write: Write) -> list[Read]:
    if write.reads is not None:
        return list(write.reads)
    return reads_of(connection, context.tenant, [write.run]) if write.run else []


def writing(context: Context, within: Connection | None) -> AbstractContextManager[Connection]:
    """Give the transaction of a unit that holds the write lock, or a short one to take numbers in.

    The short one need not wait for the disk: what bears a number is published by one that does.
    """
    return nullcontext(within) if within is not None else context.catalog.write(hurries=True)


def candidate_of(context: Context, write: Write, standing: Standing, made: Made) -> Candidate:
    """Write the manifest and what goes to quarantine; the result waits to be published."""
    parent, base, staged = standing.parent, standing.base, made.staged
    is_new = staged.manifest.key != parent.key or _is_new(context, write, made, standing)
    following = _following(staged.manifest, base, standing.stands_on)
    version_id = save_manifest(context.blobs, following) if is_new else ""
    if version_id:
        remember(context, version_id, following)
    return Candidate(
        write=write,
        parts=made.parts,
        stands_on=standing.stands_on,
        base=base,
        fresh=fresh_keys(parent, following) if is_new else (),
        numbers=made.numbers,
        staged=staged,
        version_id=version_id,
        derivation=made.derivation,
        rejected=made.rejected,
        blobs=_quarantine(context, write, made),
        facts=made.facts,
        is_new=is_new,
        judged=made.judged,
    )


def publish(
    connection: Connection, context: Context, candidate: Candidate
) -> tuple[Snapshot, list[Fact]]:
    """Name a prepared commit in the catalog; return the snapshot and what to record."""
    n_quarantined = sum(len(rejected) for rejected in candidate.rejected)
    snapshot = _put_snapshot(connection, context, candidate, n_quarantined)
    is_worth_keeping = candidate.is_new or any(
        part.origin.digest or part.origin.released_from for part in candidate.parts
    )
    facts = (
        _put_batches(connection, context, candidate) if is_worth_keeping or n_quarantined else []
    )
    facts += _facts(candidate, snapshot, n_quarantined)
    snapshot = msgspec.structs.replace(
        snapshot, is_new=candidate.is_new, n_quarantined=n_quarantined
    )
    return snapshot, facts


def _put_snapshot(
    connection: Connection, context: Context, candidate: Candidate, n_quarantined: int
) -> Snapshot:
    """Name the new state, or give the one that had the rows already."""
    at = now()
    _put_dataset(connection, context, candidate, at)
    if candidate.base is not None and not candidate.is_new:
        return candidate.base
    row = _version_row(context, candidate, at, n_quarantined)
    queries.put_version(connection, context.tenant, row)
    return queries.snapshot_of(row)


def _put_dataset(
    connection: Connection, context: Context, candidate: Candidate, at: datetime
) -> None:
    """Make the dataset, or give it the key it had not."""
    name, known = candidate.write.dataset, candidate.stands_on.key
    key = candidate.staged.manifest.key
    if known is None:
        queries.put_dataset(connection, context.tenant, name, key, at)
    elif key and key != known:
        queries.put_key(connection, context.tenant, name, key)


def _mint(connection: Connection, tenant: str, n_rows: int, n_batches: int) -> Numbers:
    """Take an id for every row that was offered; a later attempt may let more of them pass."""
    rid, rev = queries.mint(connection, tenant, n_rows, n_batches)
    return Numbers(first_rid=rid, first_rev=rev)


def _is_new(context: Context, write: Write, made: Made, standing: Standing) -> bool:
    """Say whether there is something to publish: other rows, or other parents of the same."""
    base = standing.base
    if base is None or made.staged.has_changed:
        return True
    if made.judged is not None and made.judged.holds_all:
        return False
    return write.run is not None and not same_reads(context, standing.reads, base.run_id)


def _following(manifest: Manifest, base: Snapshot | None, stands_on: queries.Base) -> Manifest:
    parent = None if base is None else base.version_id
    return msgspec.structs.replace(manifest, parent=parent, number=stands_on.last + 1)


def fresh_keys(before: Manifest, after: Manifest) -> tuple[str, ...]:
    """List the keys of the files and bitmaps that one state names and another does not."""
    return tuple(sorted(after.keys() - before.keys()))


def _require_branch(
    connection: Connection, context: Context, write: Write, stands_on: queries.Base
) -> None:
    """Refuse a branch that nobody made or that is protected.

    The first commit of a dataset makes its main branch.
    """
    if stands_on.is_protected:
        raise protected(write.dataset, write.branch)
    if not stands_on.head and (stands_on.last or write.branch != queries.HEAD):
        known = queries.branches(connection, context.tenant, write.dataset)
        raise NotFound.among(f"branch of {write.dataset}", write.branch, known)


def _quarantine(context: Context, write: Write, made: Made) -> list[str | None]:
    return [
        quarantine.keep(
            context.blobs,
            made.numbers.rev(index),
            rejected,
            quarantine.Told(
                uri=part.origin.uri,
                mode=write.mode,
                key=write.key,
                branch=write.branch,
                way=quarantine.way_of(part),
            ),
        )
        if rejected
        else None
        for index, (part, rejected) in enumerate(zip(made.parts, made.rejected, strict=True))
    ]


def _version_row(
    context: Context, candidate: Candidate, at: datetime, n_quarantined: int
) -> dict[str, Any]:
    staged = candidate.staged
    return {
        "dataset": candidate.write.dataset,
        "number": candidate.number,
        "version_id": candidate.version_id,
        "branch": candidate.write.branch,
        "parent": None if candidate.base is None else candidate.base.number,
        "content_root": staged.manifest.content_root,
        "columns": msgspec.json.encode(staged.manifest.columns).decode(),
        "n_rows": staged.manifest.n_rows,
        "n_added": staged.n_added,
        "n_removed": staged.n_removed,
        "n_changed": staged.n_changed,
        "n_quarantined": n_quarantined,
        "message": candidate.write.message,
        "run_id": candidate.write.run,
        "kind": "commit",
        "merged_from": None,
        "expired_at": None,
        "created_at": at,
        "created_by": context.actor,
    }


def _put_batches(connection: Connection, context: Context, candidate: Candidate) -> list[Fact]:
    rows = [_batch_row(candidate, index, part) for index, part in enumerate(candidate.parts)]
    if rows:
        queries.put_batches(connection, context.tenant, rows)
    for index in range(len(rows)):
        _put_quarantined(connection, context, candidate, index)
    if candidate.derivation is not None:
        _put_derivation(connection, context, candidate, candidate.derivation)
    return [
        _batch_fact(part, row)
        for part, row in zip(candidate.parts, rows, strict=True)
        if part.origin.kind == "ingest"
    ]


def _batch_row(candidate: Candidate, index: int, part: Part) -> dict[str, Any]:
    rid_lo, rid_hi = candidate.staged.minted[index]
    return {
        "rev": candidate.numbers.rev(index),
        "dataset": candidate.write.dataset,
        "number": candidate.number,
        "kind": part.origin.kind,
        "source": part.origin.source,
        "uri": part.origin.uri,
        "digest": part.origin.digest,
        "rid_lo": rid_lo,
        "rid_hi": rid_hi,
        "n_rows": _n_taken(part, candidate.rejected[index]),
        "n_quarantined": len(candidate.rejected[index]),
        "run_id": candidate.write.run,
        "arrived_at": part.origin.arrived_at,
        "released_from": part.origin.released_from,
    }


def _n_taken(part: Part, rejected: tuple[Rejected, ...]) -> int:
    """Count the rows of a part that passed the gates."""
    return part.rows.num_rows - (len(rejected) - len(part.rejected))


def _put_quarantined(
    connection: Connection, context: Context, candidate: Candidate, index: int
) -> None:
    blob = candidate.blobs[index]
    if blob is not None:
        row = {
            "dataset": candidate.write.dataset,
            "rev": candidate.numbers.rev(index),
            "blob": blob,
            "n_rows": len(candidate.rejected[index]),
            "reasons": quarantine.counted(row.reason for row in candidate.rejected[index]),
        }
        quarantine.put(connection, context.tenant, row)


def _put_derivation(
    connection: Connection, context: Context, candidate: Candidate, derivation: Derivation
) -> None:
    row = {
        "tenant": context.tenant,
        "rev": candidate.numbers.rev(0),
        "run_id": candidate.write.run,
        "kind": derivation.kind,
        "edges": derivation.edges,
        "n_edges": derivation.n_edges,
    }
    _ADD_DERIVATION.run(connection, row)


def _batch_fact(part: Part, row: dict[str, Any]) -> Fact:
    payload = {name: row[name] for name in ("rev", "dataset", "number", "n_rows", "n_quarantined")}
    payload["object"] = part.origin.digest
    if part.origin.released_from is not None:
        payload["released_from"] = part.origin.released_from
    return Fact(kind="batch_taken", subject=f"source:{part.origin.source}", payload=payload)


def _facts(candidate: Candidate, snapshot: Snapshot, n_quarantined: int) -> list[Fact]:
    staged = candidate.staged
    facts: list[Fact] = []
    if candidate.is_new:
        names = (
            "number",
            "version_id",
            "content_root",
            "n_rows",
            "n_added",
            "n_removed",
            "n_changed",
        )
        payload: dict[str, object] = {name: getattr(snapshot, name) for name in names}
        payload |= {"mode": candidate.write.mode, "run": candidate.write.run}
        facts.append(Fact(kind="snapshot_committed", subject=candidate.subject, payload=payload))
    if staged.added_columns or staged.removed_columns or staged.retyped_columns:
        payload: dict[str, object] = {
            "added": staged.added_columns,
            "removed": staged.removed_columns,
            "retyped": staged.retyped_columns,
        }
        facts.append(Fact(kind="schema_changed", subject=candidate.subject, payload=payload))
    if n_quarantined:
        payload: dict[str, object] = {
            "n_rows": n_quarantined,
            "reasons": quarantine.names_of(
                row.reason for part in candidate.rejected for row in part
            ),
        }
        facts.append(Fact(kind="rows_quarantined", subject=candidate.subject, payload=payload))
    facts += [
        Fact(kind="gate_noticed", subject=candidate.subject, payload={"fact": fact})
        for fact in candidate.facts
    ]
    return facts
