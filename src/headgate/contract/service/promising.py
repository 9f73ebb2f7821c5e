"""Which service levels a contract promises of a dataset, of which column, and how much they weigh.

A level names what it is about in `element`: the dataset, or a column of moments in it; several are
parted by commas, and `slaDefaultElement` stands in for those that name none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.contract.gating.plan import WARNINGS
from headgate.contract.odcs.levels import key_of
from headgate.contract.odcs.places import LEVELS
from headgate.contract.promises import object_of
from headgate.contract.service.measuring import unseen
from headgate.spine.problems import clause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.contract.odcs.nouns import Contract, Level

SEVERITY = "serviceLevelSeverity"
"""The custom property of a contract that says how bad a broken level is: one word, or one each."""
BY_COLUMN = frozenset({"latency", "volume", "completeness"})
"""Levels that can be about a column; others are about the dataset whatever they name."""


class Promised(NamedTuple):
    """A level, about one thing.

    Args:
        level: the level.
        clause: where it stands, such as `slaProperties[0]`.
        name: the same for what is asked, unlike all others.
        column: the column of moments that it is about; nothing if it is about the dataset.
        severity: how bad it is if it is broken.
    """

    level: Level
    clause: str
    name: str
    column: str | None
    severity: str

    @property
    def is_stopping(self) -> bool:
        """Whether a check does not pass where it is broken."""
        return self.severity.casefold() not in WARNINGS


def promised_of(contract: Contract, dataset: str) -> Iterator[Promised]:
    """Yield the levels that are about a dataset, once for each thing they name.

    Raises:
        NotFound: the contract is about several other datasets.
    """
    for number, level in enumerate(contract.sla_properties):
        where = clause((LEVELS, number))
        for place, about in enumerate(_elements(contract, level, dataset)):
            is_by_column = key_of(level) in BY_COLUMN and not unseen(level)
            name = about if is_by_column else ""
            weight = _severity(contract, level)
            yield Promised(level, where, f"{where} {place}", name or None, weight)


def _elements(contract: Contract, level: Level, dataset: str) -> list[str]:
    """List what a level is about: columns, or the dataset itself as an empty name."""
    mine = object_of(contract, dataset)
    own = [one for one in (mine.name, mine.physical_name, dataset) if one]
    others = [one.name for one in contract.schema if one is not mine]
    named = (level.element or contract.sla_default_element).split(",")
    parts = [one.strip() for one in named if one.strip()]
    inside = [(part, _inside(part, own)) for part in parts]
    mine_too = [part if name is None else name for part, name in inside]
    is_theirs = [name is None and _inside(part, others) is not None for part, name in inside]
    found = [name for name, is_other in zip(mine_too, is_theirs, strict=True) if not is_other]
    return found if parts else [""]


def _inside(part: str, names: Sequence[str]) -> str | None:
    """Return what a name means inside of tables: nothing for a table itself, none if elsewhere."""
    if part in names:
        return ""
    held = [part[len(one) + 1 :] for one in names if part.startswith(f"{one}.")]
    return min(held, key=len, default=None)


def _severity(contract: Contract, level: Level) -> str:
    """Return how bad it is if a level is broken; the standard has no key for it at a level."""
    held = [one.value for one in contract.custom_properties if one.property == SEVERITY]
    told = held[0] if held else None
    if isinstance(told, dict):
        told = told.get(level.id) or told.get(level.property)
    return str(level.extra.get("severity") or told or "error")
