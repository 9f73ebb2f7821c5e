"""Compares joins and groups found by Daft with Arrow's over columns of awkward values; it runs
among the libraries of bench/ray.txt, and writes how many were equal.
"""

from __future__ import annotations

import random
import sys
from itertools import product
from typing import Any

import pyarrow as pa

from headgate.pipeline import rows, shuffles

SIZES = ((0, 0), (5, 0), (0, 6), (7, 9), (60, 50))
VALUES: dict[str, tuple[list[Any], pa.DataType]] = {
    "floats": ([1.0, float("nan"), 0.0, -0.0, None, 2.5], pa.float64()),
    "texts": (["a", "b", "", None], pa.string()),
    "numbers": ([1, 2, 3, None], pa.int32()),
    "moments": ([1, 2, 1001, None], pa.timestamp("ns")),
    "days": ([1, 2, None], pa.date32()),
    "truths": ([True, False, None], pa.bool_()),
    "bytes": ([b"x", b"", None], pa.binary()),
}
RECKONED = {
    "total": ("price", "sum"),
    "mean": ("price", "mean"),
    "first": ("price", "first"),
    "n": ("key", "count"),
    "all": ("price", "list"),
}


def main() -> None:
    """Compare everything, or raise what differs first; a seed may be given."""
    chance = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
    n_equal = 0
    for kind, (n, m) in product(VALUES, SIZES):
        left, right = table(chance, kind, n, 0), table(chance, kind, m, 1000)
        for how, on in product(("inner", "left", "right", "outer"), ("key", ["key", "side"])):
            n_equal += same(
                rows.join(left, right, on, how=how), shuffles.join(left, right, on, how=how)
            )
        for by in ("key", ["key", "side"], []):
            n_equal += same(rows.group(left, by, **RECKONED), shuffles.group(left, by, **RECKONED))
        for keep, by in product(("first", "last"), ("key", ["side", "key"])):
            n_equal += same(
                rows.deduplicate(left, by, keep=keep), shuffles.deduplicate(left, by, keep=keep)
            )
    sys.stdout.write(f"{n_equal}\n")


def table(chance: random.Random, kind: str, n: int, first: int) -> pa.Table:
    """Make rows with a key of a kind, another of texts in a dictionary, and ids."""
    values, arrow = VALUES[kind]
    return pa.table(
        {
            "key": pa.array([chance.choice(values) for _ in range(n)], arrow),
            "side": pa.array(
                [chance.choice("xy") for _ in range(n)], pa.string()
            ).dictionary_encode(),
            "price": pa.array([chance.random() for _ in range(n)], pa.float64()),
            "_rid": pa.array(range(first, first + n), pa.int64()),
        }
    )


def same(one: pa.Table, other: pa.Table) -> bool:
    """Make sure that two tables hold the same, NaN and all."""
    if one.schema != other.schema or written(one) != written(other):
        raise SystemExit(f"they differ:\n{one}\n{other}")
    return True


def written(rows_: pa.Table) -> str:
    """Write what a table holds; moments as numbers, for Python has no nanoseconds."""
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in rows_.columns
    ]
    return repr([column.to_pylist() for column in columns])


if __name__ == "__main__":
    main()
