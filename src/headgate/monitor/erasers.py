"""Takes a subject's words out of references, where they are names of categories, and of findings.

Profiles of segments, which name frequent values too, are forgotten as a whole.

Counts stay, so every window that was counted on a profile still is; a name that is taken out is
`[erased 1]` from then on. The numbers of a profile cannot be told by a word: the lowest and the
highest value of a column stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from blake3 import blake3

from headgate.monitor import queries
from headgate.monitor.tables import monitor_findings, monitor_windows
from headgate.spine.ports import Traces
from headgate.spine.store.erasing.blanking import AREA, Replacement
from headgate.spine.store.erasing.words import rub_out, without_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.context import Context
    from headgate.spine.ports import Subject

PROFILES = ("data", "answers")
TEXTS = (
    monitor_windows.c.measured,
    monitor_windows.c.decision,
    monitor_findings.c.content,
)


class MonitorEraser:
    """Finds the profiles whose names tell of a subject."""

    name = "monitors"

    def trace(self, context: Context, subject: Subject) -> Traces:
        """Find the profiles and stage them without the names."""
        with context.catalog.read() as connection:
            keys = queries.profiles(connection, context.tenant) if subject.words else []
        found = [one for key in keys if (one := _replacement(context, key, subject))]
        n = sum(one.n_rows for one in found)
        return Traces(kind=self.name, n=n, replacements=tuple(found))

    def rub_out(self, connection: Any, context: Context, subject: Subject) -> int:
        """Take the subject's words out of what was measured and found."""
        return rub_out(connection, context.tenant, TEXTS, subject.words)


class ProfileEraser:
    """Drops profiles as a whole; they are made again, without the subject, when asked for."""

    name = "profiles"

    def trace(self, _context: Context, _subject: Subject) -> Traces:
        """Count nothing: a profile is no record of anybody."""
        return Traces(kind=self.name, n=0)

    def rub_out(self, connection: Any, context: Context, _subject: Subject) -> int:
        """Drop them all, for which of them names the subject they do not tell."""
        return queries.drop_profiles(connection, context.tenant)


OFFERS = [MonitorEraser(), ProfileEraser()]


class Blanking:
    """Takes words out of plain data.

    Args:
        words: what is taken out.

    Attributes:
        n: texts that were changed [count].
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self.n = 0

    def text(self, text: str) -> str:
        """Return a text as it is, or another that nothing else is called."""
        if without_words(text, self._words) == text:
            return text
        self.n += 1
        return f"[erased {self.n}]"

    def whole(self, value: Any) -> Any:
        """Take words out of every text in a value, the keys of its mappings too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.whole(each) for each in value]
        if isinstance(value, dict):
            return {self.whole(key): self.whole(each) for key, each in value.items()}
        return value

    def baseline(self, value: dict[str, Any]) -> dict[str, Any]:
        """Take words out of a reference: names of categories, and what checks remember."""
        for profile in PROFILES:
            for column in value[profile]["columns"].values():
                if "names" in column:
                    column["names"] = self.whole(column["names"])
        value["fitted"] = {name: self._packed(data) for name, data in value["fitted"].items()}
        return value

    def _packed(self, data: bytes) -> bytes:
        return msgspec.msgpack.encode(self.whole(msgspec.msgpack.decode(data)))


def _replacement(context: Context, key: str, subject: Subject) -> Replacement | None:
    blanking = Blanking(subject.words)
    changed = blanking.baseline(msgspec.msgpack.decode(context.blobs.get(key)))
    if not blanking.n:
        return None
    if subject.is_plan:
        return Replacement(key=key, staged="", digest="", n_rows=blanking.n)
    content = msgspec.msgpack.encode(changed)
    digest = blake3(content).hexdigest()
    staged = f"{AREA}/{digest[:2]}/{digest}"
    context.blobs.put(staged, content)
    return Replacement(key=key, staged=staged, digest=digest, n_rows=blanking.n)
