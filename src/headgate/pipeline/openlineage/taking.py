"""Takes other tools' events in: chunk after chunk into the log and the graph."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import HeadgateError
from headgate.pipeline.openlineage.reading import read_event
from headgate.pipeline.openlineage.reports import Refused, Taken
from headgate.spine.context import Step
from headgate.spine.lineage.foreign.keep import keep
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.told import Told

CHUNK_EVENTS = 5000
"""Events that land together: others write between two chunks [count]."""
NAMED = 100
"""Refused events that an answer names; the others are counted [count]."""


class _Chunk(NamedTuple):
    told: list[Told]
    refused: list[Refused]


def take_events(context: Context, events: Sequence[bytes]) -> Taken:
    """Take events in; those that cannot be read are left out and named.

    Args:
        context: the project.
        events: each as JSON, in any order; some may have come before.
    """
    n_new, refused, n_refused = 0, list[Refused](), 0
    with _uncollected():
        for chunk in _chunks(context, events):
            n_refused += len(chunk.refused)
            refused += chunk.refused[: NAMED - len(refused)]
            n_new += _keep(context, chunk.told)
    return Taken(
        n_events=len(events),
        n_new=n_new,
        n_known=len(events) - n_refused - n_new,
        n_refused=n_refused,
        refused=tuple(refused),
        has_findings=n_refused > 0,
    )


@contextmanager
def _uncollected() -> Generator[None]:
    """Let the search for cycles rest: it would go through all that was read, again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _chunks(context: Context, events: Sequence[bytes]) -> Iterator[_Chunk]:
    for start in range(0, len(events), CHUNK_EVENTS):
        context.progress(Step("taking events", start, len(events), "events"))
        chunk = _Chunk([], [])
        for position, raw in enumerate(events[start : start + CHUNK_EVENTS], start):
            try:
                chunk.told.append(read_event(raw))
            except HeadgateError as error:
                chunk.refused.append(Refused(position, error.message, error.mend))
        yield chunk


def _keep(context: Context, told: Sequence[Told]) -> int:
    """Write a chunk in one unit of work; return how many of its events are new."""
    if not told:
        return 0
    with Work(context) as work:
        kept = keep(work.connection, context.tenant, told)
        if kept.n_new:
            payload: dict[str, object] = {"n_events": kept.n_new, "last": kept.last}
            work.record("foreign_events_taken", "lineage:foreign", payload)
    return kept.n_new
