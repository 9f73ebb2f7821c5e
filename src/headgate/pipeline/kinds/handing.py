"""What a program is handed: files of rows, the path to write to, and settings, by name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from headgate.pipeline.kinds.made import Declared
    from headgate.spine.store.exchange import Form

OUT = "out"
_NAMED = re.compile(r"(?<!\$)\{(\w+)\}")


class Handed(NamedTuple):
    """What stands for each name in a command.

    Args:
        inputs: path of the file of each dataset.
        out: path the rows are to be written to.
        settings: their values as text.
    """

    inputs: dict[str, str]
    out: str
    settings: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Variables the program finds them in: `IN_orders`, `OUT`, `SET_floor`."""
        inputs = {f"IN_{name}": path for name, path in self.inputs.items()}
        return inputs | {"OUT": self.out} | {f"SET_{k}": v for k, v in self.settings.items()}

    def filled(self, word: str) -> str:
        """Put paths and values in the place of `{orders}`, `{out}` and `{floor}` in an argument."""
        return _put(word, self.inputs | {OUT: self.out} | self.settings)

    def referring(self, text: str) -> str:
        """Put variables of the shell in their place: no value can then be taken for a command."""
        variables = {OUT: "OUT"} | {name: f"IN_{name}" for name in self.inputs}
        variables |= {name: f"SET_{name}" for name in self.settings}
        return _put(text, {name: f'"${{{variable}}}"' for name, variable in variables.items()})


def _put(text: str, known: Mapping[str, str]) -> str:
    """Replace names in braces that are known; other braces stay."""
    return _NAMED.sub(lambda found: known.get(found[1], found[0]), text)


def handed(declared: Declared, settings: Mapping[str, Any], folder: str, form: Form) -> Handed:
    """Name the files of a step as the program sees them.

    Args:
        declared: the step.
        settings: their values.
        folder: where the files lie, as the program sees it.
        form: how they are written.
    """
    return Handed(
        inputs={name: f"{folder}/in/{name}.{form}" for name in declared.reads},
        out=f"{folder}/out/{declared.name}.{form}",
        settings={name: _text(value) for name, value in settings.items()},
    )


def write_inputs(tables: Mapping[str, pa.Table], scratch: Path, form: Form) -> None:
    """Write the files a program reads, and make the folder it writes to."""
    from headgate.spine.store.exchange import write_file

    (scratch / "in").mkdir()
    (scratch / "out").mkdir()
    for name, rows in tables.items():
        write_file(rows, scratch / "in" / f"{name}.{form}", form)


def read_output(
    declared: Declared, tables: Mapping[str, pa.Table], scratch: Path, form: Form
) -> pa.Table:
    """Read what a program wrote; a column that is text in what it read is text still.

    Raises:
        Invalid: it wrote nothing, or something else.
    """
    from headgate.spine.store.exchange import read_file

    return read_file(scratch / "out" / f"{declared.name}.{form}", form, _texts(tables))


def require_form(declared: Declared, form: str) -> None:
    """Make sure that files can be written so, and that no name stands for two things.

    Raises:
        Invalid: they cannot, or one does.
    """
    if form not in ("parquet", "csv", "jsonl"):
        raise Invalid(f"step {declared.name} has format {form!r}", mend="parquet, csv or jsonl")
    names = [*declared.reads, *declared.settings, OUT]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise Invalid(
            f"step {declared.name}: {min(doubled)!r} stands for two things",
            mend=f"give each dataset and setting its own name; {OUT} is the path to write to",
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _texts(tables: Mapping[str, pa.Table]) -> frozenset[str]:
    kinds = {field.name: str(field.type) for table in tables.values() for field in table.schema}
    return frozenset(name for name, kind in kinds.items() if kind in ("string", "large_string"))
