"""Takes a subject's words out of what is kept of escalations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.monitor.tables import escalations
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.words import rub_out

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


class EscalationEraser:
    """Rubs a subject out of why escalations were decided, and of what came of them."""

    name = "escalations"

    def trace(self, _context: Context, _subject: Subject) -> Traces:
        """Find nothing to be replaced: escalations stand in the catalog alone."""
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of reasons, evidence and outcomes."""
        kept = escalations.c
        texts = (kept.why, kept.settings, kept.evidence, kept.outcome)
        return rub_out(connection, context.tenant, texts, subject.words)


OFFERS = [EscalationEraser()]
