"""Types and defaults that a contract gives to columns on their way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid
from tests.contract.guarded import ID, facts_of, guarded, reasons, with_default, written

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

CITY: dict[str, object] = {"name": "city", "logicalType": "string"}


def test_what_is_missing_is_filled_with_its_default(project: Project) -> None:
    guarded(project, ID, with_default(CITY, "nowhere"))

    rows = [{"id": 1, "city": None}, {"id": 2, "city": "Oslo"}]
    project.dataset.commit("orders", rows)
    project.dataset.commit("orders", [{"id": 3}], mode="append")

    assert project.dataset.read("orders")["city"].to_pylist() == ["nowhere", "Oslo", "nowhere"]
    assert facts_of(project) == [
        "column city did not come and was filled with its default",
        "1 missing value of column city was filled with its default",
    ]


def test_a_required_column_with_a_default_need_not_come(project: Project) -> None:
    guarded(project, ID, with_default(CITY | {"required": True}, "nowhere"))

    snapshot = project.dataset.commit("orders", [{"id": 1}, {"id": 2}])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 0)


def test_an_optional_column_may_stay_away(project: Project) -> None:
    guarded(project, ID, CITY | {"logicalTypeOptions": {"maxLength": 3}})

    snapshot = project.dataset.commit("orders", [{"id": 1}, {"id": 2}])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 0)


def test_a_column_without_any_value_is_none_of_a_wrong_type(project: Project) -> None:
    guarded(project, ID, CITY)

    snapshot = project.dataset.commit("orders", [{"id": 1, "city": None}, {"id": 2, "city": None}])

    assert snapshot.n_quarantined == 0
    assert {one.name: one.type for one in snapshot.columns}["city"] == "string"


def test_text_of_a_file_is_read_as_the_contract_says(project: Project, tmp_path: Path) -> None:
    when: dict[str, object] = {"name": "at", "logicalType": "timestamp"}
    guarded(project, CITY, {"name": "day", "logicalType": "date"}, when)
    file = tmp_path / "orders.csv"
    lines = ["city,day,at", "12,2026-11-03,2026-11-03T10:00:00Z", "13,soon,", "14,,", "15,,"]
    file.write_text("\n".join(lines), encoding="utf-8")

    report = project.source.ingest("orders", str(file), source="web")

    assert {one.name: one.type for one in report.snapshot.columns} == {
        "city": "string",
        "day": "date32[day]",
        "at": "timestamp[us, tz=UTC]",
    }
    assert project.dataset.read("orders")["city"].to_pylist() == ["12", "14", "15"]
    assert reasons(project) == ["type: day is 'soon', not date32[day]"]


def test_a_default_that_does_not_fit_its_column_is_refused_at_once(project: Project) -> None:
    written(project, with_default(ID, "none"))

    with pytest.raises(Invalid, match=r"default 'none' of column id is no integer"):
        project.contract.publish("orders")
