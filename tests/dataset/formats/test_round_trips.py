"""What is exported is imported again with the same content root, or refused by column name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from tests.dataset.formats.tables import EVERY, REFUSED, SUFFIX, TYPELESS, held_by

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

LIGHT = ("parquet", "arrow", "csv", "tsv", "jsonl", "huggingface")
HEAVY = ("iceberg", "delta", "lance")
REFUSALS = [(name, column) for name in REFUSED for column in sorted(REFUSED[name])]


def round_trip(project: Project, name: Any, path: Path, rows: pa.Table) -> tuple[Any, Any, Any]:
    before = project.dataset.commit("orders", rows)
    types = {one.name: one.type for one in before.columns} if name in TYPELESS else {}
    report = project.dataset.export("orders", path, format=name)
    came = project.dataset.import_("copy", path, types=types)
    return before, report, came.snapshots[0].snapshot


@pytest.mark.parametrize("name", LIGHT)
def test_every_type_survives_a_format_of_the_core(
    project: Project, tmp_path: Path, name: Any
) -> None:
    rows = held_by(name)

    before, report, after = round_trip(project, name, tmp_path / f"o{SUFFIX.get(name, '')}", rows)

    assert report.is_verified
    assert after.content_root == before.content_root
    assert after.n_rows == report.n_rows == rows.num_rows


@pytest.mark.full
@pytest.mark.parametrize("name", HEAVY)
def test_every_type_survives_a_format_of_an_extra(
    project: Project, tmp_path: Path, name: Any
) -> None:
    rows = held_by(name)
    # Delta holds bytes of a fixed length as plain ones, which hash otherwise
    kept = rows.drop_columns(["two_bytes"]) if name == "delta" else rows

    before, report, after = round_trip(project, name, tmp_path / "o", kept)

    assert report.is_verified
    assert after.content_root == before.content_root


@pytest.mark.parametrize(("name", "column"), REFUSALS)
def test_a_column_that_a_format_cannot_hold_is_named(
    project: Project, tmp_path: Path, name: Any, column: str
) -> None:
    project.dataset.commit("orders", pa.table({"id": [1, 2, 3], column: EVERY[column]}))

    with pytest.raises(Invalid) as caught:
        project.dataset.export("orders", tmp_path / "o", format=name)

    assert f"{name} cannot hold column {column!r}" in caught.value.message
    assert "--columns" in caught.value.mend
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("name", LIGHT)
def test_a_table_without_rows_keeps_its_columns(
    project: Project, tmp_path: Path, name: Any
) -> None:
    rows = pa.table({"id": pa.array([], pa.int64()), "city": pa.array([], pa.string())})

    before, _, after = round_trip(project, name, tmp_path / f"o{SUFFIX.get(name, '')}", rows)

    assert after.content_root == before.content_root
    assert [one.name for one in after.columns] == ["id", "city"]


@pytest.mark.full
@pytest.mark.parametrize("name", HEAVY)
def test_a_table_without_rows_keeps_its_columns_in_an_extra(
    project: Project, tmp_path: Path, name: Any
) -> None:
    rows = pa.table({"id": pa.array([], pa.int64()), "city": pa.array([], pa.string())})

    before, _, after = round_trip(project, name, tmp_path / "o", rows)

    assert after.content_root == before.content_root


@pytest.mark.parametrize("name", LIGHT)
def test_a_table_of_several_batches_and_deletions_survives(
    project: Project, tmp_path: Path, name: Any
) -> None:
    n_rows = 140_000
    rows = pa.table({"id": range(n_rows), "city": ["Oslo"] * n_rows})
    project.dataset.commit("orders", rows, key=["id"])
    changed = pa.table({"id": [5, 139_000], "city": ["Rome", None]})
    before = project.dataset.commit("orders", changed, mode="upsert")
    path = tmp_path / f"o{SUFFIX.get(name, '')}"

    project.dataset.export("orders", path, format=name)
    after = project.dataset.import_("copy", path)

    assert after.snapshots[0].snapshot.content_root == before.content_root


ODD = ("a b", "a.b", "é", "1x", "a,b", "a;b", "{a}", "a\nb", "a\tb", "a=b", 'a"b', "a/b", "😀")


@pytest.mark.parametrize("name", LIGHT)
def test_odd_names_of_columns_survive(project: Project, tmp_path: Path, name: Any) -> None:
    rows = pa.table({one: [1, 2] for one in ODD})

    before, _, after = round_trip(project, name, tmp_path / f"o{SUFFIX.get(name, '')}", rows)

    assert after.content_root == before.content_root


FORBIDDEN = {"delta": " ,;{}()\n\t=", "lance": ".`", "iceberg": "."}


@pytest.mark.full
@pytest.mark.parametrize("name", HEAVY)
def test_odd_names_that_an_extra_allows_survive(
    project: Project, tmp_path: Path, name: Any
) -> None:
    allowed = [one for one in ODD if not set(one) & set(FORBIDDEN[name])]
    rows = pa.table({one: [1, 2] for one in allowed})

    before, _, after = round_trip(project, name, tmp_path / "o", rows)

    assert after.content_root == before.content_root


@pytest.mark.parametrize("name", HEAVY)
def test_odd_names_that_an_extra_forbids_are_refused(
    project: Project, tmp_path: Path, name: Any
) -> None:
    for i, odd in enumerate(one for one in ODD if set(one) & set(FORBIDDEN[name])):
        project.dataset.commit(f"orders{i}", pa.table({odd: [1]}))

        with pytest.raises(Invalid) as caught:
            project.dataset.export(f"orders{i}", tmp_path / "o", format=name)

        assert f"{name} cannot hold a column named {odd!r}" in caught.value.message


@pytest.mark.full
def test_a_null_list_of_structs_is_refused_where_it_would_become_empty(
    project: Project, tmp_path: Path
) -> None:
    kind = pa.list_(pa.struct([("a", pa.int64())]))
    project.dataset.commit("orders", pa.table({"x": pa.array([[{"a": 1}], None, []], kind)}))

    with pytest.raises(Invalid) as caught:
        project.dataset.export("orders", tmp_path / "o", format="iceberg")

    assert "column 'x': a list of structs is null" in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
