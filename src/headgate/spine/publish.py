"""From parts to a published snapshot: gates, keys, lineage, then rows in the catalog.

`prepare` may be done again when another commit was first; it keeps the ids it took. `publish`
runs inside the transaction and only names what `prepare` wrote.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import insert

from headgate.core.errors import NotFound
from headgate.core.times import now
from headgate.spine.lineage.derive import Derivation, derive, same_reads
from headgate.spine.lineage.events import Fact
from headgate.spine.screen import screen
from headgate.spine.store import quarantine, queries
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.manifest import Manifest, manifest_key, save_manifest
from headgate.spine.store.refs import refuse_protected
from headgate.spine.store.snapshots import head_manifest, resolve
from headgate.spine.store.tables import derivations
from headgate.spine.store.writing import Numbers, Staged, stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.core.plugins import Rejected
    from headgate.spine.context import Context
    from headgate.spine.writes import Part, Write


@dataclass(frozen=True)
class Candidate:
    """A commit that is written and waits to be published.

    Args:
        stands_on: where the branch stood when it was written.
        base: the snapshot it follows, nothing before the first.
        fresh: keys of the blobs that it names and its base does not.
    """

    write: Write
    parts: Sequence[Part]
    stands_on: queries.Base
    base: Snapshot | None
    fresh: tuple[str, ...]
    numbers: Numbers
    staged: Staged
    version_id: str
    derivation: Derivation | None
    rejected: list[tuple[Rejected, ...]]
    blobs: list[str | None]
    facts: tuple[str, ...]
    is_new: bool

    @property
    def number(self) -> int:
        """The snapshot in which its rows stand: a new one, or the one that had them already."""
        return self.stands_on.last + 1 if self.is_new else self.stands_on.head

    @property
    def names(self) -> tuple[str, ...]:
        """Keys of all blobs that it names and nothing may have named before."""
        manifest = (manifest_key(self.version_id),) if self.is_new else ()
        edges = (self.derivation.edges,) if self.derivation else ()
        return (*self.fresh, *manifest, *(key for key in (*self.blobs, *edges) if key))

    @property
    def subject(self) -> str:
        """What the events are about."""
        return f"dataset:{self.write.dataset}"


class Standing(NamedTuple):
    """What a commit stands on: the branch's place, its newest state and the snapshot of that."""

    stands_on: queries.Base
    parent: Manifest
    base: Snapshot | None


class Made(NamedTuple):
    """What was written of a commit's rows.

    Args:
        rejected: for each part what goes to quarantine.
        facts: what the gates noticed.
    """

    parts: Sequence[Part]
    numbers: Numbers
    staged: Staged
    derivation: Derivation | None
    rejected: list[tuple[Rejected, ...]]
    facts: tuple[str, ...]


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
    standing = standing_of(context, write, within)
    screened = screen(context, write, parts, standing.parent)
    if numbers is None:
        with writing(context, within) as connection:
            numbers = _mint(connection, context.tenant, screened.n_mintable, len(parts))
    staged = stage(context.blobs, standing.parent, screened.incoming, numbers)
    derivation = derive(context, write, screened, staged)
    made = Made(parts, numbers, staged, derivation, screened.rejected, screened.facts)
    return candidate_of(context, write, standing, made)


def standing_of(context: Context, write: Write, within: Connection | None) -> Standing:
    """Find what a commit stands on.

    Args:
        context: the project.
        write: what is asked for.
        within: the transaction of a unit that holds the write lock already.

    Raises:
        NotFound: there is no such branch.
    """
    with nullcontext(within) if within is not None else context.catalog.read() as connection:
        heed_erasures(connection, context)
        stands_on = queries.base_of(connection, context.tenant, write.dataset, write.branch)
        _require_branch(connection, context, write, stands_on)
        parent, base = head_manifest(connection, context, write.dataset, stands_on.head)
    return Standing(stands_on, parent, base)


def writing(context: Context, within: Connection | None) -> AbstractContextManager[Connection]:
    """Give the transaction of a unit that holds the write lock, or a short one of its own."""
    return nullcontext(within) if within is not None else context.catalog.write()


def candidate_of(context: Context, write: Write, standing: Standing, made: Made) -> Candidate:
    """Write the manifest and what goes to quarantine; the result waits to be published."""
    parent, base, staged = standing.parent, standing.base, made.staged
    is_new = staged.manifest.key != parent.key or _is_new(context, write, staged, base)
    following = _following(staged.manifest, base, standing.stands_on)
    return Candidate(
        write=write,
        parts=made.parts,
        stands_on=standing.stands_on,
        base=base,
        fresh=fresh_keys(parent, following) if is_new else (),
        numbers=made.numbers,
        staged=staged,
        version_id=save_manifest(context.blobs, following) if is_new else "",
        derivation=made.derivation,
        rejected=made.rejected,
        blobs=_quarantine(context, made),
        facts=made.facts,
        is_new=is_new,
    )


def publish(
    connection: Connection, context: Context, candidate: Candidate
) -> tuple[Snapshot, list[Fact]]:
    """Name a prepared commit in the catalog; return the snapshot and what to record."""
    refuse_protected(connection, context.tenant, candidate.write.dataset, candidate.write.branch)
    n_quarantined = sum(len(rejected) for rejected in candidate.rejected)
    at = now()
    queries.put_dataset(
        connection, context.tenant, candidate.write.dataset, candidate.staged.manifest.key, at
    )
    if candidate.is_new:
        row = _version_row(context, candidate, at, n_quarantined)
        queries.put_version(connection, context.tenant, row)
    is_worth_keeping = candidate.is_new or any(part.origin.digest for part in candidate.parts)
    facts = (
        _put_batches(connection, context, candidate) if is_worth_keeping or n_quarantined else []
    )
    number = candidate.number
    snapshot = resolve(connection, context.tenant, candidate.write.dataset, str(number))
    facts += _facts(candidate, snapshot, n_quarantined)
    snapshot = msgspec.structs.replace(
        snapshot, is_new=candidate.is_new, n_quarantined=n_quarantined
    )
    return snapshot, facts


def _mint(connection: Connection, tenant: str, n_rows: int, n_batches: int) -> Numbers:
    """Take an id for every row that was offered; a later attempt may let more of them pass."""
    rid = queries.bump(connection, tenant, "rid", n_rows)
    rev = queries.bump(connection, tenant, "rev", n_batches)
    return Numbers(first_rid=rid, first_rev=rev)


def _is_new(context: Context, write: Write, staged: Staged, base: Snapshot | None) -> bool:
    """Say whether there is something to publish: other rows, or other parents of the same."""
    if base is None or staged.has_changed:
        return True
    return write.run is not None and not same_reads(context, write.run, base.run_id)


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
    refuse_protected(connection, context.tenant, write.dataset, write.branch)
    if not stands_on.head and (stands_on.last or write.branch != queries.HEAD):
        known = queries.branches(connection, context.tenant, write.dataset)
        raise NotFound.among(f"branch of {write.dataset}", write.branch, known)


def _quarantine(context: Context, made: Made) -> list[str | None]:
    return [
        quarantine.keep(context.blobs, made.numbers.rev(index), part.origin.uri, rejected)
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
        "created_at": at,
        "created_by": context.actor,
    }


def _put_batches(connection: Connection, context: Context, candidate: Candidate) -> list[Fact]:
    number = candidate.number
    facts: list[Fact] = []
    for index, part in enumerate(candidate.parts):
        rid_lo, rid_hi = candidate.staged.minted[index]
        row = {
            "rev": candidate.numbers.rev(index),
            "dataset": candidate.write.dataset,
            "number": number,
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
        }
        queries.put_batch(connection, context.tenant, row)
        _put_quarantined(connection, context, candidate, index)
        if part.origin.kind == "ingest":
            facts.append(_batch_fact(part, row))
    if candidate.derivation is not None:
        _put_derivation(connection, context, candidate, candidate.derivation)
    return facts


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
    connection.execute(insert(derivations).values(row))


def _batch_fact(part: Part, row: dict[str, Any]) -> Fact:
    payload = {name: row[name] for name in ("rev", "dataset", "number", "n_rows", "n_quarantined")}
    payload["object"] = part.origin.digest
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
            "reasons": _reasons(candidate.rejected),
        }
        facts.append(Fact(kind="rows_quarantined", subject=candidate.subject, payload=payload))
    facts += [
        Fact(kind="gate_noticed", subject=candidate.subject, payload={"fact": fact})
        for fact in candidate.facts
    ]
    return facts


def _reasons(rejected: list[tuple[Rejected, ...]]) -> dict[str, int]:
    """Count reasons by their name; what follows the colon may hold what the row held."""
    counts: dict[str, int] = {}
    for row in (row for part in rejected for row in part):
        name = row.reason.split(":", 1)[0]
        counts[name] = counts.get(name, 0) + 1
    return counts
