"""A table of 20 columns and changes to it, the same for us and for every peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHANGED = ("number_0", "real_0")


def wide_table(n_rows: int) -> pa.Table:
    """Make rows with an id, 6 texts of rising variety, 6 whole numbers and 7 fractions."""
    random = np.random.default_rng(1)
    columns: dict[str, Any] = {"id": np.arange(n_rows)}
    for place in range(6):
        variety = min(n_rows, 10 ** (place + 1))
        values: Any = pa.array([f"text {place} of {value}" for value in range(variety)])
        columns[f"text_{place}"] = values.take(random.integers(0, variety, n_rows))
    for place in range(6):
        columns[f"number_{place}"] = random.integers(0, 10 ** (place + 2), n_rows)
    for place in range(7):
        columns[f"real_{place}"] = random.normal(size=n_rows)
    return pa.table(columns)


def changes(table: pa.Table, *, times: int) -> Iterator[pa.Table]:
    """Change 1 % of the rows, chosen at random, in two columns; each time others."""
    random = np.random.default_rng(2)
    for _ in range(times):
        chosen: Any = random.choice(table.num_rows, table.num_rows // 100, replace=False)
        rows = table.take(np.sort(chosen))
        fresh = {
            CHANGED[0]: pa.array(random.integers(0, 100, len(chosen))),
            CHANGED[1]: pa.array(random.normal(size=len(chosen))),
        }
        for name, values in fresh.items():
            rows = rows.set_column(rows.schema.get_field_index(name), name, values)
        yield rows


def some_ids(n_rows: int) -> list[int]:
    """Choose ids of 1,000 rows at random, or of all if there are fewer."""
    chosen = np.random.default_rng(3).choice(n_rows, min(n_rows, 1_000), replace=False)
    return chosen.tolist()


def parquet_bytes(rows: pa.Table, path: Path) -> int:
    """Write rows as one zstd Parquet file and return its size [bytes]."""
    pq.write_table(rows, path, compression="zstd")
    return path.stat().st_size


def stored_bytes(folder: Path) -> int:
    """Sum up the files of a store as they lie on disk [bytes]."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
