"""Who watches with Evidently switches without fear: real reports, a real run, every difference."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.monitor.exchange.evidently_in import read_evidently
from headgate.monitor.exchange.evidently_out import write_report, write_snapshot
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.adopt import evidently_lines
from headgate.surfaces.python import Project
from tests.monitor.adopting.windows import written

JOB = """
from evidently import DataDefinition, Report
from evidently.metrics import ValueDrift
from evidently.presets import DataDriftPreset, DataSummaryPreset

COLUMNS = DataDefinition(timestamp="at")
DRIFT = Report(
    [
        DataDriftPreset(num_method="psi", cat_method="jensenshannon", num_threshold=0.15),
        ValueDrift(column="tiny", method="ks"),
        ValueDrift(column="fell", method="mannw"),
        DataSummaryPreset(),
    ]
)
"""
SAVING = """
import sys, warnings
warnings.simplefilter("ignore")
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
from evidently.ui.workspace import Workspace
before, after = (pd.read_parquet(name) for name in sys.argv[1:3])
run = Report([DataDriftPreset()]).run(after, before)
run.save_json(sys.argv[3] + "/report.json")
open(sys.argv[3] + "/snapshot.json", "w").write(run.dumps())
place = Workspace.create(sys.argv[3] + "/workspace")
place.add_run(place.create_project("churn").id, run)
from evidently.legacy.metric_preset import DataDriftPreset as Preset
from evidently.legacy.report import Report as OldReport
from evidently.legacy.test_preset import DataDriftTestPreset
from evidently.legacy.test_suite import TestSuite
for made, name in ((OldReport([Preset()]), "old"), (TestSuite([DataDriftTestPreset()]), "suite")):
    made.run(reference_data=before, current_data=after)
    made.save_json(sys.argv[3] + f"/{name}.json")
"""
LOADING = """
import json, sys, warnings
warnings.simplefilter("ignore")
from evidently.core.report import Snapshot
from evidently.ui.workspace import Workspace
run = Snapshot.loads(open(sys.argv[1]).read())
place = Workspace.create(sys.argv[2])
project = place.create_project("churn")
place.add_run(project.id, run)
print(json.dumps({"report": json.loads(run.json()), "runs": len(place.list_runs(project.id))}))
"""


def told(python: str, script: str, *words: object) -> str:
    """Run a script among Evidently."""
    command = [python, "-W", "ignore", "-c", script, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.full
@pytest.mark.row("L-12", part="evidently")
@pytest.mark.row("S3-76", part="settings")
def test_a_job_of_evidently_becomes_a_monitor_and_every_difference_has_its_reason(
    project: Project, evidently_python: str, tmp_path: Path
) -> None:
    before, after = written(tmp_path)
    job = tmp_path / "drift.py"
    job.write_text(JOB)

    found = project.adopt.evidently(
        str(job),
        reference=str(before),
        current=str(after),
        python=evidently_python,
        watch="deployment:prod",
    )

    by_column = {one.column: one for one in found.compared}
    assert (found.version, found.n_unexplained, found.has_findings) == ("0.7.23", 0, False)
    assert "an outlier" in by_column["outlier"].reasons[0]
    assert (by_column["outlier"].their_drift, by_column["outlier"].drift) == (False, True)
    assert (by_column["tiny"].their_drift, by_column["tiny"].drift) == (True, False)
    assert (by_column["fell"].their_drift, by_column["fell"].drift) == (False, True)
    assert [one.subject for one in found.seen_here] == ["holes"]
    assert "DataSummaryPreset" in [one.what for one in found.left_out]
    monitor = yaml.safe_load((Path(project.address) / found.path).read_text())
    assert (monitor["watch"], monitor["reference"]) == ("deployment:prod", "lineage")
    assert (monitor["time"], monitor["checks"]) == ("at", {"data_drift": {"psi": 0.15}})
    for width in (60, 80, 120):
        lines = evidently_lines(found, Paint(width=width))
        assert max(map(len, lines)) <= width


@pytest.mark.full
@pytest.mark.row("S2-14", part="import")
@pytest.mark.row("L-12", part="evidently")
def test_what_evidently_saved_is_read_in_every_form(
    project: Project, evidently_python: str, tmp_path: Path
) -> None:
    before, after = written(tmp_path)
    told(evidently_python, SAVING, before, after, tmp_path)

    found = {
        name: project.adopt.evidently(str(tmp_path / name), name=name.partition(".")[0])
        for name in ("report.json", "snapshot.json", "workspace", "old.json", "suite.json")
    }

    measured = {
        name: read_evidently((tmp_path / name).read_bytes(), name).measured
        for name in found
        if name != "workspace"
    }
    drifted = {
        name: {one.subject for one in listed if one.is_exceeded and one.subject != "columns"}
        for name, listed in measured.items()
    }
    assert drifted["report.json"] == drifted["snapshot.json"] == drifted["old.json"]
    assert drifted["suite.json"] == drifted["old.json"] >= {"amount", "city"}
    assert all(one.path.startswith("monitors/") for one in found.values())


@pytest.mark.full
@pytest.mark.row("S2-14", part="export")
def test_what_we_measured_loads_in_evidently_and_in_its_workspace(
    evidently_python: str, tmp_path: Path
) -> None:
    before, after = written(tmp_path)
    told(evidently_python, SAVING, before, after, tmp_path)
    measured = read_evidently((tmp_path / "report.json").read_bytes(), "report.json").measured
    out = tmp_path / "ours.json"
    out.write_bytes(write_snapshot(measured, datetime(2026, 11, 3, tzinfo=UTC)).content)

    loaded: dict[str, Any] = json.loads(told(evidently_python, LOADING, out, tmp_path / "theirs"))

    assert loaded["runs"] == 1
    again = read_evidently(json.dumps(loaded["report"]).encode(), "report.json").measured
    assert {(one.subject, one.metric, one.value) for one in again} == {
        (one.subject, one.metric, one.value) for one in measured
    }
    ours = json.loads(write_report(measured).content)
    theirs = json.loads((tmp_path / "report.json").read_text())
    assert {one["metric_name"] for one in ours["metrics"]} >= {
        one["metric_name"] for one in theirs["metrics"] if "ValueDrift" in one["metric_name"]
    }
