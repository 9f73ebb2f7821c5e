"""The verbs of the watch."""

from __future__ import annotations

from headgate.monitor.profiling.reports import ProfileReport, ProfileRequest
from headgate.monitor.sources.reports import SourceDiffReport, SourceDiffRequest
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("dataset.profile")
def profile(context: Context, request: ProfileRequest) -> ProfileReport:
    """Say what stands in each column of a snapshot, or of what came after one.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
    """
    from headgate.monitor.profiling.reports import profile as profiled

    return profiled(context, request)


@operation("source.diff")
def source_diff(context: Context, request: SourceDiffRequest) -> SourceDiffReport:
    """Say which terms, formats, units and gaps one source of a dataset has and the others not.

    Raises:
        NotFound: there is no such dataset, snapshot, column or source.
    """
    from headgate.monitor.sources.diff import diff

    return diff(context, request)
