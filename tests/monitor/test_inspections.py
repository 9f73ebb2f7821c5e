"""Monitors, inspected on a change: their files, the policy, and drift of data files."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from headgate.monitor.inspections import MonitorInspection
from headgate.spine.context import without_project
from headgate.spine.inspecting.loading import load
from headgate.spine.inspecting.nouns import Case, Wish


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with a folder for monitors, and a data file to hold others against."""
    (tmp_path / "monitors").mkdir()
    rows(tmp_path / "old.csv")
    return tmp_path


def rows(
    path: Path, *, n: int = 1000, shift: float = 0, missing: float = 0, city: str = ""
) -> None:
    """Write people; the same ones for the same words."""
    draw = random.Random(7)
    lines = ["id,age,city"]
    for number in range(n):
        age = "" if draw.random() < missing else f"{draw.gauss(40 + shift, 10):.1f}"
        lines.append(f"{number},{age},{city or draw.choice(('Oslo', 'Rome'))}")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def inspected(folder: Path, new: str = "") -> list[Case]:
    context = without_project(folder)
    held = {"people": load(context, "people", "old.csv")} if new else {}
    data = {"people": load(context, "people", new)} if new else {}
    return list(MonitorInspection().inspect(context, Wish(data=data, reference=held)))


def broken(cases: list[Case]) -> dict[str, list[str]]:
    return {one.name: [each.message for each in one.remarks] for one in cases if one.remarks}


@pytest.mark.row("S2-26", part="drift")
def test_a_file_like_its_reference_shows_no_drift(folder: Path) -> None:
    rows(folder / "new.csv", n=900)

    cases = inspected(folder, "new.csv")

    assert [one.name for one in cases] == ["id", "age", "city"]
    assert [name for name in broken(cases) if name != "id"] == []


@pytest.mark.row("S2-26", part="drift")
@pytest.mark.parametrize(
    ("change", "subject", "kind"),
    [
        ({"shift": 20.0}, "age", "mean shift in age: age "),
        ({"missing": 0.3}, "age", "(missing_share 0.3"),
        ({"city": "Bonn"}, "city", "in city"),
    ],
)
def test_drift_is_named_with_its_column_and_number(
    folder: Path, change: dict[str, Any], subject: str, kind: str
) -> None:
    rows(folder / "new.csv", **change)

    found = broken(inspected(folder, "new.csv"))

    assert any(kind in one for one in found[subject])


def test_columns_that_are_gone_or_new_are_told(folder: Path) -> None:
    text = (folder / "old.csv").read_text(encoding="utf-8").replace("city", "town", 1)
    (folder / "new.csv").write_text(text, encoding="utf-8")

    found = broken(inspected(folder, "new.csv"))

    assert set(found) == {"city", "town"}


def test_too_few_rows_say_nothing_of_drift(folder: Path) -> None:
    rows(folder / "new.csv", n=100, shift=20)

    cases = inspected(folder, "new.csv")

    assert all(one.skipped == "100 rows are too few: 500 are needed" for one in cases)


def test_the_monitor_of_the_dataset_says_which_columns_count(folder: Path) -> None:
    text = "monitor: people\nwatch: dataset:people\ncolumns: {include: [city]}\n"
    (folder / "monitors" / "people.yaml").write_text(text, encoding="utf-8")
    rows(folder / "new.csv", shift=20)

    cases = inspected(folder, "new.csv")

    assert [one.name for one in cases] == ["monitors/people.yaml is a monitor", "city"]
    assert broken(cases) == {}


def test_broken_files_point_to_their_lines(folder: Path) -> None:
    monitor = "monitor: people\nwatch: dataset:people\nwindw: 1d\n"
    (folder / "monitors" / "people.yaml").write_text(monitor, encoding="utf-8")
    (folder / "monitors" / "policy.yaml").write_text("rules:\n  - {when: {}}\n", encoding="utf-8")

    first, second = inspected(folder)

    assert (first.remarks[0].place.file, first.remarks[0].place.line) == ("monitors/people.yaml", 3)
    assert (second.remarks[0].place.file, second.remarks[0].place.line) == (
        "monitors/policy.yaml",
        2,
    )
    assert second.remarks[0].message == "rules[0].then: then is missing"


def test_a_file_that_is_no_yaml_points_to_where_reading_ended(folder: Path) -> None:
    (folder / "monitors" / "people.yaml").write_text("a: [\n", encoding="utf-8")

    (case,) = inspected(folder)

    assert case.remarks[0].place.line == 2
    assert "no YAML" in case.remarks[0].message


def test_data_without_a_reference_is_not_measured(folder: Path) -> None:
    context = without_project(folder)
    data = {"people": load(context, "people", "old.csv")}

    assert list(MonitorInspection().inspect(context, Wish(data=data))) == []
