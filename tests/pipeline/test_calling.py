"""Functions that are called: again after errors, waited for, left, and told when they fail."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.pipeline import calling, journal
from headgate.pipeline.calling import Caller, kind_of, told
from headgate.pipeline.calls import MOST_TOLD, Broken
from headgate.pipeline.pools import try_slot
from headgate.pipeline.steps import step, step_of
from headgate.spine.context import Context, open_context
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.surfaces.python import Project

DECLARED = "from headgate import step\n\n{}\ndef a():\n    {}\n"
LEAVING = """
    import sys
    from headgate import keys_of, step

    @step{how}
    def left(orders):
        sys.exit({code!r})

    @step(partitions=keys_of("orders", "city"))
    def cities(orders, partition):
        if partition == "y":
            sys.exit(4)
        return orders
"""


def configure(project: Project, text: str) -> None:
    """Add settings to a project's file."""
    with (Path(project.address) / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


@pytest.fixture
def caller(context: Context) -> Iterator[Caller]:
    """What calls functions; nothing is done meanwhile."""
    with Caller(context, lambda: None) as opened:
        yield opened


def failing(caller: Caller, raised: list[BaseException], **how: Any) -> list[BaseException]:
    """Call a step that raises some errors, one each time; return those it came to raise."""
    left = list(raised)

    @step(**how)
    def shaky() -> Any:
        if left:
            raise left.pop(0)
        return [{"x": 1}]

    declared = step_of(shaky)
    assert declared is not None
    caller.call(declared, {}, {})
    return raised[: len(raised) - len(left)]


# ---- again after errors


def test_each_wait_is_twice_the_one_before_up_to_the_longest(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_WAIT_S", 0.08)
    errors: list[BaseException] = [OSError() for _ in range(6)]
    began = time.monotonic()

    failing(caller, errors, retries=6, wait_s=0.02)

    took_s, without_bound_s = time.monotonic() - began, 0.02 * (2**6 - 1)
    assert 0.02 + 0.04 + 4 * 0.08 <= took_s < without_bound_s


def test_a_step_may_be_tried_more_often_than_numbers_double(caller: Caller) -> None:
    errors: list[BaseException] = [OSError() for _ in range(1100)]

    assert len(failing(caller, errors, retries=2000, wait_s=0)) == 1100


@pytest.mark.parametrize(
    ("error", "n_tries"),
    [
        (Unavailable("the source did not answer", mend="wait"), 3),
        (Invalid("no price", mend="write one"), 1),
        (SystemExit(2), 3),
        (KeyboardInterrupt(), 1),
    ],
)
def test_what_may_pass_is_tried_again_and_what_stays_wrong_is_not(
    caller: Caller, error: BaseException, n_tries: int
) -> None:
    with pytest.raises((Unavailable, Invalid, Broken, KeyboardInterrupt)):
        failing(caller, [error] * 3, retries=2, wait_s=0)

    assert caller.n_tries == {"shaky": n_tries}


def test_a_step_that_failed_says_how_often_it_was_tried(project: Project) -> None:
    write(project, flow=DECLARED.format("@step(retries=2, wait_s=0)", "return 1 / 0"))

    report = project.pipeline.run("flow")

    assert [(one.state, one.n_tries) for one in report.steps] == [("failed", 3)]
    assert project.pipeline.show(report.pipeline_run_id).parts == {"failed": 1}
    assert len(project.run.list().runs) == 1


def test_who_waits_to_try_again_heeds_what_is_done_meanwhile(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "LOOK_S", 0.01)

    def stop() -> None:
        raise Conflict("cancelled", mend="go on")

    with Caller(context, stop) as caller, pytest.raises(Conflict, match="cancelled"):
        failing(caller, [OSError()], retries=1, wait_s=50)


def test_only_the_thread_that_made_a_caller_does_what_is_to_be_done_meanwhile(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "LOOK_S", 0.01)
    seen: list[int] = []
    with Caller(context, lambda: seen.append(threading.get_ident())) as caller:

        def wait() -> None:
            failing(caller, [OSError()], retries=1, wait_s=0.05)

        other = threading.Thread(target=wait)
        other.start()
        other.join()

        wait()

    assert set(seen) == {threading.get_ident()}


# ---- left


@pytest.mark.parametrize("code", [0, 3, None])
@pytest.mark.parametrize("how", ["", "(process=True)"])
def test_a_step_that_leaves_the_process_fails_alone(
    project: Project, how: str, code: int | None
) -> None:
    project.dataset.commit("orders", {"id": [1, 2], "city": ["x", "y"]})
    write(project, flow=LEAVING.format(how=how, code=code))

    left, cities = project.pipeline.run("flow").steps

    said = "SystemExit" if code is None else f"SystemExit: {code}"
    assert (left.state, left.error, left.place) == ("failed", said, "pipelines/flow.py:7")
    assert cities.partitions is not None
    assert (cities.partitions.n_ran, cities.partitions.n_failed) == (1, 1)
    assert (cities.error, cities.place) == ("partition y: SystemExit: 4", "pipelines/flow.py:12")


# ---- interrupted and cancelled


INTERRUPTED = """
    import os, time
    from pathlib import Path
    from headgate import step

    HERE = Path({place!r})

    @step
    def first():
        return [{{"x": 1}}]

    @step{how}
    def slow(first):
        (HERE / "pid").write_text(str(os.getpid()))
        if (HERE / "wait").exists():
            time.sleep(30)
        return first
"""


@pytest.mark.parametrize("how", ["", "(process=True)"])
def test_an_interrupted_run_is_cancelled_leaves_no_process_and_goes_on_later(
    project: Project, tmp_path: Path, how: str
) -> None:
    (tmp_path / "wait").touch()
    write(project, flow=INTERRUPTED.format(place=str(tmp_path), how=how))
    pid = tmp_path / "pid"

    def interrupt() -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        project.pipeline.run("flow")

    (line,) = project.pipeline.history().runs
    assert line.run.state == "cancelled"
    assert "running" not in line.parts
    if how:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)
    (tmp_path / "wait").unlink()
    again = project.pipeline.resume(line.run.pipeline_run_id)
    assert [one.state for one in again.steps] == ["cached", "ran"]
    assert project.pipeline.show(line.run.pipeline_run_id).parts == {"cached": 1, "ran": 1}


@pytest.mark.parametrize("how", ['pool="gpu"', 'pool="gpu", process=True'])
def test_a_run_that_waits_for_a_place_in_a_pool_can_be_cancelled(
    project: Project, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(journal, "FLUSH_S", 0.1)
    configure(project, "[pools]\ngpu = 1")
    write(project, flow=DECLARED.format(f"@step({how})", "return [{'x': 1}]"))
    context = open_context(Path(project.address))
    place = try_slot(context, "gpu", holder="somebody")
    assert place

    def cancel() -> None:
        with headgate.open(project.address) as other:
            while not (found := other.pipeline.history().runs):
                time.sleep(0.01)
            other.pipeline.cancel(found[0].run.pipeline_run_id)

    threading.Thread(target=cancel).start()
    with place, headgate.open(project.address) as own, pytest.raises(Conflict) as caught:
        own.pipeline.run("flow")

    context.opened.close()
    (line,) = project.pipeline.history().runs
    assert caught.value.mend == f"go on with: headgate pipeline resume {line.run.pipeline_run_id}"
    assert (line.run.state, line.parts) == ("cancelled", {})


def test_of_several_processes_one_that_fails_leaves_the_others_running(
    project: Project, tmp_path: Path
) -> None:
    configure(project, "[pipelines]\njobs = 2")
    write(
        project,
        flow=f"""
            import time
            from pathlib import Path
            from headgate import step

            @step(process=True)
            def bad():
                while not Path({str(tmp_path / "there")!r}).exists():
                    time.sleep(0.01)
                raise ValueError("bad")

            @step(process=True)
            def good():
                Path({str(tmp_path / "there")!r}).touch()
                time.sleep(0.1)
                return [{{"x": 1}}]

            @step
            def after(good):
                return good

            @step
            def never(bad):
                return bad
        """,
    )

    with headgate.open(project.address) as again:
        found = run(again, "flow")

    assert found == {"bad": "failed", "good": "ran", "after": "ran", "never": "skipped"}


# ---- told


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "ValueError"),
        ("two\nlines", "ValueError: two\nlines"),
        ("half \udcff of a character", "ValueError: half \\udcff of a character"),
        ("a \0 in it", "ValueError: a \\0 in it"),
    ],
)
@pytest.mark.parametrize("how", ["", "(process=True)"])
def test_whatever_an_error_says_can_be_kept(
    project: Project, how: str, said: str, expected: str
) -> None:
    write(project, flow=DECLARED.format(f"@step{how}", f"raise ValueError({said!r})"))

    (found,) = project.pipeline.run("flow").steps

    assert (found.state, found.error) == ("failed", expected)
    assert project.run.show(str(found.run_id)).record.error == expected


def test_an_error_that_cannot_say_anything_is_told_by_its_type() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise AttributeError("nothing")

    assert told(Mute()) == "Mute: what it says cannot be told"


def test_of_an_error_without_end_the_beginning_is_told() -> None:
    found = told(ValueError("x" * 1_000_000))

    assert len(found) < MOST_TOLD + 100
    assert found.endswith("xxx... and 990,012 characters more")


def test_the_kind_of_an_error_is_the_same_in_another_process_and_says_nothing_more() -> None:
    assert kind_of(ValueError("ann@x.io")) == "ValueError"
    assert kind_of(Broken("raised", "ValueError: ann@x.io")) == "ValueError"
    assert kind_of(Broken("late", "took longer than its limit")) == "late"


@pytest.mark.parametrize("jobs", ['"many"', "-1"])
def test_a_number_of_jobs_that_is_none_stops_a_run_before_it_begins(
    project: Project, jobs: str
) -> None:
    configure(project, f"[pipelines]\njobs = {jobs}")
    write(project, flow=DECLARED.format("@step", "return []"))

    with headgate.open(project.address) as again, pytest.raises(Invalid) as caught:
        again.pipeline.run("flow")

    assert caught.value.mend.startswith("write jobs = ")
    assert project.pipeline.history().runs == ()
