"""A program that we stop waiting for does not go on without us."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from headgate.pipeline.kinds import process
from headgate.pipeline.kinds.process import CommandFailed, run_command


def interrupting() -> threading.Timer:
    """Interrupt the test soon, as Ctrl-C does."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.2, signal.pthread_kill, [main, signal.SIGINT])
    timer.start()
    return timer


def test_an_interrupted_program_ends_with_all_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(sleep 0.5; touch {mark}) & wait"
    timer = interrupting()

    with pytest.raises(KeyboardInterrupt):
        run_command(["/bin/sh", "-c", script], folder=tmp_path, scratch=tmp_path, environment={})
    timer.join()

    time.sleep(0.6)
    assert not mark.exists()


def test_a_program_that_will_not_end_is_made_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE_S", 0.2)
    script = "trap '' TERM; while true; do sleep 0.1; done"
    timer = interrupting()
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        run_command(["/bin/sh", "-c", script], folder=tmp_path, scratch=tmp_path, environment={})
    timer.join()

    assert time.monotonic() - began < 5


def test_only_the_last_lines_of_much_are_told(tmp_path: Path) -> None:
    script = "for n in $(seq 1000); do echo line $n >&2; done; exit 1"

    with pytest.raises(CommandFailed) as caught:
        run_command(["/bin/sh", "-c", script], folder=tmp_path, scratch=tmp_path, environment={})

    lines = str(caught.value).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("exit code 1: line 981", "line 1000", 20)
