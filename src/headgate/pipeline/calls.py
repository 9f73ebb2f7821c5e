"""What a process that runs a step is asked, and what it answers."""

from __future__ import annotations

import traceback
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
import pyarrow as pa

from headgate.core.errors import FAMILIES, HeadgateError

BrokenKind = Literal["raised", "late", "ended", "stopped"]
ROWS = "rows.arrow"
"""File of what a step returned, in the folder of its call."""
MOST_TOLD = 10_000
"""What is told of an error is cut there [characters]."""


class Call(msgspec.Struct, frozen=True):
    """One call of a step's function.

    Args:
        folder: holds a file `NAME.arrow` for each dataset, and takes the rows.
        file: name of the pipeline file that holds the step, without `.py`.
        step: the step's name.
        reads: the datasets handed over, by parameter.
        settings: pickled values that are not the step's own, by parameter.
        seed: what `random` and `numpy.random` start from.
        sources: digest of each of the project's files as the caller imported them.
    """

    folder: str
    file: str
    step: str
    reads: tuple[str, ...]
    settings: bytes
    seed: int | None
    sources: dict[str, str]


class Told(msgspec.Struct, frozen=True):
    """An error that a step raised.

    Args:
        text: its type and message.
        place: the last line of the project's own that it went through: `pipelines/shop.py:12`.
        trace: its traceback.
        code: family, if it is one of Headgate's own errors.
        message: of one of Headgate's own.
        mend: of one of Headgate's own.
    """

    text: str
    place: str | None
    trace: str
    code: str = ""
    message: str = ""
    mend: str = ""


class Answer(msgspec.Struct, frozen=True):
    """How a call ended.

    Args:
        has_rows: whether it returned rows; false if it returned nothing.
        error: what it raised.
    """

    has_rows: bool = False
    error: Told | None = None


class Broken(Exception):
    """A call that ended without a result.

    Args:
        kind: `raised`, `late` (over its limit), `ended` (the process is gone) or `stopped`.
        told: what went wrong in a line: `ValueError: no price`, `ended by signal 9 (killed)`.
        place: the line of the project that raised it, such as `pipelines/shop.py:12`.
        trace: the traceback's text.
        output: the last lines that it printed.
    """

    def __init__(
        self,
        kind: BrokenKind,
        told: str,
        *,
        place: str | None = None,
        trace: str = "",
        output: str = "",
    ) -> None:
        super().__init__(told)
        self.kind: BrokenKind = kind
        self.told = told
        self.place = place
        self.trace = trace
        self.output = output


def told_of(error: BaseException, root: Path) -> Told:
    """Take down an error so that another process can tell it."""
    told = Told(
        text=words_of(error),
        place=place_of(error, root),
        trace=storable("".join(traceback.format_exception(error))),
    )
    if isinstance(error, HeadgateError):
        message, mend = storable(error.message), storable(error.mend)
        return msgspec.structs.replace(told, code=error.code, message=message, mend=mend)
    return told


def words_of(error: BaseException) -> str:
    """Write an error's type and message, whatever class it is of."""
    said = "what it says cannot be told"
    # a class of the user's own may have a broken __str__
    with suppress(Exception):
        said = str(error)
    return storable(f"{type(error).__name__}: {said}".rstrip(": "))


def storable(text: str) -> str:
    r"""Make a text such as every catalog takes: no NUL, no half of a character, not without end.

    >>> storable("bad \udcff name")
    'bad \\udcff name'
    """
    safe = text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    n_more = len(safe) - MOST_TOLD
    return safe if n_more <= 0 else f"{safe[:MOST_TOLD]}... and {n_more:,} characters more"


def error_of(told: Told, output: str) -> Exception:
    """Make of what was told one of Headgate's own errors, or else `Broken`.

    What it was caused by is `Broken` in any case, with place, traceback and output.
    """
    broken = Broken("raised", told.text, place=told.place, trace=told.trace, output=output)
    family = FAMILIES.get(told.code)
    if family is None:
        return broken
    error = family(told.message, mend=told.mend)
    error.__cause__ = broken
    return error


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write rows so that they can be mapped; they are under the name when all of them are."""
    part = path.with_suffix(".part")
    with pa.OSFile(str(part), "wb") as file, pa.ipc.new_stream(file, rows.schema) as stream:
        stream.write_table(rows)
    part.replace(path)


def mapped_rows(path: Path) -> pa.Table:
    """Map rows into memory; they stay when the file is removed."""
    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
        return stream.read_all()


def place_of(error: BaseException, root: Path) -> str | None:
    """Name the last line of the project's own that an error of this process went through."""
    for one in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(one.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            return f"{path.relative_to(root)}:{one.lineno}"
    return None
