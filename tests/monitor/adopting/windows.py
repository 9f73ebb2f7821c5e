"""Two windows in which both tools have something to differ about, a column for each reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N = 6000


def window(rng: np.random.Generator, *, moved: bool, n: int = N) -> dict[str, Any]:
    """Make one of the two windows."""
    shift = 0.5 if moved else 0.0
    amount = rng.normal(size=n) + shift
    outlier = amount.copy()
    outlier[0] = 1e6 if moved else 0.0
    names = ["a", "b", "c", *(["d"] if moved else [])]
    return {
        "amount": amount,
        "outlier": outlier,
        "tiny": rng.normal(0.08 if moved else 0, 1, n),
        "holes": pa.array(rng.normal(size=n), mask=rng.random(n) < shift),
        "fell": rng.normal(size=n) - shift,
        "items": rng.integers(0, 15, n) + (rng.random(n) < shift / 5),
        "few": rng.integers(0, 3, n) + (rng.random(n) < shift / 5),
        "city": rng.choice(names, n),
        "two": rng.choice(["yes", "no"], n, p=[0.5 + shift / 5, 0.5 - shift / 5]),
    }


def written(folder: Path, *, seed: int = 3, n: int = N) -> tuple[Path, Path]:
    """Write both windows as Parquet, reference first."""
    rng = np.random.default_rng(seed)
    paths = folder / "reference.parquet", folder / "current.parquet"
    for path, moved in zip(paths, (False, True), strict=True):
        pq.write_table(pa.table(window(rng, moved=moved, n=n)), path)
    return paths
