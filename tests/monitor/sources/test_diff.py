"""Tests of what one source of a dataset says otherwise than the others."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import NotFound
from headgate.monitor.sources.comparing import Rows, differences
from headgate.surfaces.python import Project


def unlike(mine: list[float], others: list[float]) -> list[tuple[str, str]]:
    """Say what two sources of one column of numbers have otherwise."""
    n = len(mine) + len(others)
    table = pa.table({RID: pa.array(range(n), pa.int64()), "price": [*mine, *others]})
    found = differences(Rows(table, np.arange(n) < len(mine)), ["price"])
    return [(one.kind, one.what) for one in found]


RID = "_rid"


def bring(project: Project, source: str, rows: list[dict[str, Any]], at: str) -> None:
    path = Path(project.address) / f"{source}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    project.source.ingest("claims", str(path), source=source, at=at)


def usual(n: int, first: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    words = np.array(["engine noise", "brake worn", "door stuck", "paint scratched"])
    return [
        {
            "id": first + i,
            "ref": f"AB-{1000 + i % 100}",
            "km": round(float(rng.lognormal(10, 0.5)), 1),
            "what": str(rng.choice(words)),
        }
        for i in range(n)
    ]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    opened = headgate.init(tmp_path / "p")
    bring(opened, "berlin", usual(300, 0, 1), "2026-11-01")
    bring(opened, "munich", usual(300, 1000, 2), "2026-11-02")
    return opened


@pytest.mark.row("S1-16")
def test_a_new_source_with_other_words_and_formats_is_named_with_rows(project: Project) -> None:
    rows = usual(200, 2000, 3)
    for i, row in enumerate(rows):
        row["ref"] = f"{i:03d}/2026"
        row["what"] = "gearbox grinding" if i % 2 else row["what"]
    bring(project, "leipzig", rows, "2026-11-03")

    report = project.source.diff("claims")

    newest = report.sources[0]
    told = {(one.column, one.kind, one.what) for one in newest.differences}
    assert newest.source == "leipzig"
    assert ("ref", "format", "999/9999") in told
    assert {("what", "term", "gearbox"), ("what", "term", "grinding")} <= told
    gearbox = next(one for one in newest.differences if one.what == "gearbox")
    assert gearbox.ratio == 0.5
    assert gearbox.ratio_elsewhere == 0
    assert gearbox.examples == ("gearbox grinding",) * 3
    found = project.dataset.read("claims", row_ids=True).to_pylist()
    assert {one["what"] for one in found if one["_rid"] in gearbox.rows} == {"gearbox grinding"}


@pytest.mark.row("S1-16")
def test_sources_that_agree_say_nothing_otherwise(project: Project) -> None:
    report = project.source.diff("claims")

    assert [(one.source, one.differences) for one in report.sources] == [
        ("munich", ()),
        ("berlin", ()),
    ]


def test_another_unit_and_more_missing_are_told(project: Project) -> None:
    rows = usual(200, 2000, 3)
    for i, row in enumerate(rows):
        row["km"] = round(row["km"] * 1000)
        row["what"] = "" if i % 2 else row["what"]
    bring(project, "leipzig", rows, "2026-11-03")

    report = project.source.diff("claims", source="leipzig")

    told = {(one.column, one.kind, one.what) for one in report.sources[0].differences}
    assert len(report.sources) == 1
    assert ("km", "unit", "x 1000") in told
    assert ("what", "missing", "missing") in told


def test_the_limit_says_how_many_more_there_are(project: Project) -> None:
    rows = usual(100, 2000, 3)
    for row in rows:
        row["what"] = "alpha beta gamma delta"
    bring(project, "leipzig", rows, "2026-11-03")

    report = project.source.diff("claims", source="leipzig", limit=1)

    assert len(report.sources[0].differences) == 1
    assert report.sources[0].n_more >= 3


def test_one_source_alone_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    project = headgate.init(tmp_path / "p")
    bring(project, "berlin", usual(20, 0, 1), "2026-11-01")

    report = project.source.diff("claims")

    assert report.sources[0].differences == ()


def test_rows_by_hand_are_a_source_of_their_own(project: Project) -> None:
    project.dataset.commit(
        "claims",
        [
            {"id": i, "ref": f"AB-{i}", "km": 1.0, "what": "tomorrow engine noise"}
            for i in range(9000, 9010)
        ],
        mode="append",
    )

    report = project.source.diff("claims", source="(by hand)")

    told = [one.what for one in report.sources[0].differences if one.kind == "term"]
    assert told == ["tomorrow"]


def test_an_unknown_source_is_told_with_the_nearest(project: Project) -> None:
    with pytest.raises(NotFound, match="berlim") as caught:
        project.source.diff("claims", source="berlim")

    assert "berlin" in caught.value.mend


def test_what_did_not_fit_at_all_is_counted_beside(project: Project) -> None:
    rows = [row | {"km": "far away"} for row in usual(30, 2000, 3)]
    bring(project, "leipzig", rows, "2026-11-03")

    report = project.source.diff("claims", source="leipzig")

    assert (report.sources[0].n_rows, report.sources[0].n_quarantined) == (0, 30)
    assert report.sources[0].differences == ()


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        ([1e308] * 10, [1e-308] * 10),
        ([1e-308] * 10, [1e308] * 10),
        ([0.0] * 10, [0.0] * 10),
        ([5.0] * 10, [1.0] * 10),
        ([float("nan")] * 10, [1.0] * 10),
        ([100.0] * 4, [1.0] * 10),
    ],
)
def test_numbers_that_are_no_usual_factor_apart_have_no_other_unit(
    mine: list[float], others: list[float]
) -> None:
    assert unlike(mine, others) == []


@pytest.mark.parametrize(
    ("factor", "what"), [(100.0, "x 100"), (0.001, "x 0.001"), (60.0, "x 60"), (2.54, "x 2.54")]
)
def test_numbers_a_usual_factor_apart_are_in_another_unit(factor: float, what: str) -> None:
    others = [float(one) for one in range(1, 30)]

    assert unlike([one * factor for one in others], others) == [("unit", what)]
