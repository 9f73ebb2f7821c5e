"""Texts kept out of a dataset are read again as their connector read them."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.plugins import LINE
from headgate.ingest.rereading import objects_of, reread, way_of
from headgate.ingest.typing_json import decoded
from headgate.spine.spelling import spelled
from headgate.spine.writes import Way

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=6)


@given(st.lists(CELLS, min_size=2, max_size=4))
def test_a_record_of_delimited_text_is_split_as_it_was_written(cells: list[str]) -> None:
    sink = io.StringIO()
    csv.writer(sink, delimiter=";", lineterminator="\n").writerow(cells)
    names = tuple(f"c{place}" for place in range(len(cells)))
    way = Way("csv", {"delimiter": ";", "null_values": []}, names)

    [found] = objects_of([sink.getvalue()[:-1]], way, [False])

    assert found == dict(zip(names, cells, strict=True))


def test_a_broken_record_takes_no_other_with_it() -> None:
    way = Way("tsv", {"delimiter": "\t", "quote": '"', "null_values": ["", r"\N"]}, ("a", "b"))
    raws = ["1\t\\N", 'x\t"open', "1\t2\t3", None, "", '"p\nq"\t4']

    found = objects_of(raws, way, [False] * len(raws))

    assert found == [
        {"a": "1", "b": None},
        "quote: opened and never closed",
        "fields: 3 instead of 2",
        "erased: its text is gone",
        "erased: its text is gone",
        {"a": "p\nq", "b": "4"},
    ]


TYPED: list[tuple[pa.DataType, Any]] = [
    (pa.int64(), 2**62),
    (pa.float64(), -math.inf),
    (pa.float32(), 0.5),
    (pa.bool_(), True),
    (pa.string(), "NaN"),
    (pa.binary(), b"\x00\xff"),
    (pa.date32(), dt.date(2026, 11, 2)),
    (pa.time64("us"), dt.time(1, 2, 3)),
    (pa.timestamp("us"), dt.datetime(2026, 11, 2, 3, 4, 5, 6)),  # noqa: DTZ001 - it has no zone
    (pa.timestamp("us", tz="UTC"), dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)),
    (pa.duration("us"), dt.timedelta(days=1, microseconds=2)),
    (pa.decimal128(9, 2), decimal.Decimal("12.30")),
    (pa.list_(pa.binary()), [b"a", None]),
    (pa.struct([("at", pa.date32()), ("n", pa.float64())]), {"at": dt.date(2026, 1, 1), "n": 1.5}),
    (pa.map_(pa.string(), pa.int64()), [("a", 1), ("b", None)]),
]


@pytest.mark.parametrize(("kind", "value"), TYPED, ids=[str(kind) for kind, _ in TYPED])
def test_a_value_that_was_kept_as_json_comes_back_with_its_type(
    kind: pa.DataType, value: Any
) -> None:
    import msgspec

    rows = pa.table({"v": pa.array([value, None], kind), LINE: [1, 2]})
    way = way_of("parquet", {}, rows)
    raws = [msgspec.json.encode(spelled(row)).decode() for row in rows.to_pylist()]

    found = reread(objects_of(raws, way, [False, False]), way, None)

    assert found.rows.equals(rows.drop_columns([LINE]))
    assert found.refused == {}


def test_a_number_that_is_none_comes_back_as_that() -> None:
    assert math.isnan(decoded(spelled(math.nan), pa.float64()))
    assert spelled({"a": [math.inf, 1]}) == {"a": ["inf", 1]}


def test_values_of_several_kinds_are_left_to_the_gate_as_text() -> None:
    objects: list[dict[str, Any] | str] = [{"n": 1}, {"n": "2"}, {"n": None}, {"n": [3]}]

    found = reread(objects, None, pa.schema([("n", pa.int64())]))

    assert found.rows["n"].to_pylist() == ["1", "2", None, "[3]"]
    assert found.positions.tolist() == [0, 1, 2, 3]


def test_a_nested_column_takes_nested_values_only() -> None:
    objects: list[dict[str, Any] | str] = [{"n": {"a": 1}}, {"n": 7}, "unreadable: x"]

    found = reread(objects, None, pa.schema([("n", pa.struct([("a", pa.int64())]))]))

    assert found.rows["n"].to_pylist() == [{"a": 1}]
    assert found.refused == {1: "type: n is 7, not nested", 2: "unreadable: x"}


def test_text_is_never_taken_for_the_bytes_it_stands_for() -> None:
    rows = pa.table({"b": pa.array([b"x"], pa.binary())})
    way = way_of("sqlite", {"query": "select secret"}, rows)

    found = reread([{"b": "eA=="}, {"b": 5}], way, None)

    assert found.rows["b"].to_pylist() == [b"x"]
    assert found.refused == {1: "type: b holds no bytes in base64"}
    assert "secret" not in str(way)


def test_records_of_each_connector_are_released_though_their_object_is_gone(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("t", [{"id": 1, "v": 1}], key=["id"])
    paths = [
        _sqlite(tmp_path),
        _json(tmp_path),
        _jsonl(tmp_path),
        _tsv(tmp_path),
        _parquet(tmp_path),
    ]
    for path in paths:
        project.source.ingest("t", str(path), mode="upsert")
        path.unlink()
    project.dataset.commit("t", [{"id": 1, "v": "1"}], key=["id"])

    report = project.quarantine.release("t", apply=True)

    rows = {row["id"]: row["v"] for row in project.dataset.read("t").to_pylist()}
    assert report.n_waiting == 0
    assert rows == {1: "1", 3: "sql", 5: "json", 7: "jsonl", 9: "tab\there", 11: "pq"}


def _sqlite(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "a.db")) as database:
        database.executescript("create table t (id, v); insert into t values (3, 'sql')")
    return folder / "a.db"


def _json(folder: Path) -> Path:
    (folder / "a.json").write_text('[{"id": 5, "v": "json"}]')
    return folder / "a.json"


def _jsonl(folder: Path) -> Path:
    (folder / "a.jsonl").write_text('{"id": 7, "v": "jsonl"}\n')
    return folder / "a.jsonl"


def _tsv(folder: Path) -> Path:
    (folder / "a.tsv").write_text('id\tv\n9\t"tab\there"\n')
    return folder / "a.tsv"


def _parquet(folder: Path) -> Path:
    pq.write_table(pa.table({"id": [11], "v": ["pq"]}), folder / "a.parquet")
    return folder / "a.parquet"
