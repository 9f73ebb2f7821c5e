"""The SQL of serving: every function takes a connection and the tenant, and returns plain nouns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import and_, delete, desc, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from headgate.serve.capturing.sketches import Key, Sketch
from headgate.serve.nouns import CapturePolicy, Deployment, Feedback, Move, Release
from headgate.serve.tables import capture_policies as policies
from headgate.serve.tables import (
    capture_sketches,
    deployment_moves,
    deployments,
    feedback,
    prediction_counts,
    prediction_segments,
    releases,
    serve_salts,
)
from headgate.spine.store.chunks import chunks
from headgate.spine.store.moments import take_moment
from headgate.spine.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, RowMapping


FIELD_SIGNS = 200
"""Signs of a field's name that are kept with its counts [count]."""
_WRITTEN = "%Y-%m-%d %H:%M:%S"
"""How SQLite keeps a moment; Arrow writes its microseconds with the seconds."""
_ADD_FEEDBACK = {
    "sqlite": Prepared(sqlite.insert(feedback).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(feedback).on_conflict_do_nothing()),
}


class Segment(msgspec.Struct, frozen=True):
    """A sealed part of the prediction log: its files, rows, span of time and size [bytes]."""

    segment: str
    blob: str
    refs: str | None
    ids: str
    n_rows: int
    at_lo: datetime
    at_hi: datetime
    n_bytes: int


class Count(msgspec.Struct, frozen=True):
    """Neighbouring rows of a segment that one release and deployment made.

    Args:
        release_id: the release; empty if none is known.
        deployment: the deployment; empty if none is known.
        position: where in the segment the first row stands [count from 0].
        n_rows: how many there are.
        n_with_rows: how many of them name the rows they were made from.
        at_lo: when the first of them was made.
        at_hi: when the last of them was made.
    """

    segment: str
    release_id: str
    deployment: str
    position: int
    n_rows: int
    n_with_rows: int
    at_lo: datetime
    at_hi: datetime


def put_release(connection: Connection, tenant: str, release: Release) -> None:
    """Add a release."""
    row = {name: getattr(release, name) for name in Release.__struct_fields__}
    row["tools"] = msgspec.json.encode(release.tools).decode()
    row["parameters"] = msgspec.json.encode(release.parameters).decode()
    connection.execute(insert(releases).values(tenant=tenant, **row))


def last_number(connection: Connection, tenant: str, name: str) -> int:
    """Return the number of the newest release under a name, 0 if there is none."""
    query = select(func.max(releases.c.number)).where(
        releases.c.tenant == tenant, releases.c.name == name
    )
    return connection.execute(query).scalar() or 0


def release_rows(
    connection: Connection, tenant: str, name: str | None = None, *, limit: int | None = None
) -> list[Release]:
    """List releases, the newest first; of every name if none is given."""
    query = select(releases).where(releases.c.tenant == tenant)
    if name is not None:
        query = query.where(releases.c.name == name)
    query = query.order_by(desc(releases.c.created_at), releases.c.name, desc(releases.c.number))
    return [_release(row) for row in connection.execute(query.limit(limit)).mappings()]


def find_release(connection: Connection, tenant: str, release_id: str) -> Release | None:
    """Return one release."""
    query = select(releases).where(releases.c.tenant == tenant, releases.c.release_id == release_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _release(row)


def release_ids(connection: Connection, tenant: str) -> list[str]:
    """List the ids of all releases."""
    query = select(releases.c.release_id).where(releases.c.tenant == tenant)
    return list(connection.execute(query).scalars())


def put_deployment(connection: Connection, tenant: str, deployment: Deployment) -> None:
    """Add a deployment."""
    connection.execute(
        insert(deployments).values(
            tenant=tenant,
            name=deployment.name,
            release_id=deployment.release,
            moved_at=deployment.moved_at,
            moved_by=deployment.moved_by,
        )
    )


def point(connection: Connection, tenant: str, name: str, move: Move) -> None:
    """Write a move and let the deployment point where it ends."""
    row = {field: getattr(move, field) for field in Move.__struct_fields__}
    connection.execute(insert(deployment_moves).values(tenant=tenant, deployment=name, **row))
    connection.execute(
        update(deployments)
        .where(deployments.c.tenant == tenant, deployments.c.name == name)
        .values(release_id=move.to_release, moved_at=move.at, moved_by=move.actor)
    )


def deployment_rows(
    connection: Connection, tenant: str, release_id: str | None = None
) -> list[Deployment]:
    """List deployments by name, without their moves; those of one release if it is given."""
    query = select(deployments).where(deployments.c.tenant == tenant).order_by(deployments.c.name)
    if release_id is not None:
        query = query.where(deployments.c.release_id == release_id)
    return [
        Deployment(
            name=row["name"],
            release=row["release_id"],
            moved_at=row["moved_at"],
            moved_by=row["moved_by"],
        )
        for row in connection.execute(query).mappings()
    ]


def find_deployment(
    connection: Connection, tenant: str, name: str, *, lock: bool = False
) -> Deployment | None:
    """Return one deployment with its moves; locked against other writers if asked for."""
    query = select(deployments).where(deployments.c.tenant == tenant, deployments.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        return None
    return Deployment(
        name=row["name"],
        release=row["release_id"],
        moved_at=row["moved_at"],
        moved_by=row["moved_by"],
        moves=tuple(moves_of(connection, tenant, [name]).get(name, [])),
    )


def moves_of(connection: Connection, tenant: str, names: Iterable[str]) -> dict[str, list[Move]]:
    """Return the moves of some deployments, the oldest first."""
    found: dict[str, list[Move]] = {}
    for part in _parts(names):
        query = (
            select(deployment_moves)
            .where(
                deployment_moves.c.tenant == tenant,
                deployment_moves.c.deployment.in_(part),
            )
            .order_by(deployment_moves.c.deployment, deployment_moves.c.position)
        )
        for row in connection.execute(query).mappings():
            move = Move(**{field: row[field] for field in Move.__struct_fields__})
            found.setdefault(row["deployment"], []).append(move)
    return found


def put_segment(
    connection: Connection, tenant: str, segment: Segment, counts: Sequence[Count]
) -> None:
    """Add a segment of the prediction log and what is counted of it."""
    row = {name: getattr(segment, name) for name in Segment.__struct_fields__}
    connection.execute(insert(prediction_segments).values(tenant=tenant, **row))
    rows = [
        {"tenant": tenant, **{name: getattr(count, name) for name in Count.__struct_fields__}}
        for count in counts
    ]
    connection.execute(insert(prediction_counts), rows)


def drop_segments(connection: Connection, tenant: str, names: Sequence[str]) -> None:
    """Forget segments whose rows stand in another one now."""
    for table in (prediction_counts, prediction_segments):
        connection.execute(
            delete(table).where(table.c.tenant == tenant, table.c.segment.in_(names))
        )


def segment_rows(connection: Connection, tenant: str, *, below: int | None = None) -> list[Segment]:
    """List segments; only those of fewer than `below` rows if it is given."""
    query = select(prediction_segments).where(prediction_segments.c.tenant == tenant)
    if below is not None:
        query = query.where(prediction_segments.c.n_rows < below)
    query = query.order_by(prediction_segments.c.segment)
    return [
        Segment(**{name: row[name] for name in Segment.__struct_fields__})
        for row in connection.execute(query).mappings()
    ]


def count_rows(
    connection: Connection,
    tenant: str,
    *,
    release_id: str | None = None,
    deployment: str | None = None,
) -> list[Count]:
    """List what is counted of the log, by segment and position; of one maker if it is given."""
    query = select(prediction_counts).where(prediction_counts.c.tenant == tenant)
    if release_id is not None:
        query = query.where(prediction_counts.c.release_id == release_id)
    if deployment is not None:
        query = query.where(prediction_counts.c.deployment == deployment)
    query = query.order_by(prediction_counts.c.segment, prediction_counts.c.position)
    return [
        Count(**{name: row[name] for name in Count.__struct_fields__})
        for row in connection.execute(query).mappings()
    ]


def put_feedback(connection: Connection, tenant: str, given: Feedback) -> None:
    """Add feedback."""
    row = {name: getattr(given, name) for name in Feedback.__struct_fields__}
    row["value"] = msgspec.json.encode(given.value).decode()
    received = take_moment(connection, tenant)
    connection.execute(insert(feedback).values(tenant=tenant, received_at=received, **row))


def put_feedback_rows(connection: Connection, tenant: str, rows: pa.Table) -> None:
    """Add feedback, at least one; what is kept already by its id stays as it is.

    Args:
        connection: a transaction that writes.
        tenant: whose.
        rows: the columns of the table but the tenant; `value` is JSON text.
    """
    name = connection.dialect.name
    columns: list[list[Any]] = [[tenant] * rows.num_rows]
    for column in rows.columns:
        is_written = name == "sqlite" and pa.types.is_timestamp(column.type)
        columns.append((pc.strftime(column, _WRITTEN) if is_written else column).to_pylist())
    names = ("tenant", *rows.column_names)
    _ADD_FEEDBACK[name].run_plain(connection, names, zip(*columns, strict=True))


def count_feedback(connection: Connection, tenant: str) -> int:
    """Count all feedback."""
    query = select(func.count()).where(feedback.c.tenant == tenant)
    return connection.execute(query).scalar() or 0


def feedback_rows(
    connection: Connection,
    tenant: str,
    *,
    prediction_id: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> list[Feedback]:
    """List feedback, the newest first."""
    query = select(feedback).where(feedback.c.tenant == tenant)
    if prediction_id is not None:
        query = query.where(feedback.c.prediction_id == prediction_id)
    if kind is not None:
        query = query.where(feedback.c.kind == kind)
    query = query.order_by(desc(feedback.c.at), desc(feedback.c.feedback_id)).limit(limit)
    found: list[Feedback] = []
    for row in connection.execute(query).mappings():
        values: dict[str, Any] = {name: row[name] for name in Feedback.__struct_fields__}
        found.append(Feedback(**(values | {"value": _value(row["value"])})))
    return found


def count_truths(connection: Connection, tenant: str, kinds: Sequence[str]) -> int:
    """Count the feedback of some kinds."""
    query = select(func.count()).where(feedback.c.tenant == tenant, feedback.c.kind.in_(kinds))
    return connection.execute(query).scalar() or 0


def truths(
    connection: Connection, tenant: str, kinds: Sequence[str], ids: Sequence[str] | None = None
) -> list[tuple[str, str, datetime]]:
    """List feedback of some kinds as prediction, JSON and time, the newest first.

    Args:
        connection: a transaction.
        tenant: whose.
        kinds: which.
        ids: on these predictions; on all if not given.
    """
    query = (
        select(feedback.c.prediction_id, feedback.c.value, feedback.c.at)
        .where(feedback.c.tenant == tenant, feedback.c.kind.in_(kinds))
        .order_by(desc(feedback.c.at), desc(feedback.c.feedback_id))
    )
    parts = [None] if ids is None else _parts(ids)
    return [
        (row[0], row[1], row[2])
        for part in parts
        for row in connection.execute(
            query if part is None else query.where(feedback.c.prediction_id.in_(part))
        )
    ]


def truths_received(
    connection: Connection, tenant: str, kinds: Sequence[str], after: datetime
) -> list[str]:
    """List the predictions on which feedback of some kinds was received after a moment."""
    came = feedback.c.received_at
    query = select(feedback.c.prediction_id).where(
        feedback.c.tenant == tenant,
        feedback.c.kind.in_(kinds),
        or_(came > after, and_(came.is_(None), feedback.c.at > after)),
    )
    return list(connection.execute(query.distinct()).scalars())


def capture_policies(connection: Connection, tenant: str) -> dict[str, CapturePolicy]:
    """Return what is captured of each deployment of which something was decided."""
    query = select(policies).where(policies.c.tenant == tenant).order_by(policies.c.deployment)
    names = [name for name in CapturePolicy.__struct_fields__ if name in policies.c]
    found: dict[str, CapturePolicy] = {}
    for row in connection.execute(query).mappings():
        values: dict[str, Any] = {name: row[name] for name in names}
        values["fields"] = tuple(msgspec.json.decode(row["fields"]))
        found[row["deployment"]] = CapturePolicy(**values)
    return found


def put_capture_policy(connection: Connection, tenant: str, policy: CapturePolicy) -> None:
    """Keep what is captured of a deployment, in place of what was decided before."""
    own = (policies.c.tenant == tenant, policies.c.deployment == policy.deployment)
    connection.execute(delete(policies).where(*own))
    held = msgspec.structs.asdict(policy)
    row = {name: value for name, value in held.items() if name in policies.c}
    row["fields"] = msgspec.json.encode(policy.fields).decode()
    connection.execute(insert(policies).values(tenant=tenant, **row))


def mark_expired(connection: Connection, tenant: str, deployment: str, before: datetime) -> None:
    """Note up to when a deployment's inputs and outputs were removed."""
    own = (policies.c.tenant == tenant, policies.c.deployment == deployment)
    connection.execute(update(policies).where(*own).values(expired_before=before))


def add_sketches(connection: Connection, tenant: str, sketches: dict[Key, Sketch]) -> None:
    """Add counts to those that are kept for the same hours and fields."""
    for (deployment, since, field), sketch in sketches.items():
        own = (
            capture_sketches.c.tenant == tenant,
            capture_sketches.c.deployment == deployment,
            capture_sketches.c.since == since,
            capture_sketches.c.field == field[:FIELD_SIGNS],
        )
        kept = connection.execute(select(capture_sketches.c.sketch).where(*own)).scalar()
        whole = sketch if kept is None else sketch + msgspec.json.decode(kept, type=Sketch)
        row = {"sketch": msgspec.json.encode(whole).decode()}
        if kept is not None:
            connection.execute(update(capture_sketches).where(*own).values(**row))
            continue
        row |= {"tenant": tenant, "deployment": deployment, "field": field[:FIELD_SIGNS]}
        connection.execute(insert(capture_sketches).values(since=since, **row))


def sketch_rows(
    connection: Connection, tenant: str, deployment: str
) -> list[tuple[datetime, str, Sketch]]:
    """List a deployment's counts by hour and field."""
    query = (
        select(capture_sketches.c.since, capture_sketches.c.field, capture_sketches.c.sketch)
        .where(capture_sketches.c.tenant == tenant, capture_sketches.c.deployment == deployment)
        .order_by(capture_sketches.c.since, capture_sketches.c.field)
    )
    return [
        (row[0], row[1], msgspec.json.decode(row[2], type=Sketch))
        for row in connection.execute(query)
    ]


def find_salt(connection: Connection, tenant: str, purpose: str) -> bytes | None:
    """Return the project's salt for a purpose."""
    query = select(serve_salts.c.salt).where(
        serve_salts.c.tenant == tenant, serve_salts.c.purpose == purpose
    )
    return connection.execute(query).scalar()


def put_salt(connection: Connection, tenant: str, purpose: str, salt: bytes) -> None:
    """Keep a salt."""
    connection.execute(insert(serve_salts).values(tenant=tenant, purpose=purpose, salt=salt))


def _value(text: str) -> Any:
    """Read a judgment; where an erasure took words out of a number, what is left is text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _parts(values: Iterable[str]) -> list[Collection[str]]:
    return list(chunks(sorted(set(values))))


def _release(row: RowMapping) -> Release:
    values = {name: row[name] for name in Release.__struct_fields__}
    values["tools"] = tuple(msgspec.json.decode(row["tools"]))
    values["parameters"] = msgspec.json.decode(row["parameters"])
    return Release(**values)
