"""Takes a subject's words out of what was said about sources that are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.ingest.tables import source_holds
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import rub_out

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


class HoldEraser:
    """Rubs a subject out of the reasons for which sources are held."""

    name = "source holds"

    def trace(self, _context: Context, _subject: Subject) -> Traces:
        """Find nothing to be replaced: reasons stand in the catalog alone."""
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of reasons."""
        return rub_out(connection, context.tenant, (source_holds.c.because,), subject.words)


OFFERS = [HoldEraser()]
