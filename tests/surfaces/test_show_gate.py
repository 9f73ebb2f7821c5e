"""How a terminal shows contracts in force, and rows of runs that wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headgate.contract.compat.modes import Incompatibility
from headgate.contract.published.nouns import Checked, Signature, State, Version
from headgate.contract.published.requests import ContractHistory, ContractState
from headgate.contract.requests import ContractLine, ContractList
from headgate.ingest.quarantine_requests import Quarantined, QuarantineList
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import quarantine
from headgate.surfaces.cli.show.contract import (
    list_lines,
    publish_lines,
    show_lines,
    sign_lines,
    withdraw_lines,
)

WIDTHS = [60, 80, 120]
AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
NAME = "orders_of_the_shop_on_the_main_street"


def version(number: int, state: State, *signatures: Signature) -> Version:
    return Version(
        name=NAME,
        number=number,
        version=f"{number}.0.0",
        digest="0" * 64,
        mode="BACKWARD_TRANSITIVE",
        gate="quarantine",
        about=(NAME, "orders"),
        state=state,
        published_at=AT,
        published_by="ada",
        signatures=signatures,
    )


def checked(*, is_passed: bool) -> Checked:
    return Checked(
        dataset=NAME,
        branch="main",
        number=7,
        contract=NAME,
        version="1.0.0",
        is_passed=is_passed,
        n_held=2,
        broken={"amount.range": 2, "id.required": 0, "id.unique": -1},
        checked_at=AT,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_version_that_waits_is_told_with_who_must_sign_and_what_it_breaks(width: int) -> None:
    breach = Incompatibility("orders.id", "a", "b", "why not", "producer", "BACKWARD", "1.0.0")
    state = ContractState(
        name=NAME,
        in_force=version(1, "in force"),
        pending=version(2, "pending"),
        lacks=("producer", "consumer"),
        incompatibilities=(breach,),
    )

    lines = publish_lines(state, Paint(width=width))

    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "2.0.0 waits until a producer and a consumer have signed" in said
    assert f"headgate contract sign {NAME} --as producer" in said
    assert "why why not" in said
    assert sign_lines(state, Paint(width=width)) == withdraw_lines(state, Paint(width=width))


def test_what_was_published_already_is_told_so() -> None:
    state = ContractState(name="t", in_force=version(1, "in force"), is_new=False)

    assert publish_lines(state, Paint(width=80))[-1] == "nothing has changed"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_contract_is_shown_with_its_last_check_and_its_history(width: int) -> None:
    signature = Signature("producer", "ann", AT)
    history = ContractHistory(
        name=NAME,
        in_force=version(2, "in force", signature),
        zone="cleaned",
        history=(version(2, "in force", signature), version(1, "replaced")),
        checks=(checked(is_passed=False), checked(is_passed=True)),
    )

    lines = show_lines(history, Paint(width=width))

    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "zone cleaned" in said
    assert "@7 did not pass, 2 rows held amount.range 2 rows id.required broken" in said
    assert "id.unique not all rows were compared" in said
    assert "@7 passed" in said


def test_nothing_in_force_is_told() -> None:
    assert withdraw_lines(ContractState(name="t"), Paint(width=80)) == ["t: nothing is in force"]


def test_a_list_says_what_guards() -> None:
    line = ContractLine("t", "1", "active", ("t",), 1, 0, "ann", standing="1 in force")

    lines = list_lines(ContractList((line,), has_findings=False), Paint(width=80))

    assert "  gate   1 in force" in lines


@pytest.mark.parametrize("width", WIDTHS)
def test_rows_of_a_run_are_told_to_be_made_again(width: int) -> None:
    entry = Quarantined(
        dataset="clean",
        batch=3,
        source=None,
        uri=None,
        n_rows=2,
        reasons={"amount.range": 2},
        arrived_at=AT,
        kind="derive",
        run="run_01m7ykkvje926121kkzp",
    )

    lines = quarantine.list_lines(QuarantineList([entry], {"amount.range": 2}), Paint(width=width))

    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "batch 3 was made by run_01m7ykkvje926121kkzp: mend what it was made of" in said
