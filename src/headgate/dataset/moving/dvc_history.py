"""The git history of what DVC keeps: which commit named which data, by whom, when and why."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, Unavailable
from headgate.dataset.moving.dvc import Output, outputs_of

if TYPE_CHECKING:
    from pathlib import Path

_FIELDS = "%H%x1f%an%x1f%aI%x1f%s"
TIMEOUT_S = 120


class Revision(msgspec.Struct, frozen=True):
    """A git commit that gave an output other data."""

    commit: str
    author: str
    at: datetime
    subject: str
    output: Output

    @property
    def message(self) -> str:
        """What is said of it in a dataset's log."""
        when = self.at.isoformat(timespec="seconds")
        return f"{self.subject} (git {self.commit[:10]} by {self.author}, {when})"


def revisions(output: Output) -> list[Revision]:
    """List the commits that gave an output other data than the one before, the oldest first.

    Raises:
        Unavailable: git is not installed.
        Invalid: the folder is no git repository, or its history does not know the output.
    """
    folder = output.file.parent
    top = _git(folder, "rev-parse", "--show-prefix").strip()
    name = f"{top}{output.file.name}"
    listed = _git(
        folder, "log", "--reverse", "--topo-order", f"--format={_FIELDS}", "--", output.file.name
    )
    found: list[Revision] = []
    for line in listed.splitlines():
        commit, author, at, subject = line.split("\x1f", 3)
        outputs = outputs_of(output.file, _shown(folder, f"{commit}:{name}"))
        named = next((one for one in outputs if one.path == output.path), None)
        if named is not None and (not found or found[-1].output.md5 != named.md5):
            moment = datetime.fromisoformat(at)
            found.append(Revision(commit, author, moment, subject, named))
    if not found:
        raise Invalid(
            f"git's history has no commit of {output.file}", mend="commit it, or drop --history"
        )
    return found


def _shown(folder: Path, name: str) -> str:
    """Return a file of a commit; nothing if that commit removed it."""
    try:
        return _git(folder, "show", name)
    except Invalid:
        return ""


def _git(folder: Path, *words: str) -> str:
    command = shutil.which("git")
    if command is None:
        raise Unavailable(
            "the history of a DVC repository is read by git, which is not installed",
            mend="install git, or import without --history",
        )
    done = subprocess.run(  # noqa: S603 - the words are ours, and none is an option
        [command, "-C", str(folder), *words],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise Invalid(
            f"git {words[0]} in {folder} said: {done.stderr.strip()}",
            mend="name a folder inside a git repository, or import without --history",
        )
    return done.stdout
