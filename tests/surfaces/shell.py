"""Runs the command line inside the test's process and keeps what it writes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from types import SimpleNamespace

from headgate.surfaces.cli.main import run
from headgate.surfaces.verbs import Table


class Stream(io.TextIOWrapper):
    """A standard stream that keeps what is written and may pretend to be a terminal."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.kept = io.BytesIO()
        super().__init__(self.kept, encoding="utf-8", write_through=True)
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    @property
    def content(self) -> bytes:
        self.flush()
        return self.kept.getvalue()


def shell(verbs: Table, folder: Path | None = None) -> Callable[..., SimpleNamespace]:
    """Make a function that runs `headgate` with its arguments, inside a folder if one is given."""

    def call(*arguments: object, is_terminal: bool = False) -> SimpleNamespace:
        out, err = Stream(is_terminal=is_terminal), Stream(is_terminal=is_terminal)
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            with chdir(folder or Path.cwd()):
                code = run([str(each) for each in arguments], verbs)
        finally:
            sys.stdout, sys.stderr = before
        return SimpleNamespace(
            code=code, out=out.content.decode(), err=err.content.decode(), raw=out.content
        )

    return call
