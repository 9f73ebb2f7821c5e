"""The graph as one edge list, known from what was put in and not from Headgate's own lineage.

This is what a naive tool keeps: one (parent, child) pair for every row of a batch, every row of a
snapshot or of a read, every derived row, and every reference of a prediction. Nodes are whole
numbers; each kind has a billion of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike

KIND = 1_000_000_000
ROW, BATCH, VERSION, READ, MODEL, RELEASE, DEPLOYMENT, EXPOSED, EXACT = (
    place * KIND for place in range(9)
)
SCHEMA = pa.schema([("parent", pa.int64()), ("child", pa.int64())])


class Graph:
    """An edge list in a folder, one Parquet file for each part that was added.

    Args:
        folder: where to write; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.n_edges = 0
        self._n_files = 0

    def add(self, parents: ArrayLike, children: ArrayLike) -> None:
        """Add edges; a single node on one side stands for as many as the other has."""
        pairs = np.broadcast_arrays(
            np.asarray(parents, np.int64).reshape(-1), np.asarray(children, np.int64).reshape(-1)
        )
        table = pa.Table.from_arrays([pa.array(side) for side in pairs], schema=SCHEMA)
        self._save(table, "edges")
        self.n_edges += table.num_rows

    def add_users(self, first: int, users: ArrayLike) -> None:
        """Say whom predictions were for, numbered from `first`."""
        numbers: Any = np.asarray(users, np.int64)
        ids: Any = np.arange(first, first + len(numbers))
        self._save(pa.table({"prediction": ids, "user": numbers}), "users")

    def _save(self, table: pa.Table, kind: str) -> None:
        self._n_files += 1
        pq.write_table(table, self.folder / f"{kind}-{self._n_files:05}.parquet")


def files(folder: Path, kind: str) -> list[str]:
    """List the files of one kind, `edges` or `users`, in the order they were written."""
    return [str(path) for path in sorted(folder.glob(f"{kind}-*.parquet"))]
