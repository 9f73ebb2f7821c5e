"""Nothing is sent home: the whole real path runs where there is no network but loopback."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Self

import pytest

import headgate
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import table
from tests.surfaces.shell import shell

PATH = """
import sys
from pathlib import Path
from tests.acceptance.test_loopback import walk
from tests.acceptance.outside import up
print(walk(Path(sys.argv[1]), up))
"""
REPOSITORY = Path(__file__).parents[2]


def walk(folder: Path, serve) -> tuple[int, int]:
    """Ingest, train, log and ask for the blast radius, in this process and through a server.

    Args:
        folder: where to.
        serve: opens a server on a project as a context manager.

    Returns:
        Predictions in reach, seen locally and seen through the server.
    """
    (folder / "rows.csv").write_text("id,age,stays\n1,20,1\n2,30,0\n3,40,1\n", encoding="utf-8")
    with headgate.init(folder / "shop") as project:
        project.source.ingest("people", str(folder / "rows.csv"), source="clinic")
        with project.run("train") as run:
            rows = project.dataset.read("people", where="age > 20")
            run.log_model("churn", fitted(rows))
        project.release.create("api", model="churn@1")
        project.deployment.create("prod", release="api@1")
        project.prediction.log([{"prediction_id": "p1", "output": 1}], deployment="prod")
        here = project.blast("source:clinic").predictions.n_exposed
    with (
        serve(folder / "shop") as server,
        headgate.open(server.address, token=server.token_path.read_text().strip()) as remote,
    ):
        remote.prediction.log([{"prediction_id": "p2"}], deployment="prod")
        remote.model.load("churn", trust=True).predict([[30]])
        return here, remote.blast("source:clinic").predictions.n_exposed


def fitted(rows):
    from sklearn.linear_model import LogisticRegression

    features = [[age] for age in rows["age"].to_pylist()]
    return LogisticRegression().fit(features, rows["stays"].to_pylist())


def test_the_whole_path_runs_in_a_namespace_without_any_other_interface(tmp_path: Path) -> None:
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    allowed = unshare and subprocess.run([unshare, "-n", "true"], capture_output=True, check=False)
    if not ip or not allowed or allowed.returncode:
        pytest.skip("making a network namespace is not permitted here")
    inside = 'ip link set lo up && exec "$@"'
    path = [sys.executable, "-c", PATH, str(tmp_path)]

    done = subprocess.run(
        [str(unshare), "-n", "sh", "-c", inside, "sh", *path],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "(1, 2)\n", "")


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every address that a socket of this process connects or sends to, or looks up."""
    noted: list[str] = []

    def watch(owner: object, name: str, place: int) -> None:
        kept = getattr(owner, name)

        def noting(*arguments, **keywords):
            target = arguments[place]
            is_local = isinstance(arguments[0], socket.socket) and (
                arguments[0].family == socket.AF_UNIX
            )
            if not is_local:
                noted.append(target[0] if isinstance(target, tuple) else target)
            return kept(*arguments, **keywords)

        monkeypatch.setattr(owner, name, noting)

    watch(socket.socket, "connect", 1)
    watch(socket.socket, "connect_ex", 1)
    watch(socket.socket, "sendto", -1)
    watch(socket, "getaddrinfo", 0)
    watch(socket, "gethostbyname", 0)
    return noted


class Here:
    """Serves a project from a thread of this process, where its sockets can be watched."""

    def __init__(self, project: Path) -> None:
        local = Local(open_context(project))
        self.listening = Listening(local, table(), host="127.0.0.1", port=0)
        self.local = local
        self.address, self.token_path = self.listening.address, self.listening.token_path
        self.thread = Thread(target=self.listening.serve)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listening.stop()
        self.thread.join()
        self.local.close()


def test_no_socket_of_the_whole_path_leaves_loopback(called: list[str], tmp_path: Path) -> None:
    seen = walk(tmp_path, Here)
    shown = shell(table())("blast", "source:clinic", "--project", tmp_path / "shop")

    assert (seen, shown.code) == ((1, 2), 0)
    assert called
    assert all(ipaddress.ip_address(address).is_loopback for address in called)


def test_a_server_is_not_reached_by_the_machines_outer_address(tmp_path: Path) -> None:
    headgate.init(tmp_path / "shop").close()
    outer = outer_address()
    if ipaddress.ip_address(outer).is_loopback:
        pytest.skip("this machine has no address but loopback")

    with Here(tmp_path / "shop") as here, pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection((outer, here.listening.port), timeout=2).close()


def outer_address() -> str:
    """Return an address of this machine that others reach, or loopback if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]
