"""Contracts, inspected on a change: the files, the data they are about, and what they were."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from headgate.contract.earlier import earlier_of
from headgate.contract.inspections import CompatInspection, ContractInspection
from headgate.core.errors import NotFound
from headgate.spine.context import Context, open_context, without_project
from headgate.spine.inspecting.commit import Base
from headgate.spine.inspecting.loading import load
from headgate.spine.inspecting.nouns import Case, Mode, Wish
from headgate.surfaces.python import Project
from tests.contract.sample import contract_text
from tests.contract.service.histories import take
from tests.spine.inspecting.test_commit import git

AGE: dict[str, Any] = {
    "name": "age",
    "logicalType": "integer",
    "logicalTypeOptions": {"minimum": 0},
}
CITY: dict[str, Any] = {
    "name": "city",
    "quality": [
        {
            "metric": "invalidValues",
            "arguments": {"validValues": ["Oslo"]},
            "mustBe": 0,
            "severity": "warning",
        }
    ],
}
ROWS = "age,city\n20,Oslo\n-3,Rome\n40,Oslo\n-5,Oslo\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with a contract about `t`, and rows of it."""
    write(tmp_path, AGE, CITY)
    (tmp_path / "t.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def write(
    folder: Path, *properties: dict[str, Any], levels: list[dict[str, Any]] | None = None
) -> None:
    more: dict[str, object] = {"slaProperties": levels} if levels else {}
    (folder / "contracts").mkdir(exist_ok=True)
    text = contract_text(*properties, **more)
    (folder / "contracts" / "t.yaml").write_text(text, encoding="utf-8")


def inspected(folder: Path, *, context: Context | None = None, data: str = "t.csv") -> list[Case]:
    context = context or without_project(folder)
    wish = Wish(data={"t": load(context, "t", data)} if data else {})
    return list(ContractInspection().inspect(context, wish))


def compared(folder: Path, mode: Mode = "BACKWARD") -> list[Case]:
    wish = Wish(base=Base(folder, "HEAD"), mode=mode)
    return list(CompatInspection().inspect(without_project(folder), wish))


@pytest.mark.row("S2-26")
def test_each_clause_is_a_case_and_a_broken_one_points_to_its_line(folder: Path) -> None:
    cases = inspected(folder)

    found = {one.name: one.remarks for one in cases if one.suite == "contract t on t.csv"}
    assert list(found) == ["age.logicalType", "age.range", "city.invalidValues"]
    (remark,) = found["age.range"]
    text = (folder / "contracts" / "t.yaml").read_text(encoding="utf-8").splitlines()
    assert "minimum: 0" in text[remark.place.line - 1]
    assert (remark.rule, remark.level) == ("contract/t/age.range", "error")
    assert "2 rows" in remark.message


def test_rows_that_break_a_clause_are_pointed_to_by_their_line(folder: Path) -> None:
    cases = inspected(folder)

    (remark,) = next(one.remarks for one in cases if one.name == "age.range")
    assert [(one.file, one.line, one.says) for one in remark.seen_at] == [
        ("t.csv", 3, "row 2: age -3"),
        ("t.csv", 5, "row 4: age -5"),
    ]


def test_a_clause_that_only_warns_is_a_warning(folder: Path) -> None:
    cases = inspected(folder)

    (remark,) = next(one.remarks for one in cases if one.name == "city.invalidValues")
    assert remark.level == "warning"


def test_a_broken_contract_points_to_every_problem_and_is_not_held_against_data(
    folder: Path,
) -> None:
    write(folder, {"name": "age", "required": "sometimes"}, {"logicalType": "text"})

    (case,) = inspected(folder)

    assert case.name == "contracts/t.yaml is a contract"
    assert [one.place.line for one in case.remarks] == [10, 11]


def test_a_contract_without_data_is_left_out_with_how_to_name_some(folder: Path) -> None:
    cases = inspected(folder, data="")

    assert [one.skipped for one in cases if one.skipped] == [
        "no data is there; name a file: --data t=FILE"
    ]


def test_a_dataset_of_the_project_is_held_against_its_contract(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    write(folder, AGE)
    project.dataset.commit("t", [{"age": 1}, {"age": -1}])

    cases = inspected(folder, context=open_context(folder), data="")

    broken = [one for one in cases if one.remarks]
    assert [(one.suite, one.name) for one in broken] == [("contract t on t@1", "age.range")]


LATENCY: dict[str, Any] = {"property": "latency", "value": 1, "unit": "d"}


def of_levels(cases: list[Case]) -> list[Case]:
    return [one for one in cases if one.suite.startswith("contract t on") and "." not in one.name]


def test_a_service_level_is_a_case_and_a_broken_one_points_to_its_line(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    take(project, timedelta(days=3), [1, 2], "t")
    often = {"property": "frequency", "value": 1, "unit": "d"}
    write(folder, levels=[often, LATENCY, LATENCY | {"element": "placed", "severity": "info"}])

    cases = of_levels(inspected(folder, context=open_context(folder), data=""))

    assert [one.name for one in cases] == ["frequency", "latency", "latency"]
    assert cases[0].skipped == "rows came no more than once"
    (stale,), (column,) = (one.remarks for one in cases[1:])
    text = (folder / "contracts" / "t.yaml").read_text(encoding="utf-8").splitlines()
    assert "latency" in text[stale.place.line - 1]
    assert (stale.rule, stale.level) == ("contract/t/slaProperties.latency", "error")
    assert "promised at most 1 d old" in stale.message
    assert (column.level, column.place.line > stale.place.line) == ("note", True)


def test_a_data_file_is_not_asked_when_its_rows_came(folder: Path) -> None:
    write(folder, AGE, levels=[LATENCY, LATENCY | {"element": "t.age"}])

    cases = of_levels(inspected(folder))

    assert [one.skipped for one in cases] == ["a file does not say when its rows came"] * 2


def test_a_clause_that_cannot_be_looked_at_is_a_note(folder: Path) -> None:
    write(
        folder, {"name": "age", "logicalType": "integer", "logicalTypeOptions": {"multipleOf": 2}}
    )

    cases = inspected(folder)

    (note,) = [one for case in cases for one in case.remarks]
    assert (note.level, note.rule) == ("note", "contract/not-looked-at")


@pytest.fixture
def committed(folder: Path) -> Path:
    """The same checkout, committed."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


@pytest.mark.row("S2-26", part="compatibility")
def test_a_promise_that_was_narrowed_breaks_who_still_writes_the_old(committed: Path) -> None:
    write(committed, AGE | {"logicalTypeOptions": {"minimum": 18}}, CITY)

    (case,) = compared(committed)

    (remark,) = case.remarks
    text = (committed / "contracts" / "t.yaml").read_text(encoding="utf-8").splitlines()
    assert "minimum: 18" in text[remark.place.line - 1]
    assert "breaks producers" in remark.message
    assert compared(committed, "FORWARD")[0].remarks == ()


def test_a_contract_that_stayed_or_is_new_breaks_nobody(committed: Path) -> None:
    text = contract_text({"name": "id"})
    (committed / "contracts" / "new.yaml").write_text(text, encoding="utf-8")

    new, same = compared(committed)

    assert (new.name, new.skipped, new.remarks) == ("new", "it is not in HEAD yet", ())
    assert (same.name, same.skipped, same.remarks) == ("t", "", ())


def test_a_contract_that_is_gone_is_told(committed: Path) -> None:
    (committed / "contracts" / "t.yaml").unlink()

    (case,) = compared(committed)

    assert case.remarks[0].rule == "compatibility/gone"
    assert "status: retired" in case.remarks[0].mend


def test_what_was_broken_before_cannot_be_compared(committed: Path) -> None:
    write(committed, AGE)
    git(committed, "stash")
    (committed / "contracts" / "t.yaml").write_text("a: [", encoding="utf-8")
    git(committed, "commit", "-qam", "broken")
    write(committed, AGE)

    (case,) = compared(committed)

    assert case.skipped.startswith("it cannot be compared")


def test_without_a_base_contracts_are_compared_with_those_in_force(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    write(folder, AGE)
    project.contract.publish("t")
    write(folder, AGE | {"logicalTypeOptions": {"minimum": 18}})

    (case,) = CompatInspection().inspect(open_context(folder), Wish())

    assert case.suite == "contracts against what is in force"
    assert [one.rule for one in case.remarks] == ["compatibility/t/t.age.minimum"]


def test_without_a_base_and_without_a_catalog_nothing_is_compared(committed: Path) -> None:
    assert list(CompatInspection().inspect(without_project(committed), Wish())) == []


@pytest.mark.parametrize("text", ["age,city\n", "age,city\n,Oslo\n,Oslo\n"])
def test_a_column_in_which_nothing_stands_has_the_type_it_was_promised_to_have(
    folder: Path, text: str
) -> None:
    (folder / "t.csv").write_text(text, encoding="utf-8")

    cases = inspected(folder)

    assert [one.name for one in cases if one.remarks] == []


def test_a_column_in_which_nothing_stands_still_breaks_a_promise_to_be_there(
    folder: Path,
) -> None:
    write(folder, AGE | {"required": True})
    (folder / "t.csv").write_text("age,city\n,Oslo\n,Rome\n", encoding="utf-8")

    cases = inspected(folder)

    assert [one.name for one in cases if one.remarks] == ["age.required"]


def test_a_column_of_another_type_is_told_with_both(folder: Path) -> None:
    (folder / "t.csv").write_text("age,city\nold,Oslo\nyoung,Oslo\n", encoding="utf-8")

    cases = inspected(folder)

    (remark,) = next(one.remarks for one in cases if one.name == "age.logicalType")
    assert "age holds string, not integer" in remark.message


def test_at_most_five_rows_are_pointed_to(folder: Path) -> None:
    rows = "".join(f"-{n},Oslo\n" for n in range(1, 20))
    (folder / "t.csv").write_text(f"age,city\n{rows}", encoding="utf-8")

    (remark,) = next(one.remarks for one in inspected(folder) if one.name == "age.range")

    assert [one.line for one in remark.seen_at] == [2, 3, 4, 5, 6]
    assert "19 rows" in remark.message


def test_a_file_for_which_there_is_no_contract_is_told(folder: Path) -> None:
    context = without_project(folder)
    wish = Wish(data={"s": load(context, "s", "t.csv")})

    with pytest.raises(NotFound, match="no object of a contract named 's'"):
        list(ContractInspection().inspect(context, wish))


def test_a_file_without_a_contract_may_be_there_for_its_drift(folder: Path) -> None:
    context = without_project(folder)
    loaded = load(context, "s", "t.csv")
    wish = Wish(data={"s": loaded}, reference={"s": loaded})

    cases = list(ContractInspection().inspect(context, wish))

    assert not any(one.suite.endswith("on t.csv") for one in cases)


def test_contracts_of_a_commit_are_those_files_that_are_contracts(committed: Path) -> None:
    (committed / "contracts" / "notes.txt").write_text("no contract", encoding="utf-8")
    (committed / "contracts" / "old").mkdir()
    (committed / "contracts" / "old" / "u.yaml").write_text("deeper", encoding="utf-8")
    git(committed, "add", ".")
    git(committed, "commit", "-qm", "notes")

    earlier = earlier_of(without_project(committed), Base(committed, "HEAD"))

    assert earlier is not None
    assert earlier.name == "HEAD"
    assert earlier.contents == {"t": (committed / "contracts" / "t.yaml").read_bytes()}
