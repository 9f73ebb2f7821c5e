"""What contracts were before a change: at a commit of git, or as they were published."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from headgate.contract.odcs.files import FOLDER
from headgate.contract.published import queries
from headgate.core.errors import HeadgateError
from headgate.spine.documents import SUFFIXES

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.inspecting.commit import Base

IN_FORCE = "what is in force"


class Earlier(NamedTuple):
    """Contracts as they were.

    Args:
        name: what that state is called.
        contents: the bytes of each file by the contract's name.
    """

    name: str
    contents: dict[str, bytes]


def earlier_of(context: Context, base: Base | None) -> Earlier | None:
    """Return the contracts at a commit; without one those in force, nothing if there are none."""
    if base is None:
        published = _published(context)
        return Earlier(IN_FORCE, published) if published else None
    contents: dict[str, bytes] = {}
    for file in base.files(FOLDER):
        path = PurePosixPath(file)
        content = base.content(file) if path.suffix in SUFFIXES else None
        if content is not None:
            contents[path.stem] = content
    return Earlier(base.name, contents)


def _published(context: Context) -> dict[str, bytes]:
    """Return the contracts in force; none where a checkout has no catalog."""
    try:
        with context.catalog.read() as connection:
            found = queries.versions(connection, context.tenant, state="in force")
            return {
                one.name: queries.document(connection, context.tenant, one.name, one.number)
                for one in found
            }
    except HeadgateError:
        return {}
