"""Contracts in a catalog on PostgreSQL: the same as in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import headgate
from tests.contract.guarded import AMOUNT, UNIQUE, as_actor, guarded, reasons, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project
    from tests.backends.servers import Postgres


@pytest.fixture
def shared(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """A project whose catalog is PostgreSQL's."""
    postgres.say("create schema shared")
    monkeypatch.setenv("HEADGATE_STORE_CATALOG", postgres.url("shared"))
    with headgate.init(tmp_path / "shop") as project:
        yield project
    postgres.say("drop schema shared cascade")


def test_a_contract_guards_is_signed_and_is_withdrawn(shared: Project) -> None:
    guarded(shared, UNIQUE, AMOUNT)
    shared.dataset.commit("orders", [{"id": n, "amount": 1.0} for n in range(4)])
    rows = [{"id": 7, "amount": -1.0}, {"id": 8, "amount": 2.0}, {"id": 3, "amount": 2.0}]
    snapshot = shared.dataset.commit("orders", [*rows, {"id": 9, "amount": 1.0}], mode="append")
    higher = AMOUNT | {"logicalTypeOptions": {"minimum": 1}}
    written(shared, UNIQUE, higher, version="2.0.0")
    shared.contract.publish("orders", breaking=True)

    shared.contract.sign("orders", "producer")
    with as_actor(shared, "bob") as bob:
        state = bob.contract.sign("orders", "consumer")
    back = shared.contract.withdraw("orders")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (6, 2)
    assert [one.split(":")[0] for one in reasons(shared)] == ["amount.range", "id.unique"]
    assert state.in_force is not None
    assert back.in_force is not None
    assert (state.in_force.version, back.in_force.version) == ("2.0.0", "1.0.0")
    assert [one.is_passed for one in shared.contract.show("orders").checks] == [True]
