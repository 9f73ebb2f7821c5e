"""How a terminal shows what was adopted."""

from __future__ import annotations

import pytest

from headgate.dataset.adopted.reports import TableAdopted
from headgate.flows.adopting.reports import MlflowAdopted, ModelAdopted, PredictionsAdopted
from headgate.flows.reports import Coverage
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.adopt import (
    mlflow_lines,
    parquet_lines,
    postgres_lines,
    predictions_lines,
)
from headgate.surfaces.cli.show.blast import _coverage

WIDTHS = [60, 80, 120]
LONG = "file//lake/" + "a-long-folder/" * 2 + "orders.parquet"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_mlflow_knows_fits_every_width_and_counts_what_it_leaves_out(width: int) -> None:
    models = tuple(
        ModelAdopted(f"churn/{n}", f"churn@{n}", f"{n:032}", is_told=n > 5, is_new=True)
        for n in range(1, 15)
    )
    found = MlflowAdopted(
        namespace="mlflow://tracking.example.org:5000",
        n_runs=20,
        n_silent_runs=3,
        n_events=40,
        models=models,
        releases=("churn-champion@1",),
        datasets=(LONG,),
        unlinked=(LONG,),
    )

    lines = mlflow_lines(found, Paint(width=width))

    assert max(map(len, lines)) <= width
    assert "and 4 more models" in lines
    assert "next: headgate adopt parquet FOLDER --as NAME" in lines


def test_predictions_without_a_model_are_told_so() -> None:
    found = PredictionsAdopted("prod", None, 3, 1, ("k",))

    lines = predictions_lines(found, Paint(width=80))

    assert lines[0].split() == ["adopted", "3", "predictions"]
    assert lines[-1] == "which model answered is not known; name it with --model NAME@N"


def test_a_table_that_is_as_it_was_is_told_so() -> None:
    same = TableAdopted("orders", "orders@3", 2, 1000, 4096, is_new=False)

    lines = parquet_lines(same, Paint(width=60))

    assert lines[-1] == "every file is as it was: no new version"
    assert [line.split()[-1] for line in lines[:4]] == ["orders@3", "2", "1,000", "4,096"]


def test_a_table_of_a_database_is_told_with_its_version() -> None:
    same = TableAdopted("orders", "orders@3", 1, 1000, 4096, is_new=False)

    lines = postgres_lines(same, Paint(width=60))

    assert lines[0].split() == ["version", "orders@3"]
    assert lines[-1] == "its rows are as they were: no new version"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_to_connect_next_stands_under_what_is_not_known(width: int) -> None:
    known = Coverage("models", 1, 1, ("churn@2",), "Say what these models were trained on. " * 4)

    lines = list(_coverage(known, Paint(width=width)))

    assert lines[1] == "  not known: churn@2"
    assert lines[2].startswith("  Say what these models")
    assert max(map(len, lines)) <= width - 2
