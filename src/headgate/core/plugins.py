"""What a plugin is made of: the shapes that connectors hand over and gates answer with.

A plugin imports this package and its own library, nothing else of ours. Rows travel as
pyarrow tables; `core` names the type without loading it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    import pyarrow as pa

    class Connector(Protocol):
        """A function named like its file that reads one object into readings."""

        def __call__(self, path: str, /, **settings: Any) -> Iterator[Reading]:
            """Read the object at a path or address."""
            ...

    Rows = pa.Table

LINE = "_line"
"""Column a connector adds: the 1-based line or record of the object where a row begins."""

UNTYPED = b"headgate.untyped"
"""Schema metadata a connector sets to b"1" when every column is text still to be read."""


class Rejected(msgspec.Struct, frozen=True):
    """A record that could not become a row: where it stood, its raw text and why."""

    line: Annotated[int, msgspec.Meta(description="1-based line or record in the object")]
    raw: Annotated[
        str, msgspec.Meta(description="the record as it stood, undecodable bytes escaped")
    ]
    reason: Annotated[
        str, msgspec.Meta(description="`name: evidence`, such as `fields: 7 instead of 5`")
    ]


class Reading(msgspec.Struct, frozen=True):
    """A part of an object as read: rows that hold together and records that do not."""

    rows: Any
    rejected: tuple[Rejected, ...] = ()


class SourceObject(msgspec.Struct, frozen=True):
    """One thing a source offers: a file, a table, a query; taken once by its digest."""

    uri: str
    path: str
    digest: str
    n_bytes: int
