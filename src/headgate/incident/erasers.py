"""Takes a subject's words out of messages; what was sent before stands with its receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.spine.outbox import queries
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import holds_word, rub_out
from headgate.spine.store.tables import outbox

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject

MEND = "delete it where it was received; Headgate cannot call it back"


class MessageEraser:
    """Rubs a subject out of the outbox, and names the messages that have left with it."""

    name = "messages"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the messages that name the subject."""
        if not subject.words:
            return Traces(kind=self.name, n=0)
        with context.catalog.read() as connection:
            texts = queries.told_with(connection, context.tenant, subject.words)
        hits = holds_word(pa.array([one.text for one in texts], pa.string()), subject.words)
        found = [one for one, is_hit in zip(texts, hits, strict=True) if is_hit]
        obligations = tuple(
            ("message", f"message:{one.message_id} to {one.notifier}", 1, MEND)
            for one in found
            if one.was_tried
        )
        return Traces(kind=self.name, n=len(found), obligations=obligations)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of messages and answers."""
        texts = (outbox.c.content, outbox.c.answer)
        return rub_out(connection, context.tenant, texts, subject.words)


OFFERS = [MessageEraser()]
