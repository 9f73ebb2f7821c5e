"""The verb that makes a monitor of what Evidently watched."""

from __future__ import annotations

from headgate.monitor.adopting.reports import AdoptEvidently, EvidentlyAdopted
from headgate.spine.context import Context
from headgate.spine.operations import operation


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
