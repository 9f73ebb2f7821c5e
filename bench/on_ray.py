"""A step that computes, made in eight partitions: here, in processes, and on a Ray cluster.

    python -m bench.on_ray

The cluster is one of this machine, of one core and of two, started before the clock; one that is
started for the run, as without an address, is measured too. Libraries come from bench/ray.txt, in
an environment of their own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.parts.peers import environment
from bench.parts.timing import ROOT

ROUNDS = 3
START_S = 60


def main() -> None:
    """Print a table of medians."""
    python = Path(environment("ray"))
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, seconds in _round(python):
            found.setdefault(name, []).append(seconds)
    alone = median(found["local"])
    print(f"load {os.getloadavg()[0]:.1f}")
    print("| where | seconds | against one call after the other |\n|---|---|---|")
    for name, all_of_them in found.items():
        print(f"| {name} | {median(all_of_them):.1f} | {alone / median(all_of_them):.2f}x |")


def _round(python: Path) -> Generator[tuple[str, float]]:
    yield "local", _seconds(python, "local")
    for jobs in (1, 2):
        yield f"local, process=True, jobs={jobs}", _seconds(python, "process", str(jobs))
    for cores in (1, 2):
        with _cluster(python, cores) as known:
            yield f"ray, {cores} cores, cluster there before", _seconds(python, "ray", **known)
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        known = {"RAY_TMPDIR": folder, "HEADGATE_RAY_ADDRESS": "local"}
        yield "ray, started for the run", _seconds(python, "ray", **known)


def _seconds(python: Path, *words: str, **known: str) -> float:
    command = [str(python), "-m", "bench.parts.eight", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | known, check=True, capture_output=True, text=True
    )
    return float(done.stdout.splitlines()[-1])


@contextmanager
def _cluster(python: Path, cores: int) -> Generator[dict[str, str]]:
    folder, port = tempfile.mkdtemp(prefix="ray"), str(_free_port())
    known = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    command = [str(python.with_name("ray")), "start", "--head", "--block", "--disable-usage-stats"]
    command += [f"--num-cpus={cores}", "--object-store-memory=100000000", f"--port={port}"]
    command += ["--include-dashboard=false", f"--temp-dir={folder}"]
    command += [f"--ray-client-server-port={_free_port()}"]
    with subprocess.Popen(
        command, env=os.environ | known, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            if "block forever" in line:
                break
        try:
            yield known | {"HEADGATE_RAY_ADDRESS": f"127.0.0.1:{port}"}
        finally:
            process.terminate()
            process.communicate(timeout=START_S)
    shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    main()
