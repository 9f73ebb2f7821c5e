"""How a terminal shows contracts, their changes, and what breaks whom."""

from __future__ import annotations

import msgspec
import pytest

from headgate.contract.compat.changes import Change
from headgate.contract.compat.modes import Incompatibility
from headgate.contract.reports import CheckReport, LevelResult, RuleResult, Violation
from headgate.contract.requests import (
    CompatReport,
    ContractDiff,
    ContractExported,
    ContractImported,
    ContractLine,
    ContractList,
    InferReport,
    Proposed,
)
from headgate.core.left_out import LeftOut
from headgate.spine.problems import Problem
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.contract import (
    check_lines,
    compat_lines,
    diff_lines,
    export_lines,
    import_lines,
    infer_lines,
    list_lines,
)

WIDTHS = [60, 80, 120]
WHY = "the reader requires it, the writer may leave it out, and it has no default"


def breach(breaks: str, path: str = "orders.city") -> Incompatibility:
    direction = "BACKWARD" if breaks == "producer" else "FORWARD"
    return Incompatibility(path, "optional", "required", WHY, breaks, direction, "old/v1.yaml")  # type: ignore[arg-type] - one of two words


def report(*found: Incompatibility, warnings: tuple[Incompatibility, ...] = ()) -> CompatReport:
    return CompatReport(
        mode="FULL_TRANSITIVE",
        format="odcs",
        old=("old/v1.yaml", "old/v2.yaml"),
        new="contracts/orders.yaml",
        is_compatible=not found,
        incompatibilities=found,
        warnings=warnings,
        has_findings=bool(found),
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_what_breaks_is_told_by_whom_it_breaks(width: int) -> None:
    lines = compat_lines(report(breach("producer"), breach("consumer")), Paint(width=width))

    assert max(map(len, lines)) <= width
    said = " ".join(lines)
    assert "breaks who still writes the older version, and what lies there" in said
    assert "breaks who still reads as the older version says" in lines
    assert "    against  old/v1.yaml" in lines


def test_versions_that_go_together_are_told_in_a_line() -> None:
    lines = compat_lines(report(), Paint(width=80))

    assert lines == [
        "contracts/orders.yaml is compatible: FULL_TRANSITIVE",
        "  with old/v1.yaml",
        "  with old/v2.yaml",
    ]


def test_what_passes_but_means_something_else_is_told() -> None:
    lines = compat_lines(report(warnings=(breach("producer"),)), Paint(width=80))

    assert "passes, but may be read as something else" in lines


@pytest.mark.parametrize("width", WIDTHS)
def test_contracts_are_listed_with_their_problems(width: int) -> None:
    problem = Problem(3, 9, "schema[0].properties[12].required", "must be true or false", "x")
    fine = ContractLine("orders", "1.0.0", "active", ("orders", "lines"), 1200, 7, "")
    broken = ContractLine("users", "", "", (), 0, 0, "", (problem,))

    lines = list_lines(ContractList((fine, broken), has_findings=True), Paint(width=width))

    assert max(map(len, lines)) <= width
    assert lines[0] == "orders 1.0.0 active"
    assert "  owner  nobody" in lines
    assert "  size   1,200 columns, 7 rules" in lines
    assert "users: 1 problem" in lines


def test_a_project_without_contracts_says_how_to_add_one() -> None:
    assert list_lines(ContractList((), has_findings=False), Paint())[0] == "no contract yet"


@pytest.mark.parametrize("width", WIDTHS)
def test_changes_are_told_with_their_kind(width: int) -> None:
    changes = (
        Change("orders.city", "string", "integer", "breaking", ("producer", "consumer"), WHY),
        Change("version", "1", "2", "description"),
    )

    lines = diff_lines(ContractDiff("orders", "new.yaml", changes, 1), Paint(width=width))

    assert max(map(len, lines)) <= width
    assert "orders.city: breaking for producers and consumers" in lines
    assert lines[-1] == "2 changes, 1 breaking"


def test_a_contract_that_is_as_it_was_is_told_so() -> None:
    assert diff_lines(ContractDiff("a", "b", (), 0), Paint())[-1] == "nothing changed"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_did_not_translate_is_told_after_what_did(width: int) -> None:
    left = (LeftOut("", "strict", "a contract has no such clause, and cannot have one either"),)
    taken = ContractImported(
        name="users",
        path="contracts/users.yaml",
        format="pandera",
        objects=("users",),
        n_columns=1,
        left_out=left,
    )
    told = ContractExported(name="users", format="avro", path=None, text='"int"\n', left_out=left)
    written = ContractExported(name="users", format="avro", path="x.avsc", text="", left_out=())

    lines = import_lines(taken, Paint(width=width))
    text = export_lines(told, Paint(width=width))

    assert max(map(len, [*lines, *text])) <= width
    assert lines[0] == "users from pandera"
    assert "not translated" in lines
    assert text[0] == '"int"'
    assert export_lines(written, Paint()) == ["users written as avro to x.avsc"]


def checked(*rules: RuleResult, violations: tuple[Violation, ...] = ()) -> CheckReport:
    n_broken = sum(not one.is_kept for one in rules)
    return CheckReport(
        dataset="orders@3",
        contract="orders",
        version="1.0.0",
        passed=not n_broken,
        n_rows=20_000,
        n_broken=n_broken,
        rules=rules,
        violations=violations,
        untold=("tags.min_items: it is not looked at",),
        has_findings=bool(n_broken),
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_broken_clause_is_told_with_rows_that_break_it(width: int) -> None:
    told = "amount is out of its range: 1 rows, wanted at most 0"
    rules = (
        RuleResult("id.required", is_kept=True, severity="error", dimension="", figure=0),
        RuleResult("amount.range", False, "warning", "accuracy", 1, told),
    )
    row = Violation("amount.range", {"_rid": 7}, {"amount": -5.0, "note": "n" * 300}, told)

    lines = check_lines(checked(*rules, violations=(row,)), Paint(width=width))

    assert max(map(len, lines)) <= width
    assert lines[:2] == ["orders@3 breaks orders 1.0.0", "  20,000 rows, 2 clauses, 1 broken"]
    assert "amount.range (warning, accuracy)" in lines
    assert any(line.startswith("  _rid 7  amount -5") for line in lines)
    assert "  tags.min_items: it is not looked at" in lines
    assert not any("id.required" in line for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_service_levels_are_told_with_what_was_promised(width: int) -> None:
    met = LevelResult(
        level="latency",
        clause="slaProperties[0]",
        line=21,
        about="placed_at",
        is_met=True,
        severity="error",
        promised="at most 2 h old",
        measured="1h 20m old",
        figure=4800.0,
        is_stopping=False,
    )
    broken = msgspec.structs.replace(met, level="volume", about="", is_met=False, is_stopping=True)
    lacking = msgspec.structs.replace(broken, line=None, is_met=None, measured="nobody knows " * 9)
    report = msgspec.structs.replace(checked(), service_levels=(met, broken, lacking), untold=())

    lines = check_lines(report, Paint(width=width))

    assert max(map(len, lines)) <= width
    assert lines[1] == "  20,000 rows, 2 clauses"
    said = " ".join(" ".join(lines).split())
    assert "latency of placed_at met: 1h 20m old, promised at most 2 h old volume" in said
    assert "not met: 1h 20m old, promised at most 2 h old (error, line 21)" in said
    assert "not checked: nobody knows" in said


def test_data_that_keeps_its_contract_is_told_in_a_line() -> None:
    kept = RuleResult("id.required", is_kept=True, severity="error", dimension="", figure=0)

    assert check_lines(checked(kept), Paint(width=80))[:2] == [
        "orders@3 keeps orders 1.0.0",
        "  20,000 rows, 1 clause",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_proposal_is_told_column_by_column_with_its_figures(width: int) -> None:
    reason = "97 different of 20,000, each 12 times or more, all of them in the 3 snapshots before"
    report = InferReport(
        dataset="orders@3",
        name="orders",
        path=None,
        n_rows=20_000,
        n_snapshots=4,
        clauses=(
            Proposed("", "rows", "rowCount mustBeGreaterOrEqualTo 10,000", "20,000 rows"),
            Proposed("city", "values", "invalidValues of 97 values mustBe 0", reason),
            Proposed("city", "logicalType", "logical_type string", ""),
        ),
        service_levels=(Proposed("", "latency", "2 d", "4 snapshots, 1 day between two"),),
        broken=("code.pattern: code does not match: 3 rows, wanted at most 0",),
        text="",
    )

    lines = infer_lines(report, Paint(width=width))

    assert max(map(len, lines)) <= width
    assert " ".join(lines[:2]).startswith("orders proposed from orders@3: 20,000 rows")
    assert {"all rows", "city", "service levels", "tried, and not so"} <= set(lines)
    assert lines[-1] == "not written: add --write"
