"""A million orders in a Parquet file, some of them bad, and the ten checks that find them.

Nothing of ours is imported, for peers read it in their own environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.parts.timing import worked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CITIES = ["Oslo", "Bergen", "Rome", "Paris", "Lund", "Kiel", "Bonn", "Graz"]
MAIL = r"^[a-z0-9]+@[a-z]+\.[a-z]+$"
CODE = "^[A-Z]{2}-[0-9]{4}$"
CHECKS = (
    "id not null", "id unique", "age range", "city set", "mail pattern", "amount minimum",
    "country not null", "code pattern", "score range", "count maximum",
)  # fmt: skip
"""The ten, in the order in which every tool tells how many rows break each."""
BAD = 0.0005
"""Share of rows that break each check (0 to 1)."""


def write_orders(path: Path, n_rows: int) -> None:
    """Write orders in which each check has some hundreds of bad rows in a million."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = np.random.default_rng(11)
    city = chance.choice(CITIES, n_rows)
    codes = np.char.mod("NO-%04d", np.arange(n_rows) % 10_000)
    mail = np.char.add(np.char.mod("user%d", np.arange(n_rows)), "@example.org")
    columns: dict[str, Any] = {
        "_rid": np.arange(n_rows, dtype=np.int64),
        "id": np.arange(n_rows, dtype=np.int64),
        "age": chance.integers(0, 100, n_rows),
        "city": city.astype(object),
        "mail": mail.astype(object),
        "amount": chance.lognormal(3, 1, n_rows),
        "country": chance.choice(["NO", "SE"], n_rows).astype(object),
        "code": codes.astype(object),
        "score": chance.random(n_rows),
        "count": chance.integers(1, 50, n_rows),
    }
    worse = {"age": 200, "city": "Atlantis", "mail": "nobody", "amount": -1.0, "country": None,
             "code": "none", "score": 1.5, "count": 1000}  # fmt: skip
    n_bad = max(int(n_rows * BAD), 1)
    for name, value in worse.items():
        columns[name][chance.choice(n_rows, n_bad, replace=False)] = value
    twice = chance.choice(n_rows // 2, n_bad, replace=False)
    columns["id"][twice] = columns["id"][twice + n_rows // 2]
    gone = np.zeros(n_rows, bool)
    gone[chance.choice(n_rows, n_bad, replace=False)] = True
    columns["id"] = pa.array(columns["id"], mask=gone)
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=131_072)


def measured(check: Callable[[], list[int]], runs: int) -> dict[str, Any]:
    """Run ten checks some times after one that does not count.

    Returns:
        The seconds of each run, those its threads worked on all cores together, and how many rows
        break each check.
    """
    counts = check()
    found = [worked(check) for _ in range(runs)]
    return {
        "seconds": [seconds for seconds, _ in found],
        "work": [work for _, work in found],
        "counts": dict(zip(CHECKS, counts, strict=True)),
    }
