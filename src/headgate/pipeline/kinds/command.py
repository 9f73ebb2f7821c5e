"""Steps that are commands: files of rows in, a file of rows out, and an exit code."""

from __future__ import annotations

import shlex
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.pipeline.kinds.handing import (
    Handed,
    handed,
    read_output,
    require_form,
    write_inputs,
)
from headgate.pipeline.kinds.made import Declared, Made, file_facts, names_of
from headgate.pipeline.kinds.process import run_command
from headgate.pipeline.scratch import PLACE, Scratch

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import pyarrow as pa

    from headgate.spine.store.exchange import Form


class Command(NamedTuple):
    """What a step runs.

    Args:
        words: a text for the shell, or a program and its arguments.
        files: files of the project it depends on, relative to the project's folder.
        form: how rows are handed over.
    """

    words: str | tuple[str, ...]
    files: tuple[str, ...]
    form: Form


def shell(
    name: str,
    command: str | Sequence[str],
    /,
    *,
    reads: Sequence[str] = (),
    files: Sequence[str] = (),
    **how: Any,
) -> ShellStep:
    """Declare a command as the step that makes a dataset.

    It runs in the project's folder. The path of each dataset's file stands in the variable
    `IN_orders` and for `{orders}` in the command, the path to write to in `OUT` and for `{out}`, a
    setting in `SET_floor` and for `{floor}`. Files have the ids of rows in the column `_rid`; what
    is written with it, or with `_parents`, is followed by the row.

    Args:
        name: the dataset it makes.
        command: a text that `/bin/sh -e` runs, or a list of a program and its arguments.
        reads: the datasets it reads.
        files: files and folders it depends on, relative to the project's folder; when one changes
            the step runs again.
        how: `settings` (values by name), `format` (`parquet`, `csv` or `jsonl`; `parquet` if
            nothing is said) and what `headgate.step` takes: `mode`, `key`, `retries` and others.

    Raises:
        Invalid: a name cannot be a dataset's, or stands for two things.
    """
    declared = Declared(name, names_of(name, reads), dict(how.pop("settings", {})))
    words = command if isinstance(command, str) else tuple(command)
    return ShellStep(
        declared, how, Command(words, names_of(name, files), how.pop("format", "parquet"))
    )


class ShellStep(Made):
    """A command as a step; see `shell` for the arguments."""

    def __init__(self, declared: Declared, how: Mapping[str, Any], command: Command) -> None:
        require_form(declared, command.form)
        self.command = command
        super().__init__(declared, how)

    def rows(self, tables: Mapping[str, pa.Table], settings: Mapping[str, Any]) -> pa.Table:
        """Run the command and read what it wrote.

        Raises:
            CommandFailed: it ended with another code than 0.
            Invalid: it wrote no rows.
            NotFound: there is no such program.
        """
        form = self.command.form
        with self._scratch() as scratch:
            write_inputs(tables, scratch, form)
            self.run(scratch, settings)
            return read_output(self.declared, tables, scratch, form)

    @contextmanager
    def _scratch(self) -> Generator[Path]:
        """Make a folder for files of rows: in the project, where an erasure finds what is left."""
        if not (self.root / PLACE.parts[0]).is_dir():
            with tempfile.TemporaryDirectory(prefix="headgate-") as folder:
                yield Path(folder)
            return
        scratch = Scratch(self.root)
        try:
            yield scratch.path
        finally:
            scratch.remove()

    def run(self, scratch: Path, settings: Mapping[str, Any]) -> None:
        """Run the command over the files in a folder."""
        given = handed(self.declared, settings, str(scratch), self.command.form)
        run_command(
            self.arguments(given),
            folder=self.root,
            scratch=scratch,
            environment=given.environment,
        )

    def arguments(self, given: Handed) -> list[str]:
        """Write the program and its arguments, with paths and values in their places."""
        words = self.command.words
        if isinstance(words, str):
            return ["/bin/sh", "-ec", given.referring(words)]
        return [given.filled(word) for word in words]

    @property
    def words(self) -> tuple[str, str]:
        """Its command, as it is declared."""
        words = self.command.words
        return ("SHELL", words if isinstance(words, str) else shlex.join(words))

    @property
    def facts(self) -> dict[str, Any]:
        """Its command, the form of its files, and the files it declares."""
        name, command = self.declared.name, self.command
        said = {f"the command of {name}": command.words, f"the format of {name}": command.form}
        return said | file_facts(self.root, command.files)
