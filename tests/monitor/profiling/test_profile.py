"""Tests of profiles of snapshots: kept with segments, for what came since, forgotten on erasure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import NotFound
from headgate.surfaces.cli.show.profiling import spark
from headgate.surfaces.python import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    opened = headgate.init(tmp_path / "shop")
    rng = np.random.default_rng(0)
    rows = pa.table(
        {
            "id": pa.array(range(1000)),
            "price": pa.array(rng.normal(50, 10, 1000)),
            "city": pa.array(["Ulm" if i % 10 == 0 else "Bonn" for i in range(1000)]),
            "note": pa.array(["x"] * 900 + [None] * 100),
        }
    )
    opened.dataset.commit("orders", rows)
    return opened


@pytest.mark.row("S2-01")
def test_a_profile_says_what_stands_in_each_column(project: Project) -> None:
    report = project.dataset.profile("orders")

    columns = {one.name: one for one in report.columns}
    assert (report.dataset, report.n_rows, report.since) == ("orders@1", 1000, None)
    assert columns["id"].quantiles[3] == pytest.approx(500, abs=3)
    assert columns["price"].mean == pytest.approx(50, abs=1)
    assert columns["city"].frequent[0][0] == "Bonn"
    assert columns["note"].null_ratio == 0.1
    assert sum(columns["price"].cells) == pytest.approx(1)


@pytest.mark.row("S2-01")
def test_only_segments_that_are_new_are_read_again(project: Project) -> None:
    first = project.dataset.profile("orders")
    project.dataset.commit("orders", [{"id": 1000, "price": 99.0}], mode="append")

    second = project.dataset.profile("orders")
    again = project.dataset.profile("orders")

    assert (first.n_made, second.n_made, again.n_made) == (1, 1, 0)
    assert (second.n_rows, second.n_segments) == (1001, 2)
    assert again.columns == second.columns


@pytest.mark.row("S2-01")
def test_what_came_since_a_snapshot_is_profiled_alone(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1000, "price": 99.0}], mode="append")

    report = project.dataset.profile("orders", since="1", columns=["price"])

    assert (report.since, report.n_rows) == ("orders@1", 1)
    assert [(one.name, one.low) for one in report.columns] == [("price", 99.0)]


def test_nothing_new_has_an_empty_profile(project: Project) -> None:
    report = project.dataset.profile("orders", since="1")

    assert report.n_rows == 0
    assert {one.n for one in report.columns} == {0}


def test_deleted_rows_are_not_in_the_profile(project: Project) -> None:
    project.dataset.profile("orders")
    kept = project.dataset.read("orders", row_ids=True).slice(0, 900)

    project.dataset.commit("orders", kept, mode="overwrite", where="id >= 0")
    report = project.dataset.profile("orders")

    note = next(one for one in report.columns if one.name == "note")
    assert (report.n_rows, note.null_ratio) == (900, 0.0)


def test_a_column_that_became_wider_is_read_anew(project: Project) -> None:
    project.dataset.profile("orders")
    project.dataset.commit("orders", [{"id": 0.5, "price": 1.0}], mode="append")

    report = project.dataset.profile("orders")

    column = next(one for one in report.columns if one.name == "id")
    assert (column.type, column.low, column.high) == ("double", 0.0, 999.0)
    assert report.n_made == 2


def test_an_unknown_column_is_told(project: Project) -> None:
    with pytest.raises(NotFound, match="prize"):
        project.dataset.profile("orders", columns=["prize"])


def test_whoever_is_erased_is_in_no_profile_any_more(project: Project) -> None:
    project.dataset.commit(
        "people", [{"name": "Erika Musterfrau", "n": 1}, {"name": "Otto", "n": 2}]
    )
    before = project.dataset.profile("people", columns=["name"])

    project.dataset.erase("people", "name = 'Erika Musterfrau'", apply=True)
    report = project.dataset.profile("people", columns=["name"])

    assert "Erika Musterfrau" in dict(before.columns[0].frequent)
    assert dict(report.columns[0].frequent) == {"Otto": 1}
    assert report.n_made == 1


def test_frequent_values_have_shares_of_what_is_there(project: Project) -> None:
    report = project.dataset.profile("orders")

    shares = {one.name: one.shares for one in report.columns}
    assert shares["city"] == (("Bonn", 0.9), ("Ulm", 0.1))
    assert shares["note"] == (("x", 1.0),)
    assert shares["id"] == ()


def test_a_shape_is_drawn_by_heights() -> None:
    assert spark(()) == ""
    assert spark((0.5, 0.5), 2) == "██"
    assert spark((0.0, 1.0, 0.001), 3) == " █▁"
