"""Are the columns there that the model learned from, and are they of the same kind?"""

from __future__ import annotations

import msgspec

from headgate.monitor.baseline import TOLD, Baseline
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
        fresh = [n for n in window.types if n not in reference.types and n not in TOLD]
        found += [_told(n, "new", {"is": window.types[n]}) for n in fresh if n not in window.known]
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
