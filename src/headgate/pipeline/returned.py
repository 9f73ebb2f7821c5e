"""What a step's function may return, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from headgate.core.errors import Invalid


def as_table(name: str, made: Any) -> pa.Table:
    """Take what a step returned as rows.

    Raises:
        Invalid: it is nothing that holds rows.
    """
    try:
        if isinstance(made, pa.Table):
            return made
        if isinstance(made, list):
            return pa.Table.from_pylist(made)
        if isinstance(made, Mapping) or hasattr(made, "__arrow_c_stream__"):
            return pa.table(made)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(
            f"what step {name} returned is no table: {error}",
            mend="return a table, a list of dicts or a dict of columns of one length",
        ) from error
    raise Invalid(
        f"step {name} returned {type(made).__name__}, which holds no rows",
        mend="return a pyarrow table, a frame, a list of dicts or a dict of columns",
    )
