"""The verb on what sources say otherwise."""

from __future__ import annotations

from headgate.monitor.sources.reports import SourceDiffReport, SourceDiffRequest
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("source.diff")
def source_diff(context: Context, request: SourceDiffRequest) -> SourceDiffReport:
    """Say which terms, formats, units and gaps one source of a dataset has and the others not.

    Raises:
        NotFound: there is no such dataset, snapshot, column or source.
    """
    from headgate.monitor.sources.diff import diff

    return diff(context, request)
