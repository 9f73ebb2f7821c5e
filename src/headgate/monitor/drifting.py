"""Measures one table against another by the checks of a monitor, without a project or a past.

A finding cannot last where there is one window only, so every number that is worth a look counts
as if the windows before had shown it too.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from headgate.monitor import checking
from headgate.monitor.baseline import Baseline, fit_columns, spreads_of, types_of
from headgate.monitor.judging import discovered, exceeded, judged, share_of
from headgate.monitor.nouns import Measured, Span
from headgate.monitor.seen import Seen, looked_at
from headgate.monitor.thresholds import N_LEAST
from headgate.spine.inspecting.nouns import Case, Place, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.monitor.documents import Monitor
    from headgate.monitor.nouns import Finding
    from headgate.spine.context import Context
    from headgate.spine.inspecting.nouns import Level, Loaded

LEVELS: dict[str, Level] = {"critical": "error", "error": "error", "info": "note"}
"""What severities mean; all others are warnings."""
NO_TIME = frozenset({"volume", "freshness"})
"""Checks that mean nothing where no time passes."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def drift_of(
    context: Context, monitor: Monitor, reference: Loaded, current: Loaded
) -> Iterator[Case]:
    """Say of each column whether a data file differs from its reference.

    Args:
        context: the folder that is inspected.
        monitor: whose columns, checks and budget count.
        reference: what it is held against.
        current: the data file.
    """
    began = time.monotonic()
    suite = f"drift of {current.file} against {reference.file}"
    findings = measured(context, monitor, reference.rows, current.rows)
    columns = [name for name in reference.rows.column_names if _is_wanted(monitor, name)]
    n_least = min(len(reference.rows), len(current.rows))
    skipped = "" if n_least >= N_LEAST else f"{n_least} rows are too few: {N_LEAST} are needed"
    took_ms = (time.monotonic() - began) * 1000 / max(len(columns), 1)
    for name in dict.fromkeys([*columns, *(one.subject for one in findings)]):
        remarks = tuple(
            _remark(monitor, one, current.file) for one in findings if one.subject == name
        )
        why = "" if remarks else skipped
        yield Case(suite=suite, name=name, remarks=remarks, skipped=why, took_ms=took_ms)


def measured(context: Context, monitor: Monitor, reference: Any, current: Any) -> Sequence[Finding]:
    """Compare two tables; what is found is as if it had lasted.

    Args:
        context: finds the checks.
        monitor: whose columns, checks and budget count.
        reference: a pyarrow table.
        current: a pyarrow table.
    """
    before = reference.select([n for n in reference.column_names if _is_wanted(monitor, n)])
    now = current.select([n for n in current.column_names if _is_wanted(monitor, n)])
    data = fit_columns(((n, before[n].combine_chunks()) for n in before.column_names), hidden=False)
    baseline = Baseline(
        data=data, types=types_of(before.schema), spreads=spreads_of(data), n=before.num_rows
    )
    tally, rows, n_rows = looked_at([now], baseline, None)
    counted, answers = tally.windows()
    seen = Seen(
        span=Span(EPOCH, EPOCH, n_rows),
        data=counted,
        answers=answers,
        types=tally.types,
        rows=rows,
        n_looked=tally.n_rows,
        share=share_of(monitor.budget, baseline, None),
        important=frozenset(monitor.columns.important),
    )
    found: list[Measured] = []
    for name, (check, settings) in checking.wanted(context.registry, monitor).items():
        if check.fit is None and name not in NO_TIME:
            found += check.function(baseline, seen, settings)
    numbers = discovered(found)
    worth = exceeded(numbers)
    return judged(baseline, seen, numbers, [worth, worth])


def _is_wanted(monitor: Monitor, name: str) -> bool:
    columns = monitor.columns
    if columns.include:
        return name in columns.include
    return name not in columns.exclude


def _remark(monitor: Monitor, finding: Finding, file: str) -> Remark:
    return Remark(
        rule=f"drift/{monitor.monitor}/{finding.subject}",
        level=LEVELS.get(finding.severity, "warning"),
        message=f"{finding.kind} in {finding.subject}: {finding.says}",
        mend="find out why, or take the new data as the reference",
        place=Place(file),
    )
