"""A suite becomes a contract, and what both say of the rows is put side by side."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from headgate.contract.switching.gx import contract_name
from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.surfaces.python import Project

NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "city"}}
BETWEEN = {"type": "expect_column_values_to_be_between",
           "kwargs": {"column": "id", "min_value": 0}}  # fmt: skip
FOREIGN = {"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "id"}}


def suite(folder: Path, *expectations: Any, name: str = "orders") -> str:
    """Write a suite of Great Expectations."""
    file = folder / "suite.json"
    file.write_text(json.dumps({"name": name, "expectations": expectations}), encoding="utf-8")
    return str(file)


def rows(folder: Path, name: str = "orders.csv") -> str:
    """Write two rows, one of them without a city."""
    file = folder / name
    file.write_text("id,city\n1,Oslo\n2,\n", encoding="utf-8")
    return str(file)


def saying(folder: Path, *answers: dict[str, Any]) -> str:
    """Write a Python that answers this for the suite in the place of Great Expectations."""
    told = json.dumps({"version": "9.9", "suites": {"orders": answers}})
    script = folder / "python-of-mine"
    body = f"import sys\nfrom pathlib import Path\nPath(sys.argv[3]).write_text({told!r})\n"
    script.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def test_what_both_say_is_put_side_by_side(project: Project, tmp_path: Path) -> None:
    said = saying(
        tmp_path,
        {"success": False, "count": 1},
        {"success": False, "count": 2},
        {"success": None, "error": "unknown there"},
    )
    file = suite(tmp_path, NOT_NULL, BETWEEN, FOREIGN)

    report = project.adopt.gx(file, data=rows(tmp_path), python=said)

    one, two, three = report.suites[0].compared
    assert (report.version, report.n_rows, report.looked_at) == ("9.9", 2, "orders.csv")
    assert (one.state, one.rules, one.gx_figure, one.our_figure) == (
        "agree",
        ("city.required",),
        1,
        1,
    )
    assert (two.state, two.gx, two.ours, two.our_figure) == ("unexplained", False, True, 0)
    assert (three.state, three.rules) == ("not compared", ())
    assert (report.n_agreed, report.n_explained, report.n_unexplained) == (1, 0, 1)
    assert report.has_findings


def test_a_dataset_is_looked_at_at_the_snapshot_that_is_named(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", [{"id": 1, "city": None}])
    project.dataset.commit("orders", [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}])
    said = saying(tmp_path, {"success": False, "count": 1})
    file = suite(tmp_path, NOT_NULL)

    first = project.adopt.gx(file, dataset="orders@1", python=said)
    newest = project.adopt.gx(file, dataset="orders", python=said)

    assert (first.looked_at, first.suites[0].compared[0].state) == ("orders@1", "agree")
    assert (newest.looked_at, newest.suites[0].compared[0].state) == ("orders@2", "unexplained")
    assert (first.suites[0].is_new, newest.suites[0].is_new) == (True, False)


def test_without_rows_the_contract_is_made_and_nothing_compared(
    project: Project, tmp_path: Path
) -> None:
    report = project.adopt.gx(suite(tmp_path, NOT_NULL, None, {"kwargs": 5}))

    (made,) = report.suites
    assert (made.contract, made.path, made.is_new) == ("orders", "contracts/orders.yaml", True)
    assert (made.n_expectations, made.compared) == (3, ())
    assert [one.path for one in made.left_out] == ["expectations[1]", "expectations[2]"]
    assert not report.has_findings
    assert (tmp_path / "project" / "contracts" / "orders.yaml").is_file()


def test_another_contract_of_that_name_makes_way_only_if_that_is_said(
    project: Project, tmp_path: Path
) -> None:
    project.adopt.gx(suite(tmp_path, NOT_NULL))
    changed = suite(tmp_path, BETWEEN)

    with pytest.raises(Conflict) as told:
        project.adopt.gx(changed)

    assert "--replace" in told.value.mend
    assert project.adopt.gx(changed, replace=True).suites[0].is_new


def test_wrong_words_are_refused_with_a_mend(project: Project, tmp_path: Path) -> None:
    file, data = suite(tmp_path, NOT_NULL), rows(tmp_path)
    asked: list[tuple[type[Exception], dict[str, Any]]] = [
        (Invalid, {"dataset": "orders", "data": data}),
        (Invalid, {"data": rows(tmp_path, "orders.xlsx")}),
        (NotFound, {"data": str(tmp_path / "away.csv")}),
        (NotFound, {"dataset": "away"}),
        (NotFound, {"suite": ("customers",)}),
        (NotFound, {"data": data, "python": str(tmp_path / "no-python")}),
        (Invalid, {"data": data, "python": "/bin/false"}),
    ]

    for family, words in asked:
        with pytest.raises(family) as told:
            project.adopt.gx(file, **words)
        assert getattr(told.value, "mend", "")


@pytest.mark.parametrize(
    ("suite_name", "name"),
    [
        ("orders", "orders"),
        ("../../etc/passwd", "etc-passwd"),
        ("Sales: Q1 / EU", "Sales--Q1---EU"),
        ("...", "suite"),
        ("a.b", "a.b"),
    ],
)
def test_a_suite_of_any_name_becomes_a_contract_of_a_good_one(suite_name: str, name: str) -> None:
    assert contract_name(suite_name) == name
