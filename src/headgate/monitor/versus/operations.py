"""The verb that holds training inputs against production data."""

from __future__ import annotations

from headgate.monitor.versus.reports import CompareInputs, Comparison
from headgate.spine.context import Context
from headgate.spine.operations import operation


@operation("monitor.compare")
def compare(context: Context, request: CompareInputs) -> Comparison:
    """Compare what a model learned from with what it is asked now: columns, categories, words.

    Raises:
        NotFound: the model, snapshot or what is watched is not there, or the window is empty.
        Invalid: there is nothing that could be compared.
    """
    from headgate.monitor.versus.comparison import compare as compared

    return compared(context, request)
