"""Takes a subject's words out of what arrived for pipelines, and out of what their runs said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.pipeline.tables import cursors, ticks
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import rub_out

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


class TickEraser:
    """The bodies of posts and the names of files may hold anything."""

    name = "ticks"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Keep nothing of rows."""
        del context, subject
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of arrivals and errors."""
        texts = (ticks.c.arrival, ticks.c.why, cursors.c.cursor, cursors.c.error)
        return rub_out(connection, context.tenant, texts, subject.words)


OFFERS = [TickEraser()]
"""Found by the registry."""
