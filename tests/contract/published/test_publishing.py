"""Contracts come into force, make way for their next version, and are taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from tests.contract.guarded import AMOUNT, ID, as_actor, guarded, written
from tests.contract.sample import contract_text

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

NEEDED: dict[str, object] = {"name": "mail", "required": True}


def standing(project: Project) -> str:
    (line,) = project.contract.list().contracts
    return line.standing


def test_a_list_says_which_files_are_in_force(project: Project) -> None:
    written(project, ID)
    never = standing(project)
    project.contract.publish("orders")
    guards = standing(project)
    written(project, ID, AMOUNT, version="1.1.0")
    changed = standing(project)
    project.contract.withdraw("orders")

    assert never == "never published"
    assert guards == "1.0.0 in force"
    assert changed == "1.0.0 in force, and the file has changed since"
    assert standing(project) == "withdrawn"


def test_a_file_that_nobody_published_guards_nothing(project: Project) -> None:
    guarded(project, ID)
    written(project, NEEDED, version="9.0.0")

    snapshot = project.dataset.commit("orders", [{"id": 1}, {"id": 2}])

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 0)


def test_the_same_file_again_changes_nothing(project: Project) -> None:
    guarded(project, ID)

    again = project.contract.publish("orders")

    assert not again.is_new
    assert len(project.contract.show("orders").history) == 1


def test_another_gate_for_the_same_version_needs_no_new_version(project: Project) -> None:
    guarded(project, ID)

    state = project.contract.publish("orders", gate="refuse")

    assert state.in_force is not None
    assert (state.in_force.version, state.in_force.gate) == ("1.0.0", "refuse")
    assert [one.state for one in project.contract.show("orders").history] == [
        "in force",
        "replaced",
    ]


def test_a_changed_file_needs_a_new_version(project: Project) -> None:
    guarded(project, ID)
    written(project, ID, AMOUNT)

    with pytest.raises(Conflict, match=r"orders 1.0.0 is published") as refused:
        project.contract.publish("orders")

    assert refused.value.mend == "raise its version"


def test_a_breaking_version_needs_a_higher_major_number(project: Project) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="1.1.0")

    with pytest.raises(Invalid, match=r"has its major number") as refused:
        project.contract.publish("orders", breaking=True)

    assert refused.value.mend == "raise the version to 2.0.0"


def test_the_mode_of_the_version_before_holds(project: Project) -> None:
    written(project, ID, AMOUNT | {"required": True})
    project.contract.publish("orders", mode="FULL")
    written(project, ID, AMOUNT, version="1.1.0")

    with pytest.raises(Conflict, match=r"not FULL compatible with 1.0.0: orders.amount"):
        project.contract.publish("orders")


def test_a_transitive_mode_looks_at_every_version_that_was_in_force(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    written(project, ID, version="1.1.0")
    project.contract.publish("orders")
    text = AMOUNT | {"logicalType": "string", "logicalTypeOptions": {}}
    written(project, ID, text, version="1.2.0")

    with pytest.raises(Conflict, match=r"BACKWARD_TRANSITIVE"):
        project.contract.publish("orders", mode="BACKWARD_TRANSITIVE")
    state = project.contract.publish("orders")

    assert state.pending is None


def test_what_is_withdrawn_makes_way_for_the_version_before(project: Project) -> None:
    guarded(project, ID)
    guarded(project, ID, AMOUNT, version="1.1.0")

    first = project.contract.withdraw("orders", because="too strict")
    second = project.contract.withdraw("orders")

    assert first.in_force is not None
    assert first.in_force.version == "1.0.0"
    assert second.in_force is None
    with pytest.raises(Conflict, match=r"orders is not in force"):
        project.contract.withdraw("orders")


def test_a_pending_version_is_withdrawn_before_the_one_in_force(project: Project) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="2.0.0")
    project.contract.publish("orders", breaking=True)

    state = project.contract.withdraw("orders")

    assert (state.pending, state.in_force is None) == (None, False)


def test_a_newer_version_takes_the_place_of_one_that_waits(project: Project) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="2.0.0")
    project.contract.publish("orders", breaking=True)
    written(project, ID, AMOUNT, version="1.1.0")

    state = project.contract.publish("orders")

    assert state.pending is None
    assert [one.state for one in project.contract.show("orders").history] == [
        "in force",
        "withdrawn",
        "replaced",
    ]


def test_a_version_in_force_may_be_signed_too_but_once_by_each_party(project: Project) -> None:
    guarded(project, ID)

    state = project.contract.sign("orders", "producer")
    with pytest.raises(Conflict, match=r"was signed as producer by"):
        project.contract.sign("orders", "producer")
    with pytest.raises(NotFound, match=r"version of contract orders"):
        project.contract.sign("orders", "consumer", version="7.0.0")

    assert state.in_force is not None
    assert [one.party for one in state.in_force.signatures] == ["producer"]


def test_a_version_of_the_past_cannot_be_signed(project: Project) -> None:
    guarded(project, ID)
    guarded(project, ID, AMOUNT, version="1.1.0")

    with (
        as_actor(project, "ann") as ann,
        pytest.raises(Conflict, match=r"no version to sign: 1.0.0 of it is replaced"),
    ):
        ann.contract.sign("orders", "consumer", version="1.0.0")


def test_two_contracts_do_not_guard_one_dataset(project: Project) -> None:
    guarded(project, ID)
    file = written(project, ID)
    file.rename(file.with_name("others.yaml"))

    with pytest.raises(Conflict, match=r"contract orders guards orders already"):
        project.contract.publish("others")


def test_a_version_does_not_come_back_where_another_contract_guards_by_now(
    project: Project,
) -> None:
    guarded(project, ID)
    two = {"schema": [{"name": "bills"}, {"name": "notes"}], "version": "1.1.0", "id": "orders"}
    project.contract.publish("orders", document=contract_text(**two))
    guards = {"schema": [{"name": "orders"}], "id": "others"}
    project.contract.publish("others", document=contract_text(**guards))

    with pytest.raises(Conflict, match=r"contract others guards orders already"):
        project.contract.withdraw("orders")

    assert project.contract.show("orders").history[0].state == "in force"


def test_what_was_never_published_is_not_shown(project: Project) -> None:
    with pytest.raises(NotFound, match=r"'orders' was never published") as nothing:
        project.contract.show("orders")
    guarded(project, ID)
    with pytest.raises(NotFound, match=r"published contract named 'order'") as near:
        project.contract.show("order")

    assert nothing.value.mend == "headgate contract publish orders"
    assert near.value.mend == "did you mean orders?"


def test_a_contract_is_published_by_its_text_where_there_is_no_file(project: Project) -> None:
    text = written(project, ID).read_text(encoding="utf-8")
    (Path(project.address) / "contracts" / "orders.yaml").unlink()

    state = project.contract.publish("orders", document=text)

    assert state.in_force is not None
    assert project.contract.list().contracts == ()


def test_a_contract_that_is_not_there_cannot_be_published(project: Project) -> None:
    with pytest.raises(NotFound, match=r"contract"):
        project.contract.publish("orders")
