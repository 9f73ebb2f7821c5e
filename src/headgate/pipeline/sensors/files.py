"""Sees files that have arrived in a folder and are no longer being written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from headgate.core.sensing import Arrival, Polled
from headgate.core.times import parse, render, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.sensing import World


def files(world: World, cursor: Any, /, pattern: str, *, settled: str = "5s") -> Polled:
    """See the files that a pattern names.

    A file is known by its path and content: touched or written anew with the same bytes, it is
    the same arrival. One whose name begins with a dot is left alone.

    Args:
        world: what may be looked at.
        cursor: size and time of each file as it was seen, and whether it was handed over.
        pattern: seen from the project's folder, or a full path, such as `inbox/**/*.csv`.
        settled: how long its size and time have to stay as they are.
    """
    before: dict[str, list[Any]] = cursor or {}
    after: dict[str, list[Any]] = {}
    arrivals: list[Arrival] = []
    patience = span(settled)
    for path, mark in _marked(world.root, pattern):
        uri = str(path.relative_to(world.root) if path.is_relative_to(world.root) else path)
        known = before.get(uri)
        is_same = known is not None and known[:2] == mark
        since = parse(known[2]) if known and is_same else world.now
        is_taken = bool(known and is_same and known[3])
        is_old = 0 <= world.now.timestamp() - mark[1] / 1e9 >= patience.total_seconds()
        if not is_taken and (is_old or world.now - since >= patience):
            arrivals.append(Arrival(uri=uri, version=_digest(path)))
            is_taken = True
        after[uri] = [*mark, render(since), is_taken]
    return Polled(tuple(arrivals), after)


def _marked(root: Path, pattern: str) -> Iterator[tuple[Path, list[int]]]:
    """List the files with size and time of writing [ns]."""
    place = Path(pattern)
    base, wanted = (
        (Path(place.anchor), place.relative_to(place.anchor))
        if place.anchor
        else (
            root,
            place,
        )
    )
    for path in sorted(base.glob(str(wanted))):
        if path.name.startswith(".") or not path.is_file():
            continue
        stat = path.stat()
        yield path, [stat.st_size, stat.st_mtime_ns]


def _digest(path: Path) -> str:
    known = blake3()
    known.update_mmap(path)
    return known.hexdigest()
