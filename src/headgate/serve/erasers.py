"""Erases a subject from the prediction log and from feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.serve import queries
from headgate.serve.schema import SCHEMA
from headgate.serve.sealing import LAYOUT, USER
from headgate.serve.tables import deployment_moves, feedback, releases
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.blanking import Replacement, blanked, planned
from headgate.spine.store.erasing.words import holds_word, rub_out
from headgate.spine.store.sealed import parquet_settings, read_sealed

if TYPE_CHECKING:
    from headgate.serve.queries import Segment
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject
    from headgate.spine.store.segments import I64

PAYLOAD = ("input", "output", "user_key", "session_id", "extra", USER)
"""What is blanked of a prediction; ids, times, counts and cost stay, so that sums stay true."""
_SEARCHED = ("input", "output", "user_key", "session_id", "extra")


class PredictionEraser:
    """Blanks predictions made from a subject's rows, made for the subject, or that name it."""

    name = "predictions"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the predictions and stage their files anew."""
        with context.catalog.read() as connection:
            segments = queries.segment_rows(connection, context.tenant)
        replacements: list[Replacement] = []
        for segment in segments:
            positions = _positions(context, segment, subject)
            if len(positions) and subject.is_plan:
                replacements.append(planned(segment.blob, positions))
            elif len(positions):
                replacements.append(_blanked(context, segment, positions))
        n = sum(one.n_rows for one in replacements)
        return Traces(kind=self.name, n=n, replacements=tuple(replacements))

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of feedback, notes and reasons."""
        texts = (feedback.c.value, releases.c.notes, deployment_moves.c.reason)
        return rub_out(connection, context.tenant, texts, subject.words)


OFFERS = [PredictionEraser()]


def _positions(context: Context, segment: Segment, subject: Subject) -> I64:
    """Return which predictions of a segment are to be blanked, ascending; not those that are."""
    hits = np.zeros(segment.n_rows, np.bool_)
    if segment.refs is not None and not subject.affected.is_empty:
        hits[subject.affected.children_in(segment.refs)] = True
    table = read_sealed(context.blobs, segment.blob, list(_SEARCHED))
    for name in _SEARCHED if subject.words else ():
        hits |= holds_word(table[name], subject.words)
    is_blank = np.ones(segment.n_rows, np.bool_)
    for name in _SEARCHED:
        is_blank &= np.asarray(table[name].is_null())
    return np.flatnonzero(hits & ~is_blank)


def _blanked(context: Context, segment: Segment, positions: I64) -> Replacement:
    keep = [name for name in SCHEMA.names if name not in PAYLOAD]
    return blanked(
        context.blobs,
        segment.blob,
        positions,
        layout=lambda table: parquet_settings(table.schema, LAYOUT),
        keep=keep,
    )
