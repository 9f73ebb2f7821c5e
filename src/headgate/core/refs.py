"""How things are referred to on every surface: `source:clinic`, `orders@3`, `row:17`."""

from __future__ import annotations

import re
import secrets
import time

import msgspec

from headgate.core.errors import Invalid

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
RID = "_rid"
"""The column that says which row of its dataset a row is."""


class Ref(msgspec.Struct, frozen=True):
    """A reference to one thing of the graph."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def check_name(kind: str, name: str) -> str:
    """Return the name if it can stand in references, paths and SQL.

    Raises:
        Invalid: it starts with no letter, is over 100 characters or holds another sign.
    """
    if not NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} cannot name a {kind}",
            mend="leave out what begins with the @; a branch is named with --branch"
            if kind == "dataset" and "@" in name
            else "start with a letter; letters, digits, '_', '-' and '.' may follow, 100 at most",
        )
    return name


def parse_ref(text: str, kinds: tuple[str, ...]) -> Ref:
    """Read `kind:name`.

    Args:
        text: the reference as written.
        kinds: the kinds that make sense here.

    Raises:
        Invalid: there is no kind, or it is not among `kinds`.

    >>> parse_ref("source:clinic", ("source", "row"))
    Ref(kind='source', name='clinic')
    """
    kind, colon, name = text.partition(":")
    if colon and name and kind in kinds:
        return Ref(kind=kind, name=name)
    raise Invalid(
        f"{text!r} refers to nothing", mend="write " + " or ".join(f"{kind}:…" for kind in kinds)
    )


def split_at(text: str) -> tuple[str, str | None]:
    """Split `orders@3` into the dataset's name and the version asked for.

    >>> split_at("orders@3"), split_at("orders")
    (('orders', '3'), ('orders', None))
    """
    name, at, version = text.partition("@")
    return name, version if at and version else None


def mint(prefix: str) -> str:
    """Make an identifier that sorts by the time it was made.

    Args:
        prefix: what it identifies, such as `run`.

    Returns:
        `prefix_` and 20 characters: 10 of milliseconds, 10 of chance (50 bits).
    """
    number = time.time_ns() // 1_000_000 << 50 | secrets.randbits(50)
    return f"{prefix}_" + "".join([ALPHABET[(number >> shift) & 31] for shift in range(95, -1, -5)])
