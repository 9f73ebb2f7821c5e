"""Several people publish, sign and withdraw at once: one of them is first, the others are told."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import HeadgateError
from tests.contract.guarded import AMOUNT, ID, as_actor, guarded, written
from tests.contract.sample import contract_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headgate.surfaces.python import Project

NEEDED = ID | {"name": "mail"}
FINE = [{"id": n, "amount": 1.0} for n in range(10, 13)]
PUBLISHING = """
import sys, headgate
from headgate.core.errors import HeadgateError
with headgate.open(sys.argv[1]) as project:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(project.contract.publish(sys.argv[2]).in_force.name)
    except HeadgateError as error:
        print(type(error).__name__)
"""


@pytest.fixture
def people(project: Project) -> Iterator[list[Project]]:
    """Four people who have the project open, each on a connection of their own."""
    with ExitStack() as stack:
        yield [stack.enter_context(as_actor(project, name)) for name in ("ann", "bob", "cy", "di")]


def at_once(people: Sequence[Project], do: Callable[[int, Project], str]) -> list[str]:
    """Have everybody do something; return what each was answered, or the kind of refusal."""

    def answer(number: int) -> str:
        try:
            return do(number, people[number])
        except HeadgateError as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(answer, range(len(people))))


def guards(project: Project, name: str = "orders") -> str:
    """Name the version that is in force."""
    version = project.contract.show(name).in_force
    return "" if version is None else version.version


def test_one_contract_of_several_comes_to_guard_a_dataset(
    project: Project, people: list[Project]
) -> None:
    def publish(number: int, own: Project) -> str:
        text = contract_text(id=f"c{number}", schema=[{"name": "orders"}])
        return own.contract.publish(f"c{number}", document=text).name

    said = at_once(people, publish)

    assert sorted(said)[:3] == ["Conflict"] * 3
    (first,) = [one for one in said if one != "Conflict"]
    assert guards(project, first) == "1"


def test_the_same_file_published_by_several_is_published_once(
    project: Project, people: list[Project]
) -> None:
    written(project, ID)

    said = at_once(people, lambda _, own: str(own.contract.publish("orders").is_new))

    assert sorted(said) == ["False", "False", "False", "True"]
    assert len(project.contract.show("orders").history) == 1


def test_a_party_signs_once_and_the_second_party_brings_it_into_force(
    project: Project, people: list[Project]
) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="2.0.0")
    project.contract.publish("orders", breaking=True)

    def sign(number: int, own: Project) -> str:
        state = own.contract.sign("orders", "producer" if number % 2 else "consumer")
        return "" if state.in_force is None else state.in_force.version

    said = at_once(people, sign)

    assert sorted(said) == ["1.0.0", "2.0.0", "Conflict", "Conflict"]
    version = project.contract.show("orders").in_force
    assert version is not None
    assert sorted(one.party for one in version.signatures) == ["consumer", "producer"]
    assert guards(project) == "2.0.0"


def test_each_withdrawal_takes_back_one_version(project: Project, people: list[Project]) -> None:
    guarded(project, ID)
    guarded(project, ID, AMOUNT, version="1.1.0")

    def withdraw(_: int, own: Project) -> str:
        state = own.contract.withdraw("orders")
        return "" if state.in_force is None else state.in_force.version

    said = at_once(people, withdraw)

    assert sorted(said) == ["", "1.0.0", "Conflict", "Conflict"]
    assert guards(project) == ""


def test_what_is_signed_and_what_is_withdrawn_at_once_leaves_one_version_in_force(
    project: Project, people: list[Project]
) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="2.0.0")
    project.contract.publish("orders", breaking=True)
    people[0].contract.sign("orders", "producer")

    def do(number: int, own: Project) -> str:
        if number == 1:
            return str(own.contract.sign("orders", "consumer").name)
        return str(own.contract.withdraw("orders").name) if number == 2 else ""

    at_once(people, do)

    states = [one.state for one in project.contract.show("orders").history]
    assert states.count("in force") == 1
    assert "pending" not in states


def test_who_has_the_project_open_sees_what_others_bring_into_force(
    project: Project, people: list[Project]
) -> None:
    rows = [{"id": None}, {"id": 1}, {"id": 2}]
    people[0].dataset.commit("orders", [{"id": 0}])

    guarded(project, ID)
    held = people[0].dataset.commit("orders", rows, mode="append")
    project.contract.withdraw("orders")
    free = people[0].dataset.commit("orders", rows, mode="append")

    assert (held.n_quarantined, free.n_quarantined) == (1, 0)


def test_commits_and_publishing_at_once_leave_no_bad_row_behind_the_publishing(
    project: Project, people: list[Project]
) -> None:
    project.dataset.commit("orders", [{"id": 0, "amount": 0.0}])
    written(project, ID, AMOUNT)

    def do(number: int, own: Project) -> str:
        if not number:
            return own.contract.publish("orders").name
        bad = [{"id": number, "amount": -1.0}]
        snapshot = own.dataset.commit("orders", [*bad, *FINE], mode="append")
        return str(snapshot.n_quarantined)

    said = at_once(people, do)

    n_in = project.dataset.read("orders")["amount"].to_pylist().count(-1.0)
    assert n_in + sum(int(one) for one in said[1:]) == 3
    later = project.dataset.commit("orders", [{"id": 9, "amount": -1.0}, *FINE], mode="append")
    assert later.n_quarantined == 1


@pytest.mark.full
def test_of_two_processes_one_brings_its_contract_into_force(project: Project) -> None:
    for name in ("one", "two"):
        file = written(project, ID, name=name)
        file.write_text(contract_text(id=name, schema=[{"name": "orders"}]), encoding="utf-8")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHING, project.address, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    ready = [one.stdout.readline() for one in started if one.stdout]

    said = [one.communicate("go\n")[0].strip() for one in started]

    assert ready == ["ready\n"] * 2
    assert sum(one == "Conflict" for one in said) == 1
    assert guards(project, next(one for one in said if one != "Conflict")) == "1"
