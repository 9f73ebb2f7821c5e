"""Tests of a run that looks at many windows at once, and of the pipeline that runs a monitor."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv

import headgate
from headgate.core.errors import Conflict
from headgate.surfaces.python import Project

BAD = 3
"""The day whose ages are in months."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A model with five days of 600 answers each, one of them bad."""
    home = tmp_path_factory.mktemp("service")
    rng = random.Random(0)
    (home / "m.bin").write_bytes(b"weights")
    train = [{"age": rng.gauss(50, 10), "left": 0} for _ in range(2000)]
    csv.write_csv(pa.Table.from_pylist(train), home / "train.csv")
    (home / "days").mkdir()
    for day in range(1, 6):
        factor = 12 if day == BAD else 1
        rows = [
            {"day": f"2026-11-0{day}", "age": rng.gauss(50, 10) * factor, "score": rng.random()}
            for _ in range(600)
        ]
        csv.write_csv(pa.Table.from_pylist(rows), home / "days" / f"{day}.csv")
    opened = headgate.init(home / "p")
    opened.adopt.model(
        "churn",
        str(home / "m.bin"),
        training=str(home / "train.csv"),
        answers=str(home / "days"),
        at="day",
        output="score",
    )
    opened.monitor.init("churn", "deployment:churn", scheduled=True)
    return opened


def test_a_run_tells_of_every_window_that_it_looked_at(project: Project) -> None:
    seen = project.monitor.run("churn", until="2026-11-06")

    assert seen.n_windows == 5
    assert seen.findings == ()
    assert seen.has_findings
    assert [one.window.since.day for one in seen.earlier] == [BAD]
    assert [(one.subject, one.kind) for one in seen.earlier[0].findings] == [("age", "unit change")]
    page = headgate.page(seen)
    assert "<h1>Well now; 1 of 5 windows before were not</h1>" in page
    assert "<h2>Earlier: 2026-11-03</h2>" in page


def test_the_next_run_has_nothing_to_catch_up_on(project: Project) -> None:
    project.monitor.run("churn", until="2026-11-06")

    seen = project.monitor.run("churn", until="2026-11-06")

    assert (seen.n_windows, seen.earlier, seen.has_findings) == (1, (), False)


def test_the_pipeline_that_runs_it_is_written_and_can_be_loaded(project: Project) -> None:
    text = (Path(project.address) / "pipelines" / "churn_watched.py").read_text()

    assert 'schedule = Schedule("15 0 * * *")' in text
    assert "churn_watched" in str(project.pipeline.list())


def test_a_pipeline_of_somebody_else_stays(project: Project) -> None:
    path = Path(project.address) / "pipelines" / "mine_watched.py"
    path.write_text("# mine\n")

    with pytest.raises(Conflict, match="mine_watched"):
        project.monitor.init("mine", "deployment:churn", scheduled=True)

    assert path.read_text() == "# mine\n"
