"""The verb that inspects a change in a CI system: contracts, data, drift, and what it breaks."""

from __future__ import annotations

from headgate.spine.context import Context
from headgate.spine.inspecting.requests import Inspected, InspectRequest
from headgate.spine.operations import operation


@operation("ci", anywhere=True)
def ci(context: Context, request: InspectRequest) -> Inspected:
    """Look at contracts, data files and drift on a change; exit with 1 on findings.

    Contracts are read and, with --base, compared with what they were; data files and datasets
    are held against them; data files are measured against a reference.

    Raises:
        NotFound: a file or the base is not there.
        Invalid: a file cannot be read or written.
        Denied: it is asked through a server to read or write elsewhere.
        Conflict: there is another workflow already.
    """
    from headgate.spine.inspecting.running import init_github, inspect

    if request.init_github:
        place = init_github(context, request)
        return Inspected(cases=(), n_looked=0, n_broken=0, wrote=(place,), has_findings=False)
    cases, has_findings = inspect(context, request)
    wrote = tuple(one for one in (request.junit, request.sarif, request.markdown) if one)
    return Inspected(
        cases=tuple(cases),
        n_looked=sum(not one.skipped for one in cases),
        n_broken=sum(any(each.level != "note" for each in one.remarks) for one in cases),
        wrote=wrote,
        has_findings=has_findings,
    )
