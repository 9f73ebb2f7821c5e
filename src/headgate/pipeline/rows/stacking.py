"""Tables put under one another, and rows that were made of no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.pipeline.rows.columns import table_of
from headgate.pipeline.rows.origins import Origins, bare, gathered, origins_of, with_origins
from headgate.spine.store.segments import RID
from headgate.spine.writes import PARENTS


def concat(*tables: pa.Table) -> pa.Table:
    """Put tables under one another; a column that one of them lacks is null there.

    Rows keep their ids where all of them have one and none stands twice. Else they are new rows,
    made of what they were.

    Raises:
        Invalid: the tables' columns do not fit together.
    """
    if not tables:
        raise Invalid("there is no table to put under another", mend="give one or more")
    parts = [origins_of(table) for table in tables]
    try:
        joined = pa.concat_tables([bare(table) for table in tables], promote_options="permissive")
    except pa.ArrowException as error:
        raise Invalid(
            f"the tables do not fit under one another: {error}", mend="cast the column it names"
        ) from error
    if all(_stays(table) for table in tables):
        ids: Any = pa.chunked_array(
            [chunk for table in tables for chunk in table[RID].cast(pa.int64()).chunks], pa.int64()
        )
        if len(np.unique(np.asarray(ids))) == len(ids):
            return joined.append_column(RID, ids)
    return with_origins(joined, _stacked(parts))


def literal(values: Any) -> pa.Table:
    """Make rows that stand in the code itself and so were made of no row.

    Args:
        values: a table, a dict of columns or a list of dicts.
    """
    table: pa.Table = table_of(values, None) if isinstance(values, list) else pa.table(values)
    nothing = np.empty(0, np.int64)
    return with_origins(bare(table), gathered(nothing, nothing, table.num_rows))


def _stays(table: pa.Table) -> bool:
    """Say whether each row of a table is still itself."""
    return RID in table.column_names and PARENTS not in table.column_names


def _stacked(parts: list[Origins]) -> Origins:
    counts = np.concatenate([part.counts for part in parts])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Origins(offsets, np.concatenate([part.rids for part in parts]))
