"""Comparing two copies: what differs is counted, named and shown, whatever the order of rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

ROWS = {"id": [1, 2, 3, 4], "city": ["Oslo", "Bergen", None, "Rome"], "n": [1, 2, 3, 4]}


@pytest.fixture
def orders(project: Project) -> Any:
    """A dataset of four rows with a key."""
    return project.dataset.commit("orders", pa.table(ROWS), key=["id"])


def copied(path: Path, rows: dict[str, Any] | pa.Table) -> str:
    pq.write_table(pa.table(rows), path)
    return str(path)


@pytest.mark.row("S3-61", part="verify")
@pytest.mark.parametrize("name", ["parquet", "csv", "jsonl", "arrow"])
def test_a_copy_in_another_order_holds_the_same(
    project: Project, orders: Any, tmp_path: Path, name: str
) -> None:
    backwards = {column: values[::-1] for column, values in reversed(ROWS.items())}
    project.dataset.commit("turned", pa.table(backwards))
    project.dataset.export("turned", tmp_path / f"o.{name}")

    report = project.dataset.verify("orders@1", str(tmp_path / f"o.{name}"))

    assert not report.has_findings
    assert report.a.content_root == report.b.content_root == orders.content_root
    assert (report.n_same, report.n_only_a, report.n_only_b, report.n_differing) == (4, 0, 0, 0)
    assert {(one.verdict, one.is_equal) for one in report.columns} == {("same", True)}
    assert (report.a.format, report.b.format, report.key) == ("headgate", name, ("id",))


@pytest.mark.row("S3-61", part="verify")
def test_rows_of_one_side_and_rows_that_differ_are_told_apart_by_key(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    other = {"id": [4, 3, 2, 9], "city": ["Rome", "Pisa", "Bergen", "Kiel"], "n": [4, 3, 2, 9]}

    report = project.dataset.verify("orders", copied(tmp_path / "o.parquet", other))

    assert report.has_findings
    assert (report.n_same, report.n_only_a, report.n_only_b, report.n_differing) == (2, 1, 1, 1)
    assert report.only_a[0].a == {"id": 1, "city": "Oslo", "n": 1}
    assert report.only_b[0].b == {"id": 9, "city": "Kiel", "n": 9}
    [pair] = report.differing
    assert (pair.a, pair.b) == (
        {"id": 3, "city": None, "n": 3},
        {"id": 3, "city": "Pisa", "n": 3},
    )
    assert pair.columns == ("city",)
    assert {one.a: one.n_differing for one in report.columns} == {"id": 0, "city": 1, "n": 0}


def test_without_a_key_a_changed_row_stands_on_both_sides(project: Project, tmp_path: Path) -> None:
    a = copied(tmp_path / "a.parquet", {"id": [1, 2], "n": [1, 2]})
    b = copied(tmp_path / "b.parquet", {"id": [1, 2], "n": [1, 5]})

    unkeyed = project.dataset.verify(a, b)
    keyed = project.dataset.verify(a, b, key="id")

    assert (unkeyed.key, unkeyed.n_only_a, unkeyed.n_only_b) == ((), 1, 1)
    assert (keyed.key, keyed.n_only_a, keyed.n_differing) == (("id",), 0, 1)


def test_repeated_rows_count_each_time(project: Project, tmp_path: Path) -> None:
    a = copied(tmp_path / "a.parquet", {"id": [1, 1, 1, 2]})
    b = copied(tmp_path / "b.parquet", {"id": [2, 1]})

    report = project.dataset.verify(a, b, key=["id"])

    assert (report.n_same, report.n_only_a, report.n_only_b) == (2, 2, 0)
    assert (report.a.n_repeated, report.b.n_repeated) == (3, 0)


def test_wider_types_of_equal_values_are_a_finding_only_without_tolerance(
    project: Project, tmp_path: Path
) -> None:
    narrow = {
        "n": pa.array([1, None], pa.int32()),
        "price": pa.array([Decimal("1.20"), None], pa.decimal128(10, 2)),
    }
    wide = {
        "n": pa.array([1, None], pa.int64()),
        "price": pa.array([Decimal("1.200"), None], pa.decimal128(20, 3)),
    }
    a, b = copied(tmp_path / "a.parquet", narrow), copied(tmp_path / "b.parquet", wide)

    strict, tolerant = (project.dataset.verify(a, b, tolerant=mode) for mode in (False, True))

    assert (strict.has_findings, tolerant.has_findings) == (True, False)
    assert strict.n_same == tolerant.n_same == 2
    assert {one.verdict for one in strict.columns} == {"widened"}


def test_columns_are_mapped_renamed_missing_and_added(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    other = {"id": ROWS["id"], "town": ROWS["city"], "x": ["a"] * 4}
    path = copied(tmp_path / "o.parquet", other)

    found = project.dataset.verify("orders", path)
    told = project.dataset.verify("orders", path, renamed={"city": "town"})

    judged = {(one.a, one.b, one.verdict) for one in found.columns}
    assert judged == {
        ("id", "id", "same"),
        ("city", "town", "renamed"),
        ("n", None, "missing"),
        (None, "x", "added"),
    }
    assert found.n_same == told.n_same == 4
    assert ("city", "town", "same") in {(one.a, one.b, one.verdict) for one in told.columns}


def test_renaming_told_makes_two_copies_the_same(project: Project, tmp_path: Path) -> None:
    a = copied(tmp_path / "a.parquet", {"id": [1], "city": ["Oslo"]})
    b = copied(tmp_path / "b.parquet", {"id": [1], "town": ["Oslo"]})

    assert project.dataset.verify(a, b).has_findings
    assert not project.dataset.verify(a, b, renamed={"city": "town"}).has_findings


def test_a_column_of_another_type_differs_in_every_row(project: Project, tmp_path: Path) -> None:
    a = copied(tmp_path / "a.parquet", {"id": [1, 2], "n": [1, 2]})
    b = copied(tmp_path / "b.parquet", {"id": [1, 2], "n": ["1", "2"]})

    report = project.dataset.verify(a, b, key=["id"], tolerant=True)

    assert report.has_findings
    assert [(one.a, one.verdict, one.n_differing) for one in report.columns] == [
        ("id", "same", 0),
        ("n", "retyped", 2),
    ]


def test_examples_are_as_many_as_asked_for_and_in_the_order_of_a(
    project: Project, tmp_path: Path
) -> None:
    n_rows = 200_000
    a = copied(tmp_path / "a.parquet", {"id": range(n_rows), "n": [0] * n_rows})
    b = copied(
        tmp_path / "b.parquet",
        {"id": range(n_rows - 1, -1, -1), "n": [0] * 50 + [1] * 149_950 + [0] * 50_000},
    )

    report = project.dataset.verify(a, b, key=["id"], limit=2)

    assert (report.n_differing, report.n_examined) == (149_950, 100_000)
    assert [pair.a["id"] for pair in report.differing if pair.a] == [50_000, 50_001]


def test_what_is_not_there_is_named(project: Project, orders: Any, tmp_path: Path) -> None:
    path = copied(tmp_path / "o.parquet", ROWS)

    for pair, message in (
        (("ordrs", "orders"), "no dataset or path named 'ordrs'"),
        (("orders", str(tmp_path / "p.parquet")), "no file"),
        (("orders@9", "orders"), "no snapshot orders@9"),
    ):
        with pytest.raises(NotFound, match=message):
            project.dataset.verify(*pair)
    with pytest.raises(NotFound, match="column of both copies"):
        project.dataset.verify("orders", f"parquet:{path}", key=["idd"])


@pytest.mark.full
def test_copies_in_the_formats_of_others_are_compared(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    for name in ("iceberg", "delta", "lance", "huggingface"):
        project.dataset.export("orders", tmp_path / name, format=name)

        report = project.dataset.verify("orders", f"{name}:{tmp_path / name}")

        assert (report.b.format, report.has_findings) == (name, False)


CELL = st.tuples(st.integers(0, 5), st.none() | st.sampled_from(["", "a", "b"]))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(CELL, max_size=8), st.lists(CELL, max_size=8))
def test_counts_are_those_of_the_rows_as_python_counts_them(
    project: Project, tmp_path: Path, left: list[Any], right: list[Any]
) -> None:
    from collections import Counter

    schema = pa.schema([("id", pa.int64()), ("city", pa.string())])
    paths = [
        copied(
            tmp_path / name,
            pa.Table.from_pylist([{"id": i, "city": city} for i, city in rows], schema=schema),
        )
        for name, rows in (("a.parquet", left), ("b.parquet", right))
    ]

    report = project.dataset.verify(paths[0], paths[1])

    a, b = Counter(left), Counter(right)
    assert report.n_same == (a & b).total()
    assert (report.n_only_a, report.n_only_b) == ((a - b).total(), (b - a).total())
    assert report.has_findings == (a != b) == (report.a.content_root != report.b.content_root)


@pytest.mark.parametrize("columns", [{"other": [1, 2, 3]}, {}])
def test_copies_with_no_column_in_common_have_no_row_in_common(
    project: Project, orders: Any, tmp_path: Path, columns: dict[str, Any]
) -> None:
    path = copied(tmp_path / "o.parquet", columns)

    report = project.dataset.verify("orders", path)

    n_rows = len(columns.get("other", ()))
    assert (report.a.n_rows, report.b.n_rows) == (4, n_rows)
    assert (report.n_same, report.n_only_a, report.n_only_b) == (0, 4, n_rows)
    assert report.has_findings
    assert {one.verdict for one in report.columns} <= {"missing", "added"}


def test_a_null_list_is_no_empty_one(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("orders", pa.table({"id": [1, 2], "l": [[1, 2], None]}), key=["id"])
    lists = pa.array([[], [1, 2]], pa.list_(pa.int64()))
    path = copied(tmp_path / "o.parquet", {"id": [2, 1], "l": lists})

    report = project.dataset.verify("orders", path)

    assert (report.n_same, report.n_differing) == (1, 1)
    (pair,) = report.differing
    assert (pair.a, pair.b, pair.columns) == ({"id": 2, "l": None}, {"id": 2, "l": []}, ("l",))


def test_rows_of_a_repeated_key_are_paired_once_each(project: Project, tmp_path: Path) -> None:
    project.dataset.commit("orders", pa.table({"id": [1, 1, 2], "x": ["a", "b", "c"]}))
    path = copied(tmp_path / "o.parquet", {"id": [1, 1, 1], "x": ["b", "d", "e"]})

    report = project.dataset.verify("orders", path, key=["id"])

    assert (report.n_same, report.n_differing) == (1, 1)
    assert (report.n_only_a, report.n_only_b) == (1, 1)
    assert (report.a.n_repeated, report.b.n_repeated) == (2, 3)
    assert report.only_a[0].a == {"id": 2, "x": "c"}


def test_a_key_that_has_another_name_pairs_rows(
    project: Project, orders: Any, tmp_path: Path
) -> None:
    columns = {"number": [1, 2, 3, 4], "city": ["Oslo", "Bergen", "Pisa", "Rome"], "n": ROWS["n"]}
    path = copied(tmp_path / "o.parquet", columns)

    report = project.dataset.verify("orders", path, renamed={"id": "number"})

    assert (report.key, report.n_same, report.n_differing) == (("id",), 3, 1)
    assert report.differing[0].b == {"id": 3, "city": "Pisa", "n": 3}


def test_a_moment_with_a_zone_and_one_without_are_of_two_types(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", pa.table({"at": pa.array([0], pa.timestamp("us", tz="UTC"))}))
    berlin = pa.array([0], pa.timestamp("ms", tz="Europe/Berlin"))
    aware = copied(tmp_path / "aware.parquet", {"at": berlin})
    naive = copied(tmp_path / "naive.parquet", {"at": pa.array([0], pa.timestamp("us"))})

    same = project.dataset.verify("orders", aware)
    other = project.dataset.verify("orders", naive, tolerant=True)

    assert (same.has_findings, same.columns[0].verdict) == (False, "same")
    assert (other.has_findings, other.columns[0].verdict) == (True, "retyped")


@pytest.mark.parametrize("digits", ["1" * 38, "1" + "0" * 37, "1"])
def test_decimals_that_no_type_holds_together_are_of_two_types(
    project: Project, tmp_path: Path, digits: str
) -> None:
    long = pa.array([Decimal(digits)], pa.decimal128(38, 0))
    project.dataset.commit("orders", pa.table({"price": long}))
    fine = pa.array([Decimal("1.2")], pa.decimal256(76, 70))

    report = project.dataset.verify(
        "orders", copied(tmp_path / "o.parquet", {"price": fine}), tolerant=True
    )

    assert (report.columns[0].verdict, report.has_findings, report.n_same) == ("retyped", True, 0)


def test_two_files_without_types_are_read_each_for_itself(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,2\n")
    (tmp_path / "b.tsv").write_text("n\tid\n2.0\t1\n")

    report = project.dataset.verify(str(tmp_path / "a.csv"), str(tmp_path / "b.tsv"), tolerant=True)

    assert not report.has_findings
    assert report.n_same == 1


def test_a_dataset_goes_before_a_file_of_its_name(
    project: Project, orders: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders").write_text("no table")
    monkeypatch.chdir(tmp_path)

    report = project.dataset.verify("orders", "orders@main")

    assert (report.a.format, report.b.name, report.has_findings) == ("headgate", "orders@1", False)
