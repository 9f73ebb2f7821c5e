"""An inspection as a whole: what is loaded, what stops it, and what is written where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from headgate.core.errors import Denied, Invalid, NotFound
from headgate.spine.context import Context, without_project
from headgate.spine.inspecting.loading import shown
from headgate.spine.inspecting.nouns import Case
from headgate.spine.inspecting.requests import InspectRequest
from headgate.spine.inspecting.running import (
    SUMMARY,
    failing_levels,
    init_github,
    inspect,
    is_no_base,
    top_of,
)
from tests.contract.sample import contract_text
from tests.spine.inspecting.test_commit import git

GOOD = "id,age\n1,40\n2,41\n"
TORN = "id,age\n1,40\n2\n3,41,again\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No job of a CI system in which these tests may run is told of them."""
    monkeypatch.delenv(SUMMARY, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a contract about `t`, one good file and one that is torn."""
    inner = tmp_path / "repository" / "data"
    (inner / "contracts").mkdir(parents=True)
    text = contract_text({"name": "age", "logicalType": "integer"})
    (inner / "contracts" / "t.yaml").write_text(text, encoding="utf-8")
    (inner / "good.csv").write_text(GOOD, encoding="utf-8")
    (inner / "torn.csv").write_text(TORN, encoding="utf-8")
    return inner


def looked(folder: Path, request: InspectRequest) -> tuple[list[Case], bool]:
    return inspect(without_project(folder), request)


def remote(folder: Path) -> Context:
    return Context(without_project(folder).opened, actor="ann", is_remote=True)


def test_good_data_under_a_good_contract_finds_nothing(folder: Path) -> None:
    cases, has_findings = looked(folder, InspectRequest(data={"t": "good.csv"}))

    assert has_findings is False
    assert [one.suite for one in cases] == ["data good.csv", "contracts", "contract t on good.csv"]


def test_each_record_that_cannot_become_a_row_is_an_error_on_its_line(folder: Path) -> None:
    cases, has_findings = looked(folder, InspectRequest(data={"t": "torn.csv"}))

    assert has_findings is True
    assert [(one.rule, one.level, one.place.line) for one in cases[0].remarks] == [
        ("data/t/fields", "error", 3),
        ("data/t/fields", "error", 4),
    ]
    assert "fields: 1 instead of 2" in cases[0].remarks[0].message


def test_torn_records_of_a_reference_are_told_too(folder: Path) -> None:
    request = InspectRequest(data={"t": "good.csv"}, reference={"t": "torn.csv"})

    cases, has_findings = looked(folder, request)

    assert has_findings is True
    assert [one.suite for one in cases][:2] == ["data good.csv", "data torn.csv"]


def test_a_reference_without_a_file_to_hold_against_it_is_a_mistake(folder: Path) -> None:
    request = InspectRequest(data={"t": "good.csv"}, reference={"tt": "good.csv"})

    with pytest.raises(NotFound, match="no data file") as told:
        looked(folder, request)

    assert "t" in told.value.mend


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_that_holds_nothing_is_told(folder: Path, content: str) -> None:
    (folder / "empty.csv").write_text(content, encoding="utf-8")

    with pytest.raises(Invalid, match=r"empty\.csv holds nothing"):
        looked(folder, InspectRequest(data={"t": "empty.csv"}))


def test_a_header_alone_is_a_file_of_no_rows(folder: Path) -> None:
    (folder / "header.csv").write_text("id,age\n", encoding="utf-8")

    cases, has_findings = looked(folder, InspectRequest(data={"t": "header.csv"}))

    assert has_findings is False
    assert any(one.suite == "contract t on header.csv" for one in cases)


@pytest.mark.parametrize(
    ("least", "levels"),
    [
        ("note", {"note", "warning", "error"}),
        ("warning", {"warning", "error"}),
        ("error", {"error"}),
    ],
)
def test_from_a_level_on_all_worse_ones_fail(least: Any, levels: set[str]) -> None:
    assert failing_levels(least) == levels


def test_reports_are_written_into_folders_that_are_made_for_them(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "deep"
    git(folder.parent, "init", "-q")
    request = InspectRequest(
        data={"t": "torn.csv"},
        junit=str(out / "a.xml"),
        sarif=str(out / "a.sarif"),
        markdown=str(out / "a.md"),
    )

    looked(folder, request)

    assert ET.parse(out / "a.xml").getroot().get("failures") == "1"
    results = json.loads((out / "a.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert uris == {"data/torn.csv"}
    assert (out / "a.md").read_text(encoding="utf-8").startswith("## headgate ci ❌")


def test_a_file_near_the_folder_is_told_by_the_way_to_it_and_another_by_its_whole_path(
    folder: Path, tmp_path: Path
) -> None:
    near, far = folder.parent / "torn.csv", tmp_path / "a" / "b" / "torn.csv"
    inner = folder / "x" / "y"
    for one in (inner, far.parent):
        one.mkdir(parents=True)
    for one in (near, far):
        one.write_text(TORN, encoding="utf-8")

    beside, _ = looked(folder, InspectRequest(data={"t": str(near)}))

    assert beside[0].remarks[0].place.file == "../torn.csv"
    assert shown(inner, far) == far.resolve().as_posix()


def test_the_summary_of_a_job_is_added_to_what_other_steps_wrote(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(SUMMARY, str(summary))

    looked(folder, InspectRequest(data={"t": "good.csv"}))

    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n## headgate ci ✅ found nothing")


def test_a_report_that_cannot_be_written_is_told_with_its_name(folder: Path) -> None:
    with pytest.raises(Invalid, match="contracts cannot be written"):
        looked(folder, InspectRequest(sarif=str(folder / "contracts")))


def test_a_server_inspects_but_writes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SUMMARY, str(tmp_path / "summary.md"))
    context = remote(folder)

    _, has_findings = inspect(context, InspectRequest(data={"t": "torn.csv"}))
    with pytest.raises(Denied, match="writes no reports"):
        inspect(context, InspectRequest(junit="a.xml"))
    with pytest.raises(Denied, match="writes no workflow"):
        init_github(context, InspectRequest())

    assert has_findings is True
    assert not (tmp_path / "summary.md").exists()
    assert not (folder / ".github").exists()


def test_the_workflow_lies_at_the_top_of_the_repository(folder: Path) -> None:
    git(folder.parent, "init", "-q")

    place = init_github(without_project(folder), InspectRequest(data={"t": "good.csv"}))

    assert (folder.parent / place).is_file()
    assert top_of(folder / "contracts") == folder.parent.resolve()


def test_outside_of_a_repository_it_lies_in_the_folder(folder: Path) -> None:
    place = init_github(without_project(folder), InspectRequest())

    assert top_of(folder) is None
    assert (folder / place).is_file()


@pytest.mark.parametrize(
    ("name", "is_none"),
    [(None, True), ("", True), ("0" * 40, True), ("0" * 64, True), ("0a", False), ("HEAD", False)],
)
def test_a_branch_that_is_new_has_no_state_before(name: str | None, is_none: bool) -> None:
    assert is_no_base(name) is is_none


def test_the_first_push_of_a_branch_is_compared_with_nothing(folder: Path) -> None:
    git(folder.parent, "init", "-q")

    cases, has_findings = looked(folder, InspectRequest(base="0" * 40))

    assert has_findings is False
    assert not any("against" in one.suite for one in cases)
