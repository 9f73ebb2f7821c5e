"""Removes what predictions held when the time is over for which their deployment keeps it.

Input, output and extra are blanked in the files of the log, which keep their names, as an erasure
does it; ids, rows, times, counts and cost stay, so that a blast finds what it found before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Conflict, NotFound
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.serve import queries
from headgate.serve.capturing.applying import MARK, PAYLOAD
from headgate.serve.deployments import get_deployment
from headgate.serve.nouns import ExpirePredictions, ExpiryLine, ExpiryReport
from headgate.serve.reading import micros
from headgate.serve.schema import SCHEMA, whole
from headgate.serve.sealing import LAYOUT, USER
from headgate.spine.signing import sign
from headgate.spine.store.erasing import erasures
from headgate.spine.store.erasing.blanking import Replacement, blanked
from headgate.spine.store.erasing.scrubbing import overwrite
from headgate.spine.store.queries import ERASURES, counted
from headgate.spine.store.sealed import parquet_settings, read_sealed
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Collection

    from headgate.serve.nouns import CapturePolicy
    from headgate.serve.queries import Count
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

_NOT: Any = pa.scalar(value=False)
KEPT = (*(name for name in SCHEMA.names if name not in PAYLOAD), USER)


class Due(NamedTuple):
    """What has to go: for each file the positions, and how many of each deployment.

    Args:
        positions: by the key of the file, each shape (n,), ascending.
        lines: by deployment.
        n_erasures: erasures that were named when this was found.
    """

    positions: dict[str, I64]
    lines: tuple[ExpiryLine, ...]
    n_erasures: int


def expire(context: Context, request: ExpirePredictions) -> ExpiryReport:
    """Find what has outlived its time, and remove it if asked to.

    Raises:
        NotFound: there is no such deployment, or it keeps all for ever.
        Conflict: others kept erasing or merging meanwhile.
    """
    erasures.finish(context)
    due = _due(context, request.deployment)
    n = sum(line.n_expired for line in due.lines)
    if not request.apply or not n:
        return ExpiryReport(is_applied=request.apply, n_expired=n, deployments=due.lines)
    staged = [_blanked(context, blob, places) for blob, places in due.positions.items()]
    context.blobs.settle()
    _publish(context, due, staged)
    erasures.finish(context)
    return ExpiryReport(is_applied=True, n_expired=n, deployments=due.lines)


def _due(context: Context, deployment: str | None) -> Due:
    moment = now()
    with context.catalog.read() as connection:
        policies = queries.capture_policies(connection, context.tenant)
        counts = queries.count_rows(connection, context.tenant, deployment=deployment)
        blobs = {row.segment: row.blob for row in queries.segment_rows(connection, context.tenant)}
        n_erasures = counted(connection, context.tenant, ERASURES)
    ends = {name: end for name, one in policies.items() if (end := _end(one, moment))}
    if deployment is not None:
        _check_expires(context, deployment, ends)
    found: dict[str, list[I64]] = {}
    sums: dict[str, int] = dict.fromkeys(ends, 0) if deployment is None else {deployment: 0}
    for count in counts:
        if count.deployment in ends and count.at_lo < ends[count.deployment]:
            places = _expired(context, blobs[count.segment], count, ends[count.deployment])
            sums[count.deployment] += len(places)
            if len(places):
                found.setdefault(blobs[count.segment], []).append(places)
    lines = tuple(ExpiryLine(name, ends[name], n) for name, n in sorted(sums.items()))
    positions = {blob: np.sort(np.concatenate(parts)) for blob, parts in found.items()}
    return Due(positions, lines, n_erasures)


def _check_expires(context: Context, deployment: str, ends: Collection[str]) -> None:
    with context.catalog.read() as connection:
        get_deployment(connection, context.tenant, deployment)
    if deployment not in ends:
        raise NotFound(
            f"deployment {deployment!r} has no time after which inputs and outputs go",
            mend=f"set one: headgate deployment capture {deployment} full --ttl 30d",
        )


def _end(policy: CapturePolicy, moment: datetime) -> datetime | None:
    return None if policy.ttl_s is None else moment - timedelta(seconds=policy.ttl_s)


def _expired(context: Context, blob: str, count: Count, before: datetime) -> I64:
    """Return the positions of what was made before a moment and still holds something."""
    span = (count.position, count.position + count.n_rows)
    table = read_sealed(context.blobs, blob, ["at", *PAYLOAD], ranges=[span])
    holds = np.zeros(table.num_rows, np.bool_)
    for name in PAYLOAD:
        holds |= np.asarray(pc.not_equal(whole(table, name), pa.scalar(MARK)).fill_null(_NOT))
    at = np.asarray(whole(table, "at").cast("int64"), np.int64)
    return np.flatnonzero(holds & (at < micros(before))) + count.position


def _blanked(context: Context, blob: str, positions: I64) -> Replacement:
    return blanked(
        context.blobs,
        blob,
        positions,
        layout=lambda table: parquet_settings(table.schema, LAYOUT),
        keep=KEPT,
    )


def _publish(context: Context, due: Due, staged: list[Replacement]) -> None:
    """Name the files that are to be replaced, unless others changed the log meanwhile."""
    with Work(context) as work:
        connection = work.connection
        overwrite(connection)
        named = {row.blob for row in queries.segment_rows(connection, context.tenant)}
        is_moved = counted(connection, context.tenant, ERASURES) != due.n_erasures
        if is_moved or not set(due.positions) <= named:
            raise Conflict("the log was erased from or merged meanwhile", mend="try again")
        work.require(*(one.staged for one in staged))
        receipt_id = mint("expiry")
        content: dict[str, object] = {
            "receipt_id": receipt_id,
            "deployments": msgspec.to_builtins(due.lines),
            "expired_by": context.actor,
        }
        signed = sign(context.opened.home, content)
        kept = erasures.Kept(
            receipt_id=receipt_id,
            dataset=erasures.EXPIRY,
            state=erasures.APPLYING,
            receipt=msgspec.json.encode(content).decode(),
            signature=signed.signature,
            erased_at=now(),
            erased_by=context.actor,
        )
        erasures.put(connection, context.tenant, kept)
        erasures.put_replacements(connection, context.tenant, receipt_id, staged, [])
        for line in due.lines:
            queries.mark_expired(connection, context.tenant, line.deployment, line.before)
            payload: dict[str, object] = {"receipt": receipt_id, "n_expired": line.n_expired}
            work.record("predictions_expired", f"deployment:{line.deployment}", payload)
