"""Takes what rows say of their parents off them, as edges."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.spine.writes import PARENTS


def unfolded(rows: pa.Table, name: str, run: str | None) -> tuple[pa.Table, pa.Table | None]:
    """Take the column of parents off rows and write it as edges, one a parent.

    Args:
        rows: what is to be committed, n rows; `_parents` holds a list of row ids each.
        name: the dataset.
        run: the run that read the parents.

    Returns:
        The rows without that column, and the edges: child (position of a row, int64) and
        parent_rid (int64); nothing if there is no such column.

    Raises:
        Invalid: the column holds no lists of row ids, or there is no run that read them.
    """
    if PARENTS not in rows.column_names:
        return rows, None
    if run is None:
        raise Invalid(
            f"rows of {name} name parents outside a run",
            mend="read the parents and commit inside project.run(…)",
        )
    column = rows[PARENTS].combine_chunks()
    if not pa.types.is_list(column.type) or not pa.types.is_integer(column.type.value_type):
        raise Invalid(
            f"column {PARENTS} is {column.type}", mend="give a list of row ids for each row"
        )
    edges = pa.table(
        {
            "child": pc.list_parent_indices(column).cast(pa.int64()),
            "parent_rid": pc.list_flatten(column).cast(pa.int64()),
        }
    )
    return rows.drop_columns([PARENTS]), edges
