"""Rows a gate kept out come back as what they were, with where they came from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid
from headgate.spine.lineage.batches import by_rev
from tests.contract.guarded import AMOUNT, ID, facts_of, guarded, reasons, written

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

GOOD = [{"id": n, "amount": 1.0} for n in range(1, 5)]


def test_a_row_written_by_hand_comes_back_with_the_types_it_had(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    odd = {
        "seen": date(2026, 11, 3),
        "at": datetime(2026, 11, 3, 10, 30),  # noqa: DTZ001 - a moment without a zone is meant
        "price": Decimal("1.50"),
        "photo": b"\x00\xff",
        "tags": ["a", "b"],
    }
    project.dataset.commit("orders", [*(one | odd for one in GOOD), {"id": 9, "amount": -1} | odd])

    report = project.quarantine.fix("orders", record=["1/1"], set={"amount": "2"})

    assert report.n_released == 1
    rows = project.dataset.read("orders").to_pylist()
    assert rows[-1] == {"id": 9, "amount": 2.0} | odd


def test_a_row_written_by_hand_comes_back_as_of_the_batch_it_came_with(
    project: Project, context: Context
) -> None:
    guarded(project, ID, AMOUNT)
    project.dataset.commit("orders", [*GOOD, {"id": 9, "amount": -1.0}], mode="append")

    report = project.quarantine.fix("orders", record=["1/1"], set={"amount": "2"})

    with context.catalog.read() as connection:
        first, then = by_rev(connection, context.tenant, [1, *report.batches])
    assert (then.kind, then.released_from) == ("commit", first.rev)
    assert then.arrived_at == first.arrived_at
    assert project.dataset.read("orders").num_rows == 5


def test_what_the_next_contract_takes_is_released(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    project.dataset.commit("orders", [*GOOD, {"id": 9, "amount": -1.0}], mode="append")
    lower = AMOUNT | {"logicalTypeOptions": {"minimum": -10}}
    written(project, ID, lower, version="1.1.0")
    before = project.quarantine.release("orders")
    project.contract.publish("orders")

    after = project.quarantine.release("orders", apply=True)

    assert (before.n_released, after.n_released) == (0, 1)
    assert project.quarantine.release("orders", apply=True).n_released == 0


def test_a_gate_that_refuses_leaves_single_records_waiting(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    rows = [*GOOD, {"id": 8, "amount": -1.0}, {"id": 9, "amount": -2.0}]
    project.dataset.commit("orders", rows, mode="append")
    project.contract.publish("orders", gate="refuse")

    report = project.quarantine.fix("orders", record=["1/1"], set={"amount": "2"})
    left = project.quarantine.release("orders", apply=True)

    assert (report.n_released, left.n_released, left.n_waiting) == (1, 0, 1)


def test_a_released_row_is_held_to_what_lies_there_by_now(project: Project) -> None:
    guarded(project, ID | {"unique": True}, AMOUNT)
    project.dataset.commit("orders", [*GOOD, {"id": 9, "amount": -1.0}], mode="append")
    project.dataset.commit("orders", [{"id": 9, "amount": 3.0}], mode="append")

    report = project.quarantine.fix("orders", record=["1/1"], set={"amount": "2"})

    assert report.n_released == 0
    assert reasons(project)[0].startswith("id.unique: id stands in another row too: 9")


def test_rows_written_by_hand_without_a_contract_are_refused_as_ever(project: Project) -> None:
    guarded(project, ID, name="others")
    project.dataset.commit("orders", GOOD, key="id")

    with pytest.raises(Invalid, match="1 rows cannot go into orders"):
        project.dataset.commit("orders", [{"id": None, "amount": 1.0}], mode="upsert")

    assert facts_of(project) == []
