"""The five families of error, each with the mend that a reader can act on.

A message says what is wrong, where, and which value; the mend says what to do now. Both are
lower case without a full stop, so that every surface can set them in its own sentence.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

N_NAMED = 8
"""Known names a mend lists at most [count]."""


class HeadgateError(Exception):
    """What every deliberate error of Headgate is.

    Args:
        message: what, where, the value.
        mend: what the reader does next.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}\nmend: {self.mend}"


class NotFound(HeadgateError):
    """Something was named that is not there."""

    code = "not-found"
    http_status = 404
    exit_code = 2

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> Self:
        """Name the nearest of the known names as the mend.

        Args:
            kind: what was looked for, such as `dataset`.
            name: the name that was not found.
            known: the names there are.
        """
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        if near:
            mend = f"did you mean {near[0]}?"
        elif names:
            mend = f"there is {', '.join(names[:N_NAMED])}" + (
                " and more" if len(names) > N_NAMED else ""
            )
        else:
            mend = f"there is no {kind} yet"
        return cls(f"no {kind} named {name!r}", mend=mend)


class Invalid(HeadgateError):
    """The input cannot be what it claims to be."""

    code = "invalid"
    http_status = 422
    exit_code = 2


class Conflict(HeadgateError):
    """The state has moved on, or two things claim the same place."""

    code = "conflict"
    http_status = 409
    exit_code = 2


class Denied(HeadgateError):
    """The caller may not do this."""

    code = "denied"
    http_status = 403
    exit_code = 2


class Unavailable(HeadgateError):
    """Something we need did not answer; a retry may help."""

    code = "unavailable"
    http_status = 503
    exit_code = 2


FAMILIES: dict[str, type[HeadgateError]] = {
    family.code: family for family in (NotFound, Invalid, Conflict, Denied, Unavailable)
}
