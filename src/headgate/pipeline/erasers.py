"""Takes a subject's words out of what arrived for pipelines, what runs said, and others' events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.pipeline.queries import rename_parts
from headgate.pipeline.tables import cursors, memos, pipeline_parts, pipeline_runs, ticks
from headgate.spine.lineage.foreign.erasing import erase_words, n_naming
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import rub_out

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


class PipelineEraser:
    """Bodies of posts, files' names, settings, partitions' keys and errors may hold anything."""

    name = "pipelines"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Keep nothing of rows."""
        del context, subject
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of arrivals, settings, partitions' keys and errors."""
        arrived = (ticks.c.arrival, ticks.c.why, cursors.c.cursor, cursors.c.error)
        asked = (pipeline_runs.c.settings, pipeline_runs.c.asked)
        texts = (*arrived, *asked, pipeline_parts.c.error, memos.c.partition, memos.c.parts)
        n_changed = rub_out(connection, context.tenant, texts, subject.words)
        return n_changed + rename_parts(connection, context.tenant, subject.words)


class ForeignEventEraser:
    """Events are text of others: what names the subject in them is written over in place."""

    name = "foreign events"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Count the events that name the subject."""
        with context.catalog.read() as connection:
            return Traces(self.name, n_naming(connection, context.tenant, subject.words))

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of events, and of names read from them."""
        return erase_words(connection, context.tenant, subject.words)


OFFERS = [PipelineEraser(), ForeignEventEraser()]
"""Found by the registry."""
