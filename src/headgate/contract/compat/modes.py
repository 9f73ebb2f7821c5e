"""The seven modes of compatibility, and the verdict they give over several older versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from headgate.contract.compat.breaches import Breach
from headgate.contract.compat.schemas import Document, breaches, same_format, warnings
from headgate.spine.inspecting.nouns import Mode

MODES: tuple[str, ...] = get_args(Mode)
Direction = Literal["BACKWARD", "FORWARD"]
Broken = Literal["producer", "consumer"]
BREAKS: dict[str, Broken] = {"BACKWARD": "producer", "FORWARD": "consumer"}
"""Who is broken: who still writes the old version (and what lies there), or who still reads it."""


class Incompatibility(msgspec.Struct, frozen=True):
    """One place where two versions do not go together.

    Args:
        path: where, such as `orders.city.required` or `$.city`.
        was: what the older version has there.
        now: what the newer version has there.
        why: what happens.
        breaks: `producer` if data of the older version is refused by the newer one, `consumer`
            if data of the newer version is not what readers of the older one were promised.
        direction: the mode that forbids it.
        against: the older version.
    """

    path: str
    was: str
    now: str
    why: str
    breaks: Broken
    direction: Direction
    against: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether a version may follow others.

    Args:
        mode: what was asked for.
        is_compatible: no incompatibility was found.
        incompatibilities: every one, per older version.
        warnings: what the rules let pass although values may be read as something else.
        compared: the older versions that count in this mode.
    """

    mode: Mode
    is_compatible: bool
    incompatibilities: tuple[Incompatibility, ...]
    warnings: tuple[Incompatibility, ...]
    compared: tuple[str, ...]


def compare(old: Document | Sequence[Document], new: Document, mode: Mode = "BACKWARD") -> Verdict:
    """Say whether a version may follow older ones.

    Args:
        old: the version before, or all of them from the oldest to the newest; modes that are not
            transitive look at the newest alone.
        new: the version that is to follow.
        mode: one of Confluent's seven.

    Raises:
        Invalid: the documents are of different formats, or there is no older one.
    """
    documents = [old] if isinstance(old, Document) else list(old)
    same_format([*documents, new])
    counted = documents if mode.endswith("_TRANSITIVE") else documents[-1:]
    counted = [] if mode == "NONE" else counted
    found = [one for each in counted for one in _against(each, new, mode)]
    warned = [one for each in counted for one in _noted(each, new)]
    return Verdict(
        mode=mode,
        is_compatible=not found,
        incompatibilities=tuple(found),
        warnings=tuple(warned),
        compared=tuple(each.name for each in counted),
    )


def _against(old: Document, new: Document, mode: Mode) -> list[Incompatibility]:
    found: list[Incompatibility] = []
    if not mode.startswith("FORWARD"):
        found += backward(old, new)
    if not mode.startswith("BACKWARD"):
        found += forward(old, new)
    return found


def backward(old: Document, new: Document) -> list[Incompatibility]:
    """List what keeps the new version from taking data of the old one."""
    return [
        _entry(one, one.writer, one.reader, "BACKWARD", old)
        for one in breaches(new, old, reader_is_new=True)
    ]


def forward(old: Document, new: Document) -> list[Incompatibility]:
    """List what keeps data of the new version from serving readers of the old one."""
    return [
        _entry(one, one.reader, one.writer, "FORWARD", old)
        for one in breaches(old, new, reader_is_new=False)
    ]


def _noted(old: Document, new: Document) -> list[Incompatibility]:
    return [_entry(one, one.writer, one.reader, "BACKWARD", old) for one in warnings(new, old)]


def _entry(
    breach: Breach, was: str, now: str, direction: Direction, old: Document
) -> Incompatibility:
    return Incompatibility(
        path=breach.path,
        was=was,
        now=now,
        why=breach.why,
        breaks=BREAKS[direction],
        direction=direction,
        against=old.name,
    )
