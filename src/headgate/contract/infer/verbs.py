"""Learns a contract from a dataset of the project, and writes it where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.contract.exchange.verbs import write_whole
from headgate.contract.infer.history import GROWING
from headgate.contract.infer.proposing import Source, propose
from headgate.contract.odcs.files import place_of
from headgate.contract.requests import InferReport, Proposed
from headgate.contract.service.history import history_of
from headgate.contract.service.measuring import promised
from headgate.core.errors import Conflict
from headgate.spine.store import queries
from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from headgate.contract.infer.proposing import Proposal
    from headgate.contract.odcs.nouns import Level
    from headgate.contract.requests import InferRequest
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

EARLIER = 3
"""Snapshots before whose values are looked at, too [count]."""
HISTORY = 200
"""Snapshots whose number of rows counts [count]."""


def infer(context: Context, request: InferRequest) -> InferReport:
    """Propose a contract for a snapshot, and write it if that is wanted.

    Raises:
        NotFound: there is no such dataset or snapshot.
        Invalid: the name cannot name a contract.
        Conflict: it is to be written, and there is a contract of that name.
    """
    snapshot = find_snapshot(context, request.dataset, request.at)
    place = place_of(context.root, request.name or snapshot.dataset)
    if request.write and place.exists() and not request.replace:
        raise Conflict(
            f"there is a contract {place.stem} already", mend="add --replace, or another --name"
        )
    history = list(_history(context, snapshot))
    proposal = propose(_source(context, history, place.stem), context.registry)
    if request.write:
        place.parent.mkdir(exist_ok=True)
        write_whole(place, proposal.text)
    path = str(place.relative_to(context.root)) if request.write else None
    return _report(snapshot, history, proposal, place, path)


def _report(
    snapshot: Snapshot,
    history: Sequence[Snapshot],
    proposal: Proposal,
    place: Path,
    path: str | None,
) -> InferReport:
    clauses = (
        Proposed(one.column or "", one.name, one.said, one.reason) for one in proposal.clauses
    )
    return InferReport(
        dataset=f"{snapshot.dataset}@{snapshot.number}",
        name=place.stem,
        path=path,
        n_rows=proposal.n_rows,
        n_snapshots=len(history),
        clauses=tuple(clauses),
        service_levels=tuple(map(_level, proposal.contract.sla_properties)),
        broken=tuple(proposal.broken),
        text=proposal.text,
    )


def _level(level: Level) -> Proposed:
    return Proposed("", level.property, promised(level), level.description)


def _history(context: Context, snapshot: Snapshot) -> Iterator[Snapshot]:
    """Yield the snapshot and those it follows, the newest first; those that only tidied are not."""
    with context.catalog.read() as connection:
        found = queries.version_rows(connection, context.tenant, snapshot.dataset, limit=HISTORY)
    known = {one.number: one for one in found}
    one: Snapshot | None = snapshot
    while one is not None:
        if one is snapshot or one.kind in GROWING:
            yield one
        one = None if one.parent is None else known.get(one.parent)


def _source(context: Context, history: Sequence[Snapshot], name: str) -> Source:
    newest, *rest = history
    before = [one for one in rest if one.expired_at is None][:EARLIER]
    manifest = manifest_of(context, newest)
    return Source(
        name=name,
        rows=_rows(context, manifest),
        key=manifest.key,
        snapshots=history,
        earlier=[_rows(context, manifest_of(context, one)) for one in before],
        history=history_of(context, newest),
    )


def _rows(context: Context, manifest: Manifest) -> Any:
    return live_dataset(context.blobs, manifest.segments, target_of(manifest, own=[RID]))
