"""A PostgreSQL and an S3 server of our own: real ones, on loopback, gone with the session."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator

ANYBODY = "nobody"
"""Whom the server runs as when the tests run as root, which PostgreSQL refuses."""
START_S = 30.0
BUCKET = "headgate"


class Postgres:
    """A PostgreSQL server on a port of its own.

    Args:
        folder: a new folder for its data.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs(folder / "programs")
        self._data = folder / "data"
        self.port = free_port()
        folder.chmod(0o755)
        self._data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self._data, ANYBODY)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres")

    def url(self, schema: str = "public") -> str:
        """Return an address as `store.catalog` takes it."""
        server = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        return f"{server}?options=-csearch_path%3D{schema}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k '' -c max_connections=60"
        self._run("pg_ctl", "-w", "-l", str(self._data / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is what a loss of power is."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def say(self, sql: str) -> None:
        """Run a statement."""
        with psycopg.connect(
            f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True
        ) as connection:
            connection.execute(sql.encode())

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), "-D", str(self._data), *words],
            user=ANYBODY if os.geteuid() == 0 else None,
            # pg_ctl hands these on to the server: a pipe would stay open as long as it lives
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            check=False,
        )
        if done.returncode:
            log = self._data / "log"
            raise RuntimeError(f"{program} failed: {log.read_text() if log.exists() else words}")


@contextmanager
def running_postgres() -> Generator[Postgres]:
    """Start a PostgreSQL server and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="headgate-postgres-") as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def running_s3() -> Generator[str]:
    """Start an S3 server that holds one empty bucket; yield its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _make_bucket(address)
        yield address
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _make_bucket(address: str) -> None:
    until = time.monotonic() + START_S
    request = urllib.request.Request(f"{address}/{BUCKET}", method="PUT")
    while True:
        try:
            with urllib.request.urlopen(request):
                return
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _programs(spare: Path) -> Path:
    """Find PostgreSQL's programs: those of the package pgserver, or the system's."""
    spec = find_spec("pgserver")
    if spec is not None and spec.submodule_search_locations:
        installed = Path(spec.submodule_search_locations[0]) / "pginstall"
        if os.geteuid() or all(part.stat().st_mode & 0o001 for part in installed.parents):
            return installed / "bin"
        shutil.copytree(installed, spare)
        return spare / "bin"
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).parent)
    if not found:
        raise RuntimeError("no PostgreSQL here: pip install pgserver, or apt install postgresql")
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))])
