"""The stage of docs/adopt.md: a warehouse on PostgreSQL, an MLflow server, Airflow at hand.

`python -m tests.acceptance.clinic` runs that part of the page and writes its outputs anew.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.parts.peers import environment
from tests.backends.servers import free_port, running_postgres
from tools.docs import refreshed
from tools.docs_run import ROOT, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "adopt.md"
START_S = 60.0
LIMIT_S = 400.0


@contextmanager
def clinic(folder: Path) -> Iterator[Stage]:
    """Set up the servers, and the two environments beside the page.

    Args:
        folder: the empty folder that the page will be run in.
    """
    for name, listed in (("airflow", "airflow"), ("training", "mlflow")):
        (folder / name).symlink_to(Path(environment(listed)).parents[1])
    with running_postgres() as warehouse, tracking(folder / "training" / "bin") as address:
        warehouse.say("create database clinic")
        servers = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(warehouse.port),
            "PGUSER": "postgres",
            "MLFLOW_TRACKING_URI": address,
        }
        shown = {f":{warehouse.port}": ":5432", address: "http://127.0.0.1:5000"}
        shown[address.replace("http", "mlflow")] = "mlflow://127.0.0.1:5000"
        yield Stage("clinic", servers, shown, limit_s=LIMIT_S)


@contextmanager
def tracking(programs: Path) -> Iterator[str]:
    """Start an MLflow server and yield its address."""
    port = free_port()
    words = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as kept:
        server = subprocess.Popen(
            [programs / "mlflow", "server", *words, "--backend-store-uri", "sqlite:///mlflow.db"],
            cwd=kept,
            env=own | {"TMPDIR": kept},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def main() -> None:
    """Run the page on its stage and write what came out."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve() / "work"
        folder.mkdir()
        with clinic(folder) as stage:
            PAGE.write_text(refreshed(PAGE, folder, stage), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
