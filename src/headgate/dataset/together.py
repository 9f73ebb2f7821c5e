"""Commits to several datasets that land together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.branching.reports import TogetherReport
from headgate.dataset.bundle import unpack
from headgate.dataset.changes import deed_of
from headgate.dataset.reports import CommitRequest
from headgate.spine.lineage.runs import require_running
from headgate.spine.work import Work

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.dataset.branching.reports import TogetherRequest
    from headgate.spine.context import Context


def commit_together(context: Context, request: TogetherRequest, bundle: bytes) -> TogetherReport:
    """Write rows into several datasets in one unit of work.

    Raises:
        Invalid: rows of one of them do not fit, or there is nothing to commit; none is changed.
        NotFound: a key is given for a dataset that is not among them.
        Conflict: others kept committing to one of them first.
    """
    tables = unpack(bundle)
    if not tables:
        raise Invalid("there is nothing to commit", mend="give NAME=FILE, one for each dataset")
    for name in request.keys:
        if name not in tables:
            raise NotFound.among("dataset of this commit", name, tables)
    if request.run is not None:
        with context.catalog.read() as connection:
            require_running(connection, context.tenant, request.run)
    deeds = [deed_of(_request(request, name), rows) for name, rows in _ordered(tables)]
    with Work(context) as work:
        snapshots = work.write_together(deeds)
        names = [f"{one.dataset}@{one.number}" for one in snapshots if one.is_new]
        if len(names) > 1:
            for one in snapshots:
                work.record("committed_together", f"dataset:{one.dataset}", {"snapshots": names})
    return TogetherReport(snapshots=tuple(snapshots))


def _ordered(tables: dict[str, pa.Table]) -> list[tuple[str, pa.Table]]:
    """Put datasets in name order, so that two such commits never wait for one another."""
    return sorted(tables.items())


def _request(request: TogetherRequest, name: str) -> CommitRequest:
    key = tuple(part for part in request.keys.get(name, "").split(",") if part)
    return CommitRequest(
        name=name,
        mode=request.mode,
        key=key,
        message=request.message,
        run=request.run,
        branch=request.branch,
    )
