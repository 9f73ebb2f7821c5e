"""Runs are told to an endpoint that misbehaves: each event at least once, and no run is hurt."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import headgate
from headgate.core.errors import HeadgateError
from headgate.pipeline.openlineage.endpoint import ENDPOINT
from headgate.pipeline.openlineage.sending import delivered_here
from headgate.spine.context import Context, open_context
from headgate.spine.outbox.delivering import deliver
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import table as verb_table
from tests.incident.receivers import (
    CLOSED,
    CUT,
    GARBAGE,
    Answer,
    Receiver,
    closed_port,
    hangs,
    says,
)
from tests.incident.telling import about, configure, letters, send
from tests.pipeline.openlineage.checking import check_event
from tests.pipeline.openlineage.test_emitting import BROKEN, emitted
from tests.pipeline.writing import run, shop, write

Told = tuple[Project, Context]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def told(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """A project that tells a receiver of its runs when it is told to; nothing does it by itself."""
    monkeypatch.setenv("HEADGATE_OUTBOX_BACKOFF_S", "0")
    monkeypatch.setenv("LINEAGE_KEY", "k3y")
    root = tmp_path / "shop"
    headgate.init(root).close()
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write(f'[lineage]\nendpoint = "{receiver.url}"\napi_key = "env:LINEAGE_KEY"\n')
    context = open_context(root)
    with headgate.open(root) as project, delivered_here(context):
        shop(project)
        yield project, context
    context.opened.close()


def waits(context: Context) -> list[str]:
    """Name what waits for the endpoint, the oldest first."""
    return [one.content.title for one in letters(context, "pending") if one.notifier == ENDPOINT]


def sent(receiver: Receiver) -> list[dict[str, Any]]:
    """List the events that came in."""
    return [one.json for one in receiver.got]


@pytest.mark.row("S3-30", part="tell")
def test_every_run_is_told_to_the_endpoint_as_emit_tells_it(told: Told, receiver: Receiver) -> None:
    project, context = told
    run(project)
    write(project, broken=BROKEN)
    run(project, "broken")
    with project.run("train"):
        project.dataset.read("dear")

    found = deliver(context)

    key = {(one["run"]["runId"], one["eventType"]): one for one in emitted(project)}
    came = sent(receiver)
    for one in came:
        if one["job"]["name"] == "broken":
            # no memo is left of a step that failed, so later its code is not known any more
            assert one["job"]["facets"].pop("sourceCode")
            assert one["job"]["facets"].pop("sourceCodeLocation")
    assert {one.state for one in found.letters} == {"sent"}
    *rest, begun, _ = came
    known = [key[one["run"]["runId"], one["eventType"]] for one in came]
    # a run by hand has read nothing yet when it begins
    assert known[:-2] == rest
    assert known[-2] == begun | {"inputs": known[-2]["inputs"]}
    assert known[-1] == came[-1]
    assert len(came) == len(key) == 14
    assert {one.path for one in receiver.got} == {"/api/v1/lineage"}
    assert {one.headers["authorization"] for one in receiver.got} == {"Bearer k3y"}
    assert all(check_event(one) for one in came)


def test_what_is_told_waits_in_the_outbox_from_the_runs_own_transaction_on(told: Told) -> None:
    project, context = told

    run(project)

    assert waits(context) == [
        "START of pipeline:shop",
        *[f"START and COMPLETE of {name}" for name in ("priced", "dear", "totals")],
        "COMPLETE of pipeline:shop",
    ]


@pytest.mark.parametrize("answer", [CUT, GARBAGE, CLOSED, says(500), says(429), says(503)])
def test_an_event_that_was_not_taken_is_told_again(
    told: Told, receiver: Receiver, answer: Answer
) -> None:
    project, context = told
    run(project)
    receiver.answers = [answer, says(201), answer, says(201)]

    for _ in range(3):
        deliver(context)

    events = {(one["run"]["runId"], one["eventType"]) for one in sent(receiver)}
    assert len(events) == 8
    assert waits(context) == []
    assert len(receiver.got) > 8


def test_what_the_endpoint_refuses_is_a_dead_letter_that_can_be_sent_again(
    told: Told, receiver: Receiver
) -> None:
    project, context = told
    run(project)
    receiver.answers = [says(401, "who are you"), says(201)]
    deliver(context)

    dead = project.outbox.list(state="dead").messages
    project.outbox.retry(all_dead=True)
    deliver(context)

    (letter,) = dead
    assert (letter.notifier, letter.title) == (ENDPOINT, "START of pipeline:shop")
    assert letter.answer == "127.0.0.1 answered 401: who are you"
    assert project.outbox.list().counts == {"sent": 5}


@pytest.mark.parametrize("how", ["hangs", "is not there", "is no address", "has no key"])
def test_a_dead_endpoint_neither_slows_nor_fails_a_run(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    receiver.answers = [hangs]
    urls = {"is not there": f"http://127.0.0.1:{closed_port()}", "is no address": "ftp:/what"}
    monkeypatch.setenv("HEADGATE_LINEAGE_ENDPOINT", urls.get(how, receiver.url))
    monkeypatch.setenv("HEADGATE_LINEAGE_TIMEOUT_S", "30" if how == "hangs" else "1")
    if how == "has no key":
        monkeypatch.setenv("HEADGATE_LINEAGE_API_KEY", "env:NOBODY_SET_THIS")
    with headgate.init(tmp_path / "shop") as project:
        shop(project)

        began = time.monotonic()
        first, second = run(project), run(project)
        took_s = time.monotonic() - began

        counts = project.outbox.list().counts
    assert set(first.values()) == {"ran"}
    assert set(second.values()) == {"cached"}
    assert took_s < 15
    assert counts == {"pending": 7}


def test_a_run_of_the_command_line_is_told_though_it_waits_for_nobody(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
    with headgate.init(tmp_path / "shop") as project:
        shop(project)

        run(project)
        until = time.monotonic() + 60
        while len(receiver.got) < 8 and time.monotonic() < until:
            time.sleep(0.05)

    assert len({(one["run"]["runId"], one["eventType"]) for one in sent(receiver)}) == 8


def test_what_is_meant_for_people_leaves_before_what_is_told_to_the_endpoint(
    told: Told, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, context = told
    monkeypatch.setenv("HOOK_SECRET", "any")
    run(project)
    configure(context.root, "hook", url=f"{receiver.url}/hook")
    send(context, about("a"), to=["hook"])

    deliver(context)

    assert [one.path for one in receiver.got][:2] == ["/hook", "/api/v1/lineage"]


def test_an_erasure_names_what_was_told_to_others(told: Told, receiver: Receiver) -> None:
    project, context = told
    write(project, broken=BROKEN.replace("no such price", "no price for Ada Lovelace"))
    run(project, "broken")
    deliver(context)

    plan = project.dataset.erase("orders", where="id = 1", aliases=["Ada Lovelace"])

    assert any("Ada Lovelace" in json.dumps(one) for one in sent(receiver))
    assert any(ENDPOINT in str(one) for one in plan.obligations)


def test_another_headgate_takes_what_is_told(told: Told, tmp_path: Path) -> None:
    project, context = told
    headgate.init(tmp_path / "hub").close()
    local = Local(open_context(tmp_path / "hub"))
    listening = Listening(local, verb_table(), host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    try:
        token = keep_token(tmp_path / "hub" / ".headgate")
        given = {"lineage.endpoint": listening.address, "lineage.api_key": token}
        teller = open_context(context.root, flags=given)
        with delivered_here(teller):
            run(project)
            found = deliver(teller)
            again = deliver(teller)
        teller.opened.close()
    finally:
        listening.stop()
        thread.join()
        local.close()

    with headgate.open(tmp_path / "hub") as hub:
        events = [json.loads(one.text) for one in hub.lineage.events().events]
        jobs = {one.name for one in hub.lineage.list(kind="job").nodes}
        reach = hub.blast("foreign:headgate://shop/orders").foreign
    assert {one.state for one in found.letters} == {"sent"}
    assert again.letters == []
    assert sorted(map(str, events)) == sorted(map(str, emitted(project)))
    names = {"pipeline:shop", "priced", "dear", "totals"}
    assert jobs == {f"headgate://shop/{name}" for name in names}
    assert reach is not None
    assert [one.name for one in reach.datasets][-1] == "headgate://shop/totals"


def test_an_endpoint_that_is_not_ready_is_named_when_letters_are_delivered(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, context = told
    run(project)
    monkeypatch.delenv("LINEAGE_KEY")

    found = deliver(context)

    error = found.unusable[ENDPOINT]
    assert isinstance(error, HeadgateError)
    assert "LINEAGE_KEY, which is not set" in error.message
    assert len(waits(context)) == 5


def test_a_run_that_cannot_be_told_is_done_all_the_same(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    headgate.init(tmp_path / "shop").close()
    with (tmp_path / "shop" / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write(f'[lineage]\nendpoint = "{receiver.url}"\nnamespace = "env:NOBODY_SET_THIS"\n')
    with headgate.open(tmp_path / "shop") as project:
        shop(project)

        states = run(project)

        assert set(states.values()) == {"ran"}
        assert project.outbox.list().counts == {}
    assert {one.message for one in caplog.records} == {"run_not_told"}


def test_an_error_of_several_lines_is_told_in_one_event(told: Told, receiver: Receiver) -> None:
    project, context = told
    odd = "a\u2028b\x85c\nd"
    write(project, broken=BROKEN.replace('"no such price"', repr(odd)))
    run(project, "broken")

    deliver(context)

    failed = [one for one in sent(receiver) if one["job"]["name"] == "broken"]
    assert [one["eventType"] for one in failed] == ["START", "FAIL"]
    assert odd in failed[1]["run"]["facets"]["errorMessage"]["message"]
