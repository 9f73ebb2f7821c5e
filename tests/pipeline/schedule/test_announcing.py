"""Notifiers hear what is late or broken, once, and that it is well again."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

import headgate
from headgate.core.times import now
from headgate.pipeline.reports import PipelineRun
from headgate.pipeline.schedule import scheduler as module
from headgate.pipeline.schedule.announcing import Matter, matters
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.noticing import notice
from headgate.pipeline.schedule.scheduler import Scheduler
from headgate.spine.context import Context, open_context
from tests.incident.receivers import Receiver
from tests.incident.telling import SECRET, configure, letters
from tests.pipeline.scheduling import LOG, at, once
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def context(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Context]:
    """A project that tells a receiver, and whose pipeline runs at six from 2 March on."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HEADGATE_OUTBOX_BACKOFF_S", "0")
    monkeypatch.setenv("HEADGATE_PIPELINES_NOTIFY", "hook")
    root = tmp_path / "shop"
    with headgate.init(root) as project:
        configure(root, "hook", url=receiver.url)
        line = 'schedule = Schedule("0 6 * * *", since="2026-03-02")'
        promise = 'promises = {"log": Promise(min_rows=1)}'
        write(project, flow=f"{LOG}\n    {line}\n    {promise}\n")
    opened = open_context(root)
    yield opened
    opened.opened.close()


def told(context: Context) -> list[tuple[str, str]]:
    """List kind and dedup key of every message, the oldest first."""
    return [(one.content.kind, one.content.dedup_key) for one in letters(context)]


def look(context: Context, text: str) -> None:
    notice(context, find_declared(context.root), at(text))


def test_many_times_that_are_missing_are_one_alert(context: Context) -> None:
    for day in (2, 3, 4, 5):
        look(context, f"2026-03-0{day}T07:00")

    assert told(context) == [
        ("trigger", "pipeline/flow/late/schedule"),
        ("trigger", "pipeline/flow/min_rows/log"),
    ]


def test_what_is_well_again_is_resolved_once(context: Context) -> None:
    look(context, "2026-03-02T07:00")

    for day in (2, 3):
        once(context, f"2026-03-0{day}T08:00")

    assert told(context)[2:] == [
        ("resolve", "pipeline/flow/late/schedule"),
        ("resolve", "pipeline/flow/min_rows/log"),
    ]


def test_what_was_told_is_delivered_by_a_run_that_ends(
    context: Context, receiver: Receiver
) -> None:
    look(context, "2026-03-02T07:00")

    once(context, "2026-03-02T08:00")

    assert len(receiver.got) == 4
    assert {one.state for one in letters(context)} == {"sent"}


def test_a_scheduler_delivers_what_waits_while_a_run_takes_long(
    context: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POST_S", 0.05)
    look(context, "2026-03-02T07:00")
    stop = threading.Event()

    def run(name: str, settings: object) -> PipelineRun:
        end = time.monotonic() + 10
        while len(receiver.got) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        stop.set()
        return PipelineRun(name, "run", ())

    Scheduler(context, run, clock=now).forever(stop)

    assert len(receiver.got) >= 2


def test_no_message_says_what_an_error_said(context: Context) -> None:
    path = context.root / "pipelines" / "flow.py"
    path.write_text(
        path.read_text().replace("return [", "raise ValueError('ann@example.org')\n    return [")
    )

    once(context, "2026-03-02T08:00")

    kinds = {one.content.dedup_key.split("/")[0] for one in letters(context)}
    assert kinds == {"step", "pipeline"}
    assert not [one for one in letters(context) if "ann@example.org" in str(one.content)]


def test_what_did_not_run_is_one_matter_whatever_it_is_called() -> None:
    troubles = [("flow", f"{kind} schedule k") for kind in ("late", "missing", "stalled")]
    troubles += [("flow", "failed schedule k"), ("flow", "volume log")]

    assert matters(troubles) == {
        Matter("flow", "late", "schedule"),
        Matter("flow", "failed", "schedule"),
        Matter("flow", "volume", "log"),
    }


def test_nobody_is_told_where_nobody_listens(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_PIPELINES_NOTIFY", "")
    silent = open_context(context.root)

    look(silent, "2026-03-02T07:00")

    silent.opened.close()
    assert told(context) == []
