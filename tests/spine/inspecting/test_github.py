"""The workflow for GitHub Actions: it parses, and takes no text of a change for a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.core.errors import Conflict
from headgate.spine.inspecting.github import workflow, write_workflow


def steps(text: str) -> list[dict[str, Any]]:
    return yaml.safe_load(text)["jobs"]["headgate"]["steps"]


@pytest.mark.row("S2-26", part="workflow")
def test_the_workflow_runs_the_inspection_with_the_files_that_were_named() -> None:
    text = workflow({"orders": "data/new orders.csv"}, {"orders": "old.csv"})

    (run,) = [one["run"] for one in steps(text) if "headgate ci" in one.get("run", "")]
    assert run.strip() == (
        "headgate ci --data 'orders=data/new orders.csv' --reference orders=old.csv"
        ' --junit headgate-junit.xml --sarif headgate.sarif --html headgate.html --base "$BASE"'
    )


def test_reports_are_kept_also_where_something_was_found() -> None:
    text = workflow({}, {})

    kept = [one["if"] for one in steps(text) if "upload" in one.get("uses", "")]
    assert len(kept) == 2
    assert all(one.startswith("always()") for one in kept)


def test_no_text_of_a_change_is_put_into_the_command() -> None:
    text = workflow({}, {})

    runs = [one["run"] for one in steps(text) if "run" in one]

    assert not any("${{" in run for run in runs)


def test_another_workflow_of_that_name_stays(tmp_path: Path) -> None:
    place = write_workflow(tmp_path, workflow({}, {}))
    again = write_workflow(tmp_path, workflow({}, {}))
    (tmp_path / place).write_text("name: mine\n", encoding="utf-8")

    with pytest.raises(Conflict, match="there is a"):
        write_workflow(tmp_path, workflow({}, {}))

    assert place == again == ".github/workflows/headgate.yml"


def test_a_file_that_is_no_text_stays_too(tmp_path: Path) -> None:
    place = tmp_path / ".github" / "workflows" / "headgate.yml"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"\xff\xfe")

    with pytest.raises(Conflict, match="there is a"):
        write_workflow(tmp_path, workflow({}, {}))

    assert place.read_bytes() == b"\xff\xfe"
