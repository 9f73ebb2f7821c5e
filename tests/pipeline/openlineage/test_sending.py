"""What was told is sent by a process of its own, one at a time, and by nobody else besides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import StreamRequestHandler

import pytest

import headgate
from headgate.pipeline.openlineage.sending import delivered_here, start
from headgate.pipeline.operations import FinishRun, StartRun, finish
from headgate.pipeline.operations import start as start_run
from headgate.spine.context import Context, open_context
from headgate.spine.outbox import delivering
from headgate.spine.outbox.delivering import deliver
from tests.incident.receivers import Receiver, says
from tests.incident.telling import letters, states
from tests.pipeline.scheduling import LOG, once
from tests.pipeline.writing import write


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def teller(tmp_path: Path, receiver: Receiver) -> Iterator[Context]:
    """A project that tells a receiver, as flags say that stand in no file."""
    headgate.init(tmp_path / "shop").close()
    flags = {"lineage.endpoint": receiver.url, "lineage.timeout_s": "60"}
    context = open_context(tmp_path / "shop", flags=flags)
    yield context
    context.opened.close()


def train(context: Context) -> None:
    """Begin a run by hand and end it."""
    run = start_run(context, StartRun(name="train"))
    finish(context, FinishRun(run_id=run.run_id, state="done"))


def until(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, a minute at most; say whether it came to be."""
    end = time.monotonic() + 60
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


def test_a_run_that_ends_is_told_with_the_settings_it_was_given(
    teller: Context, receiver: Receiver
) -> None:
    train(teller)

    assert until(lambda: states(teller) == ["sent", "sent"])
    assert [one.json["eventType"] for one in receiver.got] == ["START", "COMPLETE"]


def test_one_sends_at_a_time_and_what_came_meanwhile_is_sent_after(
    teller: Context, receiver: Receiver
) -> None:
    is_free, n_at_once = threading.Event(), list[int]()

    def slow(handler: StreamRequestHandler) -> None:
        n_at_once.append(1)
        is_free.wait(60)
        n_at_once.append(-1)
        says(201)(handler)

    receiver.answers = [slow]
    train(teller)
    assert until(lambda: len(receiver.got) == 1)
    train(teller)
    is_free.set()

    assert until(lambda: states(teller) == ["sent"] * 4)
    assert max(sum(n_at_once[:place]) for place in range(len(n_at_once) + 1)) == 1


def test_a_project_whose_folder_was_away_is_told_of_when_it_is_back(
    teller: Context, receiver: Receiver
) -> None:
    is_free = threading.Event()
    away = teller.root.with_name("away")
    receiver.answers = [lambda handler: (is_free.wait(60), says(201)(handler))[-1]]
    train(teller)
    assert until(lambda: len(receiver.got) == 1)
    train(teller)
    [watcher] = [one for one in threading.enumerate() if "_see_to" in one.name]

    teller.root.rename(away)
    is_free.set()
    assert until(lambda: not watcher.is_alive())
    away.rename(teller.root)
    train(teller)

    assert until(lambda: "pending" not in states(teller))


def test_where_somebody_delivers_nobody_else_is_sent(teller: Context, receiver: Receiver) -> None:
    with delivered_here(teller):
        train(teller)
        start(teller)
        time.sleep(0.2)

        waiting = states(teller)
        deliver(teller)

    assert waiting == ["pending", "pending"]
    assert len(receiver.got) == 2


def test_a_call_carries_so_many_letters_at_most(
    teller: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "MOST_CARRIED", 3)
    with delivered_here(teller):
        for _ in range(2):
            train(teller)

    first, second = deliver(teller), deliver(teller)

    assert [len(one.letters) for one in (first, second)] == [3, 1]
    assert {one.state for one in letters(teller)} == {"sent"}


def test_a_scheduler_delivers_what_its_runs_told(teller: Context, receiver: Receiver) -> None:
    line = 'schedule = Schedule("0 6 * * *", since="2026-03-02")'
    with headgate.open(teller.root) as project:
        write(project, flow=f"{LOG}\n    {line}\n")

    with delivered_here(teller):
        once(teller, "2026-03-02T06:00:01")

    told = [(one.json["job"]["name"], one.json["eventType"]) for one in receiver.got]
    assert told == [
        ("pipeline:flow", "START"),
        ("log", "START"),
        ("log", "COMPLETE"),
        ("pipeline:flow", "COMPLETE"),
    ]
