"""Compares served features with offline ones, entity by entity."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.serve.cast import as_moments, without_nan
from headgate.serve.schema import whole
from headgate.serve.skew.nouns import FeatureSkew, SkewExample, SkewReport
from headgate.serve.skew.offline import Asked, Found, as_keys, offline_rows
from headgate.serve.watched import OFFERS
from headgate.serve.watching.columns import FIXED
from headgate.spine.store.settling import as_kind, common

if TYPE_CHECKING:
    from headgate.serve.skew.nouns import SkewRequest
    from headgate.spine.context import Context

EXAMPLES = 5
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def skew(context: Context, request: SkewRequest) -> SkewReport:
    """Compare what a deployment was served with what the offline data said at the time.

    Raises:
        NotFound: there is no such deployment, dataset or column.
        Invalid: an entity has several rows and there is no time to choose by.
    """
    served = _served(context, request)
    keys = as_keys(whole(served, request.key))
    at = np.asarray(whole(served, "at").cast(pa.int64()), np.int64)
    found = offline_rows(context, request.offline, request.key, Asked(keys, at))
    names = [name for name in served.column_names if name not in (*FIXED, request.key)]
    names = [name for name in names if not name.startswith("output.")]
    mine = served.filter(found.has_row)
    entities = keys.filter(found.has_row)
    features = [
        _compared(mine, name, found.columns[name].filter(found.has_row), entities, request)
        for name in names
        if name in found.columns
    ]
    features.sort(key=lambda one: (-one.differing_ratio, one.feature))
    return _told(request, served, found, tuple(features), names)


def _told(
    request: SkewRequest,
    served: pa.Table,
    found: Found,
    features: tuple[FeatureSkew, ...],
    names: list[str],
) -> SkewReport:
    n_compared = found.has_row.true_count
    return SkewReport(
        deployment=request.deployment,
        offline=request.offline,
        n_predictions=served.num_rows,
        n_compared=n_compared,
        n_without_row=served.num_rows - n_compared,
        n_before=found.n_before,
        features=features,
        only_served=tuple(sorted(set(names) - found.columns.keys())),
        only_offline=tuple(sorted(found.columns.keys() - set(names))),
        has_findings=any(one.is_exceeded for one in features),
    )


def _served(context: Context, request: SkewRequest) -> pa.Table:
    """Read the inputs of a window.

    Raises:
        NotFound: there are none, or they have no such key.
    """
    watch = OFFERS[0]
    span = watch.span(context, request.deployment)
    since = request.since or _BEGINNING
    until = request.until or (span[1] + _TICK if span else since)
    parts = list(watch.rows(context, request.deployment, since, until))
    if not parts:
        raise NotFound(
            f"{request.deployment} answered nothing in that time",
            mend="name another time: headgate prediction list --deployment "
            f"{request.deployment} tells when it did",
        )
    table = pa.concat_tables(parts)
    if request.key not in table.column_names:
        names = [name for name in table.column_names if name not in FIXED]
        raise NotFound.among(f"field of the inputs of {request.deployment}", request.key, names)
    return table


def _compared(
    served: pa.Table, name: str, offline: Any, entities: Any, request: SkewRequest
) -> FeatureSkew:
    given, truth = _alike(name, whole(served, name), offline)
    gaps = _gaps(given, truth)
    differs = _differing(given, truth, gaps, request.within)
    n_entities = len(pc.unique(entities))
    n_differing = len(pc.unique(entities.filter(pa.array(differs))))
    ratio = n_differing / n_entities if n_entities else 0.0
    sizes = gaps[differs & ~np.isnan(gaps)]
    return FeatureSkew(
        feature=name,
        n_entities=n_entities,
        n_differing=n_differing,
        differing_ratio=ratio,
        n_served_missing=_count(pc.and_(given.is_null(), truth.is_valid())),
        n_offline_missing=_count(pc.and_(given.is_valid(), truth.is_null())),
        mean_gap=float(sizes.mean()) if len(sizes) else None,
        largest_gap=float(sizes[np.argmax(np.abs(sizes))]) if len(sizes) else None,
        is_exceeded=ratio > request.tolerance,
        examples=_examples(served, given, truth, np.where(differs, np.abs(gaps), -1.0)),
    )


def _alike(name: str, given: Any, truth: Any) -> tuple[Any, Any]:
    """Bring two columns to one type; texts beside times are times if all can be read as such."""
    is_time = pa.types.is_timestamp(truth.type) or pa.types.is_date(truth.type)
    if is_time and pa.types.is_string(given.type):
        with suppress(Invalid):
            return as_moments(name, given), as_moments(name, truth)
    kind = common(given.type, truth.type)
    return without_nan(as_kind(given, kind)), without_nan(as_kind(truth, kind))


def _gaps(given: Any, truth: Any) -> Any:
    """Return served less offline where both are finite numbers, else NaN, shape (n,)."""
    if not (pa.types.is_floating(given.type) or pa.types.is_integer(given.type)):
        return np.full(len(given), np.nan)
    left, right = (np.asarray(one.cast(pa.float64(), safe=False), float) for one in (given, truth))
    with np.errstate(invalid="ignore"):
        gaps = left - right
    return np.where(np.isfinite(gaps), gaps, np.nan)


def _differing(given: Any, truth: Any, gaps: Any, within: float) -> Any:
    """Say where two columns differ: a value differs from none, and nothing is like nothing."""
    one_is_missing = np.asarray(pc.xor(given.is_null(), truth.is_null()))
    same: Any = pc.equal(given, truth).fill_null(pa.scalar(value=True))
    differs = one_is_missing | ~np.asarray(same)
    if np.isnan(gaps).all():
        return differs
    sizes = np.abs(np.asarray(truth.cast(pa.float64(), safe=False), float))
    with np.errstate(invalid="ignore"):
        return differs & ~(np.abs(gaps) <= within * sizes)


def _examples(served: pa.Table, given: Any, truth: Any, sizes: Any) -> tuple[SkewExample, ...]:
    ranks = np.where(np.isnan(sizes), np.inf, sizes)
    order = [int(place) for place in np.argsort(-ranks, kind="stable")[:EXAMPLES]]
    return tuple(
        SkewExample(
            prediction_id=served["prediction_id"][place].as_py(),
            served=_text(given[place].as_py()),
            offline=_text(truth[place].as_py()),
        )
        for place in order
        if ranks[place] >= 0
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _count(mask: Any) -> int:
    return mask.true_count
