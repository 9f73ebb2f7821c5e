"""Takes objects of a source into a dataset: read, name by digest, commit as one snapshot."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.core.nouns import Snapshot
from headgate.core.plugins import LINE, UNTYPED, Reading, SourceObject
from headgate.core.refs import check_name
from headgate.core.times import now, parse
from headgate.ingest import queries
from headgate.ingest.connectors.debezium import KEY
from headgate.ingest.holding import is_held, refuse_replacing, set_aside
from headgate.ingest.objects import Located, is_by_content, locate, with_digest
from headgate.ingest.raw import raw_text
from headgate.ingest.requests import IngestReport, IngestRequest, SourceRecord
from headgate.ingest.rereading import way_of
from headgate.ingest.settings import all_of, typed
from headgate.spine.context import Context, Step
from headgate.spine.store.canonical import canonical, content_digest
from headgate.spine.store.snapshots import find_snapshot
from headgate.spine.work import Place, Work
from headgate.spine.writes import REPLACING, Mode, Origin, Part, Write

Read = Callable[[str], list[Reading]]
KEPT = frozenset({UNTYPED, KEY})
"""Schema metadata of a connector that goes with the rows."""


@dataclass(frozen=True)
class Deed:
    """One call, with every choice made.

    Args:
        settings: what the connector reads by.
        is_by_change: its records tell what became of rows, and are no rows.
    """

    context: Context
    dataset: str
    branch: str
    source: str
    mode: Mode
    key: tuple[str, ...]
    arrived_at: datetime
    located: Located
    read: Read
    settings: Mapping[str, Any]
    is_by_change: bool = False


@dataclass
class Offer:
    """What was found in the objects: parts to write, and what was left out.

    Args:
        parts: one for each object that goes in.
        taken: addresses of objects that the dataset has already.
        empty: addresses of objects without a record.
        told: what was done with them, in words.
    """

    parts: list[Part] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def take(context: Context, request: IngestRequest) -> IngestReport:
    """Take what an address offers into a dataset, as one snapshot.

    Raises:
        NotFound: nothing is there, or a connector, a setting or a key column is not.
        Invalid: an object is not what it claims to be; nothing is changed then.
        Conflict: the source is held, and what comes so cannot wait in quarantine.
    """
    deed = _decided(context, request)
    with Work(context) as work:
        offer = _offered(deed, work)
        if is_held(context, deed.source):
            refuse_replacing(deed.source, deed.mode, is_by_change=deed.is_by_change)
            offer.parts = [set_aside(part, deed.source) for part in offer.parts]
        if not offer.parts:
            return _report(deed, offer, _unchanged(deed, request.uri), work)
        _refuse_formless(offer.parts, request.uri)
        write = Write(
            dataset=deed.dataset,
            mode=deed.mode,
            key=deed.key,
            message=request.message,
            branch=deed.branch,
            where=request.where,
        )
        snapshot = _landed(deed, work, write, offer)
        _register(deed, work, request)
        return _report(deed, offer, snapshot, work)


def _landed(deed: Deed, work: Work, write: Write, offer: Offer) -> Snapshot:
    if not deed.is_by_change:
        return work.write(write, offer.parts)
    from headgate.ingest.changes import land

    snapshot, told = land(deed.context, work, write, offer.parts)
    offer.told += told
    return snapshot


def _decided(context: Context, request: IngestRequest) -> Deed:
    located = locate(context, request.uri, request.connector, request.settings)
    connector = located.connector
    function = context.registry.load("connectors", connector)
    settings = typed(connector, function, request.settings)
    is_upsert = request.mode in {None, "upsert"}
    is_by_path = connector == "files" and is_upsert
    is_by_change = connector == "debezium" and is_upsert
    return Deed(
        context=context,
        dataset=check_name("dataset", request.dataset),
        branch=request.branch,
        source=check_name("source", request.source or request.dataset),
        mode=request.mode or ("upsert" if is_by_path or is_by_change else "append"),
        key=request.key or (("path",) if is_by_path else ()),
        arrived_at=parse(request.at) if request.at else now(),
        located=located,
        read=lambda path: list(function(path, **settings)),
        settings=all_of(function, settings),
        is_by_change=is_by_change,
    )


def _offered(deed: Deed, work: Work) -> Offer:
    """Read the objects that the dataset does not have yet."""
    offer = Offer()
    objects = deed.located.objects
    known = _known(deed, work, [each.digest for each in objects])
    total = sum(each.n_bytes for each in objects)
    done = 0
    for offered in objects:
        deed.context.progress(Step("reading", done, total, "bytes"))
        done += offered.n_bytes
        if offered.digest in known:
            offer.taken.append(offered.uri)
            continue
        part = _part(deed, offered)
        if part is None:
            offer.empty.append(offered.uri)
            continue
        digest = part.origin.digest or ""
        if digest in known or digest in _known(deed, work, [digest]):
            offer.taken.append(offered.uri)
            continue
        known.add(digest)
        offer.parts.append(part)
    deed.context.progress(Step("reading", done, total, "bytes"))
    return offer


def _known(deed: Deed, work: Work, digests: list[str]) -> set[str]:
    """Return the digests taken before; none counts when the dataset is to be replaced."""
    place = Place(deed.dataset, deed.branch)
    return set() if deed.mode in REPLACING else work.taken(place, digests)


def _part(deed: Deed, offered: SourceObject) -> Part | None:
    readings = deed.read(offered.path)
    if not readings:
        return None
    rows = _joined(readings, offered.uri)
    rejected = tuple(one for reading in readings for one in reading.rejected)
    connector = deed.located.connector
    if is_by_content(connector, offered.path):
        offered = with_digest(offered, connector, _content(rows, connector))
    origin = Origin(
        kind="ingest",
        arrived_at=deed.arrived_at,
        source=deed.source,
        uri=offered.uri,
        digest=offered.digest,
    )
    raw = raw_text(offered.path, rows, rejected)
    kept = {name: rows.schema.metadata[name] for name in rows.schema.metadata or () if name in KEPT}
    return Part(
        rows=rows.replace_schema_metadata(kept or None),
        origin=origin,
        rejected=rejected,
        raw=raw,
        way=way_of(connector, deed.settings, rows),
    )


def _joined(readings: list[Reading], uri: str) -> pa.Table:
    try:
        return pa.concat_tables(
            [reading.rows for reading in readings], promote_options="permissive"
        )
    except pa.ArrowException as error:
        raise Invalid(
            f"the parts of {uri} do not fit into one table: {error}",
            mend="mend the connector: all its readings of one object have the same columns",
        ) from error


def _content(rows: pa.Table, connector: str) -> str:
    """Name rows by their content; files by their paths and digests alone."""
    names = [name for name in rows.column_names if name != LINE]
    if connector == "files":
        names = ["path", "digest"]
    return content_digest(canonical(rows.select(names)))


def _refuse_formless(parts: list[Part], uri: str) -> None:
    """Refuse objects of which no record has a column."""
    if any(name != LINE for part in parts for name in part.rows.column_names):
        return
    rejected = [one for part in parts for one in part.rejected]
    first = f", the first in line {rejected[0].line}: {rejected[0].reason}" if rejected else ""
    raise Invalid(
        f"{uri} gives no column; {len(rejected)} records were rejected{first}",
        mend="check the file, or name another --connector",
    )


def _unchanged(deed: Deed, uri: str) -> Snapshot:
    try:
        snapshot = find_snapshot(deed.context, deed.dataset, deed.branch)
    except NotFound as error:
        raise Invalid(f"{uri} is empty", mend="name an object that holds records") from error
    return msgspec.structs.replace(snapshot, is_new=False)


def _register(deed: Deed, work: Work, request: IngestRequest) -> None:
    """Make a new source known, or name its new owner."""
    tenant = deed.context.tenant
    subject = f"source:{deed.source}"
    known = queries.find_source(work.connection, tenant, deed.source)
    if known is None:
        record = SourceRecord(
            name=deed.source,
            owner=request.owner,
            connector=deed.located.connector,
            uri=deed.located.uri,
            settings=msgspec.json.encode(request.settings).decode(),
        )
        queries.put_source(work.connection, tenant, record)
        work.record("source_registered", subject, {"connector": record.connector})
    elif request.owner and request.owner != known.owner:
        queries.set_owner(work.connection, tenant, deed.source, request.owner)
        digest = blake3(request.owner.encode()).hexdigest()
        work.record("source_owner_changed", subject, {"owner_digest": digest})


def _report(deed: Deed, offer: Offer, snapshot: Snapshot, work: Work) -> IngestReport:
    reasons = [one.reason for rejected in work.rejected for one in rejected]
    n_read = sum(part.rows.num_rows + len(part.rejected) for part in offer.parts)
    facts = [deed.located.fact, *(f"{uri} was taken before" for uri in offer.taken)]
    facts += [*(f"{uri} is empty" for uri in offer.empty), *offer.told, *work.noticed]
    return IngestReport(
        dataset=deed.dataset,
        source=deed.source,
        snapshot=snapshot,
        n_objects=len(deed.located.objects),
        n_objects_skipped=len(offer.taken) + len(offer.empty),
        n_read=n_read,
        n_taken=n_read - len(reasons),
        n_quarantined=len(reasons),
        reasons=dict(Counter(reason.split(":", 1)[0] for reason in reasons)),
        facts=[fact for fact in facts if fact],
    )
