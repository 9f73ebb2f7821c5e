"""A real Ray cluster on this machine, and the command as somebody runs it who has Ray installed.

What bench/ray.txt names is installed into build/bench/ray-venv, this checkout with it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.acceptance.outside import Answer
from tests.backends.servers import free_port

PLACE = Path(__file__).parents[2] / "build" / "bench" / "ray-venv" / "bin"
HEADGATE, RAY = PLACE / "headgate", PLACE / "ray"
START_S = 60
MEMORY = "100000000"


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Args:
        address: of its head.
        client: its address for those that are no node of it.
        environment: what is needed to be let in.
        process: that ends it.
    """

    address: str
    client: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster of two cores on this machine, until the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    address, client = (f"127.0.0.1:{free_port()}" for _ in range(2))
    known = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    command = [RAY, "start", "--head", "--block", f"--port={address.rpartition(':')[2]}"]
    command += ["--num-cpus=2", f"--object-store-memory={MEMORY}", "--include-dashboard=false"]
    command += [f"--ray-client-server-port={client.rpartition(':')[2]}", f"--temp-dir={folder}"]
    with (
        (folder / "out").open("wb") as out,
        subprocess.Popen(
            command, env=clean() | known, stdout=out, stderr=out, start_new_session=True
        ) as process,
    ):
        try:
            wait_until(lambda: b"block forever" in (folder / "out").read_bytes(), START_S)
            yield Cluster(address, f"ray://{client}", known, process)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Shop:
    """A project, driven by the command of the environment that has Ray.

    Args:
        root: its folder.
        environment: what the command finds besides.
    """

    root: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def ask(self, *words: object, **more: str) -> Answer:
        """Run a command and wait for it."""
        with self.begin(*words, **more) as process:
            out, err = process.communicate(timeout=120)
        return Answer(process.returncode, out, err)

    def begin(self, *words: object, **more: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            [HEADGATE, *map(str, words), "--json", "--project", str(self.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean() | self.environment | more,
        )

    def run(self, name: str = "flow", *words: object, **more: str) -> dict[str, Any]:
        """Run a pipeline; return what became of each step, by name."""
        said = self.ask("pipeline", "run", name, *words, **more).said
        return {one["name"]: one for one in said["steps"]}

    def states(self, name: str = "flow", *words: object) -> dict[str, str]:
        """Run a pipeline; return the state of each step."""
        return {name: one["state"] for name, one in self.run(name, *words).items()}

    def write(self, **files: str) -> None:
        """Write pipeline files, by name without `.py`."""
        (self.root / "pipelines").mkdir(exist_ok=True)
        for name, text in files.items():
            path = self.root / "pipelines" / f"{name}.py"
            path.write_text(dedent(text), encoding="utf-8")

    def roots(self, *names: str) -> dict[str, str]:
        """Read the content roots of datasets."""
        shown = {name: self.ask("dataset", "show", name).said for name in names}
        return {name: one["snapshot"]["content_root"] for name, one in shown.items()}

    def rows(self, *names: str) -> list[list[dict[str, Any]]]:
        """Read the rows of datasets; in an order of their own, for partitions land as they come."""
        return [sorted(self.ask("dataset", "read", name).said, key=repr) for name in names]

    def reached_by(self, row: int) -> dict[str, tuple[int, str]]:
        """Count the rows that were made of a row, by dataset, and say how finely that is known."""
        found = self.ask("blast", f"row:{row}").said["datasets"]
        return {one["dataset"]: (one["snapshots"][-1]["n_bad"], one["level"]) for one in found}

    def keys(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Read the memo key of each step and partition, and the mark of what was made."""
        with closing(sqlite3.connect(self.root / ".headgate" / "catalog.db")) as catalog:
            found = catalog.execute("select step, partition, memo_key, content_root from memos")
            return {(step, partition): (key, mark) for step, partition, key, mark in found}

    def last(self) -> dict[str, Any]:
        """Read what is known of the newest run of a pipeline."""
        return self.ask("pipeline", "history").said["runs"][0]["run"]


def shop(root: Path, environment: dict[str, str]) -> Shop:
    """Make a project with six orders of three customers."""
    subprocess.run([HEADGATE, "init", root], check=True, capture_output=True, env=clean())
    made = Shop(root, environment)
    orders = "".join(f"{n},{'abc'[n % 3]},{n * 1.1:.2f},{n} x\n" for n in range(6))
    for name, text in {
        "orders": f"id,who,price,note\n{orders}",
        "people": "who,town\na,Ulm\nb,Bern\nd,Graz\n",
    }.items():
        (root / f"{name}.csv").write_text(text, encoding="utf-8")
        made.ask("source", "ingest", name, root / f"{name}.csv", "--source", "web").said  # noqa: B018 - fails if it was refused
    return made


def clean() -> dict[str, str]:
    """Return this environment without what belongs to our own Python, or to another cluster."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RAY_"))
    }


def wait_until(is_so: Any, at_most_s: float = 30) -> None:
    """Wait for something to come about."""
    until = time.monotonic() + at_most_s
    while not is_so():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Say whether a process runs."""
    path = Path(f"/proc/{pid}/stat")
    with suppress(OSError):
        return path.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
