"""Steps that fail are told of, once each time, and told to be well again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import headgate
from headgate.core.errors import NotFound
from headgate.spine.context import Context, open_context
from headgate.spine.lineage.events import list_events
from headgate.spine.outbox.delivering import deliver
from headgate.surfaces.python import Project
from tests.incident.receivers import Receiver, kills, says
from tests.incident.telling import SECRET, configure, letters, states
from tests.pipeline.writing import run, write

FLOW = """
    from pathlib import Path
    from headgate import step

    @step(cache=False)
    def totals():
        return [{{"sum": float(Path({place!r}).read_text())}}]

    @step
    def after(totals):
        return totals
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture
def told(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project that tells a receiver of its steps; `totals` stands on a number in a file."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HEADGATE_OUTBOX_BACKOFF_S", "0")
    root = tmp_path / "shop"
    headgate.init(root).close()
    configure(root, "hook", url=receiver.url)
    with (root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write('[pipelines]\nnotify = ["hook"]\n')
    with headgate.open(root) as project:
        write(project, flow=FLOW.format(place=str(tmp_path / "number")))
        yield project


@pytest.fixture
def number(tmp_path: Path) -> Path:
    """The file that the step reads; not there yet."""
    return tmp_path / "number"


def kinds(receiver: Receiver) -> list[tuple[str, str]]:
    """List what came in: kind and what it is about."""
    return [(one.json["kind"], one.json["details"]["step"]) for one in receiver.got]


def opened(project: Project) -> Context:
    """Open the project once more, as operations do."""
    return open_context(Path(project.address))


@pytest.mark.row("S2-21")
def test_a_failed_step_is_told_of_and_so_is_that_it_is_well_again(
    told: Project, receiver: Receiver, number: Path
) -> None:
    first = run(told, "flow")
    number.write_text("1.5", encoding="utf-8")
    second = run(told, "flow")
    run(told, "flow")

    assert first == {"totals": "failed", "after": "skipped"}
    assert second == {"totals": "ran", "after": "ran"}
    assert kinds(receiver) == [("trigger", "totals"), ("resolve", "totals")]
    assert len({one.json["dedup_key"] for one in receiver.got}) == 1


def test_what_is_told_names_step_run_and_kind_of_error_and_not_its_words(
    told: Project, receiver: Receiver, number: Path
) -> None:
    number.write_text("ann@x.io", encoding="utf-8")

    run(told, "flow")

    (message,) = [one.json for one in receiver.got]
    (failed,) = [one for one in told.run.list().runs if one.state == "failed"]
    assert message["title"] == "step totals of pipeline flow failed"
    assert message["body"] == f"ValueError. What it said: headgate run show {failed.run_id}"
    assert "ann@x.io" in str(failed.error)
    assert b"ann@x.io" not in receiver.got[0].body


def test_a_step_is_the_same_whichever_pipeline_it_ran_in(
    told: Project, receiver: Receiver, number: Path
) -> None:
    run(told, "after")
    number.write_text("1.5", encoding="utf-8")

    run(told, "totals")

    assert kinds(receiver) == [("trigger", "totals"), ("resolve", "totals")]


def test_each_failure_is_told_under_one_key(told: Project, receiver: Receiver) -> None:
    run(told, "flow")
    run(told, "flow")

    assert kinds(receiver) == [("trigger", "totals")] * 2
    assert len({one.json["dedup_key"] for one in receiver.got}) == 1


def test_a_step_that_need_not_run_any_more_is_well(told: Project, receiver: Receiver) -> None:
    good = "from headgate import step\n\n@step\ndef made():\n    return [{'a': 1}]\n"
    write(told, flow=good)
    run(told, "flow")
    write(told, flow=good.replace("return [", "return [0/0] and ["))
    run(told, "flow")
    write(told, flow=good)

    last = run(told, "flow")

    assert last == {"made": "cached"}
    assert kinds(receiver) == [("trigger", "made"), ("resolve", "made")]


def test_a_message_stands_in_the_same_unit_as_the_failure(told: Project) -> None:
    run(told, "flow")
    context = opened(told)

    with context.catalog.read() as connection:
        found = {one.kind: one for one in list_events(connection, context.tenant)}

    context.opened.close()
    written = found["message_written"]
    assert written.seq == found["step_failed"].seq + 1
    assert written.payload == {"notifier": "hook", "kind": "trigger"}


def test_a_receiver_in_trouble_fails_no_run_and_hears_of_it_later(
    told: Project, receiver: Receiver, number: Path
) -> None:
    receiver.answers = [says(500), says(500), says(200)]
    run(told, "flow")
    number.write_text("1.5", encoding="utf-8")

    well = run(told, "flow")
    context = opened(told)
    deliver(context)

    found = states(context)
    context.opened.close()
    assert well == {"totals": "ran", "after": "ran"}
    assert found == ["sent", "sent"]
    assert kinds(receiver)[-2:] == [("trigger", "totals"), ("resolve", "totals")]


RUN = """
import sys
import headgate
from headgate.spine.context import open_context

with headgate.open(sys.argv[1]) as project:
    print("ready", flush=True)
    sys.stdin.readline()
    project.pipeline.run("flow")
"""


def test_a_run_killed_while_it_tells_is_told_of_all_the_same(
    told: Project, receiver: Receiver
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, told.address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"HEADGATE_OUTBOX_LEASE_S": "1"},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    receiver.answers.insert(0, kills(process.pid))

    process.communicate("go\n", timeout=20)
    context = opened(told)
    time.sleep(1.1)
    deliver(context)

    found = letters(context)
    context.opened.close()
    assert process.returncode == -signal.SIGKILL
    assert [(one.state, one.n_attempts) for one in found] == [("sent", 2)]
    assert kinds(receiver) == [("trigger", "totals")] * 2


def test_a_notifier_that_is_not_there_stops_a_run_before_it_begins(told: Project) -> None:
    path = Path(told.address) / "headgate.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("notifiers.hook", "notifiers.hoop"))

    with pytest.raises(NotFound, match="mean hoop"):
        run(told, "flow")

    assert told.run.list().runs == ()


def test_without_notifiers_a_failure_is_told_to_nobody(project: Project) -> None:
    write(project, flow="from headgate import step\n\n@step\ndef bad():\n    return 1 / 0\n")

    run(project, "flow")

    assert project.outbox.list().messages == ()


def test_an_error_in_another_process_is_told_by_its_kind_like_any_other(
    told: Project, receiver: Receiver
) -> None:
    write(
        told,
        flow="""
            from headgate import step

            @step(process=True)
            def totals():
                raise ValueError("ann@x.io")
        """,
    )

    run(told, "flow")

    (message,) = [one.json for one in receiver.got]
    assert message["body"].startswith("ValueError. What it said: headgate run show run_")
    context = opened(told)
    with context.catalog.read() as connection:
        found = {one.kind: one for one in list_events(connection, context.tenant)}
    context.opened.close()
    assert found["step_failed"].payload == {"name": "totals", "error": "ValueError"}


PARTED = """
    from pathlib import Path
    from headgate import keys, step

    @step(partitions=keys("city", {keys}))
    def totals(partition):
        if partition in Path({place!r}).read_text().split():
            raise ValueError(partition)
        return [{{"n": 1}}]
"""


def parted(project: Project, number: Path, *, keys: str = "'north', 'south'") -> None:
    """Write a step of some cities, which fails for those that the file names."""
    write(project, flow=PARTED.format(place=str(number), keys=keys))


def test_one_good_partition_does_not_settle_what_another_was_told_for(
    told: Project, receiver: Receiver, number: Path
) -> None:
    number.write_text("south", encoding="utf-8")
    parted(told, number)
    told.pipeline.run("flow")

    good = told.pipeline.run("flow", partition="north").steps[0].state
    before = kinds(receiver)
    number.write_text("", encoding="utf-8")
    told.pipeline.run("flow", partition="south")

    assert good == "cached"
    assert before == [("trigger", "totals")]
    assert kinds(receiver) == [("trigger", "totals"), ("resolve", "totals")]


def test_a_step_is_well_when_the_partition_that_failed_is_there_no_more(
    told: Project, receiver: Receiver, number: Path
) -> None:
    number.write_text("south", encoding="utf-8")
    parted(told, number)
    told.pipeline.run("flow")
    parted(told, number, keys="'north', 'west'")

    state = told.pipeline.run("flow", partition="west").steps[0].state

    assert state == "ran"
    assert kinds(receiver) == [("trigger", "totals"), ("resolve", "totals")]


def test_a_step_that_fails_for_another_partition_is_not_well_yet(
    told: Project, receiver: Receiver, number: Path
) -> None:
    number.write_text("south", encoding="utf-8")
    parted(told, number)
    told.pipeline.run("flow")
    number.write_text("north", encoding="utf-8")
    told.pipeline.backfill("flow", partitions=["north"], again=True, apply=True)

    told.pipeline.run("flow", partition="south")
    before = kinds(receiver)
    number.write_text("", encoding="utf-8")
    told.pipeline.run("flow", partition="north")

    assert before == [("trigger", "totals"), ("trigger", "totals")]
    assert kinds(receiver)[2:] == [("resolve", "totals")]
