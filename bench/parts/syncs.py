"""What a process brings to disk, and how long the same takes with nothing around it.

Counting is strace's, which sees Python's, SQLite's and Arrow's calls alike; the process runs slowly
under it, so that it counts and does not time.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.parts.timing import ROOT, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CALL = re.compile(
    r'(?P<call>f(?:data)?sync|p?write(?:64)?)\(\d+<(?P<path>[^>]*)>(?:, ""\.*, (?P<n>\d+))?'
)
_CALLS = "fsync,fdatasync,write,pwrite64"


class Sync(NamedTuple):
    """One call that waits for the disk.

    Args:
        path: the file or the folder.
        is_folder: whether it is a folder.
        is_data: whether only what the file holds is waited for.
        n_bytes: written to it since the call before [bytes].
    """

    path: str
    is_folder: bool
    is_data: bool
    n_bytes: int


def can_trace() -> bool:
    """Say whether strace is installed."""
    return shutil.which("strace") is not None


def traced(command: Sequence[str], trace: Path, *, begin: str, end: str) -> list[Sync]:
    """Run a command and list what it synced between two marks.

    Args:
        command: what to run, in the checkout.
        trace: where the trace is written.
        begin: name of a file; the command syncs it when it begins.
        end: name of the file that it syncs when it has ended.
    """
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-s", "0", "-e", _CALLS, "-o", str(trace)]
    process([*strace, *command], cwd=ROOT)
    found = list(_syncs(trace.read_text(errors="replace").splitlines()))
    names = [Path(one.path).name for one in found]
    return found[names.index(begin) + 1 : names.index(end)]


def replayed(syncs: Sequence[Sync], folder: Path) -> float:
    """Sync as many files and folders, with as many bytes each; return the seconds of that [s].

    Writing the bytes is not counted, waiting for them is.
    """
    folder.mkdir(parents=True)
    places: dict[str, Path] = {}
    took_s = 0.0
    for index, one in enumerate(syncs):
        place = places.setdefault(one.path, folder / str(len(places)))
        if one.is_folder:
            place.mkdir(exist_ok=True)
            (place / str(index)).touch()
        else:
            with place.open("ab") as file:
                file.write(bytes(one.n_bytes))
        opened = os.open(place, os.O_RDONLY if one.is_folder else os.O_RDWR)
        try:
            started = time.perf_counter()
            (os.fdatasync if one.is_data else os.fsync)(opened)
            took_s += time.perf_counter() - started
        finally:
            os.close(opened)
    return took_s


def _syncs(lines: Iterable[str]) -> Iterable[Sync]:
    written: dict[str, int] = {}
    for line in lines:
        found = _CALL.search(line)
        if found is None:
            continue
        path = found["path"]
        if found["n"] is not None:
            written[path] = written.get(path, 0) + int(found["n"])
        elif "sync" in found["call"]:
            n_bytes = written.pop(path, 0)
            yield Sync(path, Path(path).is_dir(), found["call"] == "fdatasync", n_bytes)
