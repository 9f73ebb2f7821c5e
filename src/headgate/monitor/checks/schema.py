"""Are the columns there that the model learned from, and are they of the same kind?"""

from __future__ import annotations

import msgspec

from headgate.monitor.baseline import Baseline, is_told
from headgate.monitor.nouns import Measured
from headgate.monitor.seen import Seen


class SchemaSettings(msgspec.Struct, frozen=True):
    """What can be set.

    Args:
        new: a column that the reference does not have is worth a look.
    """

    new: bool = True


def schema(reference: Baseline, window: Seen, settings: SchemaSettings) -> list[Measured]:
    """List columns that are gone, of another kind, or new; a column without a value has no kind.

    Args:
        reference: fitted; its types are those that are expected.
        window: counted.
        settings: whether new columns count.
    """
    if not window.n_looked:
        return []
    found: list[Measured] = []
    for name, kind in reference.types.items():
        now = window.types.get(name)
        if now is None:
            found.append(_told(name, "gone", {"was": kind}))
        elif "nothing" not in (kind, now) and now != kind:
            found.append(_told(name, "type", {"was": kind, "is": now}))
    if settings.new:
        fresh = [name for name in window.types if name not in reference.types]
        found += [
            _told(name, "new", {"is": window.types[name]})
            for name in fresh
            if name not in window.known and not is_told(name)
        ]
    return found


def _told(name: str, metric: str, evidence: dict[str, str]) -> Measured:
    return Measured(
        check="schema",
        subject=name,
        metric=metric,
        value=1.0,
        threshold=0.0,
        is_exceeded=True,
        evidence=dict(evidence),
    )
