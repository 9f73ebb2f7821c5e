"""Starts Evidently beside us, in its own environment, and takes in what it says of each column."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.core.errors import Unavailable
from headgate.spine import peers
from headgate.spine.context import Step

if TYPE_CHECKING:
    from headgate.spine.context import Context

REQUIREMENTS = ("evidently==0.7.23", "pandas==2.3.3")
SCRIPT = Path(__file__).with_name("peer_script.py")


class Wanted(msgspec.Struct, frozen=True):
    """What Evidently is asked of one column.

    Args:
        column: its name.
        method: by its short name; its own choice where none is said.
        threshold: its own where none is said.
    """

    column: str
    method: str | None = None
    threshold: float | None = None


class Score(msgspec.Struct, frozen=True):
    """What Evidently says of one column.

    Args:
        column: its name.
        told: the method, as its reports call it.
        score: what came of it; nothing where that is no number.
        limit: the threshold it held that against.
        detected: whether it calls it drift.
        error: why there is none.
    """

    column: str
    told: str = ""
    score: float | None = None
    limit: float | None = None
    detected: bool | None = None
    error: str = ""


class Said(NamedTuple):
    """What Evidently said.

    Args:
        version: its version.
        scores: one for each wish, in their order.
    """

    version: str
    scores: tuple[Score, ...]


class Asked(msgspec.Struct, frozen=True):
    """What Evidently is to look at.

    Args:
        reference: path of a Parquet file.
        current: path of a Parquet file.
        kinds: names of columns by `number`, `category` and `text`.
        wishes: what is asked, in order.
        is_old: by the interface of 0.4 to 0.6, where 0.7 keeps it.
    """

    reference: str
    current: str
    kinds: dict[str, tuple[str, ...]]
    wishes: tuple[Wanted, ...]
    is_old: bool = False


def ask(context: Context, asked: Asked, python: str | None) -> Said:
    """Let Evidently look at two files.

    Args:
        context: the project; it is told how far things are.
        asked: what is to be looked at.
        python: an interpreter that has Evidently; one is made if none is named.

    Raises:
        NotFound: there is no such interpreter.
        Unavailable: Evidently cannot be installed or run.
    """
    found = peers.named(python) if python else peers.make(context, "evidently", REQUIREMENTS)
    said: dict[str, Any] = {}
    for line in _lines(found, msgspec.json.encode(asked).decode()):
        if "scores" in line:
            said = line
        else:
            n_wishes = len(asked.wishes)
            context.progress(Step("asking Evidently", int(line["done"]), n_wishes, "columns"))
    scores = msgspec.convert(said.get("scores", []), tuple[Score, ...])
    if len(scores) != len(asked.wishes):
        raise _no_evidently(found, f"it says nothing of {len(asked.wishes)} columns")
    return Said(str(said.get("version")), scores)


def _no_evidently(python: Path, why: object) -> Unavailable:
    return Unavailable(
        f"Evidently cannot be run by {python}: {why}",
        mend=f"name a Python with --python that has {' and '.join(REQUIREMENTS)}",
    )


def _lines(python: Path, asked: str) -> Iterator[dict[str, Any]]:
    """Start the script, hand it one line, and read its lines as they come."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        with _started(python, complaints) as process:
            _hand_over(process, asked)
            for line in process.stdout or ():
                if line.startswith("{"):
                    yield json.loads(line)
        if process.returncode:
            complaints.seek(0)
            last = (complaints.read().strip() or "it said nothing").splitlines()[-1]
            raise _no_evidently(python, last)


def _started(python: Path, complaints: IO[str]) -> subprocess.Popen[str]:
    """Start the script.

    Raises:
        Unavailable: the file is nothing that can be started.
    """
    command = [str(python), "-W", "ignore", str(SCRIPT)]
    try:
        return subprocess.Popen(  # noqa: S603 - an interpreter the user named, or one we made
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
    except OSError as error:
        raise _no_evidently(python, error) from error


def _hand_over(process: subprocess.Popen[str], asked: str) -> None:
    """Write what is asked; a process that has died already says why by its end."""
    if process.stdin is not None:
        try:
            process.stdin.write(f"{asked}\n")
            process.stdin.close()
        except BrokenPipeError:
            return
