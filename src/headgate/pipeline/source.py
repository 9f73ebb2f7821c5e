"""Where a step's code stands, what it says, and which spans of time its partitions are."""

from __future__ import annotations

import functools
import inspect
import linecache
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.pipeline.kinds.made import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.pipeline.steps import Step

MOST = 20_000
"""Signs of code that are kept; what is longer is left out [count]."""


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step's code as it was when it ran; told, and no part of any key.

    Args:
        place: file and line, such as `pipelines/shop.py:12`; the file alone where the line is not
            known, and nothing outside of the project.
        language: `PYTHON`, `SQL` or `SHELL`.
        text: the function or query itself; nothing if it cannot be read.
        every: the span of time that each of its partitions is: `hour`, `day`, `week` or `month`.
        timezone: in which these end.
    """

    place: str = ""
    language: str = "PYTHON"
    text: str = ""
    every: str = ""
    timezone: str = ""


def source_of(step: Step, root: Path) -> Source:
    """Take down where a step's code stands and what it says."""
    found = _source(step.function, root)
    partitions = step.partitions
    if partitions is None or partitions.every is None:
        return found
    return msgspec.structs.replace(found, every=partitions.every, timezone=partitions.timezone)


@functools.lru_cache(2000)
def _source(function: Callable[..., Any], root: Path) -> Source:
    if isinstance(function, Made):
        language, text = function.words
        place = f"pipelines/{function.__module__.rpartition('.')[2].removeprefix('pipelines_')}.py"
        is_there = (root / place).is_file()
        return Source(place if is_there else "", language, text if len(text) <= MOST else "")
    code: Any = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return Source()
    path = _path_in(root, code.co_filename)
    if path is None:
        return Source()
    linecache.checkcache(code.co_filename)
    first = code.co_firstlineno
    text = "".join(linecache.getlines(code.co_filename)[first - 1 : _last_line(code)])
    return Source(f"{path}:{first}", "PYTHON", text if len(text) <= MOST else "")


@functools.lru_cache(1000)
def _path_in(root: Path, filename: str) -> str | None:
    """Return where a file lies in the project; nothing if it does not."""
    path, base = Path(filename).resolve(), root.resolve()
    return str(path.relative_to(base)) if path.is_relative_to(base) and path.is_file() else None


def _last_line(code: CodeType) -> int:
    """Return the line on which a function ends, those inside of it counted."""
    ends = [end for _, end, _, _ in code.co_positions() if end is not None]
    inner = [_last_line(one) for one in code.co_consts if isinstance(one, CodeType)]
    return max([code.co_firstlineno, *ends, *inner])
