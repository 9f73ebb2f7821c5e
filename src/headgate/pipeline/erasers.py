"""Takes a subject's words out of what other tools told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.spine.lineage.foreign.erasing import erase_words, n_naming
from headgate.spine.ports import Traces

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


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


OFFERS = [ForeignEventEraser()]
