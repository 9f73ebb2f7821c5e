"""A mode says what is compatible; who is named in a contract agrees to what breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.guarded import ID, as_actor
from tests.contract.sample import contract_text

if TYPE_CHECKING:
    from headgate.contract.published.requests import ContractState
    from headgate.spine.inspecting.nouns import Mode
    from headgate.surfaces.python import Project

LOOSE = ID | {"required": False}
NAMED: dict[str, object] = {"team": {"name": "sales"}}


def published(
    project: Project, mode: Mode, version: str, *columns: dict[str, object], **more: object
) -> ContractState:
    """Publish a contract about orders by its text."""
    about: dict[str, object] = {"schema": [{"name": "orders", "properties": list(columns)}]}
    text = contract_text(id="orders", version=version, **about, **more)
    return project.contract.publish("orders", mode=mode, document=text)


@pytest.mark.parametrize("mode", ["NONE", "FORWARD"])
@pytest.mark.parametrize(
    "named",
    [NAMED, {"team": [{"username": "ann"}]}, {"roles": [{"role": "reader", "access": "read"}]}],
)
def test_what_breaks_somebody_named_waits_for_signatures_in_every_mode(
    project: Project, mode: Mode, named: dict[str, object]
) -> None:
    published(project, "BACKWARD", "1.0.0", LOOSE, **named)

    state = published(project, mode, "1.0.1", ID)

    assert state.in_force is not None
    assert (state.in_force.version, state.lacks) == ("1.0.0", ("producer", "consumer"))
    assert [(one.path, one.breaks) for one in state.incompatibilities] == [
        ("orders.id.required", "producer")
    ]


def test_a_version_that_takes_the_names_out_asks_those_it_took_out(project: Project) -> None:
    published(project, "NONE", "1.0.0", LOOSE, **NAMED)

    state = published(project, "NONE", "1.0.1", ID)

    assert state.pending is not None


def test_a_contract_that_names_nobody_changes_as_its_mode_says(project: Project) -> None:
    published(project, "NONE", "1.0.0", LOOSE)

    state = published(project, "NONE", "1.0.1", ID, **NAMED)

    assert state.in_force is not None
    assert (state.in_force.version, state.pending) == ("1.0.1", None)


def test_whoever_signed_the_version_in_force_is_named_by_it(project: Project) -> None:
    published(project, "NONE", "1.0.0", LOOSE)
    project.contract.sign("orders", "producer")

    state = published(project, "NONE", "1.0.1", ID)

    assert state.pending is not None


def test_what_breaks_nobody_waits_for_nobody(project: Project) -> None:
    published(project, "NONE", "1.0.0", ID, **NAMED)

    state = published(project, "NONE", "1.0.1", LOOSE, **NAMED)

    assert state.in_force is not None
    assert (state.in_force.version, state.incompatibilities) == ("1.0.1", ())


def test_a_breach_that_two_rules_forbid_is_told_once(project: Project) -> None:
    published(project, "FULL", "1.0.0", LOOSE, **NAMED)
    about = {"schema": [{"name": "orders", "properties": [ID]}]}
    text = contract_text(id="orders", version="2.0.0", **about, **NAMED)

    state = project.contract.publish("orders", breaking=True, document=text)

    assert [one.path for one in state.incompatibilities] == ["orders.id.required"]


def test_two_signatures_bring_into_force_what_the_mode_lets_pass(project: Project) -> None:
    published(project, "BACKWARD", "1.0.0", LOOSE, **NAMED)
    published(project, "NONE", "1.0.1", ID, **NAMED)

    with as_actor(project, "ann") as ann, as_actor(project, "bob") as bob:
        ann.contract.sign("orders", "producer")
        state = bob.contract.sign("orders", "consumer")

    assert state.in_force is not None
    assert (state.in_force.version, state.in_force.mode) == ("1.0.1", "NONE")
