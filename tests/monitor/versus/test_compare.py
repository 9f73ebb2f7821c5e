"""Tests of training inputs held against production data."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import headgate
from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.surfaces.python import Project

FLAGS = {"at": "day", "output": "score"}


def people(n: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {
            "id": seed * 10_000 + i,
            "age": rng.randint(18, 80),
            "plan": rng.choice(["basic", "gold"]),
            "note": rng.choice(["asks for help", "pays late", "is content"]),
        }
        for i in range(n)
    ]


def served(project: Project, home: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    from pyarrow import csv

    (home / "m.bin").write_bytes(b"weights")
    known = [one | {"left": 0} for one in people(2000, 1)]
    csv.write_csv(pa.Table.from_pylist(known), home / "train.csv")
    (home / "days").mkdir(exist_ok=True)
    asked = [one | {"day": "2026-11-03", "score": 0.5} for one in rows]
    csv.write_csv(pa.Table.from_pylist(asked), home / "days" / "1.csv")
    project.adopt.model(
        "churn",
        str(home / "m.bin"),
        training=str(home / "train.csv"),
        answers=str(home / "days"),
        **FLAGS,
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return headgate.init(tmp_path / "p")


@pytest.mark.row("S1-15")
def test_shifted_columns_new_categories_terms_and_formats_are_told(
    project: Project, tmp_path: Path
) -> None:
    rows = people(1500, 2)
    for i, one in enumerate(rows):
        one["age"] += 15
        one["plan"] = "student" if i % 4 == 0 else one["plan"]
        one["note"] = "roaming abroad" if i % 3 == 0 else one["note"]
    served(project, tmp_path, rows)

    found = project.monitor.compare("deployment:churn", train="churn@1")

    told = {(one.subject, one.kind) for one in found.seen.findings}
    assert ("plan", "new category") in told
    assert ("age", "mean shift") in told
    assert {("note", "roaming"), ("note", "abroad")} <= {
        (one.column, one.what) for one in found.wording if one.kind == "term"
    }
    assert [(one.dataset, one.number) for one in found.seen.references] == [("churn-training", 1)]
    assert found.has_findings


@pytest.mark.row("S1-15")
def test_production_like_training_has_nothing_to_tell(project: Project, tmp_path: Path) -> None:
    served(project, tmp_path, people(1500, 2))

    found = project.monitor.compare("deployment:churn")

    assert (found.seen.findings, found.wording, found.has_findings) == ((), (), False)


def test_a_snapshot_can_be_named_in_place_of_the_model(project: Project, tmp_path: Path) -> None:
    served(project, tmp_path, people(600, 2))

    found = project.monitor.compare("deployment:churn", train="churn-training@1")

    assert found.seen.reference_n == 2000


def test_nothing_is_kept_of_a_comparison(project: Project, tmp_path: Path) -> None:
    served(project, tmp_path, people(600, 2))
    before = len(project.event.list().events)

    project.monitor.compare("deployment:churn")

    assert len(project.event.list().events) == before
    assert project.monitor.list().monitors == ()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"train": "chrn@1"}, NotFound),
        ({"since": "2026-11-05", "until": "2026-11-04"}, Invalid),
        ({"since": "2026-12-01", "until": "2026-12-02"}, NotFound),
        ({"train": "churn@9"}, NotFound),
    ],
)
def test_what_cannot_be_compared_is_told(
    project: Project, tmp_path: Path, asked: dict[str, Any], error: type[HeadgateError]
) -> None:
    served(project, tmp_path, people(600, 2))

    with pytest.raises(error):
        project.monitor.compare("deployment:churn", **asked)


def test_a_model_of_unknown_training_is_told_with_a_mend(project: Project, tmp_path: Path) -> None:
    served(project, tmp_path, people(600, 2))
    project.model.register("stray", b"weights")

    with pytest.raises(NotFound, match="not known what model stray") as caught:
        project.monitor.compare("deployment:churn", train="stray")

    assert "--train DATASET@NUMBER" in caught.value.mend


@pytest.mark.parametrize("watch", ["churn", "", "table:people"])
def test_what_is_neither_a_deployment_nor_a_dataset_is_told_how_to_be_written(
    project: Project, watch: str
) -> None:
    with pytest.raises(Invalid, match="is nothing to compare") as caught:
        project.monitor.compare(watch)

    assert caught.value.mend == "write deployment:NAME or dataset:NAME"
