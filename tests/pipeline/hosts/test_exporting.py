"""Pipelines as files of Airflow and Dagster: whole, and the same each time."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from headgate.core.errors import Conflict, HeadgateError, Invalid, NotFound
from tests.pipeline.hosts.shop import sales, spans
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

Host = Literal["airflow", "dagster"]
HOSTS: tuple[Host, ...] = ("airflow", "dagster")


def constants(text: str) -> dict[str, Any]:
    """Read what a file assigns to names in capitals, as far as it is plain."""
    found: dict[str, Any] = {}
    for one in ast.parse(text).body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            try:
                found[one.targets[0].id] = ast.literal_eval(one.value)
            except ValueError:
                found[one.targets[0].id] = ast.unparse(one.value)
    return found


@pytest.mark.parametrize("pipeline", [sales, spans])
@pytest.mark.parametrize("host", HOSTS)
def test_a_file_is_clean_python_and_the_same_each_time(
    project: Project, tmp_path: Path, host: Host, pipeline: Any
) -> None:
    pipeline(project)
    name = pipeline.__name__

    texts = {project.pipeline.export(name, to=host).text for _ in range(2)}

    (text,) = texts
    compile(text, name, "exec")
    path = tmp_path / "made.py"
    path.write_text(text, encoding="utf-8")
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff
    chosen = ["--select", "E,F,W,I,B,UP,SIM,RET,PIE,C4", "--ignore", "E501"]
    found = subprocess.run(
        [ruff, "check", "--isolated", *chosen, "--target-version", "py311", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    assert "headgate" in (ast.get_docstring(ast.parse(text)) or "")


@pytest.mark.parametrize("host", HOSTS)
def test_steps_stand_in_the_file_with_their_order_and_retries(project: Project, host: Host) -> None:
    sales(project)

    steps = constants(project.pipeline.export("sales", to=host).text)["STEPS"]

    assert list(steps) == ["priced", "by_city", "all-of.them"]
    assert [step["after"] for step in steps.values()] == [[], ["priced"], ["by_city"]]
    assert (steps["priced"]["retries"], steps["priced"]["wait_s"]) == (2, 0.5)


@pytest.mark.parametrize("host", HOSTS)
def test_what_does_not_translate_is_told_in_the_file_and_in_the_answer(
    project: Project, host: Host
) -> None:
    sales(project, more=', pool="gpu"')

    found = project.pipeline.export("sales", to=host)

    said = " ".join((ast.get_docstring(ast.parse(found.text)) or "").split())
    told = [note.partition(":")[0] for note in found.notes]
    assert all(" ".join(note.split()) in said for note in found.notes)
    assert "sensor files (files inbox/*.csv)" in told
    assert {"promise on totals", "setting odd", "timeout_s of by_city", "pool of by_city"} <= {
        *told
    }
    assert ("all-of.them" in told) == (host == "dagster")


def test_airflow_is_told_of_settings_schedules_and_what_they_give(project: Project) -> None:
    sales(project)
    spans(project)

    one = constants(project.pipeline.export("sales", to="airflow").text)
    two = constants(project.pipeline.export("spans", to="airflow").text)

    assert one["SETTINGS"] == {"rate": 2.0, "day": ""}
    (schedule,) = one["SCHEDULES"]
    assert (schedule["dag_id"], schedule["cron"]) == ("sales", "0 6 * * mon-fri")
    assert (schedule["timezone"], schedule["give"]) == ("Europe/Berlin", {"day": "date"})
    assert [each["dag_id"] for each in two["SCHEDULES"]] == ["spans", "spans__night"]
    assert [each["catchup"] for each in two["SCHEDULES"]] == [True, False]
    assert two["SCHEDULES"][0]["since"] == "2026-11-01T00:00:00+00:00"
    assert two["SCHEDULES"][0]["set"] == {"n": "3"}


def test_dagster_is_told_of_every_kind_of_partitions(project: Project) -> None:
    spans(project)
    sales(project)

    found = constants(project.pipeline.export("spans", to="dagster").text)
    other = constants(project.pipeline.export("sales", to="dagster").text)

    known = str(found["PARTITIONS"])
    for words in (
        "DailyPartitionsDefinition(start_date='2026-11-01', fmt='%Y-%m-%d', timezone='UTC', end_d",
        "HourlyPartitionsDefinition(start_date='2026-11-01T00', fmt='%Y-%m-%dT%H',",
        "end_date='2026-11-01T02'",
        "WeeklyPartitionsDefinition(start_date='2026-11-02',",
        "end_date='2026-11-09', day_offset=1",
        "MonthlyPartitionsDefinition(start_date='2026-09', fmt='%Y-%m',",
        "end_date='2026-11'",
        "StaticPartitionsDefinition(partition_keys=['fr', 'say \"de\"'])",
    ):
        assert words in known
    assert "DynamicPartitionsDefinition(name='priced.city')" in str(other["PARTITIONS"])
    assert [step["is_behind"] for step in other["STEPS"].values()] == [False, True, True]


def test_a_pipeline_that_nothing_runs_is_run_by_hand(project: Project) -> None:
    write(project, plain="from headgate import step\n\n@step\ndef one():\n    return {'a': [1]}\n")

    found = constants(project.pipeline.export("plain", to="airflow").text)
    other = constants(project.pipeline.export("plain", to="dagster").text)

    assert [(one["dag_id"], one["cron"]) for one in found["SCHEDULES"]] == [("plain", "")]
    assert other["SCHEDULES"] == []


def test_a_file_is_written_and_written_again_but_never_over_another(project: Project) -> None:
    sales(project)
    root, wrong = Path(project.address), cast("Host", "cron")
    (root / "mine.py").write_text("kept\n", encoding="utf-8")

    found = [project.pipeline.export("sales", to="airflow", out="dags/a.py") for _ in range(2)]

    assert {one.path for one in found} == {str(root / "dags" / "a.py")}
    assert (root / "dags" / "a.py").read_text(encoding="utf-8") == found[0].text
    for out, kind in (("mine.py", Conflict), ("dags", Invalid)):
        with pytest.raises(kind) as caught:
            project.pipeline.export("sales", to="airflow", out=out)
        assert isinstance(caught.value, HeadgateError)
    assert (root / "mine.py").read_text(encoding="utf-8") == "kept\n"
    with pytest.raises(NotFound, match="no pipeline named 'sale'"):
        project.pipeline.export("sale", to="airflow")
    with pytest.raises(Invalid):
        project.pipeline.export("sales", to=wrong)
