"""A server under load and at its end: every commit lands, and what was begun is finished."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import headgate
from headgate.surfaces import rows
from tests.acceptance.outside import Served, up

N_THREADS = 8
N_ROUNDS = 3
N_ROWS = 5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    headgate.init(tmp_path / "shop").close()
    return tmp_path / "shop"


@pytest.fixture
def served(root: Path) -> Iterator[Served]:
    with up(root) as server:
        yield server


def part(thread: int, number: int) -> list[dict[str, int]]:
    first = (thread * N_ROUNDS + number) * N_ROWS
    return [{"id": first + n, "thread": thread} for n in range(N_ROWS)]


def test_reads_and_commits_of_eight_threads_all_land(served: Served, root: Path) -> None:
    served.post("dataset/commit", {"name": "shared"}, part(0, 0))
    begin = Barrier(N_THREADS)

    def work(thread: int) -> list[int]:
        seen = []
        begin.wait()
        for number in range(N_ROUNDS):
            if (thread, number) != (0, 0):
                fields = {"name": "shared", "mode": "append"}
                served.post("dataset/commit", fields, part(thread, number))
            served.post("prompt/create", {"name": f"p{thread}", "template": f"try {number}"})
            seen.append(len(served.post("dataset/read", {"name": "shared"})))
        return seen

    with ThreadPoolExecutor(N_THREADS) as pool:
        seen = list(pool.map(work, range(N_THREADS)))

    with headgate.open(root) as project:
        kept = project.dataset.read("shared")
        snapshots = project.dataset.log("shared", limit=1000).snapshots
        events = project.event.list(limit=10_000).events
        prompts = project.prompt.list(limit=1000).prompts
    n_commits = N_THREADS * N_ROUNDS
    assert kept.sort_by("id")["id"].to_pylist() == list(range(n_commits * N_ROWS))
    assert [each.number for each in snapshots] == list(range(n_commits, 0, -1))
    assert [event.seq for event in events] == list(range(len(events), 0, -1))
    assert len(prompts) == n_commits
    assert all(
        n % N_ROWS == 0 and n == sorted(each)[i] for each in seen for i, n in enumerate(each)
    )


def test_the_same_release_made_at_once_is_counted_without_gaps(served: Served) -> None:
    served.post("prompt/create", {"name": "greet", "template": "hello"})

    with ThreadPoolExecutor(N_THREADS) as pool:
        fields: dict[str, Any] = {"name": "api", "prompt": "greet@1"}
        made = list(pool.map(lambda _: served.post("release/create", fields), range(16)))

    assert sorted(each["number"] for each in made) == list(range(1, 17))


def test_predictions_sent_twice_at_once_are_logged_once(served: Served) -> None:
    sent = [{"prediction_id": f"p{n}", "user_key": "u"} for n in range(50)]

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: served.post("prediction/log", {}, sent), range(4)))

    assert sum(each["n_logged"] for each in made) == 50
    assert sum(each["n_skipped"] for each in made) == 150
    assert len(served.post("prediction/list", {"limit": 1000})) == 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_finished_when_the_server_is_told_to_stop(
    served: Served, root: Path, number: signal.Signals
) -> None:
    content = rows.to_stream(rows.to_table(part(0, 0)))
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=15)
    line.putrequest("POST", "/api/v1/dataset/commit?request=%7B%22name%22:%22late%22%7D")
    line.putheader("Authorization", f"Bearer {served.token}")
    line.putheader("Content-Type", rows.ARROW)
    line.putheader("Content-Length", str(len(content)))
    line.endheaders(content[:100])
    time.sleep(0.2)

    served.process.send_signal(number)
    time.sleep(0.3)
    line.send(content[100:])
    response = line.getresponse()
    answered = json.loads(response.read())
    line.close()

    served.process.wait(timeout=15)
    with headgate.open(root) as project:
        kept = project.dataset.read("late").num_rows
    assert (response.status, answered["n_rows"], kept) == (200, N_ROWS, N_ROWS)
    assert served.process.returncode == 0


AT_ONCE = """
import os, signal, sys
from pathlib import Path
from headgate.surfaces.local import open_local
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import table

listening = Listening(open_local(Path(sys.argv[1])), table(), host="127.0.0.1", port=0)
listening.run(lambda: os.kill(os.getpid(), signal.SIGTERM))
"""


def test_a_server_told_to_stop_before_its_first_request_stops(root: Path) -> None:
    command = [sys.executable, "-c", AT_ONCE, str(root)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=15)

    assert (done.returncode, done.stderr) == (0, "")


def test_nobody_is_let_in_once_the_server_was_told_to_stop(served: Served) -> None:
    served.process.terminate()
    served.process.wait(timeout=15)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), timeout=2)


def test_an_answer_on_a_kept_connection_does_not_wait_for_acknowledgement(served: Served) -> None:
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=15)
    headers = {"Authorization": f"Bearer {served.token}"}
    took = []

    for _ in range(12):
        began = time.perf_counter()
        line.request("POST", "/api/v1/config/show", b"{}", headers)
        line.getresponse().read()
        took.append(time.perf_counter() - began)
    line.close()

    # a delayed acknowledgement costs 40 ms each time
    assert sorted(took)[3] < 0.02


def test_a_slow_caller_holds_nobody_up(served: Served) -> None:
    slow = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    slow.sendall(f"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n".encode())

    listed = served.post("dataset/list", {})
    slow.close()

    assert listed == {"datasets": []}


def test_a_caller_that_hangs_up_leaves_no_half_commit(served: Served, root: Path) -> None:
    content = rows.to_stream(rows.to_table(part(0, 0)))
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=15)
    line.putrequest("POST", "/api/v1/dataset/commit?request=%7B%22name%22:%22half%22%7D")
    line.putheader("Authorization", f"Bearer {served.token}")
    line.putheader("Content-Type", rows.ARROW)
    line.putheader("Content-Length", str(len(content)))
    line.endheaders(content[:-20])
    time.sleep(0.1)
    line.close()

    listed = served.post("dataset/list", {})

    served.process.terminate()
    _, complaints = served.process.communicate(timeout=15)
    with headgate.open(root) as project:
        assert project.event.list().events == ()
    assert (listed, complaints) == ({"datasets": []}, "")


def test_a_server_sees_at_once_what_the_command_line_committed(served: Served, root: Path) -> None:
    def commit() -> None:
        with headgate.open(root) as project:
            project.dataset.commit("beside", part(0, 0))

    writer = Thread(target=commit)
    writer.start()
    writer.join()

    read = served.post("dataset/read", {"name": "beside"})

    assert len(read) == N_ROWS
