"""The state before a change, as git keeps it: files of a folder at a commit."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 60


class Base:
    """A folder as it was at a commit.

    Args:
        root: the folder, in a working tree of git.
        name: a branch, a tag or a commit.

    Raises:
        Unavailable: git is not installed.
        NotFound: the folder is in no working tree, or there is no such commit.
        Invalid: the name cannot be one of a commit.
    """

    def __init__(self, root: Path, name: str) -> None:
        if not name or name.startswith("-") or not name.isprintable():
            raise Invalid(f"{name!r} names no commit", mend="write a branch, such as origin/main")
        self.root = root
        self.name = name
        found = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found is None:
            raise NotFound(
                f"no commit {name} in {root}",
                mend="fetch it: git fetch origin; in GitHub Actions check out with fetch-depth: 0",
            )
        self.commit = found.decode().strip()

    def files(self, folder: str) -> list[str]:
        """List the files of a folder, by their paths seen from the root."""
        found = self._git("ls-tree", "--name-only", "-z", self.commit, f"{folder}/")
        return [] if found is None else [one for one in os.fsdecode(found).split("\0") if one]

    def content(self, path: str) -> bytes | None:
        """Return what a file held; nothing if it was not there."""
        return self._git("show", f"{self.commit}:./{path}")

    def _git(self, *words: str) -> bytes | None:
        program = shutil.which("git")
        if program is None:
            raise Unavailable("git is not installed", mend="install git, or leave --base out")
        try:
            done = subprocess.run(  # noqa: S603 - git, with words of ours and a checked name
                [program, "-C", str(self.root), *words],
                capture_output=True,
                check=False,
                timeout=WAIT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"git does not answer: {error}", mend="try again") from error
        return done.stdout if done.returncode == 0 else None
