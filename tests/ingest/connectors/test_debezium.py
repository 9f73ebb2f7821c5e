"""The debezium connector: every wrapping read alike, positions that sort, reasons for the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.ingest.connectors._envelopes import Change, Unreadable, change_of
from headgate.ingest.connectors.debezium import debezium
from tests.ingest.changing import anna, mysql, postgres, write
from tests.ingest.connectors.reading import rejections_of, rows_of

if TYPE_CHECKING:
    from pathlib import Path

EVENT = postgres("c", None, anna(1), 24_023_128)
PLACES = st.integers(0, 10**19)


def _change(record: dict[str, Any]) -> Change:
    found = change_of(record)
    assert found is not None
    return found


def _position(op: str = "u", **source: Any) -> str:
    return _change({"op": op, "after": {"id": 1}, "source": source}).row["_position"]


@pytest.mark.parametrize(
    "record",
    [
        EVENT,
        {"schema": {"type": "struct"}, "payload": EVENT},
        {"key": {"id": 1}, "value": EVENT},
        {"key": {"schema": {}, "payload": {"id": 1}}, "value": {"schema": {}, "payload": EVENT}},
        {"topic": "t", "offset": 9, "key": '{"id": 1}', "payload": json.dumps(EVENT)},
    ],
)
def test_every_wrapping_gives_the_same_row(record: dict[str, Any]) -> None:
    change = _change(record)

    assert change.row == anna(1) | {
        "_op": "c",
        "_position": "lsn:00000000000024023128.00000000000000000001",
        "_at_ms": 1_559_057_927_991,
        "_transaction": "2402867",
    }
    assert change.key in {(), ("id",)}
    assert change.table == "public.customers"


@pytest.mark.parametrize(
    "record",
    [
        {"key": {"id": 1}, "value": None},
        {"key": {"id": 1}, "payload": None, "topic": "t"},
        {"status": "BEGIN", "id": "571:53195829", "event_count": None},
        {"status": "END", "id": "571:53195829", "event_count": 2},
        {"op": "m", "source": {"lsn": 1}, "message": {"prefix": "p", "content": "aGk="}},
    ],
)
def test_tombstones_marks_of_transactions_and_messages_are_no_changes(
    record: dict[str, Any],
) -> None:
    assert change_of(record) is None


@given(one=PLACES, other=PLACES)
def test_positions_sort_as_the_numbers_in_them(one: int, other: int) -> None:
    first, second = _position(lsn=one), _position(lsn=other)

    assert (first < second) == (one < other)


def test_a_read_of_a_snapshot_stands_before_a_change_at_the_same_place() -> None:
    assert _position("r", lsn=7) < _position("u", lsn=7) < _position("r", lsn=8)


def test_sql_server_is_ordered_by_commit_then_change() -> None:
    first = _position(commit_lsn="00000027:00000ac0:0002", change_lsn="00000027:00000ac0:0001")
    later = _position(commit_lsn="00000027:00000b00:0001", change_lsn="00000027:00000a00:0001")

    assert first < later


def test_an_array_is_read_like_lines(tmp_path: Path) -> None:
    events = [mysql("c", None, anna(1), ("bin.000003", 154, 0)), EVENT, 7]
    (tmp_path / "a.json").write_text(json.dumps(events))

    rows = rows_of(debezium(str(tmp_path / "a.json"), table="customers"))
    lines = rows_of(debezium(write(tmp_path / "b.jsonl", events), table="customers"))

    assert rows == lines
    assert [row["_line"] for row in rows] == [1, 2]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"after": {"id": 1}}, "envelope: it has no op"),
        ({"op": "c", "after": {"id": 1}}, "envelope: it has no source"),
        ({"op": "c", "after": {"_op": 1}, "source": {"lsn": 1}}, "column: _op has a name"),
        ({"op": "u", "after": {"id": 1}, "source": {"lsn": "x"}}, "position: [None] of source"),
        ({"op": "u", "after": {"id": 1}, "source": {"ts_ms": True}}, "position: [None]"),
        ({"key": 7, "value": {}}, "envelope: int instead of object"),
        ({"key": "{", "value": {}}, "json: "),
    ],
)
def test_what_is_no_change_is_rejected_with_a_reason(
    tmp_path: Path, record: dict[str, Any], reason: str
) -> None:
    path = write(tmp_path / "a.jsonl", [record])

    [(line, raw, found)] = rejections_of(debezium(path))

    assert (line, raw) == (1, json.dumps(record))
    assert found.startswith(reason)


FIELDS = [
    {"type": "int32", "field": "id"},
    {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "field": "price",
     "parameters": {"scale": "2", "connect.decimal.precision": "10"}},
    {"type": "struct", "name": "io.debezium.data.VariableScaleDecimal", "field": "rate"},
    {"type": "int32", "name": "io.debezium.time.Date", "field": "day"},
    {"type": "int64", "name": "io.debezium.time.MicroTimestamp", "field": "made_at"},
    {"type": "int64", "name": "io.debezium.time.NanoTimestamp", "field": "read_at"},
    {"type": "int32", "name": "io.debezium.time.Time", "field": "opens"},
    {"type": "string", "name": "io.debezium.time.ZonedTimestamp", "field": "seen_at"},
    {"type": "array", "items": {"type": "bytes"}, "field": "keys"},
    {"type": "bytes", "optional": True, "field": "photo"},
]  # fmt: skip
TYPED = {"type": "struct", "fields": [{"type": "struct", "fields": FIELDS, "field": "after"}]}


def test_values_that_the_schema_tells_of_become_plain() -> None:
    row = {
        "id": 1,
        "price": "+y4=",
        "rate": {"scale": 3, "value": "AeJA"},
        "day": -1,
        "made_at": 1_529_507_596_945_104,
        "read_at": 1_529_507_596_000_000_007,
        "opens": 30_600_000,
        "seen_at": "2018-06-20T13:37:03Z",
        "keys": ["aGk=", None],
        "photo": None,
    }

    read = _change({"schema": TYPED, "payload": EVENT | {"after": row}}).row

    assert {name: read[name] for name in row} == {
        "id": 1,
        "price": "-12.34",
        "rate": "123.456",
        "day": "1969-12-31",
        "made_at": "2018-06-20T15:13:16.945104",
        "read_at": "2018-06-20T15:13:16.000000007",
        "opens": "08:30:00",
        "seen_at": "2018-06-20T13:37:03Z",
        "keys": [b"hi", None],
        "photo": None,
    }


@pytest.mark.parametrize(
    "wrong", [{"price": "?"}, {"day": 10**9}, {"day": "x"}, {"rate": {"scale": 1}}, {"photo": 5}]
)
def test_a_value_that_is_not_what_its_schema_says_rejects_its_event(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="value: "):
        change_of({"schema": TYPED, "payload": EVENT | {"after": {"id": 1} | wrong}})


def test_an_array_cut_off_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"op": "c"}')

    with pytest.raises(Invalid, match="is no JSON"):
        list(debezium(str(tmp_path / "a.json")))
