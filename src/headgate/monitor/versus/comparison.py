"""Compares training inputs with production data, by the checks of a monitor and by its words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import split_at
from headgate.core.times import parse
from headgate.monitor.choosing import monitor_of
from headgate.monitor.documents import Monitor
from headgate.monitor.looking import Before, eye_of, look
from headgate.monitor.profiling.columns import kind_of
from headgate.monitor.referencing import unkept
from headgate.monitor.requests import InitMonitor
from headgate.monitor.sources.comparing import Rows, differences
from headgate.monitor.telling import report
from headgate.monitor.versus.reports import CompareInputs, Comparison
from headgate.monitor.watching import Stretch, Watch, watch_of
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.sources.reports import Difference
    from headgate.spine.context import Context
    from headgate.spine.ports import Reference

WORDED = ("term", "format", "unit")
"""What is told of words; what is missing the checks tell."""
PERFORMANCE = ("volume", "freshness", "estimated_performance", "realised_performance")


def compare(context: Context, request: CompareInputs) -> Comparison:
    """Hold a window of production against what a model learned from.

    Raises:
        NotFound: the model, snapshot or what is watched is not there, or the window is empty.
        Invalid: there is nothing that could be compared.
    """
    if request.watch.partition(":")[0] not in context.registry.watched:
        raise Invalid(
            f"{request.watch!r} is nothing to compare", mend="write deployment:NAME or dataset:NAME"
        )
    reference = _reference(context, request.train)
    asked = InitMonitor("comparison", request.watch, reference, time=request.time)
    watch = watch_of(context, Monitor(monitor=asked.name, watch=asked.watch, time=asked.time))
    stretch = _stretch(watch, request)
    now = list(watch.rows(stretch))
    if not now:
        raise NotFound(
            f"nothing came from {request.watch} in that window", mend="give --since and --until"
        )
    after = pa.concat_tables(now, promote_options="permissive")
    chosen, _ = monitor_of(context, watch, asked)
    monitor = msgspec.structs.replace(chosen, checks=dict.fromkeys(PERFORMANCE, False))
    fitted = unkept(watch, monitor)
    window, counts = look(eye_of(watch, monitor, fitted), stretch, Before(), now)
    seen = report(monitor, fitted, window, counts.window)
    found = _wording(context, after, fitted[0].references)
    return Comparison(
        seen=seen,
        wording=tuple(found[: request.limit]),
        n_more=max(len(found) - request.limit, 0),
        has_findings=seen.has_findings or bool(found),
    )


def _reference(context: Context, train: str | None) -> str | None:
    """Return the snapshot that was meant: itself, or the first one that a model read."""
    if train is None:
        return None
    told = [one.explain(context, f"model:{train}") for one in context.registry.holders]
    model: dict[str, Any] | None = next((one for one in told if one is not None), None)
    if model is None:
        return train
    if not model["reads"]:
        raise NotFound(
            f"it is not known what model {train} learned from",
            mend="name a snapshot: --train DATASET@NUMBER",
        )
    first = model["reads"][0]
    return f"{first['dataset']}@{first['number']}"


def _stretch(watch: Watch, request: CompareInputs) -> Stretch:
    span = watch.span()
    if span is None:
        raise NotFound(f"nothing came from {request.watch} yet", mend="try again when it has")
    until = parse(request.until) if request.until else span[1] + timedelta(microseconds=1)
    since: datetime = parse(request.since) if request.since else until - timedelta(days=1)
    if since >= until:
        raise Invalid("the window ends before it begins", mend="give --since before --until")
    return Stretch(since, until)


def _wording(
    context: Context, after: pa.Table, references: Sequence[Reference]
) -> list[Difference]:
    """List terms, formats and units of the window that the reference has not."""
    if not references:
        return []
    name = f"{references[0].dataset}@{references[0].number}"
    manifest = manifest_of(context, find_snapshot(context, *split_at(name)))
    shared = [
        each
        for each in manifest.schema.names
        if each in after.column_names
        and kind_of(manifest.schema.field(each).type) == kind_of(after.schema.field(each).type)
        and kind_of(after.schema.field(each).type) in {"text", "number"}
    ]
    if not shared:
        return []
    before = read_rows(context.blobs, manifest, shared)
    both = pa.concat_tables(
        [after.select(shared), before.select(shared)], promote_options="permissive"
    )
    mine = np.arange(both.num_rows) < after.num_rows
    rows = Rows(both.append_column(RID, pa.array(np.arange(both.num_rows))), mine)
    found = [one for one in differences(rows, shared) if one.kind in WORDED]
    return [msgspec.structs.replace(one, rows=()) for one in found]
