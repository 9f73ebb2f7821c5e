"""How versions of models and prompts are referred to: `churn` for the newest, or `churn@3`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import split_at

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER = re.compile(r"^[1-9][0-9]{0,8}\Z")


def read_ref(kind: str, text: str) -> tuple[str, int | None]:
    """Split a reference into the name and the number; no number means the newest.

    Args:
        kind: `model` or `prompt`; may stand before the name, as events and reports write it.
        text: the reference as written.

    Raises:
        Invalid: what follows the @ is no number from 1 on.

    >>> read_ref("model", "churn@3"), read_ref("model", "model:churn")
    (('churn', 3), ('churn', None))
    """
    name, version = split_at(text.removeprefix(f"{kind}:"))
    if version is None:
        return name, None
    if NUMBER.match(version):
        return name, int(version)
    raise Invalid(
        f"{text!r} names no version of a {kind}",
        mend=f"write {name or kind} for the newest, or {name or kind}@1 for the first",
    )


def missing(kind: str, name: str, number: int | None, newest: Mapping[str, int]) -> NotFound:
    """Word the error that a version is not there.

    Args:
        kind: `model` or `prompt`.
        name: the name asked for.
        number: the number asked for; none for the newest.
        newest: for each name there is the number of its newest version.

    >>> missing("model", "churn", 9, {"churn": 3}).mend
    'its newest is churn@3'
    """
    if name not in newest:
        return NotFound.among(kind, name, newest)
    return NotFound(
        f"{kind} {name} has no version {number}", mend=f"its newest is {name}@{newest[name]}"
    )
