"""The two windows that bench.drift is about: 22 columns of numbers and 8 of names, in Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

N_NUMBERS, N_NAMES = 22, 8
DISTINCT = (3, 5, 10, 20, 50, 100, 200, 1000)
"""Different names in each column of names."""
SHIFT = 0.3
"""By how much the last column of numbers moves [standard deviations]; the others by less."""
CHUNK = 1_000_000


def table(rng: np.random.Generator, n: int, *, shift: float, n_numbers: int = N_NUMBERS) -> Any:
    """Make rows: normal and gamma numbers in turn, and names of which few are frequent."""
    moved = [shift * number / N_NUMBERS for number in range(n_numbers)]
    made: dict[str, Any] = {
        f"number_{place}": rng.normal(by, 1, n) if place % 2 else rng.gamma(2 + by, 1, n)
        for place, by in enumerate(moved)
    }
    for place, n_distinct in enumerate(DISTINCT if n_numbers == N_NUMBERS else ()):
        names = np.array([f"name {number}" for number in range(n_distinct)])
        made[f"name_{place}"] = pa.array(names[np.minimum(rng.zipf(1.5, n), n_distinct) - 1])
    return pa.table(made)


def windows(folder: Path, n: int) -> tuple[Path, Path]:
    """Write a reference and a current window of n rows each, unless they are there."""
    paths = folder / f"reference-{n}.parquet", folder / f"current-{n}.parquet"
    for seed, (path, shift) in enumerate(zip(paths, (0.0, SHIFT), strict=True)):
        if not path.exists():
            pq.write_table(table(np.random.default_rng(seed), n, shift=shift), path)
    return paths


def numbers(folder: Path, n: int, n_columns: int, *, shift: float = 0.0) -> Path:
    """Write n rows of some columns of numbers, a million rows at a time."""
    path = folder / f"numbers-{n}-{shift}.parquet"
    rng = np.random.default_rng(n)
    with pq.ParquetWriter(
        path, table(rng, 0, shift=shift, n_numbers=n_columns).schema, use_dictionary=False
    ) as writer:
        for start in range(0, n, CHUNK):
            n_rows = min(CHUNK, n - start)
            writer.write_table(table(rng, n_rows, shift=shift, n_numbers=n_columns))
    return path
