"""Steps that are mapped over a dataset: its rows go to calls of their own, piece by piece.

What the pieces come to is put together in their order, so that rows and ids are those of one call
with all rows, whatever engine made the calls and whichever was over first.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.pipeline.steps import Step


class Called(NamedTuple):
    """What a function gave.

    Args:
        rows: the rows; nothing if it returned nothing.
        n_tries: how often it was called; of pieces the most that one of them was [count].
        seconds: how long that took, waits between tries included; of pieces all together [s].
    """

    rows: pa.Table | None
    n_tries: int
    seconds: float


def pieces_of(step: Step, given: Mapping[str, pa.Table]) -> list[Mapping[str, pa.Table]]:
    """Cut what a step is handed into what its calls are handed, in order; one at the least."""
    rows = given.get(step.map_over)
    if rows is None:
        return [given]
    starts = range(0, max(rows.num_rows, 1), step.piece_rows)
    return [{**given, step.map_over: rows.slice(one, step.piece_rows)} for one in starts]


def put_together(step: Step, parts: Sequence[Called]) -> Called:
    """Make one of what the calls gave, in order.

    Raises:
        Invalid: some gave rows and others none, or rows that do not fit under one another.
    """
    if len(parts) == 1:
        return parts[0]
    n_tries, seconds = max(one.n_tries for one in parts), sum(one.seconds for one in parts)
    tables = [one.rows for one in parts if one.rows is not None]
    if tables and len(tables) < len(parts):
        raise Invalid(
            f"step {step.name} returned nothing for some pieces of {step.map_over}",
            mend="return an empty table",
        )
    if not tables:
        return Called(None, n_tries, seconds)
    filled = [one for one in tables if one.num_rows] or tables[:1]
    try:
        rows = pa.concat_tables(filled, promote_options="permissive")
    except pa.ArrowException as error:
        raise Invalid(
            f"what step {step.name} made of pieces of {step.map_over} does not fit together: "
            f"{error}",
            mend="give the rows a schema, so that each call returns the same types",
        ) from error
    return Called(rows, n_tries, seconds)


def gathered(step: Step, parts: Sequence[Future[Called]]) -> Future[Called]:
    """Return what comes of all calls once the last is over, or of the first that fails."""
    gathering = _Gathering(step, parts)
    for one in parts:
        one.add_done_callback(gathering.note)
    return gathering.whole


class _Gathering:
    def __init__(self, step: Step, parts: Sequence[Future[Called]]) -> None:
        self.whole: Future[Called] = Future()
        self._step = step
        self._parts = parts
        self._lock = threading.Lock()

    def note(self, part: Future[Called]) -> None:
        """Note that a call is over; when one has failed, those that did not begin are left."""
        if part.cancelled():
            return
        error = part.exception()
        with self._lock:
            if not self.whole.done():
                self._settle(error)
        for one in self._parts if error is not None else ():
            one.cancel()

    def _settle(self, error: BaseException | None) -> None:
        if error is not None:
            self.whole.set_exception(error)
        elif all(one.done() for one in self._parts):
            try:
                made = put_together(self._step, [one.result() for one in self._parts])
            except Invalid as unfit:
                self.whole.set_exception(unfit)
            else:
                self.whole.set_result(made)
