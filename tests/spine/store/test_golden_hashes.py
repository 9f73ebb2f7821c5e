"""Row hashes and content digests of every kind of column are what they were on 2026-11-21.

The values were taken from the first, plain implementation, before any of it was made fast. A
change of one of them makes stored content roots and the names of stored segments wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from blake3 import blake3

from headgate.spine.store.canonical import canonical, content_digest, row_hashes

N_ROWS = 3_000
U64 = 2**64


def numbers(salt: int) -> Any:
    """Make the outputs of a linear congruential generator (Knuth's MMIX), one for each row."""
    state, found = salt, []
    for _ in range(N_ROWS):
        state = (state * 6364136223846793005 + 1442695040888963407) % U64
        found.append(state >> 11)
    return np.array(found, np.uint64)


def holed(column: Any, salt: int = 99) -> Any:
    """Put a null into about every fifth cell."""
    is_there = pa.array(numbers(salt) % np.uint64(5) != 0)
    return pc.if_else(is_there, column, pa.scalar(None, column.type))


def whole(kind: pa.DataType, salt: int) -> Any:
    """Make whole numbers that fit the type."""
    width = kind.bit_width
    values = numbers(salt) * np.uint64(2**11 + 1)
    return pa.array((values >> np.uint64(64 - width)).astype(f"u{width // 8}")).view(kind)


def finite(salt: int) -> Any:
    """Make fractions, whole values, huge and tiny ones, and zeros of both signs."""
    values = numbers(salt).astype(np.float64) / 2**40 - 4096.0
    values[::7] = np.floor(values[::7])
    odd = [0.0, -0.0, 1e30, -1e18, 2.0**53, 5e-24, 1e16, 123456789012345680.0, 1e-5, 0.001]
    values[1::11] = np.resize(odd, len(values[1::11]))
    return values


def real(salt: int) -> Any:
    """Make what `finite` makes, with infinities and NaN among it."""
    values = finite(salt)
    values[2::13] = np.resize([np.inf, -np.inf, np.nan], len(values[2::13]))
    return values


def texts(salt: int, variety: int) -> Any:
    """Make texts of which so many differ; some are empty or not ASCII."""
    values = [f"{'é' * (number % 4)}{number % variety or ''}" for number in numbers(salt).tolist()]
    return pa.array(values)


def folded(values: Any, salt: int) -> Any:
    """Fold values into lists of 0 to 4, with some lists missing."""
    ends = np.cumsum(numbers(salt) % np.uint64(5)).astype(np.int32)
    offsets: Any = pa.array(np.append(np.int32(0), ends))
    flat = values.take(pa.array(np.arange(int(ends[-1])) % len(values)))
    made = pa.ListArray.from_arrays(offsets, flat)
    return holed(made, salt + 1)


def moments(unit: Any, zone: Any) -> Any:
    """Make moments of 1970 to 2053."""
    per_s = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    values = (numbers(31) % np.uint64(2_600_000_000)).astype(np.int64) * per_s + per_s // 3
    return holed(pa.array(values, pa.int64()).cast(pa.timestamp(unit, zone)))


def record(salt: int) -> Any:
    """Make records of a number, a text and a list, with some records missing."""
    fields = [holed(whole(pa.int32(), salt)), texts(salt, 50), folded(pa.array(finite(salt)), salt)]
    made = pa.StructArray.from_arrays(fields, names=["n", "t", "l"])
    return holed(made, salt + 2)


def cycle(values: list[Any], kind: pa.DataType | None = None) -> Any:
    """Repeat values to the number of rows."""
    repeated = (values * (N_ROWS // len(values) + 1))[:N_ROWS]
    return pa.array(repeated, kind)


def vectors() -> Any:
    """Make vectors of four numbers as models give them."""
    flat = pa.array(np.resize(finite(45), 4 * N_ROWS).astype(np.float32))
    return pa.FixedSizeListArray.from_arrays(flat, 4)


COLUMNS: dict[str, Callable[[], Any]] = {
    "int8": lambda: holed(whole(pa.int8(), 1)),
    "int16": lambda: whole(pa.int16(), 2),
    "int32": lambda: holed(whole(pa.int32(), 3)),
    "int64": lambda: whole(pa.int64(), 4),
    "int64_holed": lambda: holed(whole(pa.int64(), 5)),
    "uint8": lambda: whole(pa.uint8(), 6),
    "uint16": lambda: holed(whole(pa.uint16(), 7)),
    "uint32": lambda: whole(pa.uint32(), 8),
    "uint64": lambda: holed(whole(pa.uint64(), 9)),
    "float16": lambda: pa.array(np.resize([0.5, -2.0, 0.0, 7.25], N_ROWS).astype(np.float16)),
    "float32": lambda: holed(pa.array(real(10).astype(np.float32))),
    "float64": lambda: pa.array(real(11)),
    "float64_holed": lambda: holed(pa.array(real(12))),
    "bool": lambda: holed(pa.array(numbers(13) % np.uint64(2) == 1)),
    "text_few": lambda: holed(texts(14, 7)),
    "text_many": lambda: texts(15, 10**9),
    "text_many_holed": lambda: holed(texts(16, 10**9)),
    "text_large": lambda: texts(17, 100).cast(pa.large_string()),
    "text_view": lambda: texts(18, 100).cast(pa.string_view()),
    "text_dictionary": lambda: holed(texts(19, 20)).dictionary_encode(),
    "bytes": lambda: holed(texts(20, 500).cast(pa.binary())),
    "fixed_bytes": lambda: cycle([b"abcd", None, b"\x00\xff\x01\x02"], pa.binary(4)),
    "day": lambda: cycle([date(2026, 11, 3), None, date(1969, 12, 31)], pa.date32()),
    "day64": lambda: cycle([date(2026, 11, 3), None, date(1969, 12, 31)], pa.date64()),
    "moment_s": lambda: moments("s", None),
    "moment_ms": lambda: moments("ms", "Asia/Tokyo"),
    "moment_us": lambda: moments("us", "UTC"),
    "moment_ns": lambda: moments("ns", None),
    "time32": lambda: cycle([0, 5, None, 86_399], pa.time32("s")),
    "time64": lambda: cycle([0, 5_000_000, None, 86_399_000_001], pa.time64("us")),
    "duration": lambda: cycle([0, 5, None, -86_399], pa.duration("ms")),
    "decimal": lambda: cycle([Decimal("1.50"), None, Decimal("-2.25")], pa.decimal128(9, 2)),
    "null": lambda: pa.nulls(N_ROWS),
    "list_int64": lambda: folded(holed(whole(pa.int64(), 40)), 41),
    "list_int8": lambda: folded(whole(pa.int8(), 42), 43),
    "list_uint64": lambda: folded(whole(pa.uint64(), 52), 53),
    "list_float32": lambda: folded(pa.array(finite(44).astype(np.float32)), 44),
    "list_float64": lambda: folded(holed(pa.array(finite(46))), 46),
    "list_float16": lambda: folded(pa.array(np.resize([0.5, -2.0], N_ROWS).astype("f2")), 63),
    "list_bytes": lambda: folded(texts(64, 60).cast(pa.binary()), 64),
    "list_null": lambda: folded(pa.nulls(N_ROWS), 65),
    "list_time": lambda: folded(cycle([0, 5_000_000, None], pa.time64("us")), 66),
    "list_duration": lambda: folded(cycle([0, 5, None, -86_399], pa.duration("ms")), 67),
    "list_dictionary": lambda: folded(texts(68, 9).dictionary_encode(), 68),
    "list_vector": lambda: folded(vectors(), 69),
    "list_bool": lambda: folded(holed(pa.array(numbers(47) % np.uint64(2) == 1)), 47),
    "list_text": lambda: folded(holed(texts(48, 60)), 48),
    "list_day": lambda: folded(cycle([date(2026, 11, 3), None], pa.date32()), 49),
    "list_moment": lambda: folded(cycle([datetime(2026, 11, 3, 1, 2, 3, 4, UTC), None]), 54),
    "list_list": lambda: folded(folded(whole(pa.int16(), 50), 50), 51),
    "list_record": lambda: folded(record(55), 56),
    "list_decimal": lambda: folded(cycle([Decimal("1.50"), None]), 57),
    "large_list": lambda: folded(whole(pa.int32(), 58), 58).cast(pa.large_list(pa.int32())),
    "vector": vectors,
    "vector_holed": lambda: holed(vectors()),
    "record": lambda: record(60),
    "record_record": lambda: pa.StructArray.from_arrays([record(61), record(62)], ["b", "a"]),
}

GOLDEN: dict[str, tuple[str, str]] = {
    "int8": ("05dbebd55c142ca1", "c70fda54ccacca6a"),
    "int16": ("411d741c2b5255b3", "087c9efeab7146ef"),
    "int32": ("34d8f404fd30804c", "aaad3d6e376779a2"),
    "int64": ("e898b2b8e8bea468", "6eadc71f227f5935"),
    "int64_holed": ("03c8d3c462aa27e0", "45e38aa0bfdee0f5"),
    "uint8": ("e2f7843732193a3d", "1d4f81305a18a3ed"),
    "uint16": ("c2b06277376367dd", "245dfcf88cf4b2af"),
    "uint32": ("0947e948b7facb7a", "bc0523db3b660c2f"),
    "uint64": ("4cfff8794e359a56", "30c14326e2db0d7d"),
    "float16": ("534ad8147f56ede1", "3db806ea4f36610d"),
    "float32": ("5928df44c7ef93e1", "bd246f970a6d7af0"),
    "float64": ("12275cddb075dc87", "15c6cc4be283d9e7"),
    "float64_holed": ("4238d709afbb75b7", "aaa19b2ddbb0d306"),
    "bool": ("e39c45fdbd11a858", "c62cb410b16fb35f"),
    "text_few": ("38d794a95490a676", "92989d977cfe7ae8"),
    "text_many": ("2acd0a31fccab4fe", "81b1c89e0176629f"),
    "text_many_holed": ("48df9f6a2f6920a3", "382dec11bafdaa79"),
    "text_large": ("7ea98327f88db16e", "777beb6b7402fac5"),
    "text_view": ("259e73d220023045", "f004bb6c09c4a0f1"),
    "text_dictionary": ("1bf2d4262b5d4aa9", "8b644af56f8c158a"),
    "bytes": ("b8668952af5878dd", "88802715da241a95"),
    "fixed_bytes": ("290b67e6eec6e88e", "682f9caaa23e0d5b"),
    "day": ("8244a392b6578a02", "69a76f30907007f9"),
    "day64": ("4b2a663d9cdf30f5", "5f33c8850a74bd19"),
    "moment_s": ("3a7ca170fd9c337c", "919e845bb3e0565b"),
    "moment_ms": ("89ffd4238c11f67a", "3d23c71784323571"),
    "moment_us": ("e24a90ac405391c1", "cd4ec2619cb34365"),
    "moment_ns": ("e24a90ac405391c1", "5af6a41841c99e54"),
    "time32": ("2a26de248e65b66d", "8d21e436312ca4b4"),
    "time64": ("2ef53ef0c068d1f9", "552deffbf8700b1f"),
    "duration": ("9a419d9165fb692a", "f329ad94d7449d97"),
    "decimal": ("d827f391e98c0e71", "c60eb39fa601c3f9"),
    "null": ("110dc0c161a0ab57", "3ef8263b6f8c56c3"),
    "list_int64": ("82b493ec107696b4", "96536c932b7b6ddb"),
    "list_int8": ("bd84c14ade45b127", "7a107cd4c5b9c547"),
    "list_uint64": ("ecf27cbed2f04e55", "74a5eef6429444a9"),
    "list_float32": ("c634c9ef0c1e1e01", "6dccc90f0871dfcb"),
    "list_float64": ("a879259459f5f788", "ede8e2900c1d7373"),
    "list_float16": ("61dd5476c838d895", "0ad73a0b08a09cf1"),
    "list_bytes": ("39183c9c53d534fd", "2e49c48cab84c6fe"),
    "list_null": ("27446ba24ec1b827", "c787ebede8876ef8"),
    "list_time": ("b8e6b5e3adcb12c0", "1dd1ec71f8c37242"),
    "list_duration": ("7f2ad70fc41429a5", "bb99bb57013e32b2"),
    "list_dictionary": ("3b71f9d9ddec3fff", "235f059ab558b50c"),
    "list_vector": ("f4103183def338f6", "7167afc266b98e81"),
    "list_bool": ("55cdb2f98ce30fb3", "d5a0a9e03e8f60d1"),
    "list_text": ("b339bf0781b8dac2", "02a11c9242e4a1ec"),
    "list_day": ("f8712a3a975faa92", "3b262b2b231ccf10"),
    "list_moment": ("3364a989fd7e2d6e", "f82f918eda868ba3"),
    "list_list": ("6ff03ed47d24a86e", "7f5f2480b1337644"),
    "list_record": ("26444835fd74c06e", "4fbc43ecb499af75"),
    "list_decimal": ("8475b95fb771fc4a", "6c497f6584dfd525"),
    "large_list": ("ae00e87ba33caeb7", "b486f2eeef3c241d"),
    "vector": ("aba36fc664b4b7a7", "a5a2c5858ecd2f01"),
    "vector_holed": ("040f1084ab50ef58", "6e409d5e5430d1dc"),
    "record": ("953edffae6e2633b", "c8bea23a1f68f96b"),
    "record_record": ("fc2847a84035c53c", "2756574f4d00f20c"),
}


def found(column: Any, name: str = "c") -> tuple[str, str]:
    """Return 16 digits each of what row hashes come to, and of the digest."""
    table = canonical(pa.table({name: column}))
    rows = blake3(row_hashes(table).astype("<u8").tobytes()).hexdigest()
    return rows[:16], content_digest(table)[:16]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_each_kind_hashes_as_it_always_did(name: str) -> None:
    assert found(COLUMNS[name]()) == GOLDEN[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_part_of_a_column_hashes_as_if_it_were_alone(name: str) -> None:
    part = COLUMNS[name]().slice(1_001, 777)

    alone = pa.concat_arrays([part.slice(0, 400), part.slice(400)])

    assert found(part) == found(alone)
