"""Takes feedback in bulk, such as labels that became known in a night; done twice, it is done once.

Feedback that bears no id of its own is known by its content: prediction, kind, time and value,
hashed with the project's salt so that the id tells nothing of the value. Where a row says no time,
the time is not part of that, so that the same file may come again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.core.times import now
from headgate.serve import queries
from headgate.serve.cast import as_json, as_moments, as_text, without_nan
from headgate.serve.ids import hash_ids, known_ids
from headgate.serve.judgments import KINDS, THUMBS
from headgate.serve.nouns import FeedbackReport, LogFeedback
from headgate.serve.salts import salt_for
from headgate.serve.schema import plain, whole
from headgate.spine.store.moments import take_moment
from headgate.spine.work import Work

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.spine.context import Context

COLUMNS = ("prediction_id", "kind", "value", "at", "actor")
_AT_ONCE = 50_000
_SHOWN = 10
"""Unknown predictions that a report names [count]."""
_ID_BYTES = 15


class Given(NamedTuple):
    """Feedback as it came: an array of shape (n,) for each column."""

    prediction_id: Any
    kind: Any
    value: Any
    at: Any
    actor: Any


def log_feedback(context: Context, request: LogFeedback, rows: pa.Table) -> FeedbackReport:
    """Keep feedback on many predictions; what is kept already is skipped.

    Feedback on a prediction that is not in the log is kept too, for it may come before the
    prediction does; it is counted and the first are named.

    Raises:
        Invalid: a column is missing, unknown or of the wrong type, or a value is missing.
    """
    given = _fitted(context, rows, request)
    unknown = _unknown(context, given.prediction_id)
    salt = salt_for(context, "feedback")
    n_given = len(given.value)
    with Work(context) as work:
        before = queries.count_feedback(work.connection, context.tenant)
        received = take_moment(work.connection, context.tenant)
        for start in range(0, n_given, _AT_ONCE):
            part = Given(*(column.slice(start, _AT_ONCE) for column in given))
            kept = _rows(part, salt, received)
            queries.put_feedback_rows(work.connection, context.tenant, kept)
        n_logged = queries.count_feedback(work.connection, context.tenant) - before
        if n_given:
            payload: dict[str, object] = {"n_logged": n_logged, "n_given": n_given}
            work.record("feedback_logged", "predictions:-", payload)
    return FeedbackReport(
        n_logged=n_logged,
        n_skipped=n_given - n_logged,
        n_unknown=len(unknown),
        unknown=tuple(unknown[:_SHOWN].to_pylist()),
    )


def _fitted(context: Context, rows: pa.Table, request: LogFeedback) -> Given:
    for name in rows.column_names:
        if name not in COLUMNS:
            raise NotFound.among("column of feedback", name, COLUMNS)
    if len(set(rows.column_names)) < rows.num_columns:
        raise Invalid("two columns of the feedback bear one name", mend="leave one of them out")
    for name in ("prediction_id", "value"):
        if name not in rows.column_names:
            raise Invalid(
                f"the feedback has no column {name!r}",
                mend="give prediction_id and value; kind, at and actor may be left out",
            )
    rows = plain(rows)
    given = Given(
        prediction_id=as_text("prediction_id", whole(rows, "prediction_id")),
        kind=_column(rows, "kind").fill_null(request.kind),
        value=as_json(without_nan(whole(rows, "value"))),
        at=as_moments("at", whole(rows, "at")) if _has(rows, "at") else _moments(rows),
        actor=_column(rows, "actor").fill_null(context.actor),
    )
    _check(given)
    return given


def _check(given: Given) -> None:
    _check_texts(given)
    is_known: Any = pc.is_in(given.kind, value_set=pa.array(KINDS))
    row = pc.index(is_known, pa.scalar(value=False)).as_py()
    if row >= 0:
        known = NotFound.among("kind of feedback", given.kind[row].as_py(), KINDS)
        raise Invalid(f"{known.message} (row {row})", mend=known.mend)
    thumbs = pa.array([f'"{thumb}"' for thumb in THUMBS])
    is_thumb: Any = pc.equal(given.kind, pa.scalar("thumb"))
    row = pc.index(
        pc.and_not(is_thumb, pc.is_in(given.value, value_set=thumbs)), pa.scalar(value=True)
    ).as_py()
    if row >= 0:
        raise Invalid(
            f"a thumb cannot be {given.value[row].as_py()} (row {row})", mend="give up or down"
        )


def _check_texts(given: Given) -> None:
    for name in ("prediction_id", "value"):
        row = pc.index(getattr(given, name).is_null(), pa.scalar(value=True)).as_py()
        if row >= 0:
            raise Invalid(
                f"{name} of row {row} is missing", mend="leave the row out; rows count from 0"
            )
    for name in ("prediction_id", "actor"):
        has_nul: Any = pc.match_substring(getattr(given, name), "\0")
        row = pc.index(has_nul, pa.scalar(value=True)).as_py()
        if row >= 0:
            raise Invalid(
                f"{name} of row {row} holds a sign that ends texts (0x00)", mend="take it out"
            )


def _rows(part: Given, salt: bytes, received_at: datetime) -> pa.Table:
    """Write rows as the catalog keeps them."""
    moment = pa.scalar(now(), part.at.type)
    ticks = part.at.cast(pa.int64()).cast(pa.string()).fill_null("")
    texts: Any = pc.binary_join_element_wise(part.prediction_id, part.kind, ticks, part.value, "\0")
    names = [
        "fb_" + blake3(text, key=salt).hexdigest(_ID_BYTES)
        for text in texts.cast(pa.binary()).to_pylist()
    ]
    at = part.at.fill_null(moment)
    received = pa.nulls(len(at)).cast(at.type).fill_null(pa.scalar(received_at, at.type))
    found: dict[str, Any] = {"feedback_id": pa.array(names, pa.string()), **part._asdict()}
    return pa.table(found | {"at": at, "received_at": received})


def _unknown(context: Context, ids: Any) -> Any:
    """Return the ids that are not in the log, each once."""
    wanted = pc.unique(ids)
    with context.catalog.read() as connection:
        segments = queries.segment_rows(connection, context.tenant)
    missing = np.ones(len(wanted), np.bool_)
    if len(wanted):
        missing[known_ids(context, segments, wanted, hash_ids(wanted))] = False
    return wanted.filter(pa.array(missing))


def _has(rows: pa.Table, name: str) -> bool:
    return name in rows.column_names and not pa.types.is_null(rows.schema.field(name).type)


def _column(rows: pa.Table, name: str) -> Any:
    if not _has(rows, name):
        return pa.nulls(rows.num_rows).cast(pa.string())
    return as_text(name, whole(rows, name))


def _moments(rows: pa.Table) -> Any:
    return pa.nulls(rows.num_rows).cast(pa.timestamp("us", "UTC"))
