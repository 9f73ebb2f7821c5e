"""The verbs of the watch."""

from __future__ import annotations

from headgate.monitor.adopting.reports import AdoptEvidently, EvidentlyAdopted
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


@operation("adopt.evidently", writes=True)
def adopt_evidently(context: Context, request: AdoptEvidently) -> EvidentlyAdopted:
    """Make a monitor of what Evidently watched, and run both side by side on the same rows.

    Every difference is listed with its reason, and what did not translate is named.

    Raises:
        NotFound: there is no such file or interpreter.
        Invalid: a file is broken, or one window is given without the other.
        Denied: it is asked through a server for more than a file of the project.
        Conflict: there is a monitor of that name.
        Unavailable: Evidently cannot be installed or run.
    """
    from headgate.monitor.adopting.verb import adopt

    return adopt(context, request)
