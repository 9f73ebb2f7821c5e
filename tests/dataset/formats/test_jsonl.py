"""JSON lines: told types are kept, and what was not told is found from every line."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.dataset.formats import load, save
from headgate.dataset.formats.files import opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


def test_days_and_times_are_read_as_they_were_told(tmp_path: Path) -> None:
    rows = pa.table({"day": [date(2026, 11, 3), None], "at": [time(1, 2, 3, 4), None]})
    save(rows, tmp_path / "o.jsonl")

    came = opened(FORMATS["jsonl"], tmp_path / "o.jsonl", Wanted(schema=rows.schema)).read_all()

    assert came.equals(rows)


def test_columns_that_were_not_told_are_found_from_the_whole_file(tmp_path: Path) -> None:
    lines = ['{"id": 1, "n": 1}'] * 100_000 + ['{"id": 2, "n": 1.5}']
    (tmp_path / "o.jsonl").write_text("\n".join(lines))
    told = Wanted(schema=pa.schema([("id", pa.string())]))
    (tmp_path / "p.jsonl").write_text('{"id": "1", "n": 1}\n{"id": "2", "n": 1.5}\n')

    whole = load(tmp_path / "o.jsonl")
    part = opened(FORMATS["jsonl"], tmp_path / "p.jsonl", told).read_all()

    assert whole["n"].type == part["n"].type == pa.float64()
    assert part["id"].to_pylist() == ["1", "2"]


def test_a_file_without_lines_has_the_columns_that_were_told(tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_text("")
    told = Wanted(schema=pa.schema([("id", pa.int64())]))

    assert opened(FORMATS["jsonl"], tmp_path / "o.jsonl", told).read_all().schema == told.schema
    assert load(tmp_path / "o.jsonl").num_columns == 0


INSIDE: dict[str, pa.Array[Any]] = {
    "a list": pa.array([[1.0], [float("nan")]]),
    "a struct": pa.array([{"n": 1.0}, {"n": float("inf")}]),
    "a list of structs": pa.array([[{"n": 1.0}], [{"n": float("-inf")}]]),
    "a pair": pa.array([[1.0, 2.0], [0.0, float("nan")]], pa.list_(pa.float64(), 2)),
}


@pytest.mark.parametrize("where", INSIDE)
@pytest.mark.parametrize("verify", [True, False])
def test_a_number_that_is_not_finite_is_found_inside(
    project: Project, tmp_path: Path, where: str, verify: bool
) -> None:
    project.dataset.commit("orders", pa.table({"n": INSIDE[where]}))

    with pytest.raises(Invalid) as caught:
        project.dataset.export("orders", tmp_path / "o.jsonl", verify=verify)

    assert caught.value.message == "jsonl cannot hold column 'n': JSON has no NaN and no infinity"
    assert not (tmp_path / "o.jsonl").exists()


def test_a_number_under_a_null_counts_as_none(project: Project, tmp_path: Path) -> None:
    values = pa.array([1.0, float("nan")])
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), values).take([0])
    hidden = pa.StructArray.from_arrays([values], ["n"], mask=pa.array([False, True]))
    save(pa.table({"s": hidden}), tmp_path / "s.jsonl")
    save(pa.table({"l": lists}), tmp_path / "l.jsonl")

    assert load(tmp_path / "s.jsonl").to_pydict() == {"s": [{"n": 1.0}, None]}
    assert load(tmp_path / "l.jsonl").to_pydict() == {"l": [[1.0]]}


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")])
@pytest.mark.parametrize("is_inside", [False, True])
def test_nanoseconds_are_refused_by_name(tmp_path: Path, kind: Any, is_inside: bool) -> None:
    cells: Any = [[1_000], None] if is_inside else [1_000, None]
    column = pa.array(cells, pa.list_(kind) if is_inside else kind)

    with pytest.raises(Invalid, match="jsonl cannot hold column 'at' of type"):
        save(pa.table({"at": column}), tmp_path / "o.jsonl")

    assert list(tmp_path.iterdir()) == []
