"""What one format says and another has no place for: noted once each, with the reason."""

from __future__ import annotations

from typing import Any

import msgspec

from headgate.core.texts import short


class LeftOut(msgspec.Struct, frozen=True):
    """Something that did not translate.

    Args:
        path: where it stands in what was translated.
        what: what stands there.
        why: why it has no counterpart, and what became of it.
    """

    path: str
    what: str
    why: str


class Notes:
    """What is left out, as it is come upon, each once."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], LeftOut] = {}

    def add(self, path: str, what: Any, why: str) -> None:
        """Note something that does not translate."""
        told = short(what)
        self.found.setdefault((path, told), LeftOut(path, told, why))

    def rest(self, held: dict[str, Any], known: set[str], path: str, why: str) -> None:
        """Note every key of a mapping that was not used."""
        for key, each in held.items():
            if key not in known:
                self.add(f"{path}.{key}" if path else key, each, why)

    @property
    def all(self) -> tuple[LeftOut, ...]:
        """Everything noted, in order."""
        return tuple(self.found.values())
