"""Laws of every connector: records are never lost, lines never repeat, settings are documented."""

from __future__ import annotations

import inspect
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import NotFound
from headgate.core.plugins import LINE
from headgate.spine.registry import Registry
from tests.ingest.connectors.reading import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONNECTORS = sorted(Registry().plugins("connectors"))
RECORDS = st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=30)
Records = list[tuple[int, bool]]


def _lines(between: str) -> Callable[[Path, Records], None]:
    def write(path: Path, records: Records) -> None:
        texts = [f"{value}{between}x" if good else str(value) for value, good in records]
        path.write_text("\n".join([f"v{between}w", *texts]))

    return write


def _jsonl(path: Path, records: Records) -> None:
    path.write_text("\n".join(json.dumps({"v": v} if good else v) for v, good in records))


def _debezium(path: Path, records: Records) -> None:
    source = {"connector": "postgresql", "schema": "public", "table": "t", "lsn": 7}
    events = [
        {"op": "c", "after": {"v": v}, "source": source} if good else v for v, good in records
    ]
    path.write_text("\n".join(map(json.dumps, events)))


def _json(path: Path, records: Records) -> None:
    path.write_text(json.dumps([{"v": v} if good else v for v, good in records]))


def _sqlite(path: Path, records: Records) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table t (v)")
        database.executemany(
            "insert into t values (?)", [(v if ok else f"{v}",) for v, ok in records]
        )


def _parquet(path: Path, records: Records) -> None:
    pq.write_table(pa.table({"v": pa.array([v for v, _ in records], pa.int64())}), path)


def _files(path: Path, records: Records) -> None:
    path.mkdir(exist_ok=True)
    for old in path.iterdir():
        old.unlink()
    for number, (value, good) in enumerate(records):
        name = path / f"{number:03}"
        if good:
            name.write_text(str(value))
        else:
            name.symlink_to("/nowhere/at/all")


WRITERS: dict[str, Callable[[Path, Records], None]] = {
    "csv": _lines(","),
    "tsv": _lines("\t"),
    "jsonl": _jsonl,
    "debezium": _debezium,
    "json": _json,
    "sqlite": _sqlite,
    "parquet": _parquet,
    "files": _files,
}


def test_every_connector_is_under_these_laws() -> None:
    assert set(WRITERS) == set(CONNECTORS)


@pytest.mark.parametrize("name", CONNECTORS)
@settings(max_examples=40)
@given(records=RECORDS)
def test_no_record_is_lost_and_none_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, name: str, records: Records
) -> None:
    path = tmp_path_factory.getbasetemp() / f"law-{name}"
    WRITERS[name](path, records)

    readings = list(Registry().load("connectors", name)(str(path)))

    lines = [line for reading in readings for line in reading.rows[LINE].to_pylist()]
    rejected = [one.line for reading in readings for one in reading.rejected]
    assert len(lines) + len(rejected) == len(records)
    assert lines == sorted(set(lines))
    assert not set(lines) & set(rejected)


@pytest.mark.parametrize("name", CONNECTORS)
def test_reading_twice_gives_the_same(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / "object", [(1, True), (2, False), (3, True), (4, True)])
    connector = Registry().load("connectors", name)

    first, second = (whole(connector(str(tmp_path / "object"))) for _ in range(2))

    assert first[0].equals(second[0], check_metadata=True)
    assert first[1] == second[1]


@pytest.mark.parametrize("name", CONNECTORS)
def test_lines_are_whole_numbers_without_nulls(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / "object", [(1, True), (2, True)])

    rows, _ = whole(Registry().load("connectors", name)(str(tmp_path / "object")))

    assert rows.schema.field(LINE).type == pa.int64()
    assert rows[LINE].null_count == 0


@pytest.mark.parametrize("name", CONNECTORS)
def test_nothing_at_the_path_is_told_with_a_mend(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match="nothing-here") as caught:
        list(Registry().load("connectors", name)(str(tmp_path / "nothing-here")))

    assert caught.value.mend


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_setting_is_typed_has_a_default_and_stands_in_the_docstring(name: str) -> None:
    connector: Any = Registry().load("connectors", name)
    parameters = list(inspect.signature(connector).parameters.values())

    assert parameters[0].kind is inspect.Parameter.POSITIONAL_ONLY
    for setting in parameters[1:]:
        assert setting.kind is inspect.Parameter.KEYWORD_ONLY
        assert setting.annotation is not inspect.Parameter.empty
        assert setting.default is not inspect.Parameter.empty
        assert f"        {setting.name}: " in connector.__doc__
