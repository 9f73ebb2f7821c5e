"""The verb on profiles."""

from __future__ import annotations

from headgate.monitor.profiling.reports import ProfileReport, ProfileRequest
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
