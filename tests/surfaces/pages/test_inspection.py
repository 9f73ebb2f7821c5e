"""Tests of the page of an inspection."""

from __future__ import annotations

from pathlib import Path

import pytest

import headgate
from headgate.spine.inspecting.nouns import Case, Place, Remark
from headgate.spine.inspecting.requests import Inspected
from headgate.surfaces.cli.main import main
from tests.contract.sample import contract_text
from tests.surfaces.pages.reading import read, records, section

BROKEN = Remark(
    rule="contract/people/age.range",
    level="error",
    message="age.range is broken by people.csv: 2 rows",
    mend="mend the data",
    place=Place("contracts/people.yaml", 12),
    seen_at=(
        Place("people.csv", 2, says="row 1: age 300"),
        Place("people.csv", 3, says="row 2: age -1"),
        Place("other.parquet", 0, says="row 9: age 400"),
    ),
)
NOTE = Remark(
    rule="x", level="note", message="nobody owns it", place=Place("contracts/people.yaml")
)
CASES = (
    Case(suite="contract people", name="age.range", remarks=(BROKEN,), took_ms=1.5),
    Case(suite="monitors", name="people", skipped="its deployment is not here"),
    Case(suite="contract people", name="owner", remarks=(NOTE,), took_ms=0.5),
)


def looked(*cases: Case, n_broken: int = 0) -> Inspected:
    n_looked = sum(not one.skipped for one in cases)
    return Inspected(
        cases=cases, n_looked=n_looked, n_broken=n_broken, wrote=(), has_findings=bool(n_broken)
    )


def test_what_is_wrong_stands_with_its_place_and_what_to_do() -> None:
    page = headgate.page(looked(*CASES, n_broken=1))

    part = section(page, "contract people")

    assert "<h1>1 of 2 things broken</h1>" in page
    assert "<h3>contracts/people.yaml:12</h3>" in part
    assert "▲ error" in part
    assert "age.range is broken by people.csv: 2 rows" in part
    assert "mend: mend the data" in part


def test_rows_that_show_it_stand_file_by_file() -> None:
    page = headgate.page(looked(*CASES, n_broken=1))

    text = read(section(page, "contract people")).text

    at = text.index("seen in people.csv")
    assert text[at : at + 5] == [
        "seen in people.csv",
        "line 2: row 1: age 300",
        "line 3: row 2: age -1",
        "seen in other.parquet",
        "row 9: age 400",
    ]


def test_cases_of_a_suite_are_counted_together_wherever_they_stand() -> None:
    page = headgate.page(looked(*CASES, n_broken=1))

    people, monitors = records(section(page, "Every suite"))

    assert (people["suite"], people["looked at"]) == ("contract people", "2")
    assert (people["errors"], people["notes"], people["took [ms]"]) == ("1", "1", "2")
    assert (monitors["looked at"], monitors["left out"]) == ("0", "1")


def test_what_was_left_out_is_told_with_its_reason() -> None:
    page = headgate.page(looked(*CASES))

    assert "<li>monitors, people: its deployment is not here</li>" in section(page, "Left out")


def test_a_clean_inspection_says_so_and_an_empty_one_too() -> None:
    clean = headgate.page(looked(Case(suite="a", name="b")))
    empty = headgate.page(looked())

    assert "<h1>1 thing looked at, nothing broken</h1>" in clean
    assert "<h1>There is nothing to look at</h1>" in empty
    assert "<h2>" not in empty


def test_the_command_draws_what_it_found_beside_its_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    headgate.init(tmp_path / "p").close()
    monkeypatch.chdir(tmp_path / "p")
    Path("contracts").mkdir(exist_ok=True)
    rule = {"name": "id", "logicalType": "integer", "required": True}
    Path("contracts/t.yaml").write_text(contract_text(rule))
    Path("t.csv").write_text("id\n1\n\n2\nx\n")

    code = main(["ci", "--data", "t=t.csv", "--html", "ci.html"])

    told = capsys.readouterr()
    page = Path("ci.html").read_text(encoding="utf-8")
    n_broken = page[page.index("<h1>") + 4 : page.index(" of ")]
    assert code == 1
    assert f", {n_broken} broken" in told.out
    assert "contracts/t.yaml" in page
