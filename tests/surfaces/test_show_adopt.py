"""How a terminal shows what was adopted."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.switching.reports import Compared, GxAdopted, SuiteAdopted
from headgate.core.left_out import LeftOut
from headgate.dataset.adopted.reports import TableAdopted
from headgate.flows.adopting.reports import (
    MlflowAdopted,
    ModelAdopted,
    PredictionsAdopted,
    ServiceAdopted,
)
from headgate.flows.reports import Coverage
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.adopt import (
    gx_lines,
    mlflow_lines,
    model_lines,
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


@pytest.mark.parametrize(
    ("points_at", "moved_from", "told"),
    [
        ("churn@2", "churn@1", "moved churn pointed at churn@1"),
        ("churn@1", None, "points at churn@1, where it was moved before"),
        ("churn@2", None, "files 2"),
    ],
)
def test_where_the_deployment_points_is_told_if_it_moved_or_stays(
    points_at: str, moved_from: str | None, told: str
) -> None:
    found = ServiceAdopted(
        model="churn@2",
        learned_from="churn-training@2",
        deployment="churn",
        release="churn@2",
        points_at=points_at,
        moved_from=moved_from,
        n_files=2,
        n_adopted=3,
        n_known=0,
        n_labels=1,
    )

    lines = model_lines(found, Paint(width=60))

    assert " ".join(lines[4].split()) == told


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


def compared(state: Any, reason: str = "", **more: Any) -> Compared:
    told: dict[str, Any] = {"gx": True, "ours": False, "gx_figure": 0, "our_figure": 2.0} | more
    return Compared(
        expectation="expect_column_values_to_be_between",
        column="a_rather_long_name_of_a_column",
        rules=("a.range",),
        state=state,
        reason=reason,
        **told,
    )


def adopted(*found: Compared, looked_at: str = "orders@3") -> GxAdopted:
    left = LeftOut("expectations[3]", "expect_column_kl_divergence_to_be_less_than", "kept " * 20)
    suite = SuiteAdopted(
        suite="shop.orders",
        contract="shop.orders",
        path="contracts/shop.orders.yaml",
        is_new=False,
        n_expectations=4,
        compared=found,
        left_out=(left,),
    )
    states = [one.state for one in found]
    return GxAdopted(
        version="1.24.1",
        looked_at=looked_at,
        n_rows=6,
        suites=(suite,),
        notifiers='[notifiers.tell]\ntype = "slack"',
        left_out=(LeftOut("checkpoint daily: docs", "update_data_docs", "no site " * 20),),
        n_agreed=states.count("agree"),
        n_explained=states.count("explained"),
        n_unexplained=states.count("unexplained"),
        has_findings="unexplained" in states,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_both_verdicts_stand_side_by_side_and_every_difference_has_its_reason(width: int) -> None:
    found = adopted(
        compared("agree", ours=True),
        compared("explained", "2 of the values are NaN, which pandas takes for missing " * 3),
        compared("not compared", "it did not translate", ours=None, our_figure=None),
        compared("unexplained", "a is out of its range: 2 rows, wanted at most 0"),
    )

    lines = gx_lines(found, Paint(width=width))

    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "shop.orders: 4 expectations" in lines
    assert "contracts/shop.orders.yaml, as it was" in text
    assert "kept 0 broken 2 values_to_be_between" in text
    assert "1 agree, 1 differ and it is known why, 1 unexplained" in text
    assert "2 of the values are NaN" in text
    assert "[notifiers.tell]" in lines
    assert "update_data_docs" in text


def test_who_names_no_rows_is_told_how_both_look_at_them() -> None:
    lines = gx_lines(adopted(looked_at=""), Paint(width=80))

    assert lines[-1] == "next: look at rows with both: --dataset NAME or --data FILE"
