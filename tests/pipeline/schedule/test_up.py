"""`headgate up` as a process: killed, stopped, doubled, posted to."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.surfaces.cli.main import run
from headgate.surfaces.verbs import table
from tests.asking import fsck
from tests.pipeline.scheduling import states, ticks_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

HEADGATE = [sys.executable, "-m", "headgate.surfaces.cli.main"]
WAITING = """
    import time
    from pathlib import Path
    from headgate import Schedule, Sensor, step

    ROOT = Path(__file__).parent.parent
    {triggers}

    @step(mode="append")
    def log(*, what: str = "", n: int = 1):
        (ROOT / "began").touch()
        end = time.monotonic() + 15
        while (ROOT / "wait").exists() and time.monotonic() < end:
            time.sleep(0.01)
        return [{{"what": what}}]
"""
"""A step that waits as long as a file is there."""
INBOX = 'sensors = [Sensor("files", "inbox/*", settled="0s", every="0.1s", give={"what": "uri"})]'


def flow(project: Project, triggers: str) -> Path:
    """Write a pipeline; return the project's folder."""
    write(project, flow=WAITING.format(triggers=triggers))
    root = Path(project.address)
    (root / "inbox").mkdir(exist_ok=True)
    return root


@contextmanager
def up(root: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run `headgate up` until the block is left, and kill it then if it still runs."""
    command = [*HEADGATE, "up", "--json", "--project", str(root), *words]
    known = os.environ | {"HEADGATE_SCHEDULE_HOLD_S": "1", "HEADGATE_SERVER_PORT": "0"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=known
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait until it serves; return where."""
    assert process.stdout
    return json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")["address"]


def until(is_so: Callable[[], Any]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.03)


def logged(project: Project) -> list[str]:
    """List what the pipeline was run for."""
    if "log" not in {one.name for one in project.dataset.list().datasets}:
        return []
    return sorted(map(str, project.dataset.read("log")["what"].to_pylist()))


@pytest.mark.row("S3-10", part="restart")
def test_a_run_whose_scheduler_is_killed_is_done_by_the_next_one_once(
    project: Project, context: Context
) -> None:
    root = flow(project, INBOX)
    (root / "wait").touch()
    (root / "inbox" / "a").write_text("1")

    with up(root) as first:
        until((root / "began").exists)
        first.send_signal(signal.SIGKILL)
        first.wait()
    left = states(context, trigger="files")
    (root / "wait").unlink()
    with up(root):
        until(lambda: states(context, trigger="files") == ["done"])

    assert left == ["running"]
    assert logged(project) == ["inbox/a"]
    assert ticks_of(context, trigger="files")[0].n_tries == 2


def test_a_scheduler_that_is_told_to_stop_ends_what_it_runs_first(
    project: Project, context: Context
) -> None:
    root = flow(project, INBOX)
    (root / "wait").touch()
    (root / "inbox" / "a").write_text("1")

    with up(root) as process:
        until((root / "began").exists)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        (root / "wait").unlink()
        _, err = process.communicate(timeout=15)

    assert (process.returncode, err) == (0, "")
    assert states(context, trigger="files") == ["done"]


@pytest.mark.full
def test_two_that_run_what_is_due_at_the_same_time_run_it_once(
    project: Project, context: Context
) -> None:
    root = flow(project, INBOX + '\n    schedule = Schedule("@yearly", since="2020-01-01")')
    for name in "abcde":
        (root / "inbox" / name).write_text(name)

    with up(root, "--once") as one, up(root, "--once") as other:
        for process in (one, other):
            assert process.communicate(timeout=20)[1] == ""

    # what both saw at once one of them may have left to the other, which was gone by then
    with up(root, "--once") as last:
        last.communicate(timeout=20)
    assert logged(project) == ["", *(f"inbox/{name}" for name in "abcde")]
    assert set(states(context, trigger="files")) == {"done"}


def test_what_is_due_and_fails_is_told_by_the_exit_code(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    root = flow(project, 'schedule = Schedule("@yearly", since="2025-06-01", set={"n": "x"})')

    code = run(["up", "--once", "--project", str(root)], table())
    again = run(["up", "--once", "--json", "--project", str(root)], table())

    lines = capsys.readouterr().out.split("\n", 1)
    assert (code, lines[0]) == (1, "1 tick came, 1 run, 1 failed")
    assert (again, json.loads(lines[1])) == (0, {"n_queued": 0, "n_done": 0, "n_failed": 0})


def test_a_file_that_cannot_be_imported_is_told_at_once(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    root = flow(project, "schedule = 1")

    code = run(["up", "--once", "--project", str(root)], table())

    assert code == 2
    assert "has a schedule that is 1" in capsys.readouterr().err


def test_to_run_once_and_to_run_nothing_is_refused(project: Project) -> None:
    root = flow(project, "schedule = []")

    assert run(["up", "--once", "--no-schedule", "--project", str(root)], table()) == 2


def test_a_server_may_leave_schedules_to_others(project: Project, context: Context) -> None:
    root = flow(project, 'schedule = Schedule("@yearly", since="2020-01-01")')

    with up(root, "--no-schedule") as process:
        address_of(process)
        time.sleep(0.8)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)

    assert (process.returncode, states(context)) == (0, [])


def post(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """Post to a sensor; return status and answer."""
    request = urllib.request.Request(address, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.row("S3-10", part="webhook")
def test_a_post_to_the_server_runs_the_pipeline_once(project: Project, context: Context) -> None:
    root = flow(
        project, 'sensors = [Sensor("webhook", name="ready", secret="s", give={"what": "body"})]'
    )
    digest = hmac.new(b"s", b"hello", hashlib.sha256).hexdigest()
    signed = {"X-Hub-Signature-256": f"sha256={digest}"}

    with up(root) as process:
        place = f"{address_of(process)}/api/v1/hooks/ready"
        token = (root / ".headgate" / "token").read_text().strip()
        answers = [post(place, b"hello", signed) for _ in range(2)]
        answers.append(post(place, b"bye", {"Authorization": f"Bearer {token}"}))
        strangers = [
            post(place, b"hello", {}),
            post(place, b"hello!", signed),
            post(f"{place}-or-not", b"hello", signed),
            post(place, b"x" * (1 << 20) + b"x", signed),
            post(place, b"hello", signed | {"Origin": "https://evil.example"}),
        ]
        until(lambda: states(context, trigger="ready") == ["done", "done"])

    assert answers == [(202, {"n_new": 1}), (202, {"n_new": 0}), (202, {"n_new": 1})]
    assert [status for status, _ in strangers] == [403, 403, 403, 413, 403]
    assert all(set(said) == {"code", "message", "mend"} for _, said in strangers)
    assert logged(project) == ["bye", "hello"]


@pytest.mark.full
@pytest.mark.row("S3-10", part="restart")
def test_nothing_is_lost_or_done_twice_over_many_kills(project: Project, context: Context) -> None:
    root, chance = flow(project, INBOX), random.Random(7)
    names = [f"{n:03}" for n in range(60)]
    waiting = list(names)

    for _ in range(15):
        with up(root) as process:
            address_of(process)
            for _ in range(4):
                put(root / "inbox" / waiting.pop(), "x" * chance.randrange(9))
                time.sleep(chance.uniform(0, 0.15))
            time.sleep(chance.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
            process.wait()
    with up(root):
        until_slowly(lambda: is_done(project, context, len(names)))

    assert logged(project) == [f"inbox/{name}" for name in names]
    assert fsck(context).problems == ()


def is_done(project: Project, context: Context, n_files: int) -> bool:
    """Say whether every file's run went well; one that was killed three times is begun anew.

    It has failed until somebody says so, for it may be what kills its schedulers.
    """
    project.pipeline.retry("flow")
    return states(context, trigger="files") == ["done"] * n_files


def put(path: Path, text: str) -> None:
    """Let a file arrive whole."""
    path.with_name(f".{path.name}").write_text(text)
    path.with_name(f".{path.name}").rename(path)


def until_slowly(is_so: Callable[[], Any]) -> None:
    """Wait up to two minutes until something is so."""
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_project_is_served_without_any_pipeline(tmp_path: Path) -> None:
    headgate.init(tmp_path / "bare").close()

    with up(tmp_path / "bare") as process:
        address_of(process)
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=15)

    assert (process.returncode, err) == (0, "")
