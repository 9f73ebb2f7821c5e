"""Has Great Expectations look at rows, in a process and an environment of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from headgate.contract.switching.reports import Said
from headgate.core.errors import Invalid
from headgate.spine.context import Step
from headgate.spine.peers import make, named
from headgate.spine.store.exchange import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from headgate.spine.context import Context

REQUIREMENTS = ("great-expectations==1.24.1", "pandas>=2.2,<3", "pyarrow>=22,<27")
"""Great Expectations 1 does not take pandas 3."""
SCRIPT = Path(__file__).with_name("in_gx.py")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class Answers(NamedTuple):
    """What Great Expectations says: its version, and of each suite what it says in its order."""

    version: str
    suites: dict[str, list[Said]]


class _Told(msgspec.Struct):
    version: str
    suites: dict[str, list[Said]]


def ask(
    context: Context, rows: pa.Table, suites: Mapping[str, list[Any]], python: str | None
) -> Answers:
    """Look at rows by suites.

    Args:
        context: the project; it is told how far it has come.
        rows: what is looked at.
        suites: the expectations of each suite, as their files have them.
        python: a Python that has Great Expectations; one is made if none is given.

    Raises:
        NotFound: there is no such Python.
        Invalid: Great Expectations did not come to an end.
        Unavailable: it cannot be installed.
    """
    interpreter = make(context, "gx", REQUIREMENTS) if python is None else named(python)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(rows, folder / "rows.parquet", "parquet")
        asked = {"rows": str(folder / "rows.parquet"), "suites": suites}
        (folder / "asked.json").write_bytes(msgspec.json.encode(asked))
        files = [folder / "asked.json", folder / "answers.json"]
        _run(context, [str(interpreter), str(SCRIPT), *map(str, files)], len(suites))
        told = msgspec.json.decode((folder / "answers.json").read_bytes(), type=_Told)
    return Answers(told.version, told.suites)


def _run(context: Context, command: list[str], total: int) -> None:
    """Run the script to its end, and tell of each suite that is done.

    Raises:
        Invalid: it did not come to a good end.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {"GX_ANALYTICS_ENABLED": "false", "PYTHONIOENCODING": "utf-8"}
    context.progress(Step("Great Expectations looks", 0, total, "suites"))
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(  # noqa: S603 - our own script
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=kept | own
        ) as process,
    ):
        for done, _ in enumerate(process.stdout or (), start=1):
            context.progress(Step("Great Expectations looks", min(done, total), total, "suites"))
        if process.wait():
            errors.seek(0)
            last = (errors.read().strip() or "it said nothing").splitlines()[-1]
            raise Invalid(
                f"Great Expectations did not come to an end: {last}",
                mend="name a Python that has it, pandas and pyarrow with --python",
            )
