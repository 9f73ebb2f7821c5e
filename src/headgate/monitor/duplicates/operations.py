"""The verb on rows that say the same twice."""

from __future__ import annotations

from headgate.monitor.duplicates.reports import DuplicatesReport, DuplicatesRequest
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("dataset.duplicates")
def duplicates(context: Context, request: DuplicatesRequest) -> DuplicatesReport:
    """Find rows that say the same twice, what they waste, and what leaks into another dataset.

    Raises:
        NotFound: there is no such dataset, snapshot or column.
        Invalid: the dataset has no column that can be compared, or the other one holds something
            else where this one holds text.
    """
    from headgate.monitor.duplicates.finding import find_duplicates

    return find_duplicates(context, request)
