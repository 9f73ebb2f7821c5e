"""Contracts through a server, by the command line and from another tenant."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict, Denied, HeadgateError, Invalid, NotFound
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.contract.guarded import AMOUNT, ID, guarded, reasons, written
from tests.contract.sample import contract_text
from tests.surfaces.routes import serving
from tests.surfaces.shell import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDED = ID | {"name": "mail"}
ROWS = [{"id": 1, "amount": 1.0}, {"id": 2, "amount": 2.0}, {"id": 3, "amount": -1.0}]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Project]]:
    """One project, opened in its folder and behind a server."""
    root = tmp_path_factory.mktemp("afar") / "shop"
    with ExitStack() as stack:
        local = stack.enter_context(headgate.init(root))
        server = stack.enter_context(serving(root))
        address = f"http://127.0.0.1:{server.port}"
        yield local, stack.enter_context(headgate.open(address, token=server.token))


def text_of(name: str, *columns: dict[str, object], version: str = "1.0.0", **more: object) -> str:
    """Write a contract about the dataset of its own name."""
    about = {"name": name, "properties": list(columns)}
    return contract_text(id=name, version=version, schema=[about], **more)


def test_a_contract_sent_to_a_server_guards_there(both: tuple[Project, Project]) -> None:
    local, remote = both

    state = remote.contract.publish("sent", document=text_of("sent", ID, AMOUNT))
    here = local.dataset.commit("sent", ROWS)
    there = remote.dataset.commit("sent", ROWS, mode="append")

    assert state.in_force is not None
    assert (here.n_quarantined, there.n_quarantined) == (1, 1)
    assert reasons(remote, "sent") == reasons(local, "sent")
    assert remote.contract.show("sent") == local.contract.show("sent")


def test_a_server_reads_the_files_of_its_own_folder(both: tuple[Project, Project]) -> None:
    local, remote = both
    written(local, ID, name="filed")

    state = remote.contract.publish("filed", gate="refuse")

    assert state.in_force is not None
    assert state.in_force.gate == "refuse"
    (line,) = [one for one in remote.contract.list().contracts if one.name == "filed"]
    assert line.standing == "1.0.0 in force"


def test_a_refused_commit_is_refused_through_a_server_with_the_same_words(
    both: tuple[Project, Project],
) -> None:
    local, remote = both
    document = text_of("strict", ID, AMOUNT)
    remote.contract.publish("strict", gate="refuse", document=document)

    said: list[HeadgateError] = []
    for project in both:
        with pytest.raises(Invalid) as refused:
            project.dataset.commit("strict", ROWS)
        said.append(refused.value)

    assert said[0].message == said[1].message
    assert (
        said[0].mend
        == said[1].mend
        == ("mend the rows; or publish the contract with --gate quarantine")
    )
    assert "strict" not in {one.name for one in local.dataset.list().datasets}


WRONG: list[tuple[str, dict[str, Any], type[HeadgateError], str]] = [
    ("publish", {"name": "nothing"}, NotFound, "contract"),
    ("publish", {"name": "../x"}, Invalid, "cannot name a contract"),
    ("publish", {"name": "wrong", "document": ""}, Invalid, "the file is empty"),
    ("publish", {"name": "wrong", "document": "a: [1"}, Invalid, "this is no YAML"),
    ("publish", {"name": "wrong", "gate": "close"}, Invalid, "invalid enum value 'close'"),
    ("publish", {"name": "wrong", "mode": "SIDEWAYS"}, Invalid, "invalid enum value 'SIDEWAYS'"),
    ("publish", {"name": "long", "document": text_of("long", ID, version="1" * 101)}, Invalid,
     "has 101 signs"),
    ("sign", {"name": "nothing", "as_": "producer"}, NotFound, "nothing"),
    ("sign", {"name": "nothing", "as_": "boss"}, Invalid, "invalid enum value 'boss'"),
    ("withdraw", {"name": "nothing"}, NotFound, "nothing"),
    ("show", {"name": "nothing"}, NotFound, "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "given", "kind", "told"), WRONG)
def test_what_is_wrong_is_told_alike_here_and_there(
    both: tuple[Project, Project],
    verb: str,
    given: dict[str, Any],
    kind: type[HeadgateError],
    told: str,
) -> None:
    said: list[HeadgateError] = []

    for project in both:
        with pytest.raises(kind) as refused:
            getattr(project.contract, verb)(**given)
        said.append(refused.value)

    assert told in said[0].message
    assert (said[0].message, said[0].mend) == (said[1].message, said[1].mend)
    assert said[0].mend


def test_a_version_of_a_hundred_signs_is_kept(both: tuple[Project, Project]) -> None:
    _, remote = both

    state = remote.contract.publish("edge", document=text_of("edge", ID, version="1" * 100))

    assert state.in_force is not None
    assert len(state.in_force.version) == 100


def test_contracts_of_one_tenant_guard_and_show_nothing_to_another(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    context = open_context(Path(project.address), flags={"tenant": "other"})

    with Project(Local(context)) as other:
        free = other.dataset.commit("orders", ROWS)
        with pytest.raises(NotFound, match="was never published"):
            other.contract.show("orders")
        own = other.contract.publish("orders", gate="refuse")
        with pytest.raises(Invalid, match="takes nothing of this"):
            other.dataset.commit("orders", ROWS)
        other.contract.withdraw("orders")
        freed = other.dataset.commit("orders", ROWS[:2])

    held = project.dataset.commit("orders", ROWS)
    assert (free.n_rows, free.n_quarantined, freed.n_rows) == (3, 0, 2)
    assert own.in_force is not None
    assert own.in_force.number == 1
    assert (held.n_rows, held.n_quarantined) == (2, 1)


def test_the_command_line_goes_through_a_contract_s_life(project: Project) -> None:
    call = shell(table(), Path(project.address))
    written(project, ID)
    first = call("contract", "publish", "orders")
    again = call("contract", "publish", "orders", "--json")
    written(project, ID, NEEDED, version="2.0.0")

    refused = call("contract", "publish", "orders")
    waiting = call("contract", "publish", "orders", "--breaking")
    signed = call("contract", "sign", "orders", "--as", "producer")
    twice = call("contract", "sign", "orders", "--as", "consumer")
    back = call("contract", "withdraw", "orders", "--because", "not now")
    gone = call("contract", "withdraw", "orders")
    none = call("contract", "withdraw", "orders")

    codes = [one.code for one in (first, again, refused, waiting, signed, twice)]
    assert codes == [0, 0, 2, 0, 0, 2]
    assert [one.code for one in (back, gone, none)] == [0, 0, 2]
    assert "orders 1.0.0 is in force" in first.out
    assert "2.0.0 waits until a producer and a consumer have signed" in waiting.out
    assert "2.0.0 waits until a consumer has signed" in signed.out


def test_nobody_signs_for_both_and_a_refusal_leaves_no_trace(project: Project) -> None:
    guarded(project, ID)
    written(project, ID, NEEDED, version="2.0.0")
    project.contract.publish("orders", breaking=True)
    project.contract.sign("orders", "producer")
    before = project.contract.show("orders")

    with pytest.raises(Denied) as denied:
        project.contract.sign("orders", "consumer")
    with pytest.raises(Conflict):
        project.contract.sign("orders", "producer")

    assert denied.value.mend == "have somebody else sign as consumer"
    assert project.contract.show("orders") == before


def test_a_word_why_is_kept_as_its_digest_alone(project: Project) -> None:
    guarded(project, ID)

    project.contract.withdraw("orders", because="Ann Smith asked for it")

    (event,) = [one for one in project.event.list().events if one.kind == "contract_withdrawn"]
    assert "Smith" not in str(event.payload)
    assert event.payload["in_force"] is None
    assert len(str(event.payload["because_digest"])) == 64
