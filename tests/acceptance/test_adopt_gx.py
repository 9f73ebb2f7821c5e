"""A project of Great Expectations is adopted, and both look at the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import headgate
from bench.parts.peers import environment
from headgate.core.errors import Conflict, Denied, Invalid, NotFound
from headgate.surfaces.python import Project
from tests.acceptance.suites import EXPECTATIONS, ROWS, write_older_project, write_project
from tests.acceptance.switching import PAGE, stage
from tools.docs import refreshed, stale

ANSWERING = '''#!{python}
"""Says of every expectation what the file beside it says, as Great Expectations would."""
import json, sys
from pathlib import Path
asked = json.loads(Path(sys.argv[2]).read_text())
said = json.loads(Path(__file__).with_name("said.json").read_text())
suites = {{name: [said] * len(many) for name, many in asked["suites"].items()}}
print("one suite")
Path(sys.argv[3]).write_text(json.dumps({{"version": "0.0", "suites": suites}}))
'''


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with the rows as a dataset and as a file."""
    with headgate.init(tmp_path / "shop", name="shop") as project:
        pq.write_table(ROWS, tmp_path / "rows.parquet")
        project.dataset.commit("orders", ROWS)
        yield project


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The folder of a project of Great Expectations."""
    return write_project(tmp_path / "older")


def answering(tmp_path: Path, said: dict[str, Any]) -> str:
    """Write a Python that answers in the place of Great Expectations, always the same."""
    script = tmp_path / "answering"
    script.write_text(ANSWERING.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return str(script)


@pytest.mark.full
@pytest.mark.row("L-12", part="gx")
@pytest.mark.parametrize("place", ["dataset", "data"])
def test_every_expectation_has_both_verdicts_and_every_difference_its_reason(
    project: Project, older: Path, tmp_path: Path, place: str
) -> None:
    python = environment("gx")
    rows: dict[str, Any] = (
        {"dataset": "orders"} if place == "dataset" else {"data": str(tmp_path / "rows.parquet")}
    )

    found = project.adopt.gx(str(older), python=python, **rows)

    (suite,) = found.suites
    by_both = list(zip(EXPECTATIONS, suite.compared, strict=True))
    for (kind, _, wanted), one in by_both:
        assert one.expectation == f"expect_{kind}"
        if wanted == "agree":
            assert (one.state, one.reason) == ("agree", ""), one
            assert one.gx == one.ours
        else:
            assert wanted in one.reason, one
    states = [one.state for one in suite.compared]
    assert states.count("not compared") == 1
    assert (found.n_unexplained, found.has_findings) == (0, False)
    assert found.n_explained == len(states) - 1 - found.n_agreed >= 12
    assert (found.version, found.n_rows) == ("1.24.1", 6)
    assert found.looked_at == ("orders@1" if place == "dataset" else "rows.parquet")


@pytest.mark.full
def test_the_page_on_switching_shows_what_comes_out(tmp_path: Path) -> None:
    page = refreshed(PAGE, tmp_path, stage())

    assert stale(PAGE, page) == "", "python -m tests.acceptance.switching"


@pytest.mark.full
@pytest.mark.row("S2-17")
def test_the_contract_finds_what_the_suite_found_at_every_check(
    project: Project, older: Path
) -> None:
    project.adopt.gx(str(older))

    report = project.contract.check("orders")

    broken = {one.rule for one in report.rules if not one.is_kept}
    assert {"id.unique", "age.required", "age.range", "gone.has_columns"} <= broken
    assert {one.row["_rid"] for one in report.violations if one.rule == "id.unique"} == {3, 4}
    back = json.loads(project.contract.export("orders", format="gx").text)["expectations"]
    kinds = {one["type"].removeprefix("expect_") for one in back}
    assert len({kind for kind, _, _ in EXPECTATIONS} - kinds) <= 3


@pytest.mark.full
def test_an_environment_is_made_for_who_names_none(tmp_path: Path, older: Path) -> None:
    headgate.init(tmp_path / "shop", name="shop").close()
    pq.write_table(ROWS, tmp_path / "rows.parquet")
    command = [sys.executable, "-m", "headgate", "adopt", "gx", older, "--json"]

    done = subprocess.run(
        [*command, "--data", tmp_path / "rows.parquet"],
        cwd=tmp_path / "shop",
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_unexplained"] == 0
    (made,) = (tmp_path / "shop" / ".headgate" / "cache" / "peers").glob("gx-*/")
    assert "great-expectations==1.24.1" in (made / "installed.txt").read_text()


@pytest.mark.row("S3-74")
def test_checkpoints_become_notifiers_and_what_has_none_is_named(
    project: Project, older: Path
) -> None:
    found = project.adopt.gx(str(older))

    settings = Path(project.address) / "headgate.toml"
    settings.write_text(f"{settings.read_text()}\n{found.notifiers}\n", encoding="utf-8")
    with headgate.open(project.address) as again:
        listed = {one.name: one.type for one in again.notifier.list().notifiers}
    assert listed["tell-us"] == "slack"
    assert listed["page"] == "pagerduty"
    assert listed["mail"] == "smtp"
    assert {one.what for one in found.left_out} >= {"update_data_docs", "my_own_action"}
    assert found.suites[0].compared == ()


def test_a_difference_that_nobody_can_explain_is_a_finding(
    project: Project, tmp_path: Path
) -> None:
    python = answering(tmp_path, {"success": False, "count": 4, "observed": None, "error": ""})
    suite = tmp_path / "ids.json"
    kwargs = {"column": "id", "min_value": 0}
    expectation = {"type": "expect_column_values_to_be_between", "kwargs": kwargs}
    suite.write_text(json.dumps({"expectations": [expectation]}), encoding="utf-8")

    found = project.adopt.gx(str(suite), dataset="orders", python=python)

    (one,) = found.suites[0].compared
    assert (one.gx, one.gx_figure, one.ours, one.our_figure) == (False, 4, True, 0)
    assert (one.state, found.n_unexplained, found.has_findings) == ("unexplained", 1, True)


def test_what_great_expectations_could_not_look_at_is_told(
    project: Project, older: Path, tmp_path: Path
) -> None:
    python = answering(tmp_path, {"success": None, "error": "KeyError: gone"})

    found = project.adopt.gx(str(older), dataset="orders@1", python=python)

    compared = {one.expectation: one for one in found.suites[0].compared}
    mean = compared["expect_column_mean_to_be_between"]
    assert mean.state == "not compared"
    assert mean.reason == "Great Expectations could not look: KeyError: gone"
    assert compared["expect_column_to_exist"].gx is None
    assert not found.has_findings


def test_a_suite_of_version_0_18_becomes_the_same_contract(
    project: Project, tmp_path: Path
) -> None:
    found = project.adopt.gx(str(write_older_project(tmp_path / "oldest")))

    (suite,) = found.suites
    assert (suite.suite, suite.path) == ("shop.orders", "contracts/shop.orders.yaml")
    assert 'url = "env:HOOK"' in found.notifiers
    assert [one.what for one in found.left_out] == ["StoreValidationResultAction"]


def test_adopting_again_changes_nothing_and_overwrites_nobodys_work(
    project: Project, older: Path
) -> None:
    project.adopt.gx(str(older))
    file = Path(project.address) / "contracts" / "orders.yaml"

    again = project.adopt.gx(str(older))
    file.write_text(file.read_text().replace("status: draft", "status: active"), encoding="utf-8")

    assert not again.suites[0].is_new
    with pytest.raises(Conflict, match="another contract orders"):
        project.adopt.gx(str(older))
    assert project.adopt.gx(str(older), replace=True).suites[0].is_new


@pytest.mark.parametrize(
    ("asked", "family"),
    [
        ({"suite": ("ordres",)}, NotFound),
        ({"dataset": "ordres"}, NotFound),
        ({"data": "away.parquet"}, NotFound),
        ({"data": "rows.xlsx"}, Invalid),
        ({"data": "rows.parquet", "dataset": "orders"}, Invalid),
        ({"dataset": "orders", "python": "/nowhere/python"}, NotFound),
        ({"dataset": "orders", "python": "false"}, Invalid),
    ],
)
def test_what_cannot_be_done_is_told_with_a_mend(
    project: Project, older: Path, asked: dict[str, Any], family: type[Exception]
) -> None:
    with pytest.raises(family) as told:
        project.adopt.gx(str(older), **asked)

    assert getattr(told.value, "mend", "")


def test_a_server_runs_nothing_for_those_who_ask_it(project: Project, older: Path) -> None:
    from dataclasses import replace

    from headgate.contract.operations import adopt_gx
    from headgate.contract.switching.reports import AdoptGx
    from headgate.spine.context import open_context

    context = replace(open_context(Path(project.address)), is_remote=True)
    inside = write_project(Path(project.address) / "inside")

    for path, dataset in ((str(older), None), (str(inside), "orders")):
        with pytest.raises(Denied):
            adopt_gx(context, AdoptGx(path=path, dataset=dataset))
    assert adopt_gx(context, AdoptGx(path=str(inside))).suites[0].is_new
