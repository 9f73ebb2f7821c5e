"""Environments of other tools, made when they are needed; nothing of them is imported here.

They lie in `.headgate/cache/peers`, each under a name that says what is installed in it, so that
other requirements make another environment and what is there is taken as it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import NotFound, Unavailable
from headgate.spine.context import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.context import Context

FOLDER = "cache/peers"
STAMP = "installed.txt"
LIMIT_S = 1800
"""How long an installation may take [s]."""


def make(context: Context, name: str, requirements: Sequence[str]) -> Path:
    """Return the interpreter of an environment, which is made now if it is not there.

    Args:
        context: the project; it is told what is installed.
        name: what the environment is for, such as `gx`.
        requirements: what is installed, as pip takes it; versions pinned.

    Raises:
        Unavailable: it cannot be installed, for there is no network or no room, say.
    """
    listed = "\n".join(requirements)
    digest = hashlib.sha256(f"{sys.version_info[:2]}\n{listed}".encode()).hexdigest()[:12]
    folder = context.opened.home / FOLDER / f"{name}-{digest}"
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes may want the same; one makes it
        if not (folder / STAMP).is_file():
            _install(context, name, requirements, folder)
    return python


def _install(context: Context, name: str, requirements: Sequence[str], folder: Path) -> None:
    """Make an environment anew, and say by a file that it is whole."""
    python = folder / "bin" / "python"
    context.progress(Step(f"installing {', '.join(requirements)}", 0, 2, "steps"))
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], name)
    context.progress(Step(f"installing {', '.join(requirements)}", 1, 2, "steps"))
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, *requirements], name)
    (folder / STAMP).write_text("\n".join(requirements), encoding="utf-8")
    context.progress(Step(f"installed {name}", 2, 2, "steps"))


def named(python: str) -> Path:
    """Return an interpreter that somebody named: a path, or a command.

    Raises:
        NotFound: there is none.
    """
    found = shutil.which(python)
    if found is None:
        raise NotFound(
            f"there is no Python at {python}", mend="name an interpreter: VENV/bin/python"
        )
    return Path(found)


def _run(command: list[str], name: str) -> None:
    """Run a step of an installation to its end.

    Raises:
        Unavailable: it did not come to a good one.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{name} cannot be installed: {error}", mend=_MEND) from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "pip said nothing").splitlines()[-1]
        raise Unavailable(f"{name} cannot be installed: {last}", mend=_MEND)


_MEND = "install it yourself, and name that Python with --python"
