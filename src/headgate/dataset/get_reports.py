"""What the verb that gets single rows is asked."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from headgate.dataset.reports import At, Name, RunId


class GetRequest(msgspec.Struct, frozen=True):
    """Get single rows of a snapshot by their key or by their row id, in the order asked.

    What no row has is left out; a key that several rows have gives them all.
    """

    name: Name
    keys: Annotated[
        tuple[int | float | str, ...], Meta(description="values of the dataset's key column")
    ] = ()
    ids: Annotated[tuple[int, ...], Meta(description="row ids, as column _rid holds them")] = ()
    at: At = None
    columns: Annotated[tuple[str, ...] | None, Meta(description="columns to read; all if none")] = (
        None
    )
    row_ids: Annotated[bool, Meta(description="put each row's id first, as column _rid")] = False
    run: RunId = None
