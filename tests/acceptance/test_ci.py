"""`headgate ci` as a CI system runs it: a checkout, a change, an exit code, and reports."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.acceptance.outside import HEADGATE
from tests.contract.sample import contract_text
from tests.monitor.test_inspections import rows
from tests.spine.inspecting.test_commit import git
from tests.spine.inspecting.test_reports import problems

AGE: dict[str, Any] = {
    "name": "age",
    "logicalType": "number",
    "logicalTypeOptions": {"minimum": -50},
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose folder `data` holds a contract, a reference and a new file."""
    folder = tmp_path / "repository" / "data"
    (folder / "contracts").mkdir(parents=True)
    (folder / "monitors").mkdir()
    (folder / "monitors" / "people.yaml").write_text(
        "monitor: people\nwatch: dataset:people\ncolumns: {exclude: [id]}\n", encoding="utf-8"
    )
    contract(folder, AGE)
    rows(folder / "old.csv")
    rows(folder / "new.csv", n=900)
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "first")
    return folder


def contract(folder: Path, *properties: dict[str, Any]) -> None:
    text = contract_text(*properties).replace("name: t", "name: people")
    (folder / "contracts" / "people.yaml").write_text(text, encoding="utf-8")


def ci(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, in a process of its own."""
    return subprocess.run(
        [HEADGATE, "ci", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=120,
    )


WHOLE = ("--data", "people=new.csv", "--reference", "people=old.csv", "--base", "HEAD")
REPORTS = ("--junit", "out/junit.xml", "--sarif", "out/headgate.sarif", "--markdown", "out/a.md")


@pytest.mark.row("S2-26")
def test_a_change_that_breaks_nothing_passes(checkout: Path) -> None:
    done = ci(checkout, *WHOLE)

    assert (done.returncode, done.stderr) == (0, "")
    assert "found nothing" in done.stdout


@pytest.mark.row("S2-26")
def test_a_change_that_breaks_something_fails_with_every_report(checkout: Path) -> None:
    contract(checkout, AGE | {"logicalTypeOptions": {"minimum": 20}})
    rows(checkout / "new.csv", n=900, shift=-20)
    summary = checkout / "summary.md"

    done = ci(checkout, *WHOLE, *REPORTS, GITHUB_STEP_SUMMARY=str(summary))

    assert done.returncode == 1
    log = json.loads((checkout / "out" / "headgate.sarif").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = log["runs"][0]["results"]
    assert problems(json.dumps(log)) == []
    assert {one["ruleId"] for one in found} == {
        "contract/people/age.range",
        "compatibility/people/people.age.minimum",
        "drift/people/age",
    }
    places = {one["ruleId"]: one["locations"][0]["physicalLocation"] for one in found}
    clause = places["contract/people/age.range"]
    text = (checkout / "contracts" / "people.yaml").read_text(encoding="utf-8").splitlines()
    assert clause["artifactLocation"]["uri"] == "data/contracts/people.yaml"
    assert "minimum: 20" in text[clause["region"]["startLine"] - 1]
    junit = ET.parse(checkout / "out" / "junit.xml").getroot()
    assert junit.get("failures") == "3"
    markdown = (checkout / "out" / "a.md").read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == markdown
    assert "headgate ci ❌ found something" in markdown


@pytest.mark.row("S2-26", part="workflow")
def test_the_workflow_file_runs_as_it_stands(checkout: Path) -> None:
    made = ci(checkout, "--init-github", "--data", "people=new.csv")
    place = checkout.parent / ".github" / "workflows" / "headgate.yml"
    jobs = yaml.safe_load(place.read_text(encoding="utf-8"))["jobs"]
    (command,) = [
        one["run"] for one in jobs["headgate"]["steps"] if "headgate ci" in one.get("run", "")
    ]

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=checkout,
        env=os.environ | {"BASE": "HEAD", "PATH": f"{HEADGATE.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (made.returncode, made.stdout.strip()) == (0, "wrote .github/workflows/headgate.yml")
    assert (done.returncode, done.stderr) == (0, "drawn: headgate.html\n")
    assert (checkout / "headgate.sarif").is_file()
    assert "<h1>" in (checkout / "headgate.html").read_text(encoding="utf-8")


def test_what_cannot_be_read_is_the_users_to_mend(checkout: Path) -> None:
    missing = ci(checkout, "--data", "people=gone.csv")
    nowhere = ci(checkout, "--base", "origin/main")
    misspelt = ci(checkout, "--data", "peolpe=new.csv")
    alone = ci(checkout, "--reference", "people=old.csv")

    assert {one.returncode for one in (missing, nowhere, misspelt, alone)} == {2}
    assert "did you mean people?" in misspelt.stderr
    assert "no data file" in alone.stderr
    assert "no file gone.csv" in missing.stderr
    assert "git fetch" in nowhere.stderr


def test_drift_is_borne_where_only_errors_fail(checkout: Path) -> None:
    rows(checkout / "new.csv", n=900, missing=0.3)

    strict = ci(checkout, *WHOLE)
    lenient = ci(checkout, *WHOLE, "--fail-on", "error")

    assert (strict.returncode, lenient.returncode) == (1, 0)
    assert "missing values in age" in lenient.stdout


def test_a_checkout_is_left_as_it_was(checkout: Path) -> None:
    before = sorted(path for path in checkout.rglob("*") if path.is_file())

    ci(checkout, *WHOLE)

    assert sorted(path for path in checkout.rglob("*") if path.is_file()) == before
