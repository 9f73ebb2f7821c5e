"""Harmful or just different: whether drift comes with a change of the model's quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.nouns import Harm, Measured

PERFORMANCE = ("estimated_performance", "realised_performance")


def harm_of(measured: Sequence[Measured]) -> Harm:
    """Say whether the model answers worse, as far as a window's measurements tell.

    A metric that was realised with enough labels speaks before its own estimate. An error stream
    that rose is a change of quality too; one that did not is no proof, for it may be of few labels.

    Args:
        measured: what was measured on a window, performance among it or not.

    Returns:
        `harmful` if a metric of performance is beyond its band on the worse side, of all rows or
        of a slice; `different` if performance was looked at and none is; else `unknown`, also
        where a metric could not be estimated and was not realised either.
    """
    realised = _realised(measured)
    judged = [one for one in measured if _is_judged(one) and not _is_replaced(one, realised)]
    if any(one.is_exceeded for one in judged):
        return "harmful"
    has_whole = any(not one.slice_ for one in judged)
    looked = [one for one in measured if not (one.slice_ and has_whole)]
    is_blind = any(one.value is None and _is_unreplaced(one, realised) for one in looked)
    return "unknown" if is_blind or not judged else "different"


def harm_by_slice(measured: Sequence[Measured]) -> dict[str, Harm]:
    """Say for each slice of which performance was measured whether the model answers worse there.

    Args:
        measured: what was measured on a window.

    Returns:
        By the slice's name; that of all rows is empty and leaves the slices out.
    """
    slices = dict.fromkeys(each.slice_ for each in measured if each.check in PERFORMANCE)
    return {name: harm_of([each for each in measured if each.slice_ == name]) for name in slices}


def _realised(measured: Sequence[Measured]) -> set[tuple[str, str]]:
    """Name the metrics, with their slice, that were realised with enough labels."""
    return {
        (one.metric, one.slice_)
        for one in measured
        if one.check == "realised_performance" and one.threshold is not None
    }


def _is_replaced(one: Measured, realised: set[tuple[str, str]]) -> bool:
    return one.is_estimated and (one.metric, one.slice_) in realised


def _is_unreplaced(one: Measured, realised: set[tuple[str, str]]) -> bool:
    return one.is_estimated and (one.metric, one.slice_) not in realised


def _is_judged(one: Measured) -> bool:
    if one.check == "concept_drift":
        return one.is_exceeded
    return one.check in PERFORMANCE and one.threshold is not None and one.value is not None
