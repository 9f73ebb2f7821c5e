"""The common shapes of a step, over tables whose rows say what they were made of.

A step is handed tables with the rows' ids in `_rid`. Arrow's own `filter`, `take` and `sort_by`
keep them; these functions keep or derive what else is needed, so that a blast is exact to the row:
`_rid` where a row is still that row, `_parents` where it was made of others.
"""

from headgate.pipeline.rows.columns import apply, select, with_column
from headgate.pipeline.rows.grouping import deduplicate, group
from headgate.pipeline.rows.joining import join
from headgate.pipeline.rows.splitting import chunk, explode, split
from headgate.pipeline.rows.stacking import concat, literal

__all__ = [
    "apply",
    "chunk",
    "concat",
    "deduplicate",
    "explode",
    "group",
    "join",
    "literal",
    "select",
    "split",
    "with_column",
]
