"""Columns of every type that snapshots keep, with nulls and what formats stumble over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

NAIVE = datetime(2020, 1, 1, 1, 2, 3, 4, UTC).replace(tzinfo=None)

NESTED: dict[str, Any] = {
    "list": pa.array([[1, None], None, []], pa.list_(pa.int64())),
    "long_list": pa.array([[1, None], None, []], pa.large_list(pa.int64())),
    "pair": pa.array([[1, 2], None, [3, None]], pa.list_(pa.int64(), 2)),
    "struct": pa.array(
        [{"a": 1, "b": None}, None, {"a": None, "b": "x"}],
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
    ),
    "moments": pa.array([[NAIVE], None, []], pa.list_(pa.timestamp("us"))),
}
BYTES: dict[str, Any] = {
    "bytes": pa.array([b"\xff\x00", None, b""]),
    "two_bytes": pa.array([b"ab", None, b"cd"], pa.binary(2)),
}
UNFINITE: dict[str, Any] = {
    "ratio": pa.array([0.1, float("inf"), float("nan")]),
    "small": pa.array([1.5, None, float("nan")], pa.float32()),
}
PLAIN: dict[str, Any] = {
    "truth": pa.array([True, None, False]),
    "int8": pa.array([1, None, -3], pa.int8()),
    "int16": pa.array([1, None, -3], pa.int16()),
    "int32": pa.array([1, None, -3], pa.int32()),
    "int64": pa.array([2**62 + 1, None, -(2**63)], pa.int64()),
    "uint8": pa.array([1, None, 255], pa.uint8()),
    "uint16": pa.array([1, None, 65_535], pa.uint16()),
    "uint32": pa.array([1, None, 2**32 - 1], pa.uint32()),
    "half": pa.array([1.5, None, 2.0], pa.float16()),
    "text": pa.array(["", None, 'b "b", \tb\r\nc']),
    "code": pa.array(["007", "NA", "nan"]),
    "long_text": pa.array(["a", None, "b"], pa.large_string()),
    "day": pa.array([date(2020, 1, 1), None, date(1, 1, 1)]),
    "moment": pa.array([NAIVE, None, NAIVE.replace(year=1)]),
    "instant": pa.array(
        [datetime(2020, 1, 1, 1, 2, 3, 4, UTC), None, datetime(1, 1, 1, tzinfo=UTC)],
        pa.timestamp("us", tz="UTC"),
    ),
    "price": pa.array([Decimal("1.20"), None, None], pa.decimal128(10, 2)),
    "exact": pa.array([Decimal("1.20"), None, None], pa.decimal128(38, 10)),
}
RARE: dict[str, Any] = {
    "nothing": pa.nulls(3),
    "uint64": pa.array([1, None, 2**64 - 1], pa.uint64()),
    "seconds": pa.array([time(1, 2, 3), None, None], pa.time32("s")),
    "clock": pa.array([time(1, 2, 3, 4), None, None], pa.time64("us")),
    "span": pa.array([timedelta(1, 2, 3), None, None], pa.duration("us")),
    "wide": pa.array([Decimal("1.20"), None, None], pa.decimal256(60, 2)),
}
EVERY: dict[str, Any] = PLAIN | UNFINITE | RARE | BYTES | NESTED

REFUSED: dict[str, set[str]] = {
    "parquet": set(),
    "arrow": set(),
    "huggingface": set(),
    "lance": set(),
    "csv": {*BYTES, *NESTED},
    "tsv": {*BYTES, *NESTED},
    "jsonl": {*BYTES, *UNFINITE, "span"},
    "delta": {"uint64", "seconds", "clock", "span", "wide"},
    "iceberg": {"nothing", "uint64", "span", "wide"},
}
SUFFIX = {"parquet": ".parquet", "csv": ".csv", "tsv": ".tsv", "jsonl": ".jsonl", "arrow": ".arrow"}
TYPELESS = ("csv", "tsv", "jsonl")


def held_by(name: str) -> pa.Table:
    """Every column that a format takes, with an id, in one table."""
    kept = {column: values for column, values in EVERY.items() if column not in REFUSED[name]}
    return pa.table({"id": [1, 2, 3], **kept})
