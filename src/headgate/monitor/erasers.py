"""Forgets the profiles of segments when somebody is erased: they name frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.monitor.queries import drop_profiles
from headgate.spine.ports import Traces

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Subject


class ProfileEraser:
    """Drops profiles as a whole; they are made again, without the subject, when asked for."""

    name = "profiles"

    def trace(self, _context: Context, _subject: Subject) -> Traces:
        """Count nothing: a profile is no record of anybody."""
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, _subject: Subject) -> int:
        """Drop them all, for which of them names the subject they do not tell."""
        return drop_profiles(connection, context.tenant)


OFFERS = [ProfileEraser()]
