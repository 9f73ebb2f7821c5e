"""Runs a program and tells how it failed; no child is left behind when we are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLD_LINES = 20
"""Last lines of what a failed program said that its error repeats [count]."""
_TOLD_BYTES = 4_000
_GRACE_S = 5.0
"""How long a program has to end by itself when it is told to [s]."""


class CommandFailed(Exception):
    """A program ended with another code than 0; it may be tried again."""


def run_command(
    arguments: Sequence[str], *, folder: Path, scratch: Path, environment: Mapping[str, str]
) -> None:
    """Run a program to its end, with nothing to read from its standard input.

    Args:
        arguments: the program and what it is given.
        folder: where it runs.
        scratch: where what it says is kept meanwhile.
        environment: variables it has besides ours.

    Raises:
        CommandFailed: it ended with another code than 0.
        NotFound: there is no such program.
    """
    said = scratch / "stdout", scratch / "stderr"
    with said[0].open("wb") as out, said[1].open("wb") as err:
        process = _started(arguments, folder, dict(os.environ) | dict(environment), (out, err))
        try:
            code = process.wait()
        except BaseException:
            _stop(process)
            raise
    if code:
        told = _tail(said[1]) or _tail(said[0])
        raise CommandFailed(f"{_how(code)}{': ' if told else ''}{told}")


def _started(
    arguments: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    said: tuple[IO[bytes], IO[bytes]],
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - what the user's own pipeline file says
            list(arguments),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said[0],
            stderr=said[1],
            start_new_session=not _is_ended_whole(),
        )
    except (FileNotFoundError, PermissionError) as error:
        raise NotFound(
            f"program {arguments[0]!r} cannot be started: {error.strerror}",
            mend="install it, mend PATH, or give the path of a program that may be run",
        ) from error


def _is_ended_whole() -> bool:
    """Say whether who ends us ends our whole group, as the process of a step's own is ended.

    What we start then stays in it; else it has a group of its own, which we end.
    """
    return os.getsid(0) == os.getpid()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a program and what it started to end; kill what does not."""
    for one in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, one)
            else:
                process.send_signal(one)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            return


def _how(code: int) -> str:
    if code > 0:
        return f"exit code {code}"
    return f"ended by {signal.Signals(-code).name}"


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TOLD_BYTES, 0))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-TOLD_LINES:])
