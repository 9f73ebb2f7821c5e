"""Fits the reference of a monitor: the snapshots a model learned from, or days that were normal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa

from headgate.core.errors import HeadgateError, Invalid, NotFound, Unavailable
from headgate.core.refs import split_at
from headgate.core.times import now
from headgate.monitor import checking, queries
from headgate.monitor.baseline import (
    ANSWERED,
    Baseline,
    family,
    fit_columns,
    is_told,
    spreads_of,
)
from headgate.monitor.documents import Days, Monitor
from headgate.monitor.kept import FittedReference, blob_key
from headgate.monitor.seen import KEPT, Reservoir
from headgate.monitor.watching import Stretch, Watch, stretch_of
from headgate.spine.ports import Reference
from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context

REALISED = "realised_performance"
"""The check that says how good the model was on the reference."""
N_ANSWERS = 1_000_000
"""Rows of answers that are fitted at most, each as likely as any other [count]."""


class Source(NamedTuple):
    """Rows of the reference, unread.

    Args:
        rows: an Arrow table, or a dataset that is read when it is asked.
        names: the columns that are taken of it.
        n_rows: rows in it [count].
    """

    rows: Any
    names: tuple[str, ...]
    n_rows: int


def newest(context: Context, monitor: Monitor) -> tuple[FittedReference, Baseline] | None:
    """Return the newest reference of a monitor with what was fitted, if there is one."""
    with context.catalog.read() as connection:
        found = queries.references(connection, context.tenant, monitor.monitor)
    if not found:
        return None
    return found[0], Baseline.decoded(context.blobs.get(found[0].blob))


def current(watch: Watch, monitor: Monitor) -> tuple[FittedReference, Baseline]:
    """Return the newest reference; fit one if there is none, or the file says another by now."""
    kept = newest(watch.context, monitor)
    if kept is not None and kept[0].said == said_of(monitor):
        return kept
    return fitted(watch, monitor)


def said_of(monitor: Monitor) -> str:
    """Digest what a file says of its reference, so that a change of it is noticed."""
    parts = (monitor.watch, monitor.time, monitor.reference, monitor.answers, monitor.privacy)
    columns = (monitor.columns.include, monitor.columns.exclude)
    rest = (monitor.checks, monitor.labels, monitor.slices)
    data = msgspec.json.encode((parts, columns, rest), order="deterministic")
    return blob_key(data).rpartition("/")[2]


def fitted(watch: Watch, monitor: Monitor) -> tuple[FittedReference, Baseline]:
    """Fit the reference and keep it as the next version.

    Raises:
        NotFound: lineage leads to no snapshot, or the snapshot is not there.
        Invalid: the reference has no column that could be watched.
    """
    context = watch.context
    made, baseline = unkept(watch, monitor)
    data = baseline.encoded()
    key = blob_key(data)
    context.blobs.put(key, data)
    context.blobs.settle()
    with Work(context) as work:
        work.require(key)
        known = queries.references(work.connection, context.tenant, monitor.monitor)
        reference = msgspec.structs.replace(
            made,
            number=known[0].number + 1 if known else 1,
            after=_after(monitor),
            fitted_at=now(),
            blob=key,
        )
        queries.put_reference(work.connection, context.tenant, reference)
        facts: dict[str, object] = {"number": reference.number, "n_rows": baseline.n, "blob": key}
        named = [f"{one.dataset}@{one.number}" for one in made.references]
        work.record(
            "monitor_reference_fitted",
            f"monitor:{monitor.monitor}",
            facts | {"references": named},
        )
    return reference, baseline


def unkept(watch: Watch, monitor: Monitor) -> tuple[FittedReference, Baseline]:
    """Fit the reference and keep nothing of it.

    Raises:
        NotFound: lineage leads to no snapshot, or the snapshot is not there.
        Invalid: the reference has no column that could be watched.
    """
    references = references_of(watch, monitor)
    baseline = fit(watch, monitor, references)
    made = FittedReference(
        monitor=monitor.monitor,
        number=0,
        target=monitor.watch,
        references=references,
        n_columns=len(baseline.data.columns),
        n_rows=baseline.n,
        n_answers=baseline.n_answers,
        outcome=baseline.outcome,
        after=None,
        fitted_at=now(),
        fitted_by=watch.context.actor,
        blob="",
        said=said_of(monitor),
    )
    return made, baseline


def references_of(watch: Watch, monitor: Monitor) -> tuple[Reference, ...]:
    """Find the snapshots that a monitor's reference is, none if it is days of what is watched.

    Raises:
        NotFound: lineage leads to no snapshot.
    """
    wanted = monitor.reference
    if isinstance(wanted, Days):
        return ()
    if wanted != "lineage":
        dataset, at = split_at(wanted)
        snapshot = find_snapshot(watch.context, dataset, at)
        return (Reference(snapshot.dataset, snapshot.number, (wanted,)),)
    found = watch.references()
    if not found:
        raise NotFound(
            f"lineage leads from {monitor.watch} to no snapshot",
            mend="name one: `reference: DATASET@NUMBER`, or days that were normal: "
            "`reference: {days: 28, ending: 2026-11-03}`",
        )
    return found


def fit(watch: Watch, monitor: Monitor, references: tuple[Reference, ...]) -> Baseline:
    """Fit the profiles of data and answers, and what each check needs besides.

    Args:
        watch: what is watched.
        monitor: its file.
        references: the snapshots, as `references_of` found them.

    Raises:
        NotFound: a snapshot is not there.
        Invalid: there is no column that could be watched, or there are no rows.
    """
    if isinstance(monitor.reference, Days):
        sources = [_days(watch, stretch_of(monitor.reference), monitor)]
    else:
        sources = list(_snapshots(watch.context, monitor, references))
    data = fit_columns(_columns(sources), hidden=monitor.is_hidden)
    answers = _answers(watch, monitor)
    answered = fit_columns(
        ((name, answers[name]) for name in ANSWERED if name in answers.column_names),
        hidden=monitor.is_hidden,
    )
    n_rows = max((one.n_rows for one in sources), default=0)
    if not n_rows or not (data.columns or answered.columns):
        raise Invalid(
            f"the reference of {monitor.monitor} has nothing that could be watched",
            mend="name a snapshot with rows, and look at columns: include and exclude",
        )
    baseline = Baseline(
        data=data,
        answers=answered,
        types={name: kind for one in sources for name, kind in _types(one).items()},
        spreads=spreads_of(data, answered),
        n=n_rows,
        n_answers=answers.num_rows,
    )
    return _with_checks(watch.context, monitor, baseline, (sources, answers))


def is_wanted(monitor: Monitor, name: str) -> bool:
    """Say whether a column is looked at, by the monitor's file."""
    columns = monitor.columns
    if name in columns.exclude or name == "at":
        return False
    if columns.include:
        return name in columns.include
    return monitor.kind != "deployment" or not is_told(name)


def visible(monitor: Monitor, rows: pa.Table) -> pa.Table:
    """Leave out the columns that the monitor's file leaves out, of rows that a check is handed."""
    is_answering = monitor.kind == "deployment"
    names = [
        name
        for name in rows.column_names
        if name == "at"
        or name in monitor.slices
        or is_wanted(monitor, name)
        or (is_answering and is_told(name) and name not in monitor.columns.exclude)
    ]
    return rows.select(names)


def _after(monitor: Monitor) -> Any:
    return stretch_of(monitor.reference).until if isinstance(monitor.reference, Days) else None


def _snapshots(
    context: Context, monitor: Monitor, references: Iterable[Reference]
) -> Iterator[Source]:
    """Take each column from the nearest snapshot that has it."""
    taken: set[str] = set()
    for reference in references:
        snapshot = find_snapshot(context, reference.dataset, str(reference.number))
        manifest = manifest_of(context, snapshot)
        names = [name for name in manifest.schema.names if is_wanted(monitor, name)]
        fresh = tuple(name for name in names if name not in taken)
        taken |= set(fresh)
        if fresh:
            rows = live_dataset(context.blobs, manifest.segments, target_of(manifest, fresh))
            yield Source(rows, fresh, snapshot.n_rows)


def _days(watch: Watch, stretch: Stretch, monitor: Monitor) -> Source:
    table = _collected(watch.rows(stretch), N_ANSWERS)
    names = tuple(name for name in table.column_names if is_wanted(monitor, name))
    return Source(table, names, table.num_rows)


def _answers(watch: Watch, monitor: Monitor) -> pa.Table:
    """Read what was answered on the days that count as normal, of a deployment."""
    days = monitor.answers
    if days is None and isinstance(monitor.reference, Days):
        days = monitor.reference
    if days is None or monitor.kind != "deployment":
        return pa.table({})
    return _collected(watch.rows(stretch_of(days)), N_ANSWERS)


def _collected(parts: Iterable[pa.Table], most: int) -> pa.Table:
    kept = Reservoir(most)
    for part in parts:
        kept.add(part)
    return kept.rows()


def _columns(sources: Iterable[Source]) -> Iterator[tuple[str, Any]]:
    """Read one column after the other, so that a reference need not fit into memory."""
    for source in sources:
        for name in source.names:
            table = source.rows
            if not isinstance(table, pa.Table):
                table = table.scanner(columns=[name]).to_table()
            yield name, table[name]


def _types(source: Source) -> dict[str, str]:
    return {name: family(source.rows.schema.field(name).type) for name in source.names}


def _some(sources: Iterable[Source]) -> pa.Table:
    """Take rows of the first source for what needs rows."""
    for source in sources:
        if source.names and isinstance(source.rows, pa.Table):
            return _collected([source.rows.select(list(source.names))], KEPT)
        if source.names:
            batches = source.rows.scanner(columns=list(source.names)).to_batches()
            return _collected((pa.Table.from_batches([one]) for one in batches), KEPT)
    return pa.table({})


def _with_checks(
    context: Context, monitor: Monitor, baseline: Baseline, rows: tuple[list[Source], pa.Table]
) -> Baseline:
    """Fit what needs rows; a check to which the reference says nothing is not made."""
    sources, answers = rows
    wanted = checking.wanted(context.registry, monitor)
    fitting = {name: pair for name, pair in wanted.items() if pair[0].fit is not None}
    of_data = fitting.keys() - checking.OF_ANSWERS
    some = answers if answers.num_rows or not of_data else _some(sources)
    tables = {
        name: visible(monitor, answers if name in checking.OF_ANSWERS else some) for name in fitting
    }
    remembered = {
        name: made
        for name, (check, settings) in fitting.items()
        if tables[name].num_rows and (made := _fitted(check, tables[name], settings)) is not None
    }
    outcome: dict[str, float] = {}
    if REALISED in remembered:
        check, settings = fitting[REALISED]
        outcome = _outcome(check, remembered[REALISED], tables[REALISED], settings)
    packed = {
        name: msgspec.msgpack.encode(made, order="deterministic")
        for name, made in remembered.items()
    }
    return msgspec.structs.replace(baseline, fitted=packed, outcome=outcome)


def _fitted(check: checking.Check, table: pa.Table, settings: Any) -> Any:
    try:
        return check.fit(table, settings) if check.fit else None
    except Unavailable:
        raise
    except HeadgateError:
        return None


def _outcome(
    check: checking.Check, remembered: Any, table: pa.Table, settings: Any
) -> dict[str, float]:
    """Measure the reference's own performance, of all rows."""
    found = check.function(remembered, table, settings)
    return {one.metric: one.value for one in found if not one.slice_ and one.value is not None}
